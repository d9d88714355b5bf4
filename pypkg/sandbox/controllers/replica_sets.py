"""ReplicaSets (and ReplicationControllers): keep as many pods as wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pypkg.sandbox.controllers.conditions import (
    new_condition,
    with_condition,
    without_condition,
)
from pypkg.sandbox.controllers.objects import (
    CONTROLLER_MANAGER,
    POD,
    REPLICA_SET,
    Name,
)
from pypkg.sandbox.controllers.ownership import (
    adopted,
    controlled,
    controller_name,
    orphans,
)
from pypkg.sandbox.controllers.pods import available_in, is_active, is_ready
from pypkg.sandbox.controllers.templates import pod_from
from pypkg.sandbox.label_selector import matches
from pypkg.sandbox.statuses import StatusError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pypkg.sandbox.controllers.context import Context
    from pypkg.sandbox.controllers.objects import Change, Object
    from pypkg.sandbox.schemas.schema import GroupVersionKind

_SOURCES = {REPLICA_SET: "replicaset-controller"}
_RETRY = 5.0


class ReplicaSets:
    """Creates and deletes the pods of one kind of owner.

    Args:
        context: What to work on.
        kind: ReplicaSet or ReplicationController.
    """

    def __init__(self, context: Context, kind: GroupVersionKind = REPLICA_SET) -> None:
        self._context = context
        self._kind = kind
        self._source = _SOURCES.get(kind, "replication-controller")

    def concerns(self, change: Change) -> Iterable[Name]:
        """The set itself, or the one that controls the pod."""
        if change.kind == self._kind:
            return [Name.of(change.object)]
        if change.kind == POD:
            owner = controller_name(change.object, self._kind)
            if owner is not None:
                return [Name(change.object["metadata"]["namespace"], owner)]
        return ()

    def reconcile(self, name: Name) -> float | None:
        """Create or delete pods, then report."""
        owner = self._context.objects.get(self._kind, *name)
        if owner is None:
            return None
        problem: Object | None = None
        if "deletionTimestamp" not in owner["metadata"]:
            self._adopt(owner)
            problem = self._scale(owner)
        return self._report(owner, problem) or (_RETRY if problem else None)

    def _adopt(self, owner: Object) -> None:
        if self._kind != REPLICA_SET:
            return
        for pod in orphans(self._context.objects, POD, owner):
            if is_active(pod):
                self._context.objects.update(
                    adopted(pod, owner), manager=CONTROLLER_MANAGER
                )

    def _scale(self, owner: Object) -> Object | None:
        pods = self._pods(owner)
        active = [pod for pod in pods if is_active(pod)]
        missing = owner["spec"].get("replicas", 1) - len(active)
        try:
            for _ in range(missing):
                self._create(owner)
        except StatusError as error:
            self._context.events.warning(
                owner,
                "FailedCreate",
                f"Error creating: {error.message}",
                source=self._source,
            )
            return {"reason": "FailedCreate", "message": error.message}
        for pod in sorted(active, key=_worth)[: max(-missing, 0)]:
            self._delete(owner, pod)
        return None

    def _create(self, owner: Object) -> None:
        pod = self._context.objects.create(
            pod_from(owner, owner["spec"]["template"]), manager=CONTROLLER_MANAGER
        )
        message = f"Created pod: {pod['metadata']['name']}"
        self._context.events.normal(
            owner, "SuccessfulCreate", message, source=self._source
        )

    def _delete(self, owner: Object, pod: Object) -> None:
        self._context.objects.delete(pod)
        message = f"Deleted pod: {pod['metadata']['name']}"
        self._context.events.normal(
            owner, "SuccessfulDelete", message, source=self._source
        )

    def _pods(self, owner: Object) -> Sequence[Object]:
        return controlled(self._context.objects, POD, owner)

    def _report(self, owner: Object, problem: Object | None) -> float | None:
        now = self._context.clock()
        pods = [pod for pod in self._pods(owner) if is_active(pod)]
        labels = owner["spec"]["template"].get("metadata", {}).get("labels", {})
        waits = [
            available_in(pod, owner["spec"].get("minReadySeconds", 0), now)
            for pod in pods
        ]
        counts = {
            "fullyLabeledReplicas": sum(
                matches({"matchLabels": labels}, pod["metadata"].get("labels", {}))
                for pod in pods
            ),
            "readyReplicas": sum(map(is_ready, pods)),
            "availableReplicas": sum(wait == 0 for wait in waits),
        }
        old = owner.get("status", {})
        if problem is None:
            conditions = without_condition(old.get("conditions"), "ReplicaFailure")
        else:
            failure = new_condition("ReplicaFailure", "True", now, **problem)
            conditions = with_condition(old.get("conditions"), failure)
        status = {
            "replicas": len(pods),
            **{key: count for key, count in counts.items() if count},
            "observedGeneration": owner["metadata"]["generation"],
        }
        if conditions:
            status["conditions"] = conditions
        if status != old:
            self._context.objects.update(
                owner | {"status": status},
                manager=CONTROLLER_MANAGER,
                subresource="status",
            )
        return min((wait for wait in waits if wait), default=None)


def _worth(pod: Object) -> tuple[bool, bool, bool, list[int]]:
    """Order pods by how soon they are deleted: the unready, then the young first."""
    created = pod["metadata"]["creationTimestamp"]
    youth = [-ord(letter) for letter in created]
    phase = pod.get("status", {}).get("phase")
    return "nodeName" in pod["spec"], phase == "Running", is_ready(pod), youth
