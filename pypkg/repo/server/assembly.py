"""The server's application, put together from its settings."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from pypkg.errors import RepositoryError
from pypkg.repo.provenance.verify import verify
from pypkg.repo.server.access.accounts import Accounts
from pypkg.repo.server.access.gate import Gate
from pypkg.repo.server.access.limits import Rate
from pypkg.repo.server.access.rights import anonymous
from pypkg.repo.server.events.audit import AuditLog
from pypkg.repo.server.pages.routes import routes
from pypkg.repo.server.registry.api import RegistryApi
from pypkg.repo.server.registry.artifacts import Artifacts
from pypkg.repo.server.registry.blobs import Blobs
from pypkg.repo.server.settings import LOOPBACK
from pypkg.repo.server.store.clock import clock
from pypkg.repo.server.store.storage import OWN
from pypkg.repo.server.store.uploads import Uploads
from pypkg.repo.server.web.answers import Answers
from pypkg.repo.server.web.app import Application
from pypkg.repo.server.web.context import Context
from pypkg.repo.server.web.downloads import Downloads
from pypkg.repo.server.web.indexes import Indexes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pypkg.repo.server.access.rights import Anonymous
    from pypkg.repo.server.events.metrics import Metrics
    from pypkg.repo.server.events.webhooks import Webhooks
    from pypkg.repo.server.settings import Settings
    from pypkg.repo.server.store.library import Library

AUDIT_LOG = f"{OWN}/audit.log"


def assemble(
    settings: Settings, library: Library, metrics: Metrics, hooks: Webhooks
) -> tuple[Application, Answers]:
    """Put the ASGI application together.

    Args:
        settings: How the folder is served.
        library: Its charts.
        metrics: Counts requests and changes.
        hooks: Hear of changes.

    Returns:
        The application, and what connections ask before they ask it.

    Raises:
        RepositoryError: The settings would let anybody write.
    """
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
        registry=RegistryApi(
            context, Artifacts(library, uploads, clock), Blobs(library, clock)
        ),
        pages=routes(context, settings.render),
    )
    return app, answers


def _verifier(keyring: Path | None) -> Callable[[bytes, bytes, str], object] | None:
    """Give what checks signatures against a keyring."""
    if keyring is None:
        return None
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
