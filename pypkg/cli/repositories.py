"""What commands need of repositories and registries, put together from the settings."""

from __future__ import annotations

import os
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from pypkg import paths
from pypkg.cli.output import warn
from pypkg.cli.places import places

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pypkg.cli.settings import Settings
    from pypkg.repo.archives import ArchiveCache
    from pypkg.repo.cache import IndexCache
    from pypkg.repo.downloader import Downloader
    from pypkg.repo.oci.charts import ChartRegistries
    from pypkg.repo.oci.credentials import CredentialFiles
    from pypkg.repo.repositories import RepositoryFile
    from pypkg.repo.transport.session import Getter
    from pypkg.repo.transport.tls import Tls
    from pypkg.repo.transport.transfer import Progress
    from pypkg.repo.transport.urls import Credentials
    from pypkg.repo.updates import Updater

SECONDS = 120.0  # for one download, as in Helm


def repository_file(settings: Settings) -> RepositoryFile:
    """Give the user's repositories."""
    from pypkg.repo.repositories import RepositoryFile  # noqa: PLC0415 - start-up time

    return RepositoryFile(places(settings)["REPOSITORY_CONFIG"])


def index_cache(settings: Settings) -> IndexCache:
    """Give the indexes that are here."""
    from pypkg.repo.cache import IndexCache  # noqa: PLC0415 - start-up time

    return IndexCache(places(settings)["REPOSITORY_CACHE"])


def archive_cache(settings: Settings) -> ArchiveCache:
    """Give the archives that are here."""
    from pypkg.repo.archives import ArchiveCache  # noqa: PLC0415 - start-up time

    return ArchiveCache(places(settings)["CONTENT_CACHE"])


def getter(settings: Settings) -> Getter:
    """Give what fetches URLs of other schemes than http(s), which is seldom needed."""

    def get(url: str, tls: Tls, credentials: Credentials | None) -> bytes:
        from pypkg.cli.plugins.getters import fetch  # noqa: PLC0415 - start-up time

        return fetch(settings, url, tls, credentials)

    return get


@contextmanager
def updater(settings: Settings, *, timeout: float = SECONDS) -> Iterator[Updater]:
    """Give what fetches indexes, and shows how far it is."""
    from pypkg.cli.display.downloads import Downloads  # noqa: PLC0415 - start-up time
    from pypkg.repo.transport.session import Session  # noqa: PLC0415 - start-up time
    from pypkg.repo.updates import Updater  # noqa: PLC0415 - start-up time

    with Downloads() as downloads:
        yield Updater(
            index_cache(settings),
            timeout=timeout,
            warn=warn,
            watch=downloads.watch,
            open_session=partial(Session, getter=getter(settings)),
        )


@contextmanager
def downloader(settings: Settings) -> Iterator[Downloader]:
    """Give what fetches charts."""
    from pypkg.repo.downloader import Downloader  # noqa: PLC0415 - start-up time

    with updater(settings) as indexes:
        yield Downloader(
            repository_file(settings),
            indexes,
            archive_cache(settings),
            registries(settings, indexes.watch),
        )


def registries(
    settings: Settings, watch: Callable[[str], Progress | None] = lambda _: None
) -> ChartRegistries:
    """Give what pulls and pushes charts.

    Args:
        settings: Where credentials and archives are kept.
        watch: Begins to show a download of that name.
    """
    from pypkg.repo.oci.charts import ChartRegistries  # noqa: PLC0415 - start-up time
    from pypkg.repo.transport.session import Session  # noqa: PLC0415 - start-up time

    def open_session(tls: Tls) -> Session:
        return Session(tls=tls, timeout=SECONDS)

    return ChartRegistries(
        open_session, _credentials(settings), archive_cache(settings), watch
    )


def _credentials(settings: Settings) -> CredentialFiles:
    """Give the user's credentials: pypkg's, then what Helm and Docker keep."""
    from pypkg.repo.oci.credentials import CredentialFiles  # noqa: PLC0415 - start-up time

    if settings.registry_config:
        return CredentialFiles(Path(settings.registry_config))
    name = "config.json"
    docker = os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker"
    return CredentialFiles(
        paths.config_home() / "registry" / name,
        [paths.helm_config_home() / "registry" / name, Path(docker) / name],
    )
