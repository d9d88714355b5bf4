"""What a process of the server does: it answers on the socket until a signal comes."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from typing import TYPE_CHECKING, Any

import uvicorn

from pypkg.repo.server.assembly import assemble
from pypkg.repo.server.events.webhooks import Webhooks
from pypkg.repo.server.store.clock import clock
from pypkg.repo.server.store.library import open_library
from pypkg.repo.server.store.uploads import Uploads
from pypkg.repo.server.upkeep import Upkeep

if TYPE_CHECKING:
    from pypkg.repo.server.events.metrics import Metrics
    from pypkg.repo.server.settings import Settings
    from pypkg.repo.server.web.answers import Answers

_GRACE = 10  # seconds that running requests get when the server stops
_KEEP_ALIVE = 75
_POLL = 0.05


class Server(uvicorn.Server):
    """Ends when the last request is answered, whoever is still connected."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Answer what is asked, and end."""
        parting = asyncio.create_task(self._part())
        try:
            await super().shutdown(sockets)
        finally:
            parting.cancel()

    async def _part(self) -> None:
        """End TLS connections as soon as our side has.

        The event loop waits half a minute for the other's goodbye, which clients that
        keep an idle connection do not send: they would not even read ours.
        """
        while True:
            for connection in self.server_state.connections:
                transport = connection.transport
                if transport.is_closing() and transport.get_extra_info("ssl_object"):
                    _hear_no_more(transport.get_extra_info("socket"))
            await asyncio.sleep(_POLL)


def _hear_no_more(link: Any) -> None:
    """Let a connection look as if the client had ended it: what is sent still goes."""
    # uvloop's sockets are but descriptions: this one is another name of the same.
    with (
        contextlib.suppress(OSError),  # it has ended meanwhile
        socket.fromfd(link.fileno(), link.family, link.type) as same,
    ):
        same.shutdown(socket.SHUT_RD)


def work(settings: Settings, listener: socket.socket, metrics: Metrics) -> None:
    """Serve; the socket is closed in the end."""
    library = open_library(settings.folder, settings.storage)
    hooks = Webhooks(library.catalogue, settings.hooks, clock)
    app, answers = assemble(settings, library, metrics, hooks)
    config = uvicorn.Config(
        app,
        http=_protocol(answers, settings),
        lifespan="off",
        log_config=None,
        access_log=False,
        ws="none",
        server_header=False,
        ssl_certfile=settings.certificate,
        ssl_keyfile=settings.key,
        timeout_graceful_shutdown=_GRACE,
        timeout_keep_alive=_KEEP_ALIVE,
    )
    server = Server(config)

    def end(*_: object) -> None:
        server.should_exit = True

    # uvicorn raises the signal again when it has ended: that it ended is enough.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    runner = asyncio.Runner(loop_factory=config.get_loop_factory())
    first = metrics.worker == 0
    upkeep = Upkeep(
        library,
        hooks,
        clock=clock,
        uploads=Uploads(library, settings.policy, clock=clock) if first else None,
        rescan=settings.rescan,
    )
    with contextlib.closing(library), upkeep, runner:
        runner.run(server.serve(sockets=[listener]))


def _protocol(answers: Answers, settings: Settings) -> Any:
    """Choose what speaks HTTP: without httptools, slower and without short cuts."""
    try:
        from pypkg.repo.server.web.protocol import protocol  # noqa: PLC0415 - an extra
    except ImportError:
        return "h11"
    return protocol(answers, settings.header_seconds)
