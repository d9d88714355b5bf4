"""The objects, in SQLite: one revision counter, and a log that watches read.

Every write is one transaction that stores the object, its owners and its event, so
that a killed process leaves a whole state behind. The log keeps the newest events;
who asks for older ones is told that they are gone (410, as etcd after compaction).
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Self

from pypkg.errors import SandboxError
from pypkg.sandbox.jsontext import dumps, loads

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping
    from pathlib import Path

EventType = Literal["ADDED", "MODIFIED", "DELETED"]

# Metadata stand on their own before the data, which a list of them does not read.
_SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (
    resource TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL,
    uid TEXT NOT NULL,
    metadata TEXT NOT NULL AS (json_extract(data, '$.metadata')) STORED,
    data TEXT NOT NULL,
    PRIMARY KEY (resource, namespace, name)
);
CREATE INDEX IF NOT EXISTS objects_by_uid ON objects (uid);
CREATE TABLE IF NOT EXISTS owners (
    owner TEXT NOT NULL, resource TEXT NOT NULL, namespace TEXT NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (owner, resource, namespace, name)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS owners_by_dependent ON owners (resource, namespace, name);
CREATE TABLE IF NOT EXISTS events (
    revision INTEGER PRIMARY KEY, type TEXT NOT NULL, resource TEXT NOT NULL,
    namespace TEXT NOT NULL, name TEXT NOT NULL, data TEXT NOT NULL, previous TEXT
);
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL);
INSERT OR IGNORE INTO meta VALUES ('revision', 0), ('compacted', 0);
"""
_FORMAT = 2  # PRAGMA user_version: another one is another, unreadable, layout


class Key(NamedTuple):
    """Where an object is stored.

    Attributes:
        resource: ``deployments.apps``.
        namespace: "" for a cluster-scoped object.
        name: The object's name.
    """

    resource: str
    namespace: str
    name: str


@dataclass(frozen=True, slots=True)
class Event:
    """One change.

    Attributes:
        revision: The revision that the change made.
        type: What happened.
        key: To which object.
        object: The object after the change; before it, where it was deleted,
            with the deletion's revision.
        previous: The object before the change; None where it was created.
    """

    revision: int
    type: EventType
    key: Key
    object: dict[str, Any]
    previous: dict[str, Any] | None


class Store:
    """Objects by key, and what happened to them.

    Not for use by several threads. Objects handed out are the caller's own.

    Args:
        path: The database file, or None to keep everything in memory.
        log_size: How many events the log keeps at least.
        log_bytes: How large the kept events may grow together, in characters.
    """

    def __init__(
        self, path: Path | None = None, *, log_size: int = 2000, log_bytes: int = 2**26
    ) -> None:
        self._db = sqlite3.connect(path or ":memory:", isolation_level=None)
        self._require_format(path)
        self._db.execute("PRAGMA journal_mode = WAL")
        # A process that dies loses nothing; a machine that dies may lose the end.
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.executescript(_SCHEMA)
        self._db.execute(f"PRAGMA user_version = {_FORMAT}")
        self._log_size = log_size
        self._log_bytes = log_bytes
        self._listeners: list[Callable[[Event], None]] = []
        meta = dict(self._db.execute("SELECT key, value FROM meta"))
        self.revision: int = meta["revision"]
        self.compacted: int = meta["compacted"]
        self._logged = 0  # events since the last compaction
        self._logged_bytes = 0

    def _require_format(self, path: Path | None) -> None:
        (found,) = self._db.execute("PRAGMA user_version").fetchone()
        if found not in {0, _FORMAT}:
            self._db.close()
            raise SandboxError(
                f"{path} was written by another version of pypkg: its format is"
                f" {found}, not {_FORMAT}",
                hint="start afresh with: pypkg sandbox reset",
            )

    def close(self) -> None:
        """Close the database."""
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def subscribe(self, listener: Callable[[Event], None]) -> Callable[[], None]:
        """Call a function after every committed change.

        Returns:
            A function that ends the subscription.
        """
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def get(self, key: Key) -> dict[str, Any] | None:
        """The object, or None."""
        row = self._db.execute(
            "SELECT data FROM objects WHERE (resource, namespace, name) = (?, ?, ?)",
            key,
        ).fetchone()
        return None if row is None else loads(row[0])

    def scan(
        self, resource: str, namespace: str | None = None
    ) -> Iterator[dict[str, Any]]:
        """The objects of a resource, by namespace and name.

        They are read one by one: take all before anything is changed.

        Args:
            resource: ``deployments.apps``.
            namespace: Only this namespace's; None for all.
        """
        return (loads(text) for _, text in self.texts(resource, namespace))

    def texts(
        self,
        resource: str,
        namespace: str | None = None,
        *,
        name: str | None = None,
        after: tuple[str, str] | None = None,
        labels: Mapping[str, Collection[str]] | None = None,
        part: Literal["data", "metadata"] = "data",
    ) -> Iterator[tuple[Key, str]]:
        """The JSON texts of objects of a resource, as :meth:`scan` gives objects.

        Args:
            resource: ``deployments.apps``.
            namespace: Only this namespace's; None for all.
            name: Only those of this name.
            after: Only those behind this namespace and name.
            labels: Only those whose labels have one of these values each.
            part: The whole objects, or only what they have under ``metadata``.
        """
        query = f"SELECT namespace, name, {part} FROM objects WHERE resource = ?"  # noqa: S608 - one of two
        values: list[str] = [resource]
        if namespace is not None:
            query += " AND namespace = ?"
            values.append(namespace)
        if name is not None:
            query += " AND name = ?"
            values.append(name)
        if after is not None:
            query += " AND (namespace, name) > (?, ?)"
            values.extend(after)
        for label, wanted in (labels or {}).items():
            marks = ", ".join("?" * len(wanted))
            query += f" AND json_extract(metadata, ?) IN ({marks})"
            values += [f'$.labels."{label}"', *wanted]
        rows = self._db.execute(f"{query} ORDER BY namespace, name", values)
        for found_in, found, text in rows:
            yield Key(resource, found_in, found), text

    def count(self, resource: str, namespace: str) -> int:
        """How many objects of a resource a namespace holds."""
        found: tuple[int] = self._db.execute(
            "SELECT count(*) FROM objects WHERE (resource, namespace) = (?, ?)",
            (resource, namespace),
        ).fetchone()
        return found[0]

    def populated(self, namespace: str) -> list[str]:
        """The resources of which a namespace holds objects."""
        rows = self._db.execute(
            "SELECT DISTINCT resource FROM objects WHERE namespace = ?", (namespace,)
        )
        return sorted(row[0] for row in rows)

    def dependents(self, uid: str) -> list[Key]:
        """The objects that name this uid among their owners."""
        rows = self._db.execute(
            "SELECT resource, namespace, name FROM owners WHERE owner = ?", (uid,)
        )
        return [Key(*row) for row in rows]

    def has_uid(self, uid: str) -> bool:
        """Whether an object of this uid exists."""
        query = "SELECT 1 FROM objects WHERE uid = ?"
        return self._db.execute(query, (uid,)).fetchone() is not None

    def put(self, key: Key, value: dict[str, Any]) -> dict[str, Any]:
        """Store an object, new or changed.

        Args:
            key: Where.
            value: The object; its ``metadata.resourceVersion`` is set.

        Returns:
            The object as stored.
        """
        old = self._text(key)
        revision = self.revision + 1
        metadata = {**value["metadata"], "resourceVersion": str(revision)}
        value = {**value, "metadata": metadata}
        text = dumps(value).decode()
        with self._transaction():
            self._db.execute(
                "INSERT INTO objects (resource, namespace, name, uid, data)"
                " VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE"
                " SET uid = excluded.uid, data = excluded.data",
                (*key, metadata.get("uid", ""), text),
            )
            self._own(key, metadata)
            self._log(revision, "ADDED" if old is None else "MODIFIED", key, text, old)
        self._committed(
            Event(
                revision,
                "ADDED" if old is None else "MODIFIED",
                key,
                value,
                None if old is None else loads(old),
            )
        )
        return loads(text)

    def delete(self, key: Key) -> dict[str, Any] | None:
        """Remove an object.

        Returns:
            The object as it was, with the revision of its deletion; None if there
            was none.
        """
        old = self._text(key)
        if old is None:
            return None
        revision = self.revision + 1
        value: dict[str, Any] = loads(old)
        value["metadata"]["resourceVersion"] = str(revision)
        with self._transaction():
            self._db.execute(
                "DELETE FROM objects WHERE (resource, namespace, name) = (?, ?, ?)", key
            )
            self._disown(key)
            self._log(revision, "DELETED", key, dumps(value).decode(), old)
        self._committed(Event(revision, "DELETED", key, value, loads(old)))
        return value

    def events(
        self, resource: str, after: int, namespace: str | None = None
    ) -> list[Event]:
        """The changes of a resource's objects after a revision, oldest first.

        The caller compares ``after`` with ``compacted`` first.
        """
        query = "SELECT * FROM events WHERE revision > ? AND resource = ?"
        values: list[Any] = [after, resource]
        if namespace is not None:
            query += " AND namespace = ?"
            values.append(namespace)
        rows = self._db.execute(f"{query} ORDER BY revision", values).fetchall()
        return [
            Event(
                revision,
                kind,
                Key(key, ns, name),
                loads(data),
                None if previous is None else loads(previous),
            )
            for revision, kind, key, ns, name, data, previous in rows
        ]

    def compact(self, keep: int) -> None:
        """Forget all events but the newest ones.

        Args:
            keep: How many to keep at most; fewer where they are large.
        """
        size = 0
        oldest = self.revision + 1
        rows = self._db.execute(
            "SELECT revision, length(data) + coalesce(length(previous), 0) FROM events"
            " ORDER BY revision DESC LIMIT ?",
            (keep,),
        )
        for revision, length in rows:
            size += length
            if size > self._log_bytes:
                break
            oldest = revision
        with self._transaction():
            self._db.execute("DELETE FROM events WHERE revision < ?", (oldest,))
            self._db.execute(
                "UPDATE meta SET value = ? WHERE key = 'compacted'", (oldest - 1,)
            )
        self.compacted = oldest - 1
        self._logged = self._logged_bytes = 0

    def _text(self, key: Key) -> str | None:
        row = self._db.execute(
            "SELECT data FROM objects WHERE (resource, namespace, name) = (?, ?, ?)",
            key,
        ).fetchone()
        return None if row is None else row[0]

    def _transaction(self) -> _Transaction:
        return _Transaction(self._db)

    def _own(self, key: Key, metadata: dict[str, Any]) -> None:
        self._disown(key)
        self._db.executemany(
            "INSERT OR IGNORE INTO owners VALUES (?, ?, ?, ?)",
            [
                (owner.get("uid", ""), *key)
                for owner in metadata.get("ownerReferences") or ()
            ],
        )

    def _disown(self, key: Key) -> None:
        self._db.execute(
            "DELETE FROM owners WHERE (resource, namespace, name) = (?, ?, ?)", key
        )

    def _log(
        self, revision: int, kind: EventType, key: Key, text: str, old: str | None
    ) -> None:
        self._db.execute(
            "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?)",
            (revision, kind, *key, text, old),
        )
        self._db.execute(
            "UPDATE meta SET value = ? WHERE key = 'revision'", (revision,)
        )
        self._logged += 1
        self._logged_bytes += len(text) + len(old or "")

    def _committed(self, event: Event) -> None:
        self.revision = event.revision
        # In steps, so that most writes do not pay for it.
        if (
            self._logged > self._log_size // 4
            or self._logged_bytes > self._log_bytes // 4
        ):
            self.compact(self._log_size)
        for listener in tuple(self._listeners):
            listener(event)


class _Transaction:
    """``BEGIN``, then ``COMMIT``, or ``ROLLBACK`` if the block raised."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def __enter__(self) -> None:
        self._db.execute("BEGIN IMMEDIATE")

    def __exit__(self, error: object, *_: object) -> None:
        self._db.execute("COMMIT" if error is None else "ROLLBACK")
