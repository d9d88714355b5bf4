"""What tells why objects are not ready: their pods, their events, their logs."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pypkg.cluster.discovery import Resource
from pypkg.cluster.pods import (
    claims_of,
    initializing,
    is_settled,
    state_of,
    troubles,
    unready,
    unscheduled,
    workload_of,
)
from pypkg.cluster.progress import PodProgress
from pypkg.errors import ClusterError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pypkg.cluster.client import Cluster, Object
    from pypkg.cluster.pods import Trouble
    from pypkg.cluster.reference import ObjectRef

PODS = Resource("v1", "Pod", "pods", namespaced=True)
EVENTS = Resource("v1", "Event", "events", namespaced=True)
CLAIM = "PersistentVolumeClaim"
# The last lines of a container's log that are read.
LOG_LINES = 10
Key = tuple[str, str, str]  # kind, namespace, name


@dataclass(frozen=True, slots=True)
class LogTail:
    """The end of the log of a container that holds up its pod.

    Attributes:
        namespace: The pod's namespace.
        pod: The pod's name.
        container: The container's name.
        restarts: Tells this run of the container from others.
        previous: Whether the container has been started again since.
        running: Whether the container runs, and so may print more.
    """

    namespace: str
    pod: str
    container: str
    restarts: int = 0
    previous: bool = False
    running: bool = False

    @classmethod
    def of_crash(cls, pod: Object, trouble: Trouble) -> LogTail:
        """Name the log of a container that has crashed."""
        metadata = pod["metadata"]
        return cls(
            metadata["namespace"],
            metadata["name"],
            trouble.container,
            restarts=trouble.restarts,
            previous=trouble.running,
        )

    @classmethod
    def of_running(cls, pod: Object, container: str) -> LogTail:
        """Name the log of a container that runs, and does not get ready, or done."""
        metadata = pod["metadata"]
        return cls(metadata["namespace"], metadata["name"], container, running=True)

    def read(self, cluster: Cluster) -> tuple[str, ...]:
        """Read the last lines of the log; none where that is not possible."""
        try:
            text = cluster.logs(
                self.namespace,
                self.pod,
                self.container,
                tail=LOG_LINES,
                previous=self.previous,
            )
        except ClusterError:
            return ()
        lines = [line.rstrip() for line in text.splitlines() if line.strip()]
        return tuple(lines[-LOG_LINES:])


class Evidence:
    """Pods by what they belong to, and events by what they are about.

    Attributes:
        hidden: Why pods or events may not be read, or "".
    """

    def __init__(self) -> None:
        self._pods: dict[Key, dict[str, Object]] = defaultdict(dict)
        self._events: dict[Key, dict[str, Object]] = defaultdict(dict)
        self._owners: dict[tuple[str, str], Key] = {}
        self._logs: dict[LogTail, tuple[str, ...]] = {}
        self._before: dict[tuple[str, str, str], tuple[str, ...]] = {}
        self.hidden = ""

    @classmethod
    def gather(cls, cluster: Cluster, namespaces: Iterable[str]) -> Evidence:
        """Read what there is now; what may not be read is left out."""
        evidence = cls()
        for namespace in namespaces:
            try:
                for pod in cluster.list(PODS, namespace):
                    evidence.add_pod(pod)
                for event in cluster.list(EVENTS, namespace):
                    evidence.add_event(event)
            except ClusterError as error:
                evidence.hidden = str(error)
        return evidence

    def add_pod(self, pod: Object, *, gone: bool = False) -> Key:
        """Take in a pod, and give what it belongs to."""
        namespace, name = pod["metadata"]["namespace"], pod["metadata"]["name"]
        kind, owner = workload_of(pod)
        key = (kind, namespace, owner)
        if gone:
            self._pods[key].pop(name, None)
            self._owners.pop((namespace, name), None)
        else:
            self._pods[key][name] = pod
            self._owners[namespace, name] = key
        return key

    def add_event(self, event: Object) -> Key:
        """Take in an event, and give what it is about, or whose pod that is."""
        about = event.get("involvedObject") or {}
        kind, name = str(about.get("kind")), str(about.get("name"))
        namespace = str(about.get("namespace") or "")
        key = (kind, namespace, name)
        self._events[key][event["metadata"]["name"]] = event
        return self._owners.get((namespace, name), key) if kind == "Pod" else key

    def add_log(self, tail: LogTail, lines: tuple[str, ...]) -> Key | None:
        """Take in a log, and give what the pod belongs to, if it is still there."""
        self._logs[tail] = lines
        if lines:
            self._before[tail.namespace, tail.pod, tail.container] = lines
        return self._owners.get((tail.namespace, tail.pod))

    def pods(self, ref: ObjectRef) -> list[Object]:
        """Give the pods of an object, by name."""
        found = self._pods.get(key_of(ref)) or {}
        return [found[name] for name in sorted(found)]

    def warnings(self, obj: Object) -> list[Object]:
        """Give the warnings about a live object, the latest first."""
        return [e for e in self._about(obj) if e.get("type") == "Warning"]

    def progress(self, ref: ObjectRef) -> tuple[PodProgress, ...]:
        """Show the pods of an object."""
        return tuple(self._pod_progress(pod) for pod in self.pods(ref))

    def trouble_of(self, obj: Object) -> str:
        """Give the last warning about an object, or why it cannot create pods."""
        if failure := replica_failure(obj):
            return failure
        return "".join(map(said, self.warnings(obj)[:1]))

    def claim_warnings(self, pod: Object) -> Iterator[Object]:
        """Give the last warning about each claim that a pod waits for."""
        namespace = pod["metadata"]["namespace"]
        for claim in claims_of(pod):
            found = self._events.get((CLAIM, namespace, claim)) or {}
            warnings = [e for e in found.values() if e.get("type") == "Warning"]
            yield from sorted(warnings, key=_time)[-1:]

    def log(self, tail: LogTail) -> tuple[str, ...] | None:
        """Give the end of a log, or that of the container's run before; None if unread.

        What crashes again and again does so for one reason.
        """
        container = tail.namespace, tail.pod, tail.container
        return self._logs.get(tail) or self._before.get(container)

    def tail_of(self, pod: Object) -> LogTail | None:
        """Name the log that may tell why a pod is not ready."""
        if trouble := next(troubles(pod), None):
            return LogTail.of_crash(pod, trouble) if trouble.crashed else None
        container = initializing(pod)
        if not container and self.warnings(pod):
            container = unready(pod)
        return LogTail.of_running(pod, container) if container else None

    def unread(self, key: Key) -> Iterator[LogTail]:
        """Give the logs of an object's pods that were not asked for yet."""
        for pod in (self._pods.get(key) or {}).values():
            tail = None if is_settled(pod) else self.tail_of(pod)
            if tail is not None and tail not in self._logs:
                self._logs[tail] = ()
                yield tail

    def _pod_progress(self, pod: Object) -> PodProgress:
        if ready := is_settled(pod):
            return PodProgress(pod["metadata"]["name"], state_of(pod), ready)
        trouble = next(troubles(pod), None)
        tail = self.tail_of(pod)
        container = trouble.container if trouble else tail.container if tail else ""
        return PodProgress(
            name=pod["metadata"]["name"],
            state=state_of(pod),
            ready=ready,
            message=trouble.message if trouble else self._held_up(pod),
            event="".join(map(said, self._about(pod)[:1])),
            log=(self.log(tail) or ()) if tail else (),
            container=container,
        )

    def _held_up(self, pod: Object) -> str:
        """Say what holds up a pod whose containers are in no trouble, or ""."""
        if reason := unscheduled(pod):
            claims = list(map(said, self.claim_warnings(pod)))
            return "; ".join([reason.rstrip("."), *claims]) if claims else reason
        return "".join(map(said, self.warnings(pod)[:1]))

    def _about(self, obj: Object) -> list[Object]:
        """Give the events about this very object, none of a namesake before it."""
        metadata = obj["metadata"]
        key = (obj["kind"], metadata.get("namespace") or "", metadata["name"])
        found = [
            event
            for event in (self._events.get(key) or {}).values()
            if event["involvedObject"].get("uid") in {None, metadata.get("uid")}
        ]
        return sorted(found, key=_time, reverse=True)


def key_of(ref: ObjectRef) -> Key:
    """Give what an object is found by."""
    return ref.kind, ref.namespace or "", ref.name


def replica_failure(obj: Object) -> str:
    """Say why a controller cannot create pods, such as for a quota, or ""."""
    for condition in (obj.get("status") or {}).get("conditions") or ():
        if condition["type"] == "ReplicaFailure" and condition["status"] == "True":
            return f"{condition.get('reason')}: {condition.get('message')}"
    return ""


def said(event: Object) -> str:
    """Give an event's reason and message."""
    message = str(event.get("message") or "").strip()
    return f"{event.get('reason')}: {message}"


def _time(event: Object) -> tuple[str, int]:
    """Order events by their time; of those of one second the later written wins."""
    series: dict[str, Any] = event.get("series") or {}
    metadata = event["metadata"]
    when = (
        series.get("lastObservedTime")
        or event.get("lastTimestamp")
        or event.get("eventTime")
        or metadata.get("creationTimestamp")
    )
    version = str(metadata.get("resourceVersion") or "")
    return str(when or ""), int(version) if version.isdigit() else 0
