"""How far objects that are waited for have come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pypkg.cluster.reference import ObjectRef


@dataclass(frozen=True, slots=True)
class PodProgress:
    """A pod of an object that is waited for.

    Attributes:
        name: Its name.
        state: Its state in a word, such as ``Running`` or ``ImagePullBackOff``.
        ready: Whether it is ready, or has done its work.
        message: What holds it up, or "".
        event: The last event about it, such as ``Pulling: Pulling image "nginx"``.
        log: The last lines of the log of the container that holds it up.
        container: That container, or "".
    """

    name: str
    state: str
    ready: bool
    message: str = ""
    event: str = ""
    log: tuple[str, ...] = ()
    container: str = ""


@dataclass(frozen=True, slots=True)
class ConnectionLost:
    """The server does not answer, so that nothing is seen; it is asked again.

    Attributes:
        message: What happens instead.
    """

    message: str


@dataclass(frozen=True, slots=True)
class ObjectProgress:
    """The state of an object that is waited for, whenever it changes.

    Attributes:
        ref: The object.
        status: kstatus' word: InProgress, Failed, Current, Terminating, NotFound
            or Unknown.
        message: What it waits for, such as "Available: 1/3".
        ready: Whether this object needs no more waiting.
        pods: Its pods, once it has kept one waiting for a moment.
        event: The last warning about it, or why its pods cannot be created, or "".
    """

    ref: ObjectRef
    status: str
    message: str
    ready: bool
    pods: tuple[PodProgress, ...] = ()
    event: str = ""
