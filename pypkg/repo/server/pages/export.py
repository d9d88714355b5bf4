"""The pages as files, beside the indexes and archives of an export."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from pypkg.repo.server.pages.website import STATIC, static_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pypkg.repo.server.pages.website import Site
    from pypkg.repo.server.store.library import Library


def pages(library: Library, site: Site) -> Iterator[tuple[str, bytes]]:
    """Give every page: its path below the export's folder, and its bytes.

    A version is compared with the one before it, not with every other.
    """
    for name in STATIC:
        yield f"static/{name}", static_file(name)
    repositories = library.repositories()
    yield "index.html", site.home(repositories).encode()
    for repository in repositories:
        above = f"{repository.name}/" if repository.name else ""
        if above:
            yield f"{above}index.html", site.repository(repository.name).encode()
        for chart in library.names(repository.name):
            for path, text in _chart(library, site, repository.name, chart):
                yield f"{above}-/{chart}/{path}index.html", text.encode()


def _chart(
    library: Library, site: Site, repository: str, name: str
) -> Iterator[tuple[str, str]]:
    """Give a chart's pages, by their folders."""
    yield "", site.chart(repository, name)
    versions = [one.version for one in library.versions(repository, name)]
    for version, before in zip(versions, [*versions[1:], ""], strict=True):
        yield f"{version}/", site.chart(repository, name, version)
        if before:
            text = site.changes(repository, name, version, before)
            yield f"{version}/changes/{before}/", text


def prune(library: Library, target: Path) -> int:
    """Remove the pages of charts and versions that are gone; how many folders."""
    removed = 0
    for repository in library.repositories():
        place = target / repository.name / "-"
        names = library.names(repository.name)
        known = {
            place / name: {
                one.version for one in library.versions(repository.name, name)
            }
            for name in names
        }
        for folder in place.iterdir() if place.is_dir() else ():
            for below in [folder, *folder.iterdir()] if folder.is_dir() else ():
                is_known = below in known or below.name in known.get(folder, ())
                if below.is_dir() and not is_known:
                    shutil.rmtree(below)
                    removed += 1
    return removed
