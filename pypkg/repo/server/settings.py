"""How a folder is served."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pypkg.repo.server.store.policy import Policy

if TYPE_CHECKING:
    from pathlib import Path

    from pypkg.repo.server.access.rights import Anonymous
    from pypkg.repo.server.events.webhooks import Hook
    from pypkg.repo.server.pages.changes import Renderer
    from pypkg.repo.server.web.indexes import Format

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


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
