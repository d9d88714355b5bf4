"""Taking charts in, and out.

The order that no crash can split: the archive's bytes are on the disk under their
digest, then the rows of the catalogue are committed, then the client hears of it.
Bytes without a row are nobody's, and are collected.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from pypkg.chart.metadata import Metadata
from pypkg.errors import VerificationError
from pypkg.repo.provenance.verify import unsigned_statement
from pypkg.repo.server.refusals import (
    ExistsError,
    LostError,
    MissingError,
    QuotaError,
    UnacceptableError,
)
from pypkg.repo.server.store.clock import stamp
from pypkg.repo.server.store.holdings import describe, withdraw_manifest
from pypkg.repo.server.store.intake import Examined, check_provenance, examine
from pypkg.repo.server.store.precedence import precedence
from pypkg.repo.server.store.storage import blob_key

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from pypkg.repo.server.store.catalogue import Writer
    from pypkg.repo.server.store.library import Library
    from pypkg.repo.server.store.policy import Policy


class _Rows(Protocol):
    """Reads a row: within a change, or beside it."""

    def row(self, query: str, *values: Any) -> Any: ...


class Uploads:
    """Adds charts to a library, and removes them.

    Args:
        library: Where to.
        policy: What is allowed.
        clock: Tells the time.
        verify: Checks a provenance file's signature, given the archive, the file and
            the archive's name; raises VerificationError. None checks no signature.
    """

    def __init__(
        self,
        library: Library,
        policy: Policy,
        *,
        clock: Callable[[], datetime],
        verify: Callable[[bytes, bytes, str], object] | None = None,
    ) -> None:
        self.library = library
        self.policy = policy
        self._clock = clock
        self._verify = verify

    def put(
        self,
        repository: str,
        archive: Path,
        *,
        provenance: bytes | None = None,
        force: bool = False,
    ) -> Examined:
        """Take a chart.

        Args:
            repository: Where it goes; made if it is missing.
            archive: A file in the server's own folder, which is gone afterwards.
            provenance: The chart's provenance file.
            force: Whether the client wants to replace what is there.

        Raises:
            RefusedError: It is no chart, its place is taken, or there is no room.
        """
        data = archive.read_bytes()
        examined = examine(data)
        if provenance is not None:
            self.check_provenance(provenance, data, examined)
        elif self.policy.require_provenance:
            raise UnacceptableError(
                f"{examined.filename} comes without its provenance file",
                hint="this server takes signed charts only",
            )
        # Before the bytes are kept: most refusals cost no disk.
        self._check_room(repository, examined, force=force)
        key = blob_key(examined.digest)
        self.library.storage.put(key, archive)
        now = stamp(self._clock())
        with self.library.catalogue.writing() as writer:
            check_kept(self.library, key)
            place = writer.repository(repository, now)
            self.add(writer, place, examined, key=key, force=force, now=now)
            describe(writer, place, examined, provenance, now)
        return examined

    def put_provenance(
        self, repository: str, provenance: bytes, *, force: bool = False
    ) -> Examined:
        """Take the provenance file of a chart that is there.

        Raises:
            RefusedError: There is no such chart, it is of another one, or the chart
                has one already.
        """
        found = self._signed_chart(repository, provenance)
        archive = b"".join(
            self.library.read(self.library.content(repository, found.digest))
        )
        self.check_provenance(provenance, archive, found)
        now = stamp(self._clock())
        with self.library.catalogue.writing() as writer:
            place = writer.repository(repository, now)
            row = writer.row(
                "SELECT digest, provenance FROM chart"
                " WHERE repository = ? AND name = ? AND version = ?",
                place,
                found.name,
                found.version,
            )
            if row is None or row[0] != found.digest:
                raise MissingError("the chart has just been replaced or deleted")
            if row[1] is not None and not self.policy.replaces(force=force):
                raise ExistsError("file already exists")
            describe(writer, place, found, provenance, now)
            writer.changed(place, now)
        return found

    def delete(self, repository: str, name: str, version: str) -> None:
        """Remove a version; its place stays taken for other content.

        Raises:
            MissingError: There is no such version.
        """
        now = stamp(self._clock())
        with self.library.catalogue.writing() as writer:
            row = writer.row(
                "SELECT c.repository, c.digest, c.manifest FROM chart c"
                " JOIN repository r ON r.id = c.repository"
                " WHERE r.name = ? AND c.name = ? AND c.version = ?",
                repository,
                name,
                version,
            )
            if row is None:
                raise MissingError(f"there is no {name}-{version} in the repository")
            place, digest, manifest = row
            writer.execute(
                "DELETE FROM chart WHERE repository = ? AND name = ? AND version = ?",
                place,
                name,
                version,
            )
            withdraw_manifest(writer, place, name, manifest)
            writer.execute(
                "DELETE FROM content WHERE repository = ? AND digest = ? AND NOT EXISTS"
                " (SELECT 1 FROM part WHERE part.repository = content.repository"
                " AND part.digest = content.digest)",
                place,
                digest,
            )
            writer.execute(
                "INSERT OR REPLACE INTO tombstone VALUES (?, ?, ?, ?, ?)",
                place,
                name,
                version,
                digest,
                now,
            )
            writer.changed(place, now)

    def add(
        self,
        writer: Writer,
        place: int,
        examined: Examined,
        *,
        key: str,
        now: str,
        force: bool = False,
    ) -> None:
        """Enter a chart, whose bytes are in the storage, into the catalogue.

        Raises:
            RefusedError: Its place is taken, or there is no room.
        """
        self._check_place(writer, place, examined, force=force)
        self._check_quota(writer, place, examined)
        old = writer.row(
            "SELECT manifest FROM chart"
            " WHERE repository = ? AND name = ? AND version = ?",
            place,
            examined.name,
            examined.version,
        )
        if old is not None:
            withdraw_manifest(writer, place, examined.name, old[0])
        writer.execute(
            "INSERT OR REPLACE INTO content VALUES (?, ?, ?, ?, NULL, ?)",
            place,
            examined.digest,
            examined.size,
            key,
            now,
        )
        writer.execute(
            "INSERT OR REPLACE INTO chart VALUES (?, ?, ?, ?, ?, ?, NULL, '', ?, ?)",
            place,
            examined.name,
            examined.version,
            precedence(examined.version),
            examined.filename,
            examined.digest,
            now,
            examined.entry(now),
        )
        writer.execute(
            "DELETE FROM tombstone WHERE repository = ? AND name = ? AND version = ?",
            place,
            examined.name,
            examined.version,
        )
        writer.changed(place, now)

    def _check_room(self, repository: str, examined: Examined, *, force: bool) -> None:
        catalogue = self.library.catalogue
        row = catalogue.row("SELECT id FROM repository WHERE name = ?", repository)
        if row is not None:
            self._check_place(catalogue, row[0], examined, force=force)
            self._check_quota(catalogue, row[0], examined)

    def _check_place(
        self, rows: _Rows, place: int, examined: Examined, *, force: bool
    ) -> None:
        """Refuse a version that is taken, or was by other content."""
        here = (place, examined.name, examined.version)
        taken = rows.row(
            "SELECT name, version FROM chart WHERE repository = ? AND filename = ?",
            place,
            examined.filename,
        )
        if taken is not None and taken != here[1:]:
            raise ExistsError(
                f"{examined.filename} is the archive of {' '.join(taken)} already"
            )
        if self.policy.replaces(force=force):
            return
        if taken is not None:
            raise ExistsError("file already exists")
        stone = rows.row(
            "SELECT digest FROM tombstone"
            " WHERE repository = ? AND name = ? AND version = ?",
            *here,
        )
        if stone is not None and stone[0] != examined.digest:
            raise ExistsError(
                f"{examined.name} {examined.version} was deleted, and had other"
                " content",
                hint="who installed it must not get something else under the same"
                " version: upload a new version",
            )

    def _check_quota(self, rows: _Rows, place: int, examined: Examined) -> None:
        """Refuse a version that is one too many."""
        known = "SELECT 1 FROM chart WHERE repository = ? AND name = ? AND version = ?"
        if rows.row(known, place, examined.name, examined.version) is not None:
            return
        count = "SELECT count(*) FROM chart WHERE repository = ?"
        if self.policy.charts:
            (versions,) = rows.row(count, place)
            if versions >= self.policy.charts:
                raise QuotaError("repo has reached storage limit")
        if self.policy.versions:
            (versions,) = rows.row(f"{count} AND name = ?", place, examined.name)
            if versions >= self.policy.versions:
                raise QuotaError(
                    f"{examined.name} has reached its limit of"
                    f" {self.policy.versions} versions"
                )

    def _signed_chart(self, repository: str, provenance: bytes) -> Examined:
        """Find the chart that a provenance file speaks of."""
        try:
            metadata = unsigned_statement(provenance).metadata
        except VerificationError as error:
            raise UnacceptableError(str(error), hint=error.hint) from error
        name, version = str(metadata.get("name")), str(metadata.get("version"))
        for found in self.library.versions(repository, name):
            if found.version == version:
                return Examined(
                    found.name,
                    found.version,
                    found.digest,
                    found.size,
                    Metadata.from_dict(found.entry, path=found.filename),
                )
        raise MissingError(
            f"there is no {name}-{version} in the repository",
            hint="upload the chart before its provenance file, or both together",
        )

    def check_provenance(
        self, provenance: bytes, archive: bytes, examined: Examined
    ) -> None:
        """Check that a provenance file is this archive's, and its signature.

        Raises:
            UnacceptableError: It is another's, or nobody we trust has signed it.
        """
        check_provenance(provenance, examined)
        if self._verify is not None:
            try:
                self._verify(archive, provenance, examined.filename)
            except VerificationError as error:
                raise UnacceptableError(str(error), hint=error.hint) from error


def check_kept(library: Library, key: str) -> None:
    """Make sure that a blob was not collected before there was a row for it.

    Raises:
        RefusedError: It was; sending it again helps.
    """
    if not library.storage.exists(key):
        raise LostError("the upload was lost on the way: send it again")
