"""How often a call is tried, and how long it waits in between."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from pypkg.repo.transport import failures

if TYPE_CHECKING:
    from collections.abc import Callable

    from pypkg.errors import HttpError

TRIES = 4
_FIRST_PAUSE, _LONGEST_PAUSE = 0.25, 30.0  # seconds


class Retries:
    """How often and how long one call goes on trying.

    Args:
        url: What is asked for, for errors.
        seconds: How long the call may take, pauses included.
        sleep: Waits so many seconds.
        clock: Gives seconds.

    Attributes:
        left: How many tries there still are.
    """

    def __init__(
        self,
        url: str,
        seconds: float,
        sleep: Callable[[float], None],
        clock: Callable[[], float],
    ) -> None:
        self.left = TRIES - 1
        self._url = url
        self._seconds = seconds
        self._end = clock() + seconds
        self._sleep = sleep
        self._clock = clock
        self._pause = _FIRST_PAUSE

    def seconds_left(self) -> float:
        """Give how long the call may go on.

        Raises:
            HttpError: No longer.
        """
        left = self._end - self._clock()
        if left <= 0:
            raise failures.slow(self._url, self._seconds)
        return left

    def again(self, error: HttpError, retry_after: str = "") -> None:
        """Wait before the next try.

        Args:
            error: What happened in this one.
            retry_after: The seconds that the server asks to wait, or "".

        Raises:
            HttpError: That error, if this was the last try, or time runs out.
        """
        # Clients that failed together do not come back together.
        pause = self._pause * random.uniform(0.5, 1.5)  # noqa: S311 - no secret
        if retry_after.isdigit():
            pause = max(pause, min(float(retry_after), _LONGEST_PAUSE))
        if not self.left or self._clock() + pause >= self._end:
            raise error
        self.left -= 1
        self._pause *= 2
        self._sleep(pause)
