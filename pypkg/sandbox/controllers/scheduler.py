"""The scheduler: puts each pod on a node."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING

from pypkg.sandbox.controllers.conditions import new_condition, with_condition
from pypkg.sandbox.controllers.objects import (
    CLAIM,
    NODE,
    POD,
    SCHEDULER,
    STORAGE_CLASS,
    Name,
)
from pypkg.sandbox.controllers.pods import is_ended
from pypkg.sandbox.controllers.simulation import SIM, Fault, fault_of
from pypkg.sandbox.schemas.quantities import parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pypkg.sandbox.controllers.context import Context
    from pypkg.sandbox.controllers.objects import Change, Object

SELECTED_NODE = "volume.kubernetes.io/selected-node"
_SOURCE = "default-scheduler"


class Scheduler:
    """Binds pods to nodes, or says why it cannot.

    Of all that a real scheduler weighs, four things count: the node takes pods, its
    labels match the pod's ``nodeSelector``, it is as large as what the pod requests
    (what other pods request does not count), and the pod's claims have volumes.
    """

    def __init__(self, context: Context) -> None:
        self._context = context

    def concerns(self, change: Change) -> Iterable[Name]:
        """A new pod; every waiting one when nodes or claims change."""
        if change.kind == POD:
            return [Name.of(change.object)]
        if change.kind in {NODE, CLAIM}:
            namespace = change.object["metadata"].get("namespace")
            pods = self._context.objects.list(POD, namespace)
            return [Name.of(pod) for pod in pods if "nodeName" not in pod["spec"]]
        return ()

    def reconcile(self, name: Name) -> None:
        """Bind a pod."""
        pod = self._context.objects.get(POD, *name)
        if pod is None or is_ended(pod) or "deletionTimestamp" in pod["metadata"]:
            return
        if "nodeName" in pod["spec"]:
            self._confirm(pod)
            return
        if pod["spec"].get("schedulingGates"):
            message = "Scheduling is blocked due to non-empty scheduling gates"
            self._set(pod, "False", "SchedulingGated", message)
            return
        nodes = self._context.objects.list(NODE)
        problem = self._claims_problem(pod, nodes)
        if fault_of(pod) is Fault.UNSCHEDULABLE:
            problem = f"{len(nodes)} Insufficient cpu ({SIM}: unschedulable)"
        open_to = [node for node in nodes if _takes(node, pod)]
        fitting = [node for node in open_to if not _lacking(node, pod)]
        if problem or not fitting:
            problem = problem or _why_none(nodes, open_to, pod)
            self._unschedulable(pod, nodes, problem)
        elif not self._wait_for_volumes(pod, fitting[0]):
            self._bind(pod, fitting[0]["metadata"]["name"])

    def _bind(self, pod: Object, node: str) -> None:
        bound = pod | {"spec": pod["spec"] | {"nodeName": node}}
        bound = self._context.objects.update(
            bound, manager=SCHEDULER, subresource="binding"
        )
        self._confirm(bound)
        self._context.events.normal(
            bound,
            "Scheduled",
            f"Successfully assigned {pod['metadata']['namespace']}/"
            f"{pod['metadata']['name']} to {node}",
            source=_SOURCE,
        )

    def _confirm(self, pod: Object) -> None:
        self._set(pod, "True", "", "")

    def _unschedulable(
        self, pod: Object, nodes: Sequence[Object], problem: str
    ) -> None:
        message = f"0/{len(nodes)} nodes are available: {problem}."
        if self._set(pod, "False", "Unschedulable", message):
            self._context.events.warning(
                pod, "FailedScheduling", message, source=_SOURCE
            )

    def _set(self, pod: Object, status: str, reason: str, message: str) -> bool:
        new = new_condition(
            "PodScheduled", status, self._context.clock(), reason, message
        )
        new["lastProbeTime"] = None
        if generation := pod["metadata"].get("generation"):
            new["observedGeneration"] = generation
        old = pod.get("status", {})
        conditions = with_condition(old.get("conditions"), new)
        if conditions == old.get("conditions"):
            return False
        self._context.objects.update(
            pod | {"status": old | {"conditions": conditions}},
            manager=SCHEDULER,
            subresource="status",
        )
        return True

    # Volumes

    def _claims(self, pod: Object) -> Iterable[tuple[str, Object | None]]:
        for volume in pod["spec"].get("volumes", ()):
            if claim := volume.get("persistentVolumeClaim"):
                name = claim["claimName"]
            elif "ephemeral" in volume:
                name = f"{pod['metadata']['name']}-{volume['name']}"
            else:
                continue
            namespace = pod["metadata"]["namespace"]
            yield name, self._context.objects.get(CLAIM, namespace, name)

    def _claims_problem(self, pod: Object, nodes: Sequence[Object]) -> str:
        for name, claim in self._claims(pod):
            if claim is None:
                return f'persistentvolumeclaim "{name}" not found'
            if not _is_bound(claim) and not self._is_late(claim):
                return f"{len(nodes)} pod has unbound immediate PersistentVolumeClaims"
        return ""

    def _wait_for_volumes(self, pod: Object, node: Object) -> bool:
        """Ask for the volumes that are made only once a pod needs them."""
        waiting = False
        for _, claim in self._claims(pod):
            if claim is None or _is_bound(claim):
                continue
            waiting = True
            metadata = claim["metadata"]
            annotations = metadata.get("annotations", {}) | {
                SELECTED_NODE: node["metadata"]["name"]
            }
            self._context.objects.update(
                claim | {"metadata": metadata | {"annotations": annotations}},
                manager=SCHEDULER,
            )
        return waiting

    def _is_late(self, claim: Object) -> bool:
        found = self._context.objects.get(
            STORAGE_CLASS, "", claim["spec"].get("storageClassName", "")
        )
        mode = (found or {}).get("volumeBindingMode")
        return mode == "WaitForFirstConsumer"


def _is_bound(claim: Object) -> bool:
    return bool(claim.get("status", {}).get("phase") == "Bound")


def _takes(node: Object, pod: Object) -> bool:
    labels = node["metadata"].get("labels", {})
    wanted = pod["spec"].get("nodeSelector", {})
    return (
        not node.get("spec", {}).get("unschedulable")
        and all(labels.get(key) == value for key, value in wanted.items())
        and _is_named(node, pod)
    )


def _is_named(node: Object, pod: Object) -> bool:
    """Whether the pod's affinity names this node, as a DaemonSet's pods do."""
    affinity = pod["spec"].get("affinity", {}).get("nodeAffinity", {})
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution", {})
    names = {
        value
        for term in required.get("nodeSelectorTerms", ())
        for field in term.get("matchFields", ())
        if field["key"] == "metadata.name"
        for value in field["values"]
    }
    return not names or node["metadata"]["name"] in names


def _lacking(node: Object, pod: Object) -> list[str]:
    """Name the resources of which a pod requests more than the node has."""
    has = node.get("status", {}).get("allocatable", {})
    wanted: dict[str, Decimal] = {}
    for container in pod["spec"]["containers"]:
        requests = container.get("resources", {}).get("requests", {})
        for name in requests.keys() & has.keys():
            wanted[name] = wanted.get(name, Decimal(0)) + parse(str(requests[name]))
    return [name for name in sorted(wanted) if wanted[name] > parse(str(has[name]))]


def _why_none(nodes: Sequence[Object], open_to: Sequence[Object], pod: Object) -> str:
    if not nodes:
        return "no nodes available to schedule pods"
    closed = sum(bool(node.get("spec", {}).get("unschedulable")) for node in nodes)
    unmatched = len(nodes) - closed - len(open_to)
    lacking = Counter(name for node in open_to for name in _lacking(node, pod))
    reasons = [f"{count} Insufficient {name}" for name, count in lacking.items()]
    if closed:
        reasons.append(f"{closed} node(s) were unschedulable")
    if unmatched:
        reasons.append(f"{unmatched} node(s) didn't match Pod's node affinity/selector")
    return ", ".join(reasons)
