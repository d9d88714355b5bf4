"""Serving a folder: its socket, and the processes that answer on it."""

from __future__ import annotations

import contextlib
import socket
from typing import TYPE_CHECKING

from pypkg.errors import RepositoryError
from pypkg.repo.server.store.clock import clock
from pypkg.repo.server.store.library import open_library
from pypkg.repo.server.store.scan import Scan, scan
from pypkg.repo.server.store.uploads import Uploads

if TYPE_CHECKING:
    from collections.abc import Callable

    from pypkg.repo.server.settings import Settings

_BACKLOG = 2048


def reindex(
    settings: Settings,
    *,
    thorough: bool = True,
    report: Callable[[str], None] = lambda _: None,
) -> Scan:
    """Bring a folder's catalogue up to date with its archives; see :func:`scan`."""
    with contextlib.closing(open_library(settings.folder, settings.storage)) as library:
        uploads = Uploads(library, settings.policy, clock=clock)
        return scan(library, uploads, clock=clock, thorough=thorough, report=report)


def listen(settings: Settings) -> socket.socket:
    """Open the server's socket.

    Raises:
        RepositoryError: The address or port cannot be had.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # TCP by name: only then does asyncio send small replies without delay.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        raise RepositoryError(
            f"cannot listen on {settings.host}:{settings.port}: {error.strerror}",
            hint="--port chooses another port, 0 a free one",
        ) from error
    listener.listen(_BACKLOG)
    return listener


def serve(
    settings: Settings,
    listener: socket.socket,
    *,
    ready: Callable[[], None] = lambda: None,
) -> None:
    """Serve until a signal ends it.

    Args:
        settings: How.
        listener: The socket, which is closed in the end.
        ready: Called once, when requests are answered.

    Raises:
        RepositoryError: The settings cannot be used.
    """
    from pypkg.repo.server.assembly import assemble  # noqa: PLC0415 - start-up time
    from pypkg.repo.server.events.metrics import (  # noqa: PLC0415 - start-up time
        Metrics,
    )
    from pypkg.repo.server.events.webhooks import (  # noqa: PLC0415 - start-up time
        Webhooks,
    )
    from pypkg.repo.server.worker import work  # noqa: PLC0415 - start-up time
    from pypkg.repo.server.workers import Workers  # noqa: PLC0415 - start-up time

    metrics = Metrics(max(1, settings.workers))
    with listener:
        # Faults of the settings are told here, not by a worker.
        with contextlib.closing(
            open_library(settings.folder, settings.storage)
        ) as library:
            hooks = Webhooks(library.catalogue, settings.hooks, clock)
            assemble(settings, library, metrics, hooks)
        if settings.workers <= 1:
            ready()
            work(settings, listener, metrics)
            return

        def begin(worker: int) -> None:
            metrics.become(worker)
            work(settings, listener, metrics)

        Workers(settings.workers, begin).run(ready)
