"""Several processes that answer for one server."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import threading
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_LOGGER = logging.getLogger("pypkg.repo")


class Workers:
    """Forked processes; one that dies is replaced.

    Args:
        count: How many.
        work: What each does, given its number; it ends on SIGTERM.
    """

    def __init__(self, count: int, work: Callable[[int], None]) -> None:
        self._count = count
        self._work = work
        self._running: dict[int, tuple[int, float]] = {}
        # Its end is open as long as this process lives: workers end with it.
        self._reading, self._writing = os.pipe()
        self._stopping = False

    def run(self, ready: Callable[[], None]) -> None:
        """Keep the workers running until a signal comes."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        for worker in range(self._count):
            self._start(worker)
        ready()
        while self._running:
            pid, _ = os.wait()
            worker, began = self._running.pop(pid, (0, 0.0))
            if time.monotonic() - began < 1 and not self._stopping:
                time.sleep(1)  # it cannot work: do not try all the time
            if not self._stopping:
                self._start(worker)

    def _start(self, worker: int) -> None:
        pid = os.fork()
        if pid:
            self._running[pid] = (worker, time.monotonic())
            if self._stopping:  # the signal came before the worker was known
                os.kill(pid, signal.SIGTERM)
            return
        try:
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, signal.SIG_DFL)
            if self._stopping:  # it came to this process, before the line above
                return
            os.close(self._writing)
            threading.Thread(target=self._end_with_parent, daemon=True).start()
            self._work(worker)
        except Exception:
            _LOGGER.exception("worker %d has failed", worker)
            os._exit(1)
        finally:
            os._exit(0)

    def _end_with_parent(self) -> None:
        os.read(self._reading, 1)
        os.kill(os.getpid(), signal.SIGTERM)

    def _stop(self, *_: Any) -> None:
        self._stopping = True
        for pid in self._running:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
