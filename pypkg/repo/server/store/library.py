"""The library: every repository's charts, for whoever reads them.

This is what the routes and the pages ask. Writing is in ``uploads.py`` and
``scan.py``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pypkg.chart.loader import load_archive
from pypkg.repo.server.refusals import MissingError
from pypkg.repo.server.store.catalogue import Catalogue
from pypkg.repo.server.store.storage import OWN, FolderStorage, prepare
from pypkg.versions import satisfies

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pypkg.chart.chart import Chart
    from pypkg.repo.server.store.storage import Storage

CATALOGUE = f"{OWN}/catalogue.db"


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository and its size.

    Attributes:
        name: ``""`` for the root, ``team/web`` for others.
        generation: Counts the changes of its index.
        changed: When that was last, RFC 3339.
        charts: How many charts it has.
        versions: How many versions they have together.
    """

    name: str
    generation: int
    changed: str
    charts: int
    versions: int


@dataclass(frozen=True, slots=True)
class ChartVersion:
    """A version of a chart.

    Attributes:
        repository: The repository's name.
        name: The chart's.
        version: As written in Chart.yaml.
        filename: The archive's name.
        digest: ``sha256:...`` of the archive.
        size: The archive's size in bytes.
        added: When it came, RFC 3339.
        manifest: The digest of its OCI manifest.
        provenance: The digest of its provenance file, or None.
        entry: Its entry in the index, without URLs.
    """

    repository: str
    name: str
    version: str
    filename: str
    digest: str
    size: int
    added: str
    manifest: str
    provenance: str | None
    entry: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Content:
    """Bytes that can be handed out.

    Attributes:
        digest: Theirs: ``sha256:...``.
        size: How many.
        key: Where the storage has them, or None.
        body: The bytes themselves, where they are small.
    """

    digest: str
    size: int
    key: str | None
    body: bytes | None


_VERSIONS = (
    "SELECT r.name, c.name, c.version, c.filename, c.digest, t.size, c.added,"
    " c.manifest, c.provenance, c.entry FROM chart c"
    " JOIN repository r ON r.id = c.repository"
    " JOIN content t ON t.repository = c.repository AND t.digest = c.digest"
)
_NEWEST_FIRST = "ORDER BY c.name, c.precedence DESC, c.added DESC"
_ENTRIES = (
    "SELECT c.name, c.filename, c.entry FROM chart c"
    " JOIN repository r ON r.id = c.repository WHERE r.name = ?"
    " ORDER BY c.name, c.precedence DESC, c.added DESC"
)
_CONTENT = (
    "SELECT t.digest, t.size, t.key, t.body FROM content t"
    " JOIN repository r ON r.id = t.repository"
)


class Library:
    """The charts of a folder, or of a bucket.

    Attributes:
        folder: Where the catalogue is, and the charts unless another storage has them.
        storage: What has the charts.
        catalogue: What knows them.
    """

    def __init__(self, folder: Path, storage: Storage | None = None) -> None:
        prepare(folder)
        self.folder = folder
        self.storage = storage or FolderStorage(folder)
        self.catalogue = Catalogue(folder / CATALOGUE)

    def close(self) -> None:
        """Let go of the catalogue."""
        self.catalogue.close()

    def repositories(self) -> list[Repository]:
        """Give every repository, by name."""
        rows = self.catalogue.rows(
            "SELECT r.name, r.generation, r.changed, count(DISTINCT c.name),"
            " count(c.name) FROM repository r LEFT JOIN chart c ON c.repository = r.id"
            " GROUP BY r.id ORDER BY r.name"
        )
        return [Repository(*row) for row in rows]

    def generation(self, repository: str) -> tuple[int, str]:
        """Give how often a repository's index has changed, and when it last did."""
        row = self.catalogue.row(
            "SELECT generation, changed FROM repository WHERE name = ?", repository
        )
        return (int(row[0]), str(row[1])) if row else (0, "1970-01-01T00:00:00Z")

    def entries(self, repository: str) -> Iterator[tuple[str, str, str]]:
        """Give a repository's versions in the order of its index.

        Returns:
            The chart's name, the archive's name, and the entry as JSON, of each.
        """
        rows = self.catalogue.rows(_ENTRIES, repository)
        yield from rows

    def names(self, repository: str, *, offset: int = 0, limit: int = -1) -> list[str]:
        """Give the names of a repository's charts, in order."""
        rows = self.catalogue.rows(
            "SELECT DISTINCT c.name FROM chart c"
            " JOIN repository r ON r.id = c.repository WHERE r.name = ?"
            " ORDER BY c.name LIMIT ? OFFSET ?",
            repository,
            limit,
            offset,
        )
        return [name for (name,) in rows]

    def versions(self, repository: str, name: str) -> list[ChartVersion]:
        """Give a chart's versions, the newest first; [] where there is none."""
        rows = self.catalogue.rows(
            f"{_VERSIONS} WHERE r.name = ? AND c.name = ? {_NEWEST_FIRST}",
            repository,
            name,
        )
        return list(map(_version, rows))

    def newest(self, repository: str) -> list[ChartVersion]:
        """Give the newest version of each chart of a repository, by name."""
        rows = self.catalogue.rows(
            f"{_VERSIONS} WHERE r.name = ? {_NEWEST_FIRST}", repository
        )
        first: dict[str, Any] = {}
        for row in rows:
            first.setdefault(row[1], row)
        return list(map(_version, first.values()))

    def version(self, repository: str, name: str, version: str = "") -> ChartVersion:
        """Give one version of a chart.

        Args:
            repository: The repository.
            name: The chart.
            version: The version; "" or ``latest`` for the newest that is no
                prerelease; a constraint for the newest that satisfies it, as Helm.

        Raises:
            MissingError: There is none.
        """
        found = self.versions(repository, name)
        wanted = "*" if version in ("", "latest") else version
        for one in found:
            if one.version == wanted:
                return one
        for one in found:
            if satisfies(wanted, one.version):
                return one
        if not found:
            raise MissingError("no chart name found")
        raise MissingError(f"no chart version found for {name}-{version}")

    def file(self, repository: str, filename: str) -> Content:
        """Give an archive or its provenance file, by the file's name.

        Raises:
            MissingError: There is none.
        """
        archive = filename.removesuffix(".prov")
        column = "digest" if archive == filename else "provenance"
        row = self.catalogue.row(
            f"{_CONTENT} JOIN chart c ON c.repository = r.id AND c.{column} = t.digest"
            " WHERE r.name = ? AND c.filename = ?",
            repository,
            archive,
        )
        return _content(row, filename)

    def content(self, repository: str, digest: str) -> Content:
        """Give what a repository has under a digest.

        Raises:
            MissingError: There is no such content in this repository.
        """
        row = self.catalogue.row(
            f"{_CONTENT} WHERE r.name = ? AND t.digest = ?", repository, digest
        )
        return _content(row, digest)

    def check(self, content: Content) -> None:
        """Make sure that a content's bytes are there.

        Raises:
            MissingError: Somebody has removed them from the folder.
        """
        if content.key is not None and not self.storage.exists(content.key):
            raise MissingError(f"{content.key} is gone", hint="pypkg repo reindex")

    def read(self, content: Content, start: int = 0, size: int = -1) -> Iterator[bytes]:
        """Give bytes of a content, in pieces."""
        if content.body is not None:
            end = None if size < 0 else start + size
            yield content.body[start:end]
        elif content.key is not None:
            yield from self.storage.read(content.key, start, size)

    def chart(self, found: ChartVersion) -> Chart:
        """Load a chart, for its README, values, templates."""
        content = self.content(found.repository, found.digest)
        return load_archive(b"".join(self.read(content)), name=found.filename)


def _version(row: Any) -> ChartVersion:
    fields: list[Any] = [*row[:-1], json.loads(row[-1])]
    return ChartVersion(*fields)


def _content(row: Any, name: str) -> Content:
    if row is None:
        raise MissingError(f"there is no {name}")
    return Content(*row)


def open_library(folder: Path, storage: str = "") -> Library:
    """Open a folder's library, whose charts may be in a bucket.

    Raises:
        RepositoryError: The folder or the bucket cannot be used.
    """
    if not storage:
        return Library(folder)
    from pypkg.repo.server.store import s3  # noqa: PLC0415 - an extra

    return Library(folder, s3.connect(storage))
