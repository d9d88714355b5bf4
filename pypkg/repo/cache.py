"""Indexes, parsed once: each in a SQLite file, of which a command reads a few rows.

A new index is written to a file of its own, which then takes the old one's place: a
crash, a full disk or a bad download leaves the last good one.
"""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING, NamedTuple

from pypkg.files import replacing, unwritable
from pypkg.repo.index import read_entry
from pypkg.repo.transport.transfer import Fetched

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pypkg.repo.index import Entry, Index

# Another layout is another number: a file with another one is fetched again.
LAYOUT = 1
_TABLES = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE versions (
  chart TEXT NOT NULL, position INTEGER NOT NULL,
  name TEXT NOT NULL, version TEXT NOT NULL, app_version TEXT NOT NULL,
  description TEXT NOT NULL, keywords TEXT NOT NULL, entry INTEGER NOT NULL,
  PRIMARY KEY (chart, position)
) WITHOUT ROWID;
CREATE TABLE entries (id INTEGER PRIMARY KEY, text TEXT NOT NULL);
"""


class Row(NamedTuple):
    """What a search looks at of one version.

    Attributes:
        chart: The name it is listed under.
        name: The chart's own name.
    """

    chart: str
    version: str
    name: str
    app_version: str
    description: str
    keywords: str


class IndexCache:
    """The folder of parsed indexes.

    Args:
        folder: Where they lie; it need not exist.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, name: str) -> Path:
        """Give the file of an index.

        Args:
            name: The repository's, or its URL where it has none.
        """
        if "/" in name:
            name = f"url-{hashlib.sha256(name.encode()).hexdigest()[:32]}"
        return self._folder / f"{name}-index.db"

    def store(self, name: str, url: str, fetched: Fetched, index: Index) -> None:
        """Put an index in the place of the last one.

        Args:
            name: As for :meth:`path`.
            url: The repository's.
            fetched: The download, for its version.
            index: What it holds.

        Raises:
            RepositoryError: It cannot be written; the last one is as it was.
        """
        meta = {
            "url": url,
            "etag": fetched.etag,
            "modified": fetched.modified,
            "generated": index.generated,
        }
        path = self.path(name)
        try:
            with replacing(path) as part, closing(_connect(part)) as db:
                # The file is nobody's yet: it needs no journal of its own.
                db.execute("PRAGMA journal_mode = OFF")
                db.execute("PRAGMA synchronous = OFF")
                db.executescript(_TABLES)
                db.execute(f"PRAGMA user_version = {LAYOUT}")
                with db:
                    db.executemany("INSERT INTO meta VALUES (?, ?)", meta.items())
                    _fill(db, index)
        except sqlite3.Error as error:
            raise unwritable(path, error) from error

    @contextmanager
    def open(self, name: str) -> Iterator[CachedIndex | None]:
        """Open an index; None where there is none that can be read."""
        path = self.path(name)
        if not path.exists():
            yield None
            return
        with closing(_connect(path, read_only=True)) as db:
            yield CachedIndex(db) if _is_readable(db) else None

    def known(self, name: str, url: str) -> Fetched | None:
        """Give the version that is here of what a URL serves, if any."""
        with self.open(name) as index:
            if index is None or index.meta.get("url") != url:
                return None
            return Fetched(
                url, b"", etag=index.meta["etag"], modified=index.meta["modified"]
            )

    def remove(self, name: str) -> None:
        """Forget an index."""
        self.path(name).unlink(missing_ok=True)


class CachedIndex:
    """A parsed index; use it inside ``with cache.open(...)``."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self.meta: dict[str, str] = dict(db.execute("SELECT name, value FROM meta"))

    def versions(self, chart: str) -> list[str]:
        """Give a chart's versions, the newest first; [] for no such chart."""
        found = self._db.execute(
            "SELECT version FROM versions WHERE chart = ? ORDER BY position", (chart,)
        )
        return [version for (version,) in found]

    def entry(self, chart: str, position: int) -> Entry:
        """Give a version in full, by its place among :meth:`versions`."""
        (text,) = self._db.execute(
            "SELECT text FROM versions JOIN entries ON id = entry"
            " WHERE chart = ? AND position = ?",
            (chart, position),
        ).fetchone()
        return read_entry(text)

    def charts(self) -> list[str]:
        """Name the charts, sorted."""
        found = self._db.execute("SELECT DISTINCT chart FROM versions ORDER BY chart")
        return [chart for (chart,) in found]

    def rows(self) -> Iterator[Row]:
        """Give every version: chart by chart, the newest first."""
        found = self._db.execute(
            "SELECT chart, version, name, app_version, description, keywords"
            " FROM versions ORDER BY chart, position"
        )
        return (Row(*values) for values in found)


def _fill(db: sqlite3.Connection, index: Index) -> None:
    number = 0
    for chart, listed in index.entries.items():
        rows, entries = [], []
        for position, one in enumerate(listed):
            number += 1
            rows.append((chart, position, *one[:-1], number))
            entries.append((number, one.text))
        db.executemany("INSERT INTO entries VALUES (?, ?)", entries)
        db.executemany("INSERT INTO versions VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)


def _connect(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
    mode = "ro" if read_only else "rw"
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True)


def _is_readable(db: sqlite3.Connection) -> bool:
    """Tell whether a file is whole and of this layout."""
    with suppress(sqlite3.DatabaseError):
        return bool(db.execute("PRAGMA user_version").fetchone() == (LAYOUT,))
    return False
