"""What was read of the archives in a folder, kept so that it need not be again."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from pypkg.files import unwritable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_LAYOUT = 1
_TABLES = """
CREATE TABLE IF NOT EXISTS style (style TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS archives (
  name TEXT PRIMARY KEY,
  size INTEGER, modified INTEGER, changed INTEGER, inode INTEGER,
  chart TEXT, version TEXT, text TEXT, entry TEXT
);
"""


class Stamp(NamedTuple):
    """What changes when a file does; times in nanoseconds."""

    size: int
    modified: int
    changed: int
    inode: int


class Item(NamedTuple):
    """A version of a chart, ready to be written.

    Attributes:
        chart: The chart's name.
        version: Its version.
        text: Its text in an index.
    """

    chart: str
    version: str
    text: str


class Stock:
    """The items of one folder's archives; see :func:`opened`."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def items(self) -> dict[str, tuple[Stamp, Item]]:
        """Give what is known, by the archive's name."""
        rows = self._db.execute(
            "SELECT name, size, modified, changed, inode, chart, version, text"
            " FROM archives"
        )
        return {row[0]: (Stamp(*row[1:5]), Item(*row[5:])) for row in rows}

    def style(self) -> str:
        """Give the style that the texts have; "" where there are none."""
        found = self._db.execute("SELECT style FROM style").fetchone()
        return found[0] if found else ""

    def restyle(self, style: str, written: Iterable[tuple[str, str]]) -> None:
        """Give the archives other texts."""
        with self._db:
            self._db.execute("DELETE FROM style")
            self._db.execute("INSERT INTO style VALUES (?)", (style,))
            self._db.executemany(
                "UPDATE archives SET text = ? WHERE name = ?",
                [(text, name) for name, text in written],
            )

    def entries(self) -> Iterator[tuple[str, Any]]:
        """Give each archive's entry in the index, as data."""
        rows = self._db.execute("SELECT name, entry FROM archives").fetchall()
        return ((name, json.loads(entry)) for name, entry in rows)

    def add(self, name: str, stamp: Stamp, item: Item, entry: Any) -> None:
        """Keep what was read of an archive."""
        row = (name, *stamp, *item, json.dumps(entry))
        marks = ", ".join("?" * len(row))
        self._db.execute(f"INSERT OR REPLACE INTO archives VALUES ({marks})", row)  # noqa: S608 - question marks

    def remove(self, names: Iterable[str]) -> None:
        """Forget archives."""
        self._db.executemany(
            "DELETE FROM archives WHERE name = ?", [(name,) for name in names]
        )


@contextmanager
def opened(memory: Path, folder: Path) -> Iterator[Stock]:
    """Open what is known of a folder's archives, and keep what is added.

    Args:
        memory: The folder in which that is kept.
        folder: The archives' folder.

    Raises:
        RepositoryError: It cannot be written.
    """
    key = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:32]
    path = memory / f"{key}.db"
    try:
        memory.mkdir(parents=True, exist_ok=True, mode=0o700)
        db = _connected(path)
    except OSError as error:
        raise unwritable(path, error) from error
    try:
        with db:
            yield Stock(db)
    finally:
        db.close()


def _connected(path: Path) -> sqlite3.Connection:
    """Open the file; one that is broken or of another layout begins anew."""
    for _ in range(2):
        db = sqlite3.connect(path)
        try:
            # Losing it costs a second: it need not reach the disk.
            db.execute("PRAGMA synchronous = OFF")
            (layout,) = db.execute("PRAGMA user_version").fetchone()
            if layout in (0, _LAYOUT):
                db.execute(f"PRAGMA user_version = {_LAYOUT}")
                db.executescript(_TABLES)
                return db
        except sqlite3.DatabaseError:
            pass
        db.close()
        path.unlink(missing_ok=True)
    raise OSError(None, "the database cannot be opened", str(path))
