"""What an author may say about the imagined containers of a pod.

Annotations of the pod template:

- ``pypkg.dev/sim``: the fault to play,
- ``pypkg.dev/logs``: what the containers print; ``pypkg.dev/logs.NAME`` for one.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from pypkg.sandbox.statuses import StatusError, bad_request

if TYPE_CHECKING:
    from pypkg.sandbox.controllers.objects import Object

SIM = "pypkg.dev/sim"
LOGS = "pypkg.dev/logs"
_SILENT = (
    "The sandbox imagines containers: this one did not run.\n"
    f"Set the pod's annotation {LOGS} to say what it prints.\n"
)


class Fault(StrEnum):
    """The value of ``pypkg.dev/sim``."""

    NONE = ""
    CRASH_LOOP = "crashloop"
    OUT_OF_MEMORY = "oomkilled"
    INIT_CRASH_LOOP = "init-crashloop"
    INIT_HANGS = "init-hangs"
    IMAGE_PULL = "imagepull"
    UNSCHEDULABLE = "unschedulable"
    NEVER_READY = "never-ready"
    JOB_FAIL = "job-fail"


def fault_of(pod: Object) -> Fault:
    """The fault that a pod asks for; none if it asks for one that is not known."""
    wanted = pod["metadata"].get("annotations", {}).get(SIM, "")
    return Fault(wanted) if wanted in set(Fault) else Fault.NONE


def container_logs(pod: Object, container: str = "") -> str:
    """What a container printed.

    Args:
        pod: The pod.
        container: Its name; "" for the only one, or the default one.

    Raises:
        StatusError: 400, there is no such container, the name is needed, or it has
            not started.
    """
    name = container or _default_container(pod)
    statuses = pod.get("status", {})
    for key in ("containerStatuses", "initContainerStatuses"):
        for status in statuses.get(key, ()):
            if status["name"] == name:
                _require_started(pod, status)
    annotations = pod["metadata"].get("annotations", {})
    text: str = annotations.get(f"{LOGS}.{name}", annotations.get(LOGS, _SILENT))
    return text if not text or text.endswith("\n") else f"{text}\n"


def _default_container(pod: Object) -> str:
    annotations = pod["metadata"].get("annotations", {})
    chosen: str = annotations.get("kubectl.kubernetes.io/default-container", "")
    names = [container["name"] for container in pod["spec"]["containers"]]
    if chosen in names:
        return chosen
    if len(names) == 1:
        return str(names[0])
    raise bad_request(
        f"a container name must be specified for pod {pod['metadata']['name']},"
        f" choose one of: [{' '.join(names)}]"
    )


def _require_started(pod: Object, status: Object) -> None:
    waiting = status.get("state", {}).get("waiting")
    if waiting is None or status.get("lastState"):
        return
    raise StatusError(
        400,
        "BadRequest",
        f'container "{status["name"]}" in pod "{pod["metadata"]["name"]}" is waiting'
        f" to start: {waiting['reason']}",
    )
