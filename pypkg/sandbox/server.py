"""The process that serves a sandbox: ``python -m pypkg.sandbox.server``.

``daemon.py`` starts it and writes its settings, a JSON object, to its standard input.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import random
import socket
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import uvicorn

from pypkg._version import __version__
from pypkg.errors import SandboxError
from pypkg.sandbox import bootstrap
from pypkg.sandbox.api import routes
from pypkg.sandbox.controllers.assembly import assemble
from pypkg.sandbox.retention import keep_expiring
from pypkg.sandbox.runner import Traffic, run_controllers
from pypkg.sandbox.schemas.resources import Resources
from pypkg.sandbox.schemas.schema import Definitions
from pypkg.sandbox.state import Serving, StateFolder
from pypkg.sandbox.store import Store
from pypkg.sandbox.writes.pipeline import Cluster

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

_LOGGER = logging.getLogger("pypkg.sandbox")
_GRACE = 2  # seconds that running requests get when the server stops
_KEEP_ALIVE = 75


@dataclass(frozen=True, slots=True)
class Settings:
    """What the server is told.

    Attributes:
        folder: The state folder.
        ready: The pipe on which to say that it serves, or, in JSON, why it cannot.
        ready_delay: How long imagined containers take to start, in seconds.
    """

    folder: str
    ready: int
    ready_delay: float = 0.0


def serve(settings: Settings) -> None:
    """Serve a sandbox until told to stop."""
    folder = StateFolder(Path(settings.folder))
    held = folder.hold()
    if held is None:
        os.close(settings.ready)
        return  # another process was faster: it serves
    folder.withdraw()
    asyncio.run(_serve(folder, settings))
    os.close(held)


async def _serve(folder: StateFolder, settings: Settings) -> None:
    with Store(folder.database) as store, _bound(folder.port) as listener:
        cluster = Cluster(
            store,
            Definitions.load(),
            Resources.built_in(),
            clock=_clock,
            random=random.SystemRandom(),
        )
        bootstrap.fill(cluster)
        manager = assemble(
            cluster,
            clock=_clock,
            ready_delay=settings.ready_delay,
            certificate=folder.certificate.read_text("utf-8"),
        )
        stopping = asyncio.Event()
        app = Traffic(
            routes.build(cluster, token=folder.token, clock=_clock, stopping=stopping)
        )
        config = uvicorn.Config(
            app,
            lifespan="off",
            log_config=None,
            access_log=False,
            ws="none",
            server_header=False,
            ssl_certfile=folder.certificate,
            ssl_keyfile=folder.key,
            timeout_graceful_shutdown=_GRACE,
            timeout_keep_alive=_KEEP_ALIVE,
        )
        port = listener.getsockname()[1]

        def ready() -> None:
            folder.announce(Serving(os.getpid(), port, __version__))
            _LOGGER.info("serving on https://127.0.0.1:%d", port)
            with contextlib.suppress(BrokenPipeError):  # who asked has gone
                os.write(settings.ready, f"{port}\n".encode())
            os.close(settings.ready)

        server = _Server(config, ready=ready, stopping=stopping)
        work = [
            asyncio.create_task(run_controllers(manager, store, app)),
            asyncio.create_task(keep_expiring(store, _clock)),
        ]
        await server.serve(sockets=[listener])
        for task in work:
            task.cancel()
        await asyncio.gather(*work, return_exceptions=True)


class _Server(uvicorn.Server):
    """Says when it serves, and ends the watches when it stops."""

    def __init__(
        self,
        config: uvicorn.Config,
        *,
        ready: Callable[[], None],
        stopping: asyncio.Event,
    ) -> None:
        super().__init__(config)
        self._ready = ready
        self._stopping = stopping
        self._loop = asyncio.get_running_loop()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._loop.call_soon_threadsafe(self._stopping.set)
        super().handle_exit(sig, frame)


def _bound(preferred: int) -> socket.socket:
    """A socket on loopback: on the port of last time, or else on a free one."""
    # TCP by name: only then does asyncio send small replies without delay.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", preferred))
    except OSError:
        listener.bind(("127.0.0.1", 0))
    return listener


def _clock() -> datetime:
    return datetime.now(UTC)


def _main() -> None:
    wire: dict[str, Any] = json.load(sys.stdin)
    logging.basicConfig(
        level=logging.INFO,
        stream=sys.stderr,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    if os.fork() == 0:
        settings = Settings(**wire)
        try:
            serve(settings)
        except SandboxError as error:
            _LOGGER.error("%s", error)  # noqa: TRY400 - the reason is all there is
            told = {"message": str(error), "hint": error.hint}
            with contextlib.suppress(OSError):  # who asked has gone
                os.write(settings.ready, json.dumps(told).encode())


if __name__ == "__main__":
    _main()
