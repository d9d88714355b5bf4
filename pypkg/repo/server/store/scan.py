"""Finding the archives that people put into the folder by hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from pypkg.repo.digests import digest_of
from pypkg.repo.server import names
from pypkg.repo.server.refusals import RefusedError
from pypkg.repo.server.store.clock import stamp
from pypkg.repo.server.store.holdings import describe, withdraw_manifest
from pypkg.repo.server.store.intake import check_provenance, examine

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from pypkg.repo.server.store.catalogue import Writer
    from pypkg.repo.server.store.intake import Examined
    from pypkg.repo.server.store.library import Library
    from pypkg.repo.server.store.storage import StoredObject
    from pypkg.repo.server.store.uploads import Uploads


@dataclass(slots=True)
class Scan:
    """What a scan found.

    Attributes:
        added: Archives that are new, or have changed.
        removed: Archives that are gone.
        unchanged: Archives that are as they were.
        faults: Why an archive is not served, by its path.
    """

    added: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    unchanged: int = 0
    faults: dict[str, str] = field(default_factory=dict)


def scan(
    library: Library,
    uploads: Uploads,
    *,
    clock: Callable[[], datetime],
    thorough: bool = False,
    report: Callable[[str], None] = lambda _: None,
) -> Scan:
    """Bring the catalogue up to date with the archives in the folder.

    Requests are answered meanwhile. The folder of an archive is its repository.

    Args:
        library: The library.
        uploads: What enters charts.
        clock: Tells the time.
        thorough: Whether to read every archive, not only those whose size or time
            has changed.
        report: Hears the path of each archive that is read.
    """
    found = Scan()
    known = {
        key: (size, modified_ns, fault)
        for key, size, modified_ns, fault in library.catalogue.rows(
            "SELECT key, size, modified_ns, fault FROM file"
        )
    }
    for one in library.storage.archives():
        size, modified_ns, fault = known.pop(one.key, (None, None, None))
        if not thorough and (size, modified_ns) == (one.size, one.modified_ns):
            found.unchanged += 1
            if fault:
                found.faults[one.key] = fault
            continue
        report(one.key)
        fault = _enter(library, uploads, one, now=stamp(clock()))
        if fault:
            found.faults[one.key] = fault
        else:
            found.added.append(one.key)
    for key in sorted(known):
        with library.catalogue.writing() as writer:
            _remove(writer, key, stamp(clock()))
        found.removed.append(key)
    return found


def _enter(
    library: Library, uploads: Uploads, one: StoredObject, *, now: str
) -> str | None:
    """Enter an archive; why it could not be, or None."""
    repository = PurePosixPath(one.key).parent.as_posix().removeprefix(".")
    if not names.is_repository(repository):
        # Not noted: there is no repository to note it for.
        return f"{repository!r} cannot be the name of a repository"
    examined, provenance, fault = _looked_at(library, uploads, one)
    with library.catalogue.writing() as writer:
        place = writer.repository(repository, now)
        if examined is not None:
            proof = digest_of(provenance) if provenance is not None else None
            if _is_served(writer, place, examined, one.key, proof):
                writer.execute(
                    "UPDATE file SET size = ?, modified_ns = ? WHERE key = ?",
                    one.size,
                    one.modified_ns,
                    one.key,
                )
                return None
        _remove(writer, one.key, now)
        if examined is not None:
            try:
                uploads.add(writer, place, examined, key=one.key, now=now)
                describe(writer, place, examined, provenance, now)
            except RefusedError as error:
                fault = str(error)
        writer.execute(
            "INSERT INTO file VALUES (?, ?, ?, ?, ?, ?, ?)",
            one.key,
            one.size,
            one.modified_ns,
            place,
            examined.name if examined and not fault else None,
            examined.version if examined and not fault else None,
            fault,
        )
    return fault


def _looked_at(
    library: Library, uploads: Uploads, one: StoredObject
) -> tuple[Examined | None, bytes | None, str | None]:
    """Look at an archive: the chart, its provenance file, what is wrong."""
    most = uploads.policy.upload_bytes
    if one.size > most:
        return None, None, f"it is larger than {most} bytes"
    try:
        examined = examine(
            b"".join(library.storage.read(one.key)), name=one.key, strict=False
        )
        provenance = _provenance(library, one.key)
        if provenance is not None:
            check_provenance(provenance, examined)
    except (RefusedError, OSError) as error:
        return None, None, str(error)
    return examined, provenance, None


def _is_served(
    writer: Writer, place: int, examined: Examined, key: str, proof: str | None
) -> bool:
    """Tell whether the catalogue has this archive, from this file, as it is."""
    row = writer.row(
        "SELECT c.name, c.version, c.provenance FROM file f JOIN chart c"
        " ON c.repository = f.repository AND c.name = f.name AND c.version = f.version"
        " WHERE f.key = ? AND f.repository = ? AND c.digest = ?",
        key,
        place,
        examined.digest,
    )
    return bool(row == (examined.name, examined.version, proof))


def _provenance(library: Library, key: str) -> bytes | None:
    path = f"{key}.prov"
    if not library.storage.exists(path):
        return None
    return b"".join(library.storage.read(path))


def _remove(writer: Writer, key: str, now: str) -> None:
    """Forget an archive by its path, and the chart that came from it."""
    row = writer.row("SELECT repository, name, version FROM file WHERE key = ?", key)
    if row is None:
        return
    writer.execute("DELETE FROM file WHERE key = ?", key)
    place, name, version = row
    chart = writer.row(
        "SELECT c.manifest FROM chart c JOIN content t"
        " ON t.repository = c.repository AND t.digest = c.digest"
        " WHERE c.repository = ? AND c.name = ? AND c.version = ? AND t.key = ?",
        place,
        name,
        version,
        key,
    )
    if chart is not None:
        withdraw_manifest(writer, place, name, chart[0])
        writer.execute(
            "DELETE FROM chart WHERE repository = ? AND name = ? AND version = ?",
            place,
            name,
            version,
        )
        writer.execute(
            "DELETE FROM content WHERE repository = ? AND key = ?", place, key
        )
        writer.changed(place, now)
