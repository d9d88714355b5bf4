"""Fetching a chart's dependencies, for the commands that do."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from pypkg.cli import repositories, signatures
from pypkg.cli.output import echo

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pypkg.cli.repository_options import FetchFlags
    from pypkg.cli.settings import Settings
    from pypkg.repo.archives import Archive
    from pypkg.repo.dependencies import Dependencies


@contextmanager
def opened(
    settings: Settings, flags: FetchFlags, *, refresh: bool = True
) -> Iterator[Dependencies]:
    """Give what fetches dependencies, and tells what it does.

    Args:
        settings: Where the user's repositories are.
        flags: How to sign in, and whether to check signatures.
        refresh: Whether to ask the repositories for newer indexes first.
    """
    from pypkg.repo.dependencies import Dependencies  # noqa: PLC0415 - start-up time

    def check(archive: Archive) -> None:
        if flags.verify:
            signatures.verify(archive, flags.keyring)

    with repositories.downloader(settings) as downloader:
        yield Dependencies(
            downloader,
            flags.options(),
            report=echo,
            check=check,
            refresh=refresh,
        )
