"""The status that a kubelet would report of a pod's imagined containers.

A pure function of the pod and the time: a container starts at once, is ready or has
ended ``ready_delay`` seconds later, and fails as the pod's annotation says.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from pypkg.sandbox.controllers.conditions import new_condition, with_condition
from pypkg.sandbox.controllers.simulation import Fault, fault_of
from pypkg.sandbox.controllers.times import parse_time, rfc3339, seconds_since

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from pypkg.sandbox.controllers.objects import Object

_LONGEST_BACKOFF = 300
_FIRST_BACKOFF = 10
_INITIALIZED = "Initialized"
_EXITS = frozenset({Fault.CRASH_LOOP, Fault.OUT_OF_MEMORY, Fault.JOB_FAIL})
_INITIAL = frozenset({Fault.INIT_CRASH_LOOP, Fault.INIT_HANGS})
_PENDING_STEP: Object = {"waiting": {"reason": "PodInitializing"}}
_KILLED = 137


@dataclass(frozen=True, slots=True)
class Blocked:
    """Why a pod's containers cannot be created.

    Attributes:
        reason: The waiting state's reason, such as ``CreateContainerConfigError``.
        message: The waiting state's message, "" for none.
        container: The only container concerned; "" for all.
    """

    reason: str
    message: str = ""
    container: str = ""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a pod's status depends on beside the pod.

    Attributes:
        now: The time.
        ready_delay: How long a container takes to become ready or to end, in
            seconds.
        pod_ip: The pod's address.
        host_ip: The node's address.
        blocked: Why the containers cannot be created, or None.
    """

    now: datetime
    ready_delay: float
    pod_ip: str
    host_ip: str
    blocked: Blocked | None = None


def is_completing(pod: Object) -> bool:
    """Whether the pod's containers end by themselves: it never restarts all."""
    return bool(pod["spec"].get("restartPolicy", "Always") != "Always")


def pod_status(pod: Object, around: Surroundings) -> tuple[Object, float | None]:
    """Work out a scheduled pod's status.

    Returns:
        The status, and the seconds until it changes by itself, or None.
    """
    return _Play(pod, around).status()


class _Play:
    def __init__(self, pod: Object, around: Surroundings) -> None:
        self.pod = pod
        self.spec = pod["spec"]
        self.around = around
        self.fault = fault_of(pod)
        old = pod.get("status", {})
        self.old = old
        self.started_at = old.get("startTime") or rfc3339(around.now)
        self.elapsed = max(seconds_since(self.started_at, around.now), 0.0)
        self.due = self.elapsed >= around.ready_delay
        self.ended = False
        self._steps = self.spec.get("initContainers", ())
        self.wake: float | None = None

    def status(self) -> tuple[Object, float | None]:
        containers = [self._container(c) for c in self.spec["containers"]]
        initial = [self._initial(c) for c in self._steps]
        waiting = self._waits_to_start()
        if not waiting and not self.due:
            self.wake = self.around.ready_delay - self.elapsed
        result: Object = {
            "phase": self._phase(containers),
            "startTime": self.started_at,
            "hostIP": self.around.host_ip,
            "hostIPs": [{"ip": self.around.host_ip}],
            "qosClass": self.old.get("qosClass", "BestEffort"),
            "containerStatuses": sorted(containers, key=lambda c: str(c["name"])),
            "conditions": self._conditions(containers, initial),
        }
        if not (self.around.blocked and not self.around.blocked.container):
            result["podIP"] = self.around.pod_ip
            result["podIPs"] = [{"ip": self.around.pod_ip}]
        if initial:
            result["initContainerStatuses"] = initial
        if "generation" in self.pod["metadata"]:
            result["observedGeneration"] = self.pod["metadata"]["generation"]
        return result, self.wake

    def _waits_to_start(self) -> bool:
        return (
            self.around.blocked is not None
            or self.fault is Fault.IMAGE_PULL
            or self._is_stuck()
        )

    def _is_stuck(self) -> bool:
        """Whether the pod does not get beyond its first init container."""
        return self.fault in _INITIAL and bool(self._steps)

    def _phase(self, containers: list[Object]) -> str:
        if self._waits_to_start():
            return "Pending"
        ends = [c["state"].get("terminated") for c in containers]
        if all(ends) and is_completing(self.pod):
            failed = any(end["exitCode"] for end in ends if end)
            return "Failed" if failed else "Succeeded"
        return "Running"

    # Containers

    def _initial(self, container: Object) -> Object:
        sidecar = container.get("restartPolicy") == "Always"
        if self.around.blocked is not None:
            return self._status(container, _PENDING_STEP)
        if self._is_stuck():
            if container is not self._steps[0]:
                return self._status(container, _PENDING_STEP)
            if self.fault is Fault.INIT_CRASH_LOOP:
                return self._crashing(container)
            return self._running(container, ready=False)
        if sidecar and not self._over():
            return self._running(container, ready=self.due)
        return self._status(
            container, {"terminated": self._end(container, 0, 0)}, ready=not sidecar
        )

    def _over(self) -> bool:
        return self.due and is_completing(self.pod)

    def _container(self, container: Object) -> Object:
        blocked = self.around.blocked
        if blocked is not None:
            return self._blocked(container, blocked)
        if self._is_stuck():
            return self._status(container, _PENDING_STEP)
        match self.fault:
            case Fault.IMAGE_PULL:
                return self._unpulled(container)
            case fault if fault in _EXITS and self.spec.get("restartPolicy") != "Never":
                return self._crashing(container)
            case _ if self.due and is_completing(self.pod):
                end = self._end(container, self._exit_code(), 0)
                return self._status(container, {"terminated": end})
            case _:
                ready = self.due and self.fault is not Fault.NEVER_READY
                return self._running(container, ready=ready)

    def _blocked(self, container: Object, blocked: Blocked) -> Object:
        if blocked.container and blocked.container != container["name"]:
            return self._running(container, ready=self.due)
        waiting = {"reason": blocked.reason}
        if blocked.message:
            waiting["message"] = blocked.message
        return self._status(container, {"waiting": waiting})

    def _unpulled(self, container: Object) -> Object:
        image = container["image"]
        failure = (
            f'failed to pull and unpack image "{image}": {image}: not found'
            " (pypkg.dev/sim: imagepull)"
        )
        message = f'Back-off pulling image "{image}": ErrImagePull: {failure}'
        waiting = {"reason": "ImagePullBackOff", "message": message}
        return self._status(container, {"waiting": waiting})

    def _crashing(self, container: Object) -> Object:
        """Play exits, each followed by twice the pause of the one before."""
        begun, pause, restarts = 0.0, _FIRST_BACKOFF, 1
        while begun + pause <= self.elapsed:
            begun += pause
            pause = min(pause * 2, _LONGEST_BACKOFF)
            restarts += 1
        self.wake = begun + pause - self.elapsed
        metadata = self.pod["metadata"]
        waiting = {
            "reason": "CrashLoopBackOff",
            "message": f"back-off {_go_duration(pause)} restarting failed container="
            f"{container['name']} pod={metadata['name']}_{metadata['namespace']}"
            f"({metadata['uid']})",
        }
        end = self._end(container, self._exit_code(), restarts, after=begun)
        last = {"terminated": end}
        status = self._status(container, {"waiting": waiting}, last=last)
        return status | {
            "restartCount": restarts,
            "containerID": _id(self.pod, container),
        }

    def _exit_code(self) -> int:
        if self.fault is Fault.OUT_OF_MEMORY:
            return _KILLED
        return int(self.fault in _EXITS or self._is_stuck())

    def _running(self, container: Object, *, ready: bool) -> Object:
        state = {"running": {"startedAt": self.started_at}}
        return self._status(container, state, ready=ready, started=True)

    def _end(
        self, container: Object, code: int, restarts: int, *, after: float = 0.0
    ) -> Object:
        begin = parse_time(self.started_at) + timedelta(seconds=after)
        end = begin + timedelta(seconds=0 if restarts else self.around.ready_delay)
        return {
            "exitCode": code,
            "reason": "OOMKilled"
            if code == _KILLED
            else "Error"
            if code
            else "Completed",
            "startedAt": rfc3339(begin),
            "finishedAt": rfc3339(end),
            "containerID": _id(self.pod, container),
        }

    def _status(
        self,
        container: Object,
        state: Object,
        *,
        ready: bool = False,
        started: bool = False,
        last: Object | None = None,
    ) -> Object:
        exists = "waiting" not in state
        image = container["image"]
        digest = sha256(image.encode()).hexdigest()
        repository = image.partition("@")[0].rpartition(":")[0] or image
        return {
            "name": container["name"],
            "state": state,
            "lastState": last or {},
            "ready": ready,
            "restartCount": 0,
            "image": image,
            "imageID": f"{repository}@sha256:{digest}" if exists else "",
            "started": started,
        } | ({"containerID": _id(self.pod, container)} if exists else {})

    # Conditions

    def _conditions(
        self, containers: list[Object], initial: list[Object]
    ) -> list[Object]:
        conditions = list(self.old.get("conditions") or ())
        for kind, status, reason, message in self._facts(containers, initial):
            condition = new_condition(kind, status, self.around.now, reason, message)
            # This kind of condition says when it was probed: never.
            condition["lastProbeTime"] = None
            if generation := self.pod["metadata"].get("generation"):
                condition["observedGeneration"] = generation
            conditions = with_condition(conditions, condition)
        # The scheduler's, which came first, is written last.
        return sorted(conditions, key=lambda found: found["type"] == "PodScheduled")

    def _facts(
        self, containers: list[Object], initial: list[Object]
    ) -> Iterator[tuple[str, str, str, str]]:
        blocked = self.around.blocked
        sandboxed = blocked is None or bool(blocked.message)
        yield "PodReadyToStartContainers", str(sandboxed), "", ""
        phase = self._phase(containers)
        if phase in {"Succeeded", "Failed"}:
            reason = "PodCompleted" if phase == "Succeeded" else "PodFailed"
            done = "PodCompleted" if phase == "Succeeded" else ""
            yield _INITIALIZED, "True", done, ""
            yield "Ready", "False", reason, ""
            yield "ContainersReady", "False", reason, ""
            return
        pending = [
            c["name"]
            for c in initial
            if "waiting" in c["state"] or (self._is_stuck() and not c["ready"])
        ]
        if pending:
            yield (
                _INITIALIZED,
                "False",
                "ContainersNotInitialized",
                f"containers with incomplete status: [{' '.join(pending)}]",
            )
        else:
            yield _INITIALIZED, "True", "", ""
        unready = [c["name"] for c in containers if not c["ready"]]
        reason = "ContainersNotReady" if unready else ""
        message = f"containers with unready status: [{' '.join(unready)}]"
        gate = self._closed_gate()
        if gate and not unready:
            yield (
                "Ready",
                "False",
                "ReadinessGatesNotReady",
                f'corresponding condition of pod readiness gate "{gate}" does not'
                " exist.",
            )
        else:
            yield "Ready", str(not unready), reason, message if unready else ""
        yield "ContainersReady", str(not unready), reason, message if unready else ""

    def _closed_gate(self) -> str:
        true = {
            c["type"] for c in self.old.get("conditions") or () if c["status"] == "True"
        }
        gates: list[dict[str, Any]] = self.spec.get("readinessGates") or []
        return next(
            (str(g["conditionType"]) for g in gates if g["conditionType"] not in true),
            "",
        )


def _id(pod: Object, container: Object) -> str:
    identity = f"{pod['metadata']['uid']}/{container['name']}"
    return f"containerd://{sha256(identity.encode()).hexdigest()}"


def _go_duration(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    return f"{minutes}m{rest}s" if minutes else f"{rest}s"
