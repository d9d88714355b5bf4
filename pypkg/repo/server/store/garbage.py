"""Collecting what nobody needs: bytes without a row, rows without a chart."""

from __future__ import annotations

import contextlib
from datetime import timedelta
from typing import TYPE_CHECKING

from pypkg.repo.server.store.clock import stamp
from pypkg.repo.server.store.storage import OWN

if TYPE_CHECKING:
    from datetime import datetime

    from pypkg.repo.server.store.library import Library

# As long as a client may take from the first blob of a push to the manifest.
GRACE = timedelta(hours=24)
_NEEDED = (
    "EXISTS (SELECT 1 FROM chart c WHERE c.repository = t.repository"
    " AND (c.digest = t.digest OR c.provenance = t.digest))"
    " OR EXISTS (SELECT 1 FROM part p WHERE p.repository = t.repository"
    " AND p.digest = t.digest)"
)


def collect(library: Library, now: datetime, *, grace: timedelta = GRACE) -> int:
    """Remove what nobody needs, and has not for a while.

    Args:
        library: Where.
        now: The time.
        grace: How long something is kept that may yet be needed.

    Returns:
        How many objects were removed from the storage.
    """
    cutoff = stamp(now - grace)
    with library.catalogue.writing() as writer:
        writer.execute(
            "DELETE FROM content AS t WHERE t.added < ?"  # noqa: S608 - a constant
            f" AND NOT ({_NEEDED})",
            cutoff,
        )
    oldest = (now - grace).timestamp()
    removed = 0
    for one in library.storage.blobs():
        if one.modified_ns / 1e9 >= oldest or _known(library, one.key):
            continue
        # Whoever is about to add a row for it holds this lock, and then looks.
        with library.catalogue.writing():
            if not _known(library, one.key):
                library.storage.delete(one.key)
                removed += 1
    _forget_uploads(library, oldest)
    return removed


def discard(library: Library) -> None:
    """Remove at once what charts that were deleted leave: their archives by hand."""
    rows = library.catalogue.rows(
        "SELECT f.key FROM file f JOIN repository r ON r.id = f.repository"
        " WHERE f.fault IS NULL AND NOT EXISTS (SELECT 1 FROM chart c"
        " WHERE c.repository = f.repository AND c.name = f.name"
        " AND c.version = f.version)"
    )
    for (key,) in rows:
        library.storage.delete(key)
        library.storage.delete(f"{key}.prov")
        with library.catalogue.writing() as writer:
            writer.execute("DELETE FROM file WHERE key = ?", key)


def _known(library: Library, key: str) -> bool:
    row = library.catalogue.row("SELECT 1 FROM content WHERE key = ? LIMIT 1", key)
    return row is not None


def _forget_uploads(library: Library, oldest: float) -> None:
    """Remove what clients began to send and never finished."""
    for path in (library.folder / OWN / "incoming").iterdir():
        with contextlib.suppress(FileNotFoundError):  # it has just been finished
            if path.stat().st_mtime < oldest:
                path.unlink()
