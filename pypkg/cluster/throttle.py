"""How fast requests may follow each other: as fast as the server and the user want."""

from __future__ import annotations

import time
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable


class Rate(NamedTuple):
    """A limit that the user sets: client-go's QPS and Burst.

    Attributes:
        per_second: How many requests a second, in the long run; 0 is no limit.
        burst: How many may follow each other at once before that counts.
    """

    per_second: float = 0.0
    burst: int = 100


class Throttle:
    """A pause that the server has asked for and the user's limit, kept by all threads.

    Args:
        sleep: Waits that many seconds.
        clock: Gives seconds that only grow.
        rate: The user's limit.
    """

    def __init__(
        self,
        sleep: Callable[[float], None],
        clock: Callable[[], float] = time.monotonic,
        rate: Rate = Rate(),  # noqa: B008 - it cannot be changed
    ) -> None:
        self.sleep = sleep
        self._clock = clock
        self._until = 0.0
        self._gap = 1 / rate.per_second if rate.per_second > 0 else 0.0
        self._ahead = (max(rate.burst, 1) - 1) * self._gap
        # When the next request is due if all had the same distance.
        self._due = 0.0
        self._counting = Lock()

    def hold(self, seconds: float) -> None:
        """Let nobody send anything for that long."""
        self._until = max(self._until, self._clock() + seconds)

    def wait(self) -> None:
        """Wait until something may be sent."""
        left = max(self._until, self._turn()) - self._clock()
        if left > 0:
            self.sleep(left)

    def _turn(self) -> float:
        """Take the next place in the row, and say when its time has come."""
        if not self._gap:
            return 0.0
        with self._counting:
            due = max(self._due, self._clock())
            self._due = due + self._gap
        return due - self._ahead
