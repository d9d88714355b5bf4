"""``pypkg repo serve``, and what belongs to a served folder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pypkg.cli import previews
from pypkg.cli.flag_types import Duration, OneOf
from pypkg.cli.flags import Flags, flag
from pypkg.cli.grammar import Arguments, command
from pypkg.cli.output import echo, warn
from pypkg.errors import UsageError

if TYPE_CHECKING:
    from pypkg.repo.server.settings import Settings


class ListenFlags(Flags):
    """Where the server listens."""

    host: str = flag(
        "--host",
        help="the address to listen on",
        metavar="ADDRESS",
        default="127.0.0.1",
    )
    port: int = flag(
        "--port", help="the port, 0 for a free one", metavar="PORT", default=8080
    )
    workers: int = flag(
        "--workers", help="how many processes answer", metavar="N", default=1
    )
    tls_cert: str = flag("--tls-cert", help="the TLS certificate", metavar="FILE")
    tls_key: str = flag("--tls-key", help="its private key", metavar="FILE")
    allowed_host: tuple[str, ...] = flag(
        "--allowed-host",
        help="a further name that the server answers for",
        metavar="NAME",
        many=True,
    )


class PolicyFlags(Flags):
    """What may be done with charts."""

    title = "Rules"

    anonymous: str = flag(
        "--anonymous",
        help="what those may do who do not sign in: none, pull or push; by default"
        " pull, and everything on loopback while there are no accounts",
        kind=OneOf("none", "pull", "push", ""),
        metavar="RIGHT",
    )
    overwrite: str = flag(
        "--overwrite",
        help="whether a version may be replaced: never, forced (with ?force), always",
        kind=OneOf("never", "forced", "always"),
        default="never",
        metavar="WHEN",
    )
    require_provenance: bool = flag(
        "--require-provenance", help="take signed charts only", default=False
    )
    keyring: str = flag(
        "--keyring",
        help="check the signatures of provenance files against these keys",
        metavar="FILE",
    )
    max_upload_size: int = flag(
        "--max-upload-size",
        help="the largest upload, in bytes",
        metavar="BYTES",
        default=20 * 2**20,
    )
    max_writes: int = flag(
        "--max-writes",
        help="changes that an address may ask for in a minute, 0 for any number",
        metavar="N",
        default=0,
    )
    max_charts: int = flag(
        "--max-charts",
        help="versions in a repository, 0 for any number",
        metavar="N",
        default=0,
    )
    max_versions: int = flag(
        "--max-versions",
        help="versions of a chart, 0 for any number",
        metavar="N",
        default=0,
    )


class StorageFlags(Flags):
    """Where the charts are."""

    storage: str = flag(
        "--storage",
        help="the bucket that has the charts, s3://BUCKET/PREFIX",
        metavar="URL",
        envvar="REPO_STORAGE",
    )


class OperationFlags(Flags):
    """What a server does beside answering."""

    title = "Operation"

    index_format: str = flag(
        "--index-format",
        help="the syntax of indexes: json, which every client reads as YAML, or yaml",
        kind=OneOf("json", "yaml"),
        default="json",
        metavar="FORM",
    )
    chart_url: str = flag(
        "--chart-url", help="where archives are, if not here", metavar="URL"
    )
    rescan: float = flag(
        "--rescan",
        help="how often to look for archives put into the folder by hand",
        kind=Duration(),
        default=0.0,
        metavar="DURATION",
    )
    audit_log: str = flag(
        "--audit-log",
        help="the file that tells who did what; by default one in the folder",
        metavar="FILE",
    )
    webhook: tuple[str, ...] = flag(
        "--webhook",
        help="an address that is told what was pushed and deleted",
        metavar="URL",
        many=True,
    )
    webhook_secret_file: str = flag(
        "--webhook-secret-file",
        help="the key that signs what webhooks are told",
        metavar="FILE",
    )
    webhook_private: bool = flag(
        "--webhook-private",
        help="let webhooks be within a private network",
        default=False,
    )


class ServeFlags(ListenFlags, StorageFlags, PolicyFlags, OperationFlags):
    """Everything that a server can be told."""

    title = "Flags"


@command(
    usage="FOLDER",
    name="serve",
    examples="pypkg repo serve ./charts\n"
    "pypkg repo serve ./charts --host 0.0.0.0 --tls-cert tls.crt --tls-key tls.key",
)
def serve(arguments: Arguments, flags: ServeFlags) -> None:
    """Serve a folder's charts to Helm, pypkg, registry clients and people.

    Archives in the folder are served as they are; each folder in it is a repository
    of its own. Charts can be pushed with helm push, pypkg push, curl, and whatever
    knows ChartMuseum.
    """
    from pypkg.repo.server import serving  # noqa: PLC0415 - start-up time

    settings = _settings(arguments[0], flags)
    listener = serving.listen(settings)
    tell_scan(settings)
    port = listener.getsockname()[1]
    scheme = "https" if settings.certificate else "http"
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    url = f"{scheme}://{host}:{port}"

    def ready() -> None:
        echo(f"Serving {settings.folder} at {url}")
        echo(f"  pypkg repo add charts {url}")

    serving.serve(settings, listener, ready=ready)


@command(usage="FOLDER", name="reindex")
def reindex(arguments: Arguments, flags: StorageFlags) -> None:
    """Read every archive of a served folder again; the server may run meanwhile."""
    settings = replace(_settings(arguments[0], ServeFlags()), storage=flags.storage)
    tell_scan(settings, thorough=True)


def folder_of(text: str) -> Path:
    """Give the folder that a command is about.

    Raises:
        UsageError: There is none.
    """
    path = Path(text)
    if not path.is_dir():
        raise UsageError(f"there is no folder {text}")
    return path.resolve()


def tell_scan(settings: Settings, *, thorough: bool = False) -> None:
    """Bring a folder's catalogue up to date, and tell what has changed."""
    from pypkg.repo.server import serving  # noqa: PLC0415 - start-up time

    found = serving.reindex(settings, thorough=thorough)
    for path, fault in found.faults.items():
        warn(f"{path} is not served: {fault}")
    if found.added or found.removed:
        echo(f"New archives: {len(found.added)}, gone: {len(found.removed)}")


def _settings(folder: str, flags: ServeFlags) -> Settings:
    from pypkg.repo.server.events.webhooks import Hook  # noqa: PLC0415 - start-up time
    from pypkg.repo.server.settings import Settings  # noqa: PLC0415 - start-up time
    from pypkg.repo.server.store.policy import Policy  # noqa: PLC0415 - start-up time

    if bool(flags.tls_cert) != bool(flags.tls_key):
        raise UsageError("--tls-cert and --tls-key go together")
    secret = ""
    if flags.webhook_secret_file:
        secret = Path(flags.webhook_secret_file).read_text("utf-8").strip()
    return Settings(
        folder=folder_of(folder),
        storage=flags.storage,
        host=flags.host,
        port=flags.port,
        workers=flags.workers,
        access=flags.anonymous or None,  # type: ignore[arg-type] # the flag takes these words only
        policy=Policy(
            overwrite=flags.overwrite,  # type: ignore[arg-type] # as above
            upload_bytes=flags.max_upload_size,
            charts=flags.max_charts,
            versions=flags.max_versions,
            writes=flags.max_writes,
            require_provenance=flags.require_provenance,
        ),
        form=flags.index_format,  # type: ignore[arg-type] # as above
        chart_url=flags.chart_url,
        allowed_hosts=flags.allowed_host,
        certificate=Path(flags.tls_cert) if flags.tls_cert else None,
        key=Path(flags.tls_key) if flags.tls_key else None,
        audit=Path(flags.audit_log) if flags.audit_log else None,
        hooks=tuple(Hook(url, secret, flags.webhook_private) for url in flags.webhook),
        rescan=flags.rescan,
        render=previews.preview,
        keyring=Path(flags.keyring) if flags.keyring else None,
    )
