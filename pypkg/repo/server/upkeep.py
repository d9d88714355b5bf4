"""What a server does beside its requests."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from pypkg.repo.server.store.garbage import collect, discard
from pypkg.repo.server.store.scan import scan

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from pypkg.repo.server.events.webhooks import Webhooks
    from pypkg.repo.server.store.library import Library
    from pypkg.repo.server.store.uploads import Uploads

_TIDY_SECONDS = 3600.0
_GRACE = 10.0
_LOGGER = logging.getLogger("pypkg.repo")


class Upkeep:
    """Threads that end with the worker.

    Args:
        library: The library.
        hooks: What delivers messages.
        clock: Tells the time.
        uploads: What enters archives found by hand, in the worker that looks after
            the library; None in the others.
        rescan: How often to look for them, in seconds; 0 for never.
    """

    def __init__(
        self,
        library: Library,
        hooks: Webhooks,
        *,
        clock: Callable[[], datetime],
        uploads: Uploads | None,
        rescan: float,
    ) -> None:
        self._library = library
        self._hooks = hooks
        self._clock = clock
        self._ended = threading.Event()
        work = [hooks.run] if hooks.any() else []
        if uploads is not None:
            work.append(self._tidy)
            if rescan:
                work.append(lambda: self._rescan(uploads, rescan))
        self._threads = [threading.Thread(target=one, daemon=True) for one in work]

    def __enter__(self) -> None:
        for thread in self._threads:
            thread.start()

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._hooks.end()
        for thread in self._threads:
            thread.join(_GRACE)

    def _tidy(self) -> None:
        while not self._ended.is_set():
            try:
                discard(self._library)
                collect(self._library, self._clock())
            except Exception:
                _LOGGER.exception("what nobody needs could not be removed")
            self._ended.wait(_TIDY_SECONDS)

    def _rescan(self, uploads: Uploads, seconds: float) -> None:
        while not self._ended.wait(seconds):
            try:
                scan(self._library, uploads, clock=self._clock)
            except Exception:
                _LOGGER.exception("the folder could not be looked through")
