"""The catalogue: what the server knows of its charts, in SQLite.

Every worker process has connections of its own. Readers never wait: the journal is a
write-ahead log. A writer holds the one lock for the few statements of its change.
"""

from __future__ import annotations

import sqlite3
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pypkg.errors import RepositoryError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

VERSION = 1
_BUSY_SECONDS = 30.0
_SCHEMA = """
CREATE TABLE repository (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    generation INTEGER NOT NULL,
    changed TEXT NOT NULL
);
-- Bytes that a repository may hand out: small ones here, others in the storage.
CREATE TABLE content (
    repository INTEGER NOT NULL REFERENCES repository,
    digest TEXT NOT NULL,
    size INTEGER NOT NULL,
    key TEXT,
    body BLOB,
    added TEXT NOT NULL,
    PRIMARY KEY (repository, digest)
) WITHOUT ROWID;
CREATE INDEX content_key ON content (key);
CREATE TABLE chart (
    repository INTEGER NOT NULL REFERENCES repository,
    name TEXT NOT NULL,
    version TEXT NOT NULL,
    precedence TEXT NOT NULL,
    filename TEXT NOT NULL,
    digest TEXT NOT NULL,
    provenance TEXT,
    manifest TEXT NOT NULL,
    added TEXT NOT NULL,
    entry TEXT NOT NULL,
    PRIMARY KEY (repository, name, version),
    UNIQUE (repository, filename)
) WITHOUT ROWID;
CREATE INDEX chart_order ON chart (repository, name, precedence DESC);
CREATE INDEX chart_digest ON chart (repository, digest);
CREATE INDEX chart_manifest ON chart (repository, name, manifest);
-- Versions that were deleted: nothing else may take their place.
CREATE TABLE tombstone (
    repository INTEGER NOT NULL REFERENCES repository,
    name TEXT NOT NULL,
    version TEXT NOT NULL,
    digest TEXT NOT NULL,
    removed TEXT NOT NULL,
    PRIMARY KEY (repository, name, version)
) WITHOUT ROWID;
-- Archives that people put into the folder, as they were when last looked at.
CREATE TABLE file (
    key TEXT PRIMARY KEY,
    size INTEGER NOT NULL,
    modified_ns INTEGER NOT NULL,
    repository INTEGER NOT NULL REFERENCES repository,
    name TEXT,
    version TEXT,
    fault TEXT
) WITHOUT ROWID;
CREATE TABLE manifest (
    repository INTEGER NOT NULL REFERENCES repository,
    name TEXT NOT NULL,
    digest TEXT NOT NULL,
    media_type TEXT NOT NULL,
    subject TEXT,
    body BLOB NOT NULL,
    added TEXT NOT NULL,
    PRIMARY KEY (repository, name, digest)
) WITHOUT ROWID;
CREATE INDEX manifest_subject ON manifest (repository, name, subject);
-- What a manifest consists of: such content stays.
CREATE TABLE part (
    repository INTEGER NOT NULL,
    name TEXT NOT NULL,
    manifest TEXT NOT NULL,
    digest TEXT NOT NULL,
    PRIMARY KEY (repository, digest, name, manifest)
) WITHOUT ROWID;
CREATE TABLE tag (
    repository INTEGER NOT NULL REFERENCES repository,
    name TEXT NOT NULL,
    tag TEXT NOT NULL,
    digest TEXT NOT NULL,
    PRIMARY KEY (repository, name, tag)
) WITHOUT ROWID;
CREATE TABLE account (
    name TEXT PRIMARY KEY,
    password TEXT NOT NULL,
    grants TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE token (
    digest TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    grants TEXT NOT NULL,
    expires TEXT
) WITHOUT ROWID;
CREATE TABLE access (generation INTEGER NOT NULL);
INSERT INTO access VALUES (0);
CREATE TABLE delivery (
    id INTEGER PRIMARY KEY,
    url TEXT NOT NULL,
    body TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    due REAL NOT NULL
);
"""


class Catalogue:
    """A catalogue file, made if it is missing."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._local = threading.local()
        self._all: list[sqlite3.Connection] = []
        self._guard = threading.Lock()
        try:
            self._prepare()
        except sqlite3.Error as error:
            raise RepositoryError(
                f"the chart server's catalogue {path} cannot be used: {error}",
                hint="without it, the charts that were uploaded have no names: restore"
                " it from a backup",
            ) from error

    def rows(self, query: str, *values: Any) -> list[Any]:
        """Read rows."""
        return self._connection().execute(query, values).fetchall()

    def row(self, query: str, *values: Any) -> Any:
        """Read the first row, or None."""
        return self._connection().execute(query, values).fetchone()

    def data_version(self) -> int:
        """Give a number that changes when another connection has committed."""
        row = self._connection().execute("PRAGMA data_version").fetchone()
        return int(row[0])

    @contextmanager
    def writing(self) -> Iterator[Writer]:
        """Hold the catalogue for a change, which is kept whole or not at all."""
        # Never the connection that reads: data_version is silent about one's own.
        connection = self._connection("writer")
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield Writer(connection)
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise

    def close(self) -> None:
        """Close the connections of every thread."""
        with self._guard:
            for connection in self._all:
                connection.close()
            self._all.clear()
        self._local = threading.local()

    def _connection(self, purpose: str = "reader") -> sqlite3.Connection:
        found: sqlite3.Connection | None = getattr(self._local, purpose, None)
        if found is None:
            found = sqlite3.connect(
                self.path,
                timeout=_BUSY_SECONDS,
                isolation_level=None,
                check_same_thread=False,  # closed by whoever ends the server
            )
            # An acknowledged upload survives a power cut, not only a crash.
            found.execute("PRAGMA synchronous = FULL")
            setattr(self._local, purpose, found)
            with self._guard:
                self._all.append(found)
        return found

    def _prepare(self) -> None:
        existed = self.path.exists()
        connection = self._connection("writer")
        if not existed:
            self.path.chmod(0o600)
        connection.execute("PRAGMA journal_mode = WAL")
        with self.writing() as writer:
            (version,) = writer.row("PRAGMA user_version")
            if version == 0:
                for statement in _SCHEMA.split(";"):
                    writer.execute(statement)
                writer.execute(f"PRAGMA user_version = {VERSION}")
            elif version != VERSION:
                raise RepositoryError(
                    f"{self.path} was written by a newer pypkg",
                    hint="install that version, or a later one",
                )


class Writer:
    """A change of the catalogue, while it is made."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def execute(self, statement: str, *values: Any) -> int:
        """Run a statement; how many rows it changed."""
        return self._connection.execute(statement, values).rowcount

    def execute_many(self, statement: str, values: Sequence[Sequence[Any]]) -> None:
        """Run a statement for each of several rows."""
        self._connection.executemany(statement, values)

    def row(self, query: str, *values: Any) -> Any:
        """Read the first row, or None."""
        return self._connection.execute(query, values).fetchone()

    def rows(self, query: str, *values: Any) -> list[Any]:
        """Read rows."""
        return self._connection.execute(query, values).fetchall()

    def repository(self, name: str, now: str) -> int:
        """Give a repository's number; it is made if it is missing."""
        found = self.row("SELECT id FROM repository WHERE name = ?", name)
        if found is None:
            self.execute(
                "INSERT INTO repository (name, generation, changed) VALUES (?, 0, ?)",
                name,
                now,
            )
            found = self.row("SELECT id FROM repository WHERE name = ?", name)
        return int(found[0])

    def changed(self, repository: int, now: str) -> None:
        """Note that a repository's index is another now."""
        self.execute(
            "UPDATE repository SET generation = generation + 1, changed = ?"
            " WHERE id = ?",
            now,
            repository,
        )
