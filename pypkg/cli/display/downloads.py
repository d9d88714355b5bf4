"""Progress bars of downloads: on a terminal, and for those that take a while."""

from __future__ import annotations

import sys
import time
from threading import Lock
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.progress import Progress as Bars

    from pypkg.repo.transport.transfer import Progress

PATIENCE = 0.4  # seconds in which most downloads are done


class Downloads:
    """Shows downloads, several at once.

    Args:
        clock: Gives seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._start = clock()
        self._lock = Lock()
        self._bars: Bars | None = None
        self._is_shown = sys.stderr.isatty()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bars is not None:
            self._bars.stop()

    def watch(self, label: str) -> Progress:
        """Begin a download, and give what hears of its bytes."""
        task: int | None = None

        def heard(done: int, total: int | None) -> None:
            nonlocal task
            if not self._is_shown or self._clock() - self._start < PATIENCE:
                return
            with self._lock:
                bars = self._shown()
                if task is None:
                    task = bars.add_task(label, total=total)
                bars.update(task, completed=done, total=total)  # type: ignore[arg-type] # a TaskID is an int

        return heard

    def _shown(self) -> Bars:
        if self._bars is None:
            from rich import progress  # noqa: PLC0415 - start-up time
            from rich.console import Console  # noqa: PLC0415 - start-up time

            self._bars = progress.Progress(
                progress.TextColumn("{task.description}"),
                progress.BarColumn(),
                progress.DownloadColumn(),
                progress.TransferSpeedColumn(),
                console=Console(stderr=True),
                transient=True,
            )
            self._bars.start()
        return self._bars
