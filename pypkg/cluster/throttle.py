"""How fast requests may follow each other: as fast as the server wants them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Throttle:
    """A pause that the server has asked for, kept by all threads.

    Args:
        sleep: Waits that many seconds.
        clock: Gives seconds that only grow.
    """

    def __init__(
        self,
        sleep: Callable[[float], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.sleep = sleep
        self._clock = clock
        self._until = 0.0

    def hold(self, seconds: float) -> None:
        """Let nobody send anything for that long."""
        self._until = max(self._until, self._clock() + seconds)

    def wait(self) -> None:
        """Wait until something may be sent."""
        left = self._until - self._clock()
        if left > 0:
            self.sleep(left)
