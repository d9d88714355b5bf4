"""Records in a database, in Helm's tables: PostgreSQL as Helm, or SQLite."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC
from typing import TYPE_CHECKING, Any

from pypkg.errors import ReleaseError, UsageError
from pypkg.release.records import codec
from pypkg.release.records.summaries import Head
from pypkg.release.storage.protocol import (
    OWNER,
    SYSTEM_LABELS,
    already_exists,
    not_found,
    order,
    record_labels,
    record_name,
)

try:
    import sqlalchemy as sa
    from sqlalchemy.exc import IntegrityError, SQLAlchemyError
    from sqlalchemy.pool import NullPool
except ImportError as error:
    raise UsageError(
        "the sql driver needs SQLAlchemy, which is not installed",
        hint="pip install 'pypkg[sql]'",
    ) from error

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from pypkg.release.records.record import Release
    from pypkg.release.records.summaries import Revision

_TYPE = "helm.sh/release.v1"
_METADATA = sa.MetaData()
# Helm does not quote its names, so PostgreSQL knows createdAt in lower case.
RELEASES = sa.Table(
    "releases_v1",
    _METADATA,
    sa.Column("key", sa.String(90), primary_key=True),
    sa.Column("type", sa.String(64), nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("name", sa.String(64), nullable=False),
    sa.Column("namespace", sa.String(64), nullable=False, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False, index=True),
    sa.Column("status", sa.Text, nullable=False, index=True),
    sa.Column("owner", sa.Text, nullable=False, index=True),
    sa.Column("createdat", sa.Integer, nullable=False, index=True),
    sa.Column("modifiedat", sa.Integer, nullable=False, server_default="0", index=True),
)
LABELS = sa.Table(
    "custom_labels_v1",
    _METADATA,
    sa.Column("releasekey", sa.String(64)),
    sa.Column("releasenamespace", sa.String(67)),
    sa.Column("key", sa.String(253 + 1 + 63)),
    sa.Column("value", sa.String(63)),
    sa.Index("custom_labels_v1_release", "releasekey", "releasenamespace"),
)
# Where the library that Helm uses notes which tables it has made.
MIGRATIONS = sa.Table(
    "gorp_migrations",
    _METADATA,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("applied_at", sa.DateTime(timezone=True)),
)
_MADE_BY = {"init": RELEASES, "custom_labels": LABELS}


class SqlStorage:
    """Helm's sql driver: one row for each revision, of all namespaces.

    Args:
        connection: ``postgresql://USER:PASSWORD@HOST/DATABASE?sslmode=…`` or
            ``host=… user=… dbname=…``, as Helm takes it; or ``sqlite:///PATH``.
        namespace: Whose releases; "" is every namespace, to read only.
        clock: Gives the time.
        warn: Is told of records that cannot be read.

    Raises:
        ReleaseError: The database cannot be reached, or refuses.
        UsageError: The driver of the database is not installed.
    """

    def __init__(
        self,
        connection: str,
        namespace: str,
        *,
        clock: Callable[[], datetime],
        warn: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._engine = _engine(connection)
        self._namespace = namespace
        self._clock = clock
        self._warn = warn
        with self._connected() as database:
            self._set_up(database)

    def create(self, release: Release) -> None:
        """Store a new revision.

        Raises:
            OperationInProgressError: This revision exists.
        """
        row = self._row(release) | {"type": _TYPE, "createdat": self._seconds()}
        labels = [
            {
                "releasekey": row["key"],
                "releasenamespace": self._namespace,
                "key": key,
                "value": value,
            }
            for key, value in release.labels.items()
            if key not in SYSTEM_LABELS
        ]
        with self._connected() as database:
            try:
                database.execute(RELEASES.insert().values(row))
            except IntegrityError as error:
                raise already_exists(release) from error
            if labels:
                database.execute(LABELS.insert(), labels)

    def update(self, release: Release) -> None:
        """Store a revision again.

        Raises:
            ReleaseNotFoundError: There is no such revision.
        """
        row = self._row(release) | {"modifiedat": self._seconds()}
        with self._connected() as database:
            done = database.execute(
                RELEASES.update().where(*self._is(release)).values(row)
            )
        if not done.rowcount:
            raise not_found(release.name, release.revision)

    def delete(self, release: Revision) -> None:
        """Remove a revision; one that is gone already is no error."""
        with self._connected() as database:
            database.execute(RELEASES.delete().where(*self._is(release)))
            database.execute(
                LABELS.delete().where(
                    LABELS.c.releasekey == record_name(release.name, release.revision),
                    LABELS.c.releasenamespace == self._namespace,
                )
            )

    def tidy(self, name: str) -> None:
        """Remove what no revision of a release needs any more: there is nothing."""

    def get(self, name: str, revision: int) -> Release:
        """Read one revision.

        Raises:
            ReleaseError: The record is damaged.
            ReleaseNotFoundError: There is no such revision.
        """
        wanted = (RELEASES.c.name == name, RELEASES.c.version == revision)
        found = list(self._read(sa.select(RELEASES).where(*wanted)))
        if not found:
            raise not_found(name, revision)
        return _release(*found[0])

    def heads(self, name: str) -> list[Head]:
        """Tell which revisions of a release there are, the oldest first."""
        columns = [c for c in RELEASES.c if c is not RELEASES.c.body]
        query = sa.select(*columns).where(RELEASES.c.name == name)
        return [
            Head(row.name, row.namespace, row.version, row.status, {}, row.key, "", "")
            for row, _ in self._read(query.order_by(RELEASES.c.version))
        ]

    def outlines(self, name: str) -> list[Release]:
        """Give the revisions of a release, the oldest first."""
        return self.find({"name": name})

    def find(self, labels: Mapping[str, str], *, latest: bool = False) -> list[Release]:
        """Read the revisions whose record has these labels."""
        query = sa.select(RELEASES).where(RELEASES.c.owner == OWNER["owner"])
        if "name" in labels:
            query = query.where(RELEASES.c.name == labels["name"])
        if "status" in labels and not latest:
            query = query.where(RELEASES.c.status == labels["status"])
        if latest:
            last = (
                sa.select(
                    RELEASES.c.namespace,
                    RELEASES.c.name,
                    sa.func.max(RELEASES.c.version).label("version"),
                )
                .group_by(RELEASES.c.namespace, RELEASES.c.name)
                .subquery()
            )
            query = query.join(
                last,
                sa.and_(*(RELEASES.c[column.name] == column for column in last.c)),
            )
        found = []
        for row, custom in self._read(query):
            try:
                found.append(_release(row, custom))
            except ReleaseError as error:
                self._warn(f"{row.key} is left out: {error}")
        return sorted(
            (r for r in found if labels.items() <= record_labels(r).items()),
            key=order,
        )

    def _read(
        self, query: sa.Select[Any]
    ) -> Iterator[tuple[sa.Row[Any], dict[str, str]]]:
        """Read rows of releases, each with its custom labels."""
        custom = sa.select(LABELS)
        if self._namespace:
            query = query.where(RELEASES.c.namespace == self._namespace)
            custom = custom.where(LABELS.c.releasenamespace == self._namespace)
        with self._connected() as database:
            rows = database.execute(query).all()
            labels: dict[tuple[str, str], dict[str, str]] = {}
            for label in database.execute(custom) if rows else ():
                of = labels.setdefault((label.releasenamespace, label.releasekey), {})
                of[label.key] = label.value
        for row in rows:
            yield row, labels.get((row.namespace, row.key), {})

    def _is(self, release: Revision) -> tuple[sa.ColumnElement[bool], ...]:
        return (
            RELEASES.c.key == record_name(release.name, release.revision),
            RELEASES.c.namespace == self._namespace,
        )

    def _row(self, release: Release) -> dict[str, Any]:
        return {
            "key": record_name(release.name, release.revision),
            "body": codec.encode(release),
            "name": release.name,
            "namespace": self._namespace,
            "version": release.revision,
            "status": str(release.status),
            **OWNER,
        }

    def _seconds(self) -> int:
        return int(self._clock().timestamp())

    def _set_up(self, database: sa.Connection) -> None:
        """Make the tables that Helm would make, and say so where Helm looks."""
        MIGRATIONS.create(database, checkfirst=True)
        made = set(database.scalars(sa.select(MIGRATIONS.c.id)))
        for name, table in _MADE_BY.items():
            if name in made:
                continue
            table.create(database)
            if database.dialect.name == "postgresql":
                for statement in (
                    f"GRANT ALL ON {table.name} TO PUBLIC",
                    f"ALTER TABLE {table.name} ENABLE ROW LEVEL SECURITY",
                ):
                    database.execute(sa.text(statement))
            now = self._clock().astimezone(UTC)
            database.execute(MIGRATIONS.insert().values(id=name, applied_at=now))

    @contextmanager
    def _connected(self) -> Iterator[sa.Connection]:
        """Give a connection, whose transaction is committed at the end."""
        try:
            with self._engine.begin() as database:
                yield database
        except SQLAlchemyError as error:
            reason = str(getattr(error, "orig", None) or error).strip()
            raise ReleaseError(
                f"the database of releases fails: {reason}",
                hint="check PYPKG_DRIVER_SQL_CONNECTION_STRING",
            ) from error


def _engine(connection: str) -> sa.Engine:
    # A command is short: connections are not kept.
    if connection.startswith("sqlite:"):
        return sa.create_engine(connection, poolclass=NullPool)
    try:
        import psycopg  # noqa: PLC0415 - SQLite does without
    except ImportError as error:
        raise UsageError(
            "the sql driver needs psycopg for PostgreSQL, which is not installed",
            hint="pip install 'pypkg[sql]'",
        ) from error
    return sa.create_engine(
        "postgresql+psycopg://",
        # What libpq reads is what Helm's driver reads, too.
        creator=lambda: psycopg.connect(connection),
        poolclass=NullPool,
    )


def _release(row: sa.Row[Any], labels: dict[str, str]) -> Release:
    return replace(codec.decode(row.body), labels=labels)
