"""DaemonSets: one pod on every node that fits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pypkg.sandbox.controllers.objects import (
    CONTROLLER_MANAGER,
    DAEMON_SET,
    NODE,
    POD,
    Name,
)
from pypkg.sandbox.controllers.ownership import controlled, controller_name
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

_SOURCE = "daemonset-controller"
_RETRY = 5.0
_TOLERATED = (
    ("node.kubernetes.io/not-ready", "NoExecute"),
    ("node.kubernetes.io/unreachable", "NoExecute"),
    ("node.kubernetes.io/disk-pressure", "NoSchedule"),
    ("node.kubernetes.io/memory-pressure", "NoSchedule"),
    ("node.kubernetes.io/pid-pressure", "NoSchedule"),
    ("node.kubernetes.io/unschedulable", "NoSchedule"),
)


class DaemonSets:
    """Runs DaemonSets."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def concerns(self, change: Change) -> Iterable[Name]:
        """The set, the one that controls the pod, or all when nodes change."""
        if change.kind == DAEMON_SET:
            return [Name.of(change.object)]
        if change.kind == NODE:
            return [Name.of(obj) for obj in self._context.objects.list(DAEMON_SET)]
        if change.kind == POD:
            owner = controller_name(change.object, DAEMON_SET)
            if owner is not None:
                return [Name(change.object["metadata"]["namespace"], owner)]
        return ()

    def reconcile(self, name: Name) -> float | None:
        """Create, replace or delete pods, then report."""
        owner = self._context.objects.get(DAEMON_SET, *name)
        if owner is None:
            return None
        revision = current_revision(self._context.objects, owner)
        newest = str(revision["metadata"]["labels"][REVISION_LABEL])
        nodes = [n for n in self._context.objects.list(NODE) if _fits(n, owner)]
        failed = False
        if "deletionTimestamp" not in owner["metadata"]:
            failed = not self._place(owner, nodes, newest)
        wake = self._report(owner, nodes, newest)
        forget(self._context.objects, owner, {revision["metadata"]["name"]})
        return _RETRY if failed else wake

    def _place(self, owner: Object, nodes: list[Object], newest: str) -> bool:
        by_node: dict[str, list[Object]] = {}
        for pod in controlled(self._context.objects, POD, owner):
            by_node.setdefault(_node_of(pod), []).append(pod)
        wanted = {node["metadata"]["name"] for node in nodes}
        replacing = self._unavailable(owner, by_node, wanted)
        for node in sorted(wanted | by_node.keys()):
            pods = by_node.get(node, [])
            for pod in pods:
                surplus = node not in wanted or is_ended(pod) or pod is not pods[0]
                outdated = self._rolls(owner) and _hash_of(pod) != newest
                if surplus or (outdated and not replacing):
                    self._delete(owner, pod)
                    replacing = replacing or not surplus
            if node in wanted and not pods and not self._create(owner, node, newest):
                return False
        return True

    def _unavailable(
        self, owner: Object, by_node: dict[str, list[Object]], wanted: set[str]
    ) -> bool:
        """Whether a node lacks a ready pod, so that no other may lose its own."""
        return any(
            not any(is_active(pod) and is_ready(pod) for pod in by_node.get(node, ()))
            for node in wanted
        ) and bool(owner.get("status", {}).get("numberReady"))

    def _rolls(self, owner: Object) -> bool:
        strategy = owner["spec"].get("updateStrategy", {})
        return bool(strategy.get("type", "RollingUpdate") == "RollingUpdate")

    def _create(self, owner: Object, node: str, newest: str) -> bool:
        pod = pod_from(owner, owner["spec"]["template"])
        metadata, spec = pod["metadata"], pod["spec"]
        metadata["labels"] = metadata.get("labels", {}) | {
            REVISION_LABEL: newest,
            "pod-template-generation": str(owner["metadata"]["generation"]),
        }
        names = {"key": "metadata.name", "operator": "In", "values": [node]}
        affinity = spec.setdefault("affinity", {})
        affinity["nodeAffinity"] = affinity.get("nodeAffinity", {}) | {
            "requiredDuringSchedulingIgnoredDuringExecution": {
                "nodeSelectorTerms": [{"matchFields": [names]}]
            }
        }
        spec["tolerations"] = [
            *spec.get("tolerations", ()),
            *(
                {"key": key, "operator": "Exists", "effect": effect}
                for key, effect in _TOLERATED
            ),
        ]
        events = self._context.events
        try:
            created = self._context.objects.create(pod, manager=CONTROLLER_MANAGER)
        except StatusError as error:
            message = f"Error creating: {error.message}"
            events.warning(owner, "FailedCreate", message, source=_SOURCE)
            return False
        message = f"Created pod: {created['metadata']['name']}"
        events.normal(owner, "SuccessfulCreate", message, source=_SOURCE)
        return True

    def _delete(self, owner: Object, pod: Object) -> None:
        self._context.objects.delete(pod)
        message = f"Deleted pod: {pod['metadata']['name']}"
        self._context.events.normal(owner, "SuccessfulDelete", message, source=_SOURCE)

    def _report(self, owner: Object, nodes: list[Object], newest: str) -> float | None:
        now = self._context.clock()
        wanted = {node["metadata"]["name"] for node in nodes}
        pods = [
            pod
            for pod in controlled(self._context.objects, POD, owner)
            if is_active(pod)
        ]
        placed = [pod for pod in pods if _node_of(pod) in wanted]
        minimum = owner["spec"].get("minReadySeconds", 0)
        waits = [available_in(pod, minimum, now) for pod in placed]
        available = sum(wait == 0 for wait in waits)
        counts = {
            "updatedNumberScheduled": sum(_hash_of(pod) == newest for pod in placed),
            "numberAvailable": available,
            "numberUnavailable": len(wanted) - available,
        }
        status = {
            "currentNumberScheduled": len(placed),
            "desiredNumberScheduled": len(wanted),
            "numberMisscheduled": len(pods) - len(placed),
            "numberReady": sum(map(is_ready, placed)),
            "observedGeneration": owner["metadata"]["generation"],
            **{key: count for key, count in counts.items() if count},
        }
        if status != owner.get("status", {}):
            self._context.objects.update(
                owner | {"status": status},
                manager=CONTROLLER_MANAGER,
                subresource="status",
            )
        return min((wait for wait in waits if wait), default=None)


def _fits(node: Object, owner: Object) -> bool:
    labels = node["metadata"].get("labels", {})
    wanted = owner["spec"]["template"]["spec"].get("nodeSelector", {})
    return all(labels.get(key) == value for key, value in wanted.items())


def _node_of(pod: Object) -> str:
    """The node that a pod is meant for."""
    affinity = pod["spec"].get("affinity", {}).get("nodeAffinity", {})
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution", {})
    for term in required.get("nodeSelectorTerms", ()):
        for field in term.get("matchFields", ()):
            return str(field["values"][0])
    return str(pod["spec"].get("nodeName", ""))


def _hash_of(pod: Object) -> str:
    return str(pod["metadata"].get("labels", {}).get(REVISION_LABEL, ""))
