"""The server's processes: sockets, workers, signals, TLS."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pypkg.errors import RepositoryError
from pypkg.repo.server.access.accounts import Accounts, Anonymous, anonymous
from pypkg.repo.server.access.limits import Rate
from pypkg.repo.server.events.audit import AuditLog
from pypkg.repo.server.events.metrics import Metrics
from pypkg.repo.server.events.webhooks import Hook, Webhooks
from pypkg.repo.server.store.library import Library
from pypkg.repo.server.store.policy import Policy
from pypkg.repo.server.store.scan import Scan, scan
from pypkg.repo.server.store.storage import OWN
from pypkg.repo.server.store.uploads import Uploads
from pypkg.repo.server.upkeep import Upkeep
from pypkg.repo.server.web.indexes import Format, Indexes
from pypkg.repo.server.workers import Workers

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pypkg.repo.server.pages.changes import Renderer
    from pypkg.repo.server.web.answers import Answers
    from pypkg.repo.server.web.app import Application

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_GRACE = 10  # seconds that running requests get when the server stops
_KEEP_ALIVE = 75
_BACKLOG = 2048
AUDIT_LOG = f"{OWN}/audit.log"


@dataclass(frozen=True, slots=True)
class Settings:
    """How a folder is served.

    Attributes:
        folder: The folder.
        storage: The bucket that has the charts, ``s3://BUCKET/PREFIX``; "" for the
            folder itself.
        host: The address to listen on.
        port: The port; 0 for a free one.
        workers: How many processes answer.
        access: What those may do who do not say who they are; None for pull, and for
            everything on loopback while there are no accounts.
        policy: The rules for uploads.
        form: The syntax of indexes.
        chart_url: Where archives are, if not here.
        allowed_hosts: Further names that the server answers for.
        certificate: The TLS certificate's file, or None.
        key: Its private key's file.
        audit: The file that tells who did what; None for one in the folder.
        hooks: Who is told what has happened.
        keyring: The keys of those who may sign charts; None checks no signature.
        rescan: How often the folder is looked at for new archives, in seconds; 0
            for only at the start.
        render: Renders charts, for pages that compare versions.
        header_seconds: How long a client may take for a request's headers.
        failures: How often an address may fail to sign in, a minute; 0 for any
            number.
    """

    folder: Path
    storage: str = ""
    host: str = "127.0.0.1"
    port: int = 8080
    workers: int = 1
    access: Anonymous | None = None
    policy: Policy = field(default_factory=Policy)
    form: Format = "json"
    chart_url: str = ""
    allowed_hosts: tuple[str, ...] = ()
    certificate: Path | None = None
    key: Path | None = None
    audit: Path | None = None
    hooks: tuple[Hook, ...] = ()
    keyring: Path | None = None
    rescan: float = 0.0
    render: Renderer | None = None
    header_seconds: float = 20.0
    failures: float = 20.0

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach the server."""
        return self.host in LOOPBACK


def clock() -> datetime:
    """Tell the time."""
    return datetime.now(UTC)


def open_library(folder: Path, storage: str = "") -> Library:
    """Open a folder's library, whose charts may be in a bucket.

    Raises:
        RepositoryError: The folder or the bucket cannot be used.
    """
    if not storage:
        return Library(folder)
    from pypkg.repo.server.store import s3  # noqa: PLC0415 - an extra

    return Library(folder, s3.connect(storage))


def assemble(
    settings: Settings, library: Library, metrics: Metrics, hooks: Webhooks
) -> tuple[Application, Answers]:
    """Put the ASGI application together.

    Raises:
        RepositoryError: The settings would let anybody write.
    """
    from pypkg.repo.server.access.gate import Gate  # noqa: PLC0415 - start-up time
    from pypkg.repo.server.pages.routes import routes  # noqa: PLC0415 - start-up time
    from pypkg.repo.server.registry.api import RegistryApi  # noqa: PLC0415 - start-up time
    from pypkg.repo.server.registry.artifacts import Registry  # noqa: PLC0415 - start-up time
    from pypkg.repo.server.web.answers import Answers  # noqa: PLC0415 - start-up time
    from pypkg.repo.server.web.app import Application  # noqa: PLC0415 - start-up time
    from pypkg.repo.server.web.context import Context  # noqa: PLC0415 - start-up time
    from pypkg.repo.server.web.downloads import Downloads  # noqa: PLC0415 - start-up time

    accounts = Accounts(library.catalogue, clock)
    indexes = Indexes(library, form=settings.form, chart_url=settings.chart_url)
    hosts = (*LOOPBACK, *settings.allowed_hosts) if settings.is_local else ()
    gate = Gate(
        accounts,
        anonymous(_anonymous(settings, accounts)),
        hosts=hosts or settings.allowed_hosts,
        failures=Rate(settings.failures, monotonic=time.monotonic),
        writes=Rate(settings.policy.writes, monotonic=time.monotonic),
        monotonic=time.monotonic,
    )
    uploads = Uploads(
        library, settings.policy, clock=clock, verify=_verifier(settings.keyring)
    )
    context = Context(
        library=library,
        uploads=uploads,
        gate=gate,
        listeners=(
            AuditLog(settings.audit or settings.folder / AUDIT_LOG, clock),
            hooks,
            metrics.happened,
        ),
    )
    lasting = settings.policy.overwrite == "never"
    answers = Answers(library.catalogue, metrics, monotonic=time.monotonic)
    downloads = Downloads(library, indexes, lasting=lasting)
    app = Application(
        context,
        downloads,
        answers,
        metrics,
        registry=RegistryApi(context, Registry(library, uploads, clock)),
        pages=routes(context, settings.render),
    )
    return app, answers


def _verifier(keyring: Path | None) -> Callable[[bytes, bytes, str], object] | None:
    """Give what checks signatures against a keyring."""
    if keyring is None:
        return None
    from pypkg.repo.provenance.verify import verify  # noqa: PLC0415 - start-up time

    return lambda data, provenance, name: verify(
        data, provenance, name=name, keys=keyring
    )


def _anonymous(settings: Settings, accounts: Accounts) -> Anonymous:
    if settings.access == "push" and not settings.is_local:
        raise RepositoryError(
            f"anybody could write to a server on {settings.host}",
            hint="make an account (pypkg repo user add NAME), or listen on 127.0.0.1",
        )
    if settings.access is not None:
        return settings.access
    return "push" if settings.is_local and not accounts.any() else "pull"


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
    metrics = Metrics(max(1, settings.workers))
    with contextlib.closing(open_library(settings.folder, settings.storage)) as library:
        # Faults of the settings are told here, not by a worker.
        hooks = Webhooks(library.catalogue, settings.hooks, clock)
        assemble(settings, library, metrics, hooks)
    if settings.workers <= 1:
        ready()
        _work(settings, listener, metrics)
        return

    def work(worker: int) -> None:
        metrics.become(worker)
        _work(settings, listener, metrics)

    Workers(settings.workers, work).run(ready)


def _work(settings: Settings, listener: socket.socket, metrics: Metrics) -> None:
    import uvicorn  # noqa: PLC0415 - start-up time

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
        backlog=_BACKLOG,
    )
    server = uvicorn.Server(config)

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
