"""What commands need of repositories, put together from the settings."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pypkg import paths
from pypkg.cli.output import warn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pypkg.cli.settings import Settings
    from pypkg.repo.archives import ArchiveCache
    from pypkg.repo.cache import IndexCache
    from pypkg.repo.downloader import Downloader
    from pypkg.repo.repositories import RepositoryFile
    from pypkg.repo.updates import Updater

SECONDS = 120.0  # for one download, as in Helm


def repository_file(settings: Settings) -> RepositoryFile:
    """Give the user's repositories."""
    from pypkg.repo.repositories import RepositoryFile  # noqa: PLC0415 - start-up time

    given = settings.repository_config
    return RepositoryFile(
        Path(given) if given else paths.config_home() / "repositories.yaml"
    )


def index_cache(settings: Settings) -> IndexCache:
    """Give the indexes that are here."""
    from pypkg.repo.cache import IndexCache  # noqa: PLC0415 - start-up time

    given = settings.repository_cache
    return IndexCache(Path(given) if given else paths.cache_home() / "repository")


def archive_cache(settings: Settings) -> ArchiveCache:
    """Give the archives that are here."""
    from pypkg.repo.archives import ArchiveCache  # noqa: PLC0415 - start-up time

    given = settings.content_cache
    return ArchiveCache(Path(given) if given else paths.cache_home() / "content")


@contextmanager
def updater(settings: Settings, *, timeout: float = SECONDS) -> Iterator[Updater]:
    """Give what fetches indexes, and shows how far it is."""
    from pypkg.cli.downloads import Downloads  # noqa: PLC0415 - start-up time
    from pypkg.repo.updates import Updater  # noqa: PLC0415 - start-up time

    with Downloads() as downloads:
        yield Updater(
            index_cache(settings), timeout=timeout, warn=warn, watch=downloads.watch
        )


@contextmanager
def downloader(settings: Settings) -> Iterator[Downloader]:
    """Give what fetches charts."""
    from pypkg.repo.downloader import Downloader  # noqa: PLC0415 - start-up time

    with updater(settings) as indexes:
        yield Downloader(repository_file(settings), indexes, archive_cache(settings))
