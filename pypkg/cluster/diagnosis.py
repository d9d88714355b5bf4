"""Why an object is not ready: its pods' containers, and what events say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pypkg.cluster.discovery import Resource
from pypkg.errors import ClusterError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pypkg.cluster.client import Cluster, Object, Objects

PODS = Resource("v1", "Pod", "pods", namespaced=True)
EVENTS = Resource("v1", "Event", "events", namespaced=True)
# Waiting for these is normal, and explains nothing.
_ORDINARY = frozenset({"ContainerCreating", "PodInitializing", "Completed"})


def causes(cluster: Cluster, obj: Object, *, limit: int = 3) -> list[str]:
    """Find out why an object is not ready.

    Args:
        cluster: Where it is.
        obj: The live object.
        limit: How many causes to give.

    Returns:
        The likely causes, the likeliest first; what cannot be read is left out.
    """
    try:
        pods = _pods_of(cluster, obj)
        namespace = obj["metadata"].get("namespace")
        events = cluster.list(EVENTS, namespace) if namespace else []
    except ClusterError:
        return []
    found = [
        *(cause for pod in pods for cause in _container_causes(pod)),
        *(cause for pod in pods for cause in _scheduling_causes(pod)),
        *_event_causes(events, [obj, *pods]),
    ]
    return list(dict.fromkeys(found))[:limit]


def _pods_of(cluster: Cluster, obj: Object) -> Objects:
    if obj["kind"] == "Pod":
        return [obj]
    labels = _selector(obj)
    if not labels:
        return []
    selector = ",".join(f"{name}={value}" for name, value in labels.items())
    return cluster.list(PODS, obj["metadata"].get("namespace"), label_selector=selector)


def _selector(obj: Object) -> dict[str, str]:
    selector = (obj.get("spec") or {}).get("selector") or {}
    labels = (
        selector
        if obj["kind"] == "ReplicationController"
        else selector.get("matchLabels")
    )
    return labels or {}


def _container_causes(pod: Object) -> Iterator[str]:
    status = pod.get("status") or {}
    for container in (
        *(status.get("initContainerStatuses") or ()),
        *(status.get("containerStatuses") or ()),
    ):
        if reason := _container_reason(container):
            name = pod["metadata"]["name"]
            yield f"pod {name}, container {container['name']}: {reason}"


def _container_reason(container: dict[str, Any]) -> str:
    state = container.get("state") or {}
    waiting = state.get("waiting") or {}
    last = (container.get("lastState") or {}).get("terminated") or {}
    if waiting.get("reason") and waiting["reason"] not in _ORDINARY:
        said = [waiting["reason"], waiting.get("message"), _ended(last)]
        return ": ".join(part for part in said if part)
    return _ended(state.get("terminated") or {})


def _ended(terminated: dict[str, Any]) -> str:
    code = terminated.get("exitCode")
    if not code:
        return ""
    reason = terminated.get("reason") or "Error"
    return f"ended with status {code} ({reason})"


def _scheduling_causes(pod: Object) -> Iterator[str]:
    for condition in (pod.get("status") or {}).get("conditions") or ():
        if condition["type"] == "PodScheduled" and condition["status"] == "False":
            name = pod["metadata"]["name"]
            said = condition.get("message") or condition.get("reason")
            yield f"pod {name} is not scheduled: {said}"


def _event_causes(events: Iterable[Object], concerned: list[Object]) -> Iterator[str]:
    uids = {obj["metadata"].get("uid") for obj in concerned}
    warnings = [
        event
        for event in events
        if event.get("type") == "Warning"
        and (event.get("involvedObject") or {}).get("uid") in uids
    ]
    for event in sorted(warnings, key=_event_time, reverse=True):
        about = event["involvedObject"]
        said = f"{event.get('reason')}: {event.get('message')}"
        yield f"{about.get('kind', '').lower()} {about.get('name')}: {said}"


def _event_time(event: Object) -> str:
    when = event.get("lastTimestamp") or event.get("eventTime")
    return str(when or event["metadata"].get("creationTimestamp") or "")
