"""What pods say about themselves: whose they are, and what holds them up."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pypkg.cluster.client import Object

HASH_LABEL = "pod-template-hash"
# A container that waits for these is on its way, and they explain nothing.
_ORDINARY = frozenset({"ContainerCreating", "PodInitializing", "Completed"})
_CRASHED = frozenset({"CrashLoopBackOff", "Error", "OOMKilled", "ContainerCannotRun"})
# What tells apart what happens to two pods for the same reason: how often, where.
_PARTICULARS = re.compile(
    r"restarted \d+ times?"
    r"|\b\d{1,3}(?:\.\d{1,3}){3}\b(?::\d+)?"
    r"|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"
)


@dataclass(frozen=True, slots=True)
class Trouble:
    """A container that does not run as it should.

    Attributes:
        container: Its name.
        initial: Whether it is an init container.
        reason: Kubernetes' word for it, such as ``ImagePullBackOff``.
        message: More about it, or "".
        restarts: How often it was started again.
        crashed: Whether it has run and ended with an error, and so has a log.
        running: Whether it runs again meanwhile; its log is the previous one then.
    """

    container: str
    reason: str
    message: str
    initial: bool = False
    restarts: int = 0
    crashed: bool = False
    running: bool = False

    @property
    def place(self) -> str:
        """The container, as people call it."""
        return (
            f"init container {self.container}"
            if self.initial
            else (f"container {self.container}")
        )

    def __str__(self) -> str:
        """Give reason and message."""
        return f"{self.reason}: {self.message}" if self.message else self.reason


def workload_of(pod: Object) -> tuple[str, str]:
    """Give kind and name of what a pod belongs to: itself, if to nothing.

    The ReplicaSet of a Deployment bears the Deployment's name and the pod's hash.
    """
    metadata = pod["metadata"]
    for owner in metadata.get("ownerReferences") or ():
        if owner.get("controller"):
            kind, name = str(owner["kind"]), str(owner["name"])
            suffix = f"-{(metadata.get('labels') or {}).get(HASH_LABEL)}"
            if kind == "ReplicaSet" and name.endswith(suffix):
                return "Deployment", name.removesuffix(suffix)
            return kind, name
    return "Pod", str(metadata["name"])


def is_settled(pod: Object) -> bool:
    """Tell whether a pod is ready, or has done its work."""
    if _status(pod).get("phase") == "Succeeded":
        return True
    return any(
        condition["type"] == "Ready" and condition["status"] == "True"
        for condition in _status(pod).get("conditions") or ()
    )


def state_of(pod: Object) -> str:
    """Give a pod's state in a word, as ``kubectl get pods`` does."""
    if pod["metadata"].get("deletionTimestamp"):
        return "Terminating"
    if trouble := next(troubles(pod), None):
        return f"Init:{trouble.reason}" if trouble.initial else trouble.reason
    if waiting := _waiting_state(pod):
        return waiting
    if unscheduled(pod):
        return "Unschedulable"
    phase = str(_status(pod).get("phase") or "Pending")
    if phase == "Running" and not is_settled(pod):
        return "not ready"
    return phase


def _waiting_state(pod: Object) -> str:
    """Say what a container waits for: above all for the init containers."""
    initial = _initial(pod)
    if initializing(pod):
        done = sum("terminated" in _state(container) for container in initial)
        return f"Init:{done}/{len(initial)}"
    for container in (*initial, *(_status(pod).get("containerStatuses") or ())):
        if reason := (_state(container).get("waiting") or {}).get("reason"):
            return str(reason)
    return ""


def troubles(pod: Object) -> Iterator[Trouble]:
    """Give the containers that are in trouble, those first that run first."""
    for container in _initial(pod):
        if found := _trouble(container):
            yield replace(found, initial=True)
    for container in _status(pod).get("containerStatuses") or ():
        if found := _trouble(container):
            yield found


def initializing(pod: Object) -> str:
    """Name the init container that runs, and that the others wait for, or ""."""
    sidecars = {
        container["name"]
        for container in (pod.get("spec") or {}).get("initContainers") or ()
        if container.get("restartPolicy") == "Always"
    }
    for container in _initial(pod):
        if "running" in _state(container) and container["name"] not in sidecars:
            return str(container["name"])
    return ""


def unready(pod: Object) -> str:
    """Name the first container that runs and is not ready, or ""."""
    for container in _status(pod).get("containerStatuses") or ():
        if "running" in _state(container) and not container.get("ready"):
            return str(container["name"])
    return ""


def claims_of(pod: Object) -> Iterator[str]:
    """Name the claims whose volumes a pod mounts."""
    for volume in (pod.get("spec") or {}).get("volumes") or ():
        if claim := volume.get("persistentVolumeClaim"):
            yield str(claim["claimName"])
        elif "ephemeral" in volume:
            yield f"{pod['metadata']['name']}-{volume['name']}"


def alike(text: str, pod: str) -> str:
    """Reduce what is said of a pod to what would be said of its siblings, too."""
    return _PARTICULARS.sub("", text.replace(pod, "") if pod else text)


def unscheduled(pod: Object) -> str:
    """Say why the scheduler finds no node for a pod, or ""."""
    for condition in _status(pod).get("conditions") or ():
        if condition["type"] == "PodScheduled" and condition["status"] == "False":
            return str(condition.get("message") or condition.get("reason") or "")
    return ""


def _trouble(container: Mapping[str, Any]) -> Trouble | None:
    state = _state(container)
    waiting = state.get("waiting") or {}
    last = (container.get("lastState") or {}).get("terminated") or {}
    ended = state.get("terminated") or last
    failed = bool(ended.get("exitCode"))
    reason = str(waiting.get("reason") or "")
    if reason and reason not in _ORDINARY:
        crashed = failed and reason in _CRASHED
        # What the kubelet says then is only that, and how long, it waits.
        message = "" if crashed else str(waiting.get("message") or "")
    elif failed and not container.get("ready"):
        crashed, message = True, ""
        reason = str(ended.get("reason") or "Error")
    else:
        return None
    restarts = int(container.get("restartCount") or 0)
    return Trouble(
        container=str(container["name"]),
        reason=reason,
        message=_ended(ended, restarts) if crashed else message,
        restarts=restarts,
        crashed=crashed,
        running="running" in state,
    )


def _ended(terminated: Mapping[str, Any], restarts: int) -> str:
    said = f"ended with status {terminated['exitCode']}"
    reason = terminated.get("reason") or "Error"
    if reason != "Error":
        said += f" ({reason})"
    if restarts:
        said += f", restarted {restarts} time{'s' if restarts > 1 else ''}"
    message = str(terminated.get("message") or "").strip()
    return f"{said}: {message}" if message else said


def _initial(pod: Object) -> Sequence[Mapping[str, Any]]:
    return _status(pod).get("initContainerStatuses") or ()


def _state(container: Mapping[str, Any]) -> Mapping[str, Any]:
    return container.get("state") or {}


def _status(pod: Object) -> Mapping[str, Any]:
    return pod.get("status") or {}
