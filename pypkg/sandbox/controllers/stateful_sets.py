"""StatefulSets: pods with names and claims of their own, one after the other."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING

from pypkg.sandbox.controllers.objects import (
    CLAIM,
    CONTROLLER_MANAGER,
    POD,
    STATEFUL_SET,
    Name,
)
from pypkg.sandbox.controllers.ownership import (
    controlled,
    controller_name,
    reference_to,
)
from pypkg.sandbox.controllers.pods import available_in, is_active, is_ended, is_ready
from pypkg.sandbox.controllers.revisions import (
    REVISION_LABEL,
    current_revision,
    forget,
)
from pypkg.sandbox.controllers.templates import pod_from
from pypkg.sandbox.statuses import StatusError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pypkg.sandbox.controllers.context import Context
    from pypkg.sandbox.controllers.objects import Change, Object

_SOURCE = "statefulset-controller"
_POD_NAME = "statefulset.kubernetes.io/pod-name"
_POD_INDEX = "apps.kubernetes.io/pod-index"


class StatefulSets:
    """Runs StatefulSets."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def concerns(self, change: Change) -> Iterable[Name]:
        """The set, or the one that controls the pod."""
        if change.kind == STATEFUL_SET:
            return [Name.of(change.object)]
        if change.kind == POD:
            owner = controller_name(change.object, STATEFUL_SET)
            if owner is not None:
                return [Name(change.object["metadata"]["namespace"], owner)]
        return ()

    def reconcile(self, name: Name) -> float | None:
        """Take the next step, and report."""
        owner = self._context.objects.get(STATEFUL_SET, *name)
        if owner is None:
            return None
        step = _Step(self._context, owner)
        if "deletionTimestamp" not in owner["metadata"]:
            step.take()
        return step.report()


class _Step:
    """One look at a StatefulSet."""

    def __init__(self, context: Context, owner: Object) -> None:
        self.context = context
        self.objects = context.objects
        self.owner = owner
        self.spec = owner["spec"]
        self.status: Object = owner.get("status", {})
        self.now = context.clock()
        self.newest = current_revision(self.objects, owner)["metadata"]["name"]
        self.current = self.status.get("currentRevision") or self.newest
        self.first = int(self.spec.get("ordinals", {}).get("start", 0))
        self.replicas = int(self.spec.get("replicas", 1))
        self.pods: dict[int, Object] = {}
        self._read()

    def _read(self) -> None:
        found = controlled(self.objects, POD, self.owner)
        self.pods = {
            ordinal: pod for pod in found if (ordinal := self._ordinal(pod)) is not None
        }

    def _ordinal(self, pod: Object) -> int | None:
        prefix = f"{self.owner['metadata']['name']}-"
        number = pod["metadata"]["name"].removeprefix(prefix)
        return int(number) if number.isdigit() else None

    @property
    def _wanted(self) -> range:
        return range(self.first, self.first + self.replicas)

    @property
    def _in_parallel(self) -> bool:
        return bool(self.spec.get("podManagementPolicy") == "Parallel")

    # Steps

    def take(self) -> None:
        """Create what is missing, then scale down, then update: one pod at a time."""
        if self._create_missing() and self._scale_down():
            self._update()
        self._read()

    def _create_missing(self) -> bool:
        """Give False where the next step has to wait."""
        for ordinal in self._wanted:
            pod = self.pods.get(ordinal)
            if pod is not None and is_ended(pod):
                self.objects.delete(pod)
                return False
            if pod is None:
                self._create(ordinal)
            ready = pod is not None and self._is_available(pod)
            if not ready and not self._in_parallel:
                return False
        return True

    def _create(self, ordinal: int) -> None:
        owner = self.owner["metadata"]["name"]
        name = f"{owner}-{ordinal}"
        subject = f"create Pod {name} in StatefulSet {owner}"
        pod = self._build(name, ordinal)
        events = self.context.events
        try:
            self._create_claims(name)
            self.pods[ordinal] = self.objects.create(pod, manager=CONTROLLER_MANAGER)
        except StatusError as error:
            message = f"{subject} failed error: {error.message}"
            events.warning(self.owner, "FailedCreate", message, source=_SOURCE)
            raise
        message = f"{subject} successful"
        events.normal(self.owner, "SuccessfulCreate", message, source=_SOURCE)

    def _build(self, name: str, ordinal: int) -> Object:
        pod = pod_from(self.owner, self.spec["template"], name=name)
        pod["metadata"]["labels"] = pod["metadata"].get("labels", {}) | {
            REVISION_LABEL: self._revision_for(ordinal),
            _POD_NAME: name,
            _POD_INDEX: str(ordinal),
        }
        spec = pod["spec"]
        spec["hostname"] = name
        if service := self.spec.get("serviceName"):
            spec["subdomain"] = service
        claims = [
            c["metadata"]["name"] for c in self.spec.get("volumeClaimTemplates", ())
        ]
        kept = [v for v in spec.get("volumes", ()) if v["name"] not in claims]
        mounted = [
            {
                "name": claim,
                "persistentVolumeClaim": {"claimName": f"{claim}-{name}"},
            }
            for claim in claims
        ]
        if kept or mounted:
            spec["volumes"] = [*mounted, *kept]
        return pod

    def _create_claims(self, pod: str) -> None:
        namespace = self.owner["metadata"]["namespace"]
        selector = self.spec["selector"].get("matchLabels", {})
        policy = self.spec.get("persistentVolumeClaimRetentionPolicy", {})
        for template in self.spec.get("volumeClaimTemplates", ()):
            name = f"{template['metadata']['name']}-{pod}"
            if self.objects.get(CLAIM, namespace, name) is not None:
                continue
            metadata = deepcopy(template["metadata"]) | {
                "name": name,
                "namespace": namespace,
            }
            metadata["labels"] = metadata.get("labels", {}) | selector
            if policy.get("whenDeleted") == "Delete":
                metadata["ownerReferences"] = [reference_to(self.owner)]
            claim = {
                "apiVersion": "v1",
                "kind": "PersistentVolumeClaim",
                "metadata": metadata,
                "spec": deepcopy(template["spec"]),
            }
            self.objects.create(claim, manager=CONTROLLER_MANAGER)
            message = (
                f"create Claim {name} Pod {pod} in StatefulSet"
                f" {self.owner['metadata']['name']} success"
            )
            self.context.events.normal(
                self.owner, "SuccessfulCreate", message, source=_SOURCE
            )

    def _scale_down(self) -> bool:
        surplus = sorted(set(self.pods) - set(self._wanted), reverse=True)
        for ordinal in surplus:
            pod = self.pods.pop(ordinal)
            if "deletionTimestamp" not in pod["metadata"]:
                self._delete(pod)
                self._drop_claims(pod["metadata"]["name"])
            if not self._in_parallel:
                return False
        return not surplus

    def _drop_claims(self, pod: str) -> None:
        policy = self.spec.get("persistentVolumeClaimRetentionPolicy", {})
        if policy.get("whenScaled") != "Delete":
            return
        namespace = self.owner["metadata"]["namespace"]
        for template in self.spec.get("volumeClaimTemplates", ()):
            name = f"{template['metadata']['name']}-{pod}"
            if claim := self.objects.get(CLAIM, namespace, name):
                self.objects.delete(claim)

    def _update(self) -> None:
        """Replace the last pod that is of an older template, if all after it run."""
        strategy = self.spec.get("updateStrategy", {})
        if strategy.get("type") == "OnDelete":
            return
        for ordinal in reversed(self._wanted):
            if ordinal < self.first + self._partition:
                return
            pod = self.pods.get(ordinal)
            if pod is None:
                return
            if self._revision(pod) != self.newest:
                self._delete(pod)
                return
            if not self._is_available(pod):
                return

    def _delete(self, pod: Object) -> None:
        self.objects.delete(pod)
        message = (
            f"delete Pod {pod['metadata']['name']} in StatefulSet"
            f" {self.owner['metadata']['name']} successful"
        )
        self.context.events.normal(
            self.owner, "SuccessfulDelete", message, source=_SOURCE
        )

    # What the pods are

    @property
    def _partition(self) -> int:
        rolling = self.spec.get("updateStrategy", {}).get("rollingUpdate") or {}
        return int(rolling.get("partition", 0))

    def _revision_for(self, ordinal: int) -> str:
        held_back = ordinal < self.first + self._partition
        return str(self.current if held_back else self.newest)

    def _revision(self, pod: Object) -> str:
        return str(pod["metadata"].get("labels", {}).get(REVISION_LABEL, ""))

    def _is_available(self, pod: Object) -> bool:
        minimum = self.spec.get("minReadySeconds", 0)
        return is_active(pod) and available_in(pod, minimum, self.now) == 0

    # Status

    def report(self) -> float | None:
        """Write the status; give the seconds until a pod counts as available."""
        pods = [pod for pod in self.pods.values() if not is_ended(pod)]
        minimum = self.spec.get("minReadySeconds", 0)
        waits = [available_in(pod, minimum, self.now) for pod in pods]
        updated = [pod for pod in pods if self._revision(pod) == self.newest]
        rolled = len(updated) == len(pods) == self.replicas and all(map(is_ready, pods))
        on_delete = self.spec.get("updateStrategy", {}).get("type") == "OnDelete"
        if rolled and not on_delete and not self._partition:
            self.current = self.newest
        current = [pod for pod in pods if self._revision(pod) == self.current]
        counts = {
            "readyReplicas": sum(map(is_ready, pods)),
            "currentReplicas": len(current),
            "updatedReplicas": len(updated),
        }
        status = {
            "observedGeneration": self.owner["metadata"]["generation"],
            "replicas": len(pods),
            "availableReplicas": sum(wait == 0 for wait in waits),
            **{key: count for key, count in counts.items() if count},
            "currentRevision": self.current,
            "updateRevision": self.newest,
            "collisionCount": self.status.get("collisionCount", 0),
        }
        if status != self.status:
            self.objects.update(
                self.owner | {"status": status},
                manager=CONTROLLER_MANAGER,
                subresource="status",
            )
        forget(self.objects, self.owner, {self.current, self.newest})
        return min((wait for wait in waits if wait), default=None)
