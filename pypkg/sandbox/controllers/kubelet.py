"""The kubelet of every node: runs pods whose containers are imagined."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network
from typing import TYPE_CHECKING

from pypkg.sandbox.controllers.objects import (
    CONFIG_MAP,
    KUBELET,
    NODE,
    POD,
    SECRET,
    Name,
)
from pypkg.sandbox.controllers.pod_status import (
    Blocked,
    Surroundings,
    is_completing,
    pod_status,
)
from pypkg.sandbox.controllers.pods import is_ended
from pypkg.sandbox.controllers.simulation import Fault, fault_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pypkg.sandbox.controllers.context import Context
    from pypkg.sandbox.controllers.objects import Change, Object
    from pypkg.sandbox.schemas.schema import GroupVersionKind

POD_NETWORK = IPv4Network("10.244.0.0/16")
_SOURCE = "kubelet"


class Kubelet:
    """Reports what would become of each pod that is bound to a node.

    Missing ConfigMaps and Secrets hold a pod back, as they do on a node.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._addresses: dict[str, str] = {}

    def concerns(self, change: Change) -> Iterable[Name]:
        """A bound pod; the pods held back when what they miss may have come."""
        if change.kind == POD:
            self._remember(change)
            return [Name.of(change.object)]
        if change.kind in {CONFIG_MAP, SECRET} and change.type != "DELETED":
            namespace = change.object["metadata"]["namespace"]
            return [
                Name.of(pod)
                for pod in self._context.objects.list(POD, namespace)
                if pod.get("status", {}).get("phase") == "Pending"
            ]
        return ()

    def reconcile(self, name: Name) -> float | None:
        """Bring a pod's status up to date."""
        pod = self._context.objects.get(POD, *name)
        if pod is None or "nodeName" not in pod["spec"]:
            return None
        if is_ended(pod) or "deletionTimestamp" in pod["metadata"]:
            return None
        blocked = self._blocked(pod)
        host = self._host_address(pod)
        hosted = pod["spec"].get("hostNetwork")
        around = Surroundings(
            now=self._context.clock(),
            ready_delay=self._context.ready_delay,
            pod_ip=host if hosted else self._address(pod),
            host_ip=host,
            blocked=blocked,
        )
        status, wake = pod_status(pod, around)
        if _is_first_look(pod) and status["phase"] in {"Succeeded", "Failed"}:
            # A pod is seen running before it is seen done, or watchers miss it.
            status, wake = _running_first(pod, around), 0.0
        old = pod.get("status", {})
        new = old | status
        if new != old:
            pod = self._context.objects.update(
                pod | {"status": new}, manager=KUBELET, subresource="status"
            )
            self._tell(pod, old, new)
        return wake

    # Addresses

    def _remember(self, change: Change) -> None:
        uid = change.object["metadata"]["uid"]
        address = change.object.get("status", {}).get("podIP")
        if change.type == "DELETED":
            self._addresses.pop(uid, None)
        elif address:
            self._addresses[uid] = address

    def _address(self, pod: Object) -> str:
        uid = pod["metadata"]["uid"]
        if uid not in self._addresses:
            taken = set(self._addresses.values())
            first = int(POD_NETWORK.network_address) + 2
            for number in range(first, first + POD_NETWORK.num_addresses - 3):
                if (address := str(IPv4Address(number))) not in taken:
                    self._addresses[uid] = address
                    break
        return self._addresses[uid]

    def _host_address(self, pod: Object) -> str:
        node = self._context.objects.get(NODE, "", pod["spec"]["nodeName"]) or {}
        for address in node.get("status", {}).get("addresses", ()):
            if address["type"] == "InternalIP":
                return str(address["address"])
        return "127.0.0.1"

    # What a pod needs

    def _blocked(self, pod: Object) -> Blocked | None:
        for kind, source, key in _mounted(pod):
            if self._problem(pod, kind, source, key):
                return Blocked("ContainerCreating")
        for container in (
            *pod["spec"].get("initContainers", ()),
            *pod["spec"]["containers"],
        ):
            for kind, source, key in _environment(container):
                if problem := self._problem(pod, kind, source, key):
                    return Blocked(
                        "CreateContainerConfigError", problem, container["name"]
                    )
        return None

    def _problem(
        self, pod: Object, kind: GroupVersionKind, source: Object, key: str
    ) -> str:
        name = source.get("name") or source.get("secretName", "")
        if source.get("optional") or not name:
            return ""
        namespace = pod["metadata"]["namespace"]
        found = self._context.objects.get(kind, namespace, name)
        if found is None:
            return f'{kind.kind.lower()} "{name}" not found'
        held = {**found.get("data", {}), **found.get("binaryData", {})}
        if key and key not in held:
            return f"couldn't find key {key} in {kind.kind} {namespace}/{name}"
        return ""

    # Events

    def _tell(self, pod: Object, old: Object, new: Object) -> None:
        before = {c["name"]: c for c in old.get("containerStatuses", ())}
        for status in new["containerStatuses"]:
            state = status["state"]
            was = before.get(status["name"], {}).get("state", {})
            if state.keys() != was.keys() or status.get("restartCount"):
                self._tell_state(pod, status, was)

    def _tell_state(self, pod: Object, status: Object, was: Object) -> None:
        name, image, state = status["name"], status["image"], status["state"]
        field = f"spec.containers{{{name}}}"
        waiting = state.get("waiting", {})
        reason = waiting.get("reason", "")
        normal, warning = self._context.events.normal, self._context.events.warning
        if reason == "ContainerCreating":
            for volume, problem in self._mount_problems(pod):
                warning(
                    pod,
                    "FailedMount",
                    f'MountVolume.SetUp failed for volume "{volume}" : {problem}',
                    source=_SOURCE,
                )
        elif reason == "CreateContainerConfigError":
            text = f"Error: {waiting['message']}"
            warning(pod, "Failed", text, source=_SOURCE, field=field)
        elif reason == "ImagePullBackOff":
            text = f'Pulling image "{image}"'
            normal(pod, "Pulling", text, source=_SOURCE, field=field)
            text = f'Failed to pull image "{image}": not found'
            warning(pod, "Failed", text, source=_SOURCE, field=field)
            text = "Error: ErrImagePull"
            warning(pod, "Failed", text, source=_SOURCE, field=field)
            text = f'Back-off pulling image "{image}"'
            normal(pod, "BackOff", text, source=_SOURCE, field=field)
        elif not was or "waiting" in was:
            text = f'Container image "{image}" already present on machine'
            normal(pod, "Pulled", text, source=_SOURCE, field=field)
            text = f"Created container: {name}"
            normal(pod, "Created", text, source=_SOURCE, field=field)
            text = f"Started container {name}"
            normal(pod, "Started", text, source=_SOURCE, field=field)
        if reason == "CrashLoopBackOff":
            metadata = pod["metadata"]
            text = (
                f"Back-off restarting failed container {name} in pod"
                f" {metadata['name']}_{metadata['namespace']}({metadata['uid']})"
            )
            warning(pod, "BackOff", text, source=_SOURCE, field=field)
        if fault_of(pod) is Fault.NEVER_READY and "running" in state:
            text = "Readiness probe failed: pypkg.dev/sim: never-ready"
            warning(pod, "Unhealthy", text, source=_SOURCE, field=field)

    def _mount_problems(self, pod: Object) -> Iterator[tuple[str, str]]:
        for volume in pod["spec"].get("volumes", ()):
            for kind, source, key in _volume_sources(volume):
                if problem := self._problem(pod, kind, source, key):
                    yield volume["name"], problem


def _is_first_look(pod: Object) -> bool:
    return "startTime" not in pod.get("status", {}) and is_completing(pod)


def _running_first(pod: Object, around: Surroundings) -> Object:
    before = Surroundings(
        now=around.now,
        ready_delay=1.0,
        pod_ip=around.pod_ip,
        host_ip=around.host_ip,
        blocked=around.blocked,
    )
    return pod_status(pod, before)[0]


Source = tuple["GroupVersionKind", "Object", str]


def _mounted(pod: Object) -> Iterator[Source]:
    for volume in pod["spec"].get("volumes", ()):
        yield from _volume_sources(volume)


def _volume_sources(volume: Object) -> Iterator[Source]:
    for entry in (volume, *volume.get("projected", {}).get("sources", ())):
        for name, kind in (("configMap", CONFIG_MAP), ("secret", SECRET)):
            if source := entry.get(name):
                keys = [item["key"] for item in source.get("items", ())]
                for key in keys or [""]:
                    yield kind, source, key


def _environment(container: Object) -> Iterator[Source]:
    for entry in container.get("envFrom", ()):
        for name, kind in (("configMapRef", CONFIG_MAP), ("secretRef", SECRET)):
            if source := entry.get(name):
                yield kind, source, ""
    for variable in container.get("env", ()):
        chosen = variable.get("valueFrom", {})
        for name, kind in (("configMapKeyRef", CONFIG_MAP), ("secretKeyRef", SECRET)):
            if source := chosen.get(name):
                yield kind, source, source["key"]
