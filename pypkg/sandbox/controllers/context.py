"""What every controller is given, and what it must be able to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from pypkg.sandbox.controllers.events import EventRecorder
    from pypkg.sandbox.controllers.objects import Change, Name, Objects


@dataclass(frozen=True, slots=True)
class Context:
    """What each controller is given.

    Attributes:
        objects: The API.
        clock: Gives the time, in UTC.
        events: Writes Events about objects.
        ready_delay: How long a container takes to become ready or to end, in
            seconds.
    """

    objects: Objects
    clock: Callable[[], datetime]
    events: EventRecorder
    ready_delay: float = 0.0


class Controller(Protocol):
    """One control loop."""

    def concerns(self, change: Change) -> Iterable[Name]:
        """Name the objects to reconcile after a change."""

    def reconcile(self, name: Name) -> float | None:
        """Bring an object to its wanted state, as far as can be done now.

        Returns:
            The seconds after which to look again, or None to wait for a change.
        """
