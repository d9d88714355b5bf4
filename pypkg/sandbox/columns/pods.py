"""The columns of pods: what ``kubectl get pods`` shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pypkg.sandbox.columns.column import AGE, NAME, Column, at, since

if TYPE_CHECKING:
    from datetime import datetime

Object = dict[str, Any]


def _statuses(pod: Object, key: str) -> list[Object]:
    found: list[Object] = at(pod, f"status.{key}") or []
    return found


def _ready(pod: Object, _: datetime) -> str:
    ready = sum(
        1
        for status in _statuses(pod, "containerStatuses")
        if status.get("ready") and "running" in status.get("state", {})
    )
    sidecars = [c for c in at(pod, "spec.initContainers") or () if _is_sidecar(c)]
    names = {container["name"] for container in sidecars}
    ready += sum(
        1
        for status in _statuses(pod, "initContainerStatuses")
        if status["name"] in names and status.get("ready")
    )
    total = len(at(pod, "spec.containers") or ()) + len(sidecars)
    return f"{ready}/{total}"


def _is_sidecar(container: Object) -> bool:
    return container.get("restartPolicy") == "Always"


def status(pod: Object, _: datetime) -> str:
    """The one word that sums a pod up."""
    reason = at(pod, "status.reason") or at(pod, "status.phase") or ""
    for condition in at(pod, "status.conditions") or ():
        if condition.get("type") == "PodScheduled" and (
            condition.get("reason") == "SchedulingGated"
        ):
            reason = "SchedulingGated"
    reason = _initializing(pod) or _running(pod, reason)
    if "deletionTimestamp" in pod["metadata"]:
        return "Unknown" if at(pod, "status.reason") == "NodeLost" else "Terminating"
    return str(reason)


def _initializing(pod: Object) -> str:
    """How far the init containers are; "" once they are done."""
    specs = {c["name"]: c for c in at(pod, "spec.initContainers") or ()}
    for index, found in enumerate(_statuses(pod, "initContainerStatuses")):
        state = found.get("state", {})
        ended = state.get("terminated")
        if ended is not None and ended.get("exitCode", 0) == 0:
            continue
        if _is_sidecar(specs.get(found["name"], {})) and found.get("started"):
            continue
        if ended is not None:
            return f"Init:{_ending(ended)}"
        waiting = state.get("waiting") or {}
        if (why := waiting.get("reason")) and why != "PodInitializing":
            return f"Init:{why}"
        return f"Init:{index}/{len(specs)}"
    return ""


def _ending(ended: Object) -> str:
    if reason := ended.get("reason"):
        return str(reason)
    if signal := ended.get("signal"):
        return f"Signal:{signal}"
    return f"ExitCode:{ended.get('exitCode', 0)}"


def _running(pod: Object, reason: str) -> str:
    running = False
    for found in reversed(_statuses(pod, "containerStatuses")):
        state = found.get("state", {})
        if why := (state.get("waiting") or {}).get("reason"):
            reason = why
        elif (ended := state.get("terminated")) is not None:
            reason = _ending(ended)
        elif found.get("ready") and "running" in state:
            running = True
    if reason == "Completed" and running:
        ready = any(
            c.get("type") == "Ready" and c.get("status") == "True"
            for c in at(pod, "status.conditions") or ()
        )
        return "Running" if ready else "NotReady"
    return reason


def _restarts(pod: Object, now: datetime) -> str:
    total, last = 0, ""
    for key in ("initContainerStatuses", "containerStatuses"):
        for found in _statuses(pod, key):
            total += found.get("restartCount", 0)
            finished = at(found, "lastState.terminated.finishedAt") or ""
            last = max(last, finished)
    return f"{total} ({since(last, now)} ago)" if total and last else str(total)


def _ip(pod: Object, _: datetime) -> str:
    addresses = at(pod, "status.podIPs") or ()
    return addresses[0].get("ip", "<none>") if addresses else "<none>"


def _gates(pod: Object, _: datetime) -> str:
    gates = at(pod, "spec.readinessGates") or ()
    if not gates:
        return "<none>"
    true = {
        condition.get("type")
        for condition in at(pod, "status.conditions") or ()
        if condition.get("status") == "True"
    }
    passed = sum(1 for gate in gates if gate.get("conditionType") in true)
    return f"{passed}/{len(gates)}"


def _or_none(path: str) -> Any:
    return lambda pod, _: at(pod, path) or "<none>"


POD_COLUMNS = (
    NAME,
    Column("Ready", _ready),
    Column("Status", status),
    Column("Restarts", _restarts),
    AGE,
    Column("IP", _ip, priority=1),
    Column("Node", _or_none("spec.nodeName"), priority=1),
    Column("Nominated Node", _or_none("status.nominatedNodeName"), priority=1),
    Column("Readiness Gates", _gates, priority=1),
)
