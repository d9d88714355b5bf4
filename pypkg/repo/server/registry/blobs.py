"""Blobs: those that repositories have, and those that are being sent."""

from __future__ import annotations

import hashlib
import re
import secrets
from typing import TYPE_CHECKING

from pypkg.repo.server.refusals import RefusedError
from pypkg.repo.server.registry.refusals import DigestError, UnknownUploadError
from pypkg.repo.server.store.clock import stamp
from pypkg.repo.server.store.storage import OWN, blob_key
from pypkg.repo.server.store.uploads import check_kept

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from pypkg.repo.server.store.library import Library

_MAX_SESSIONS = 1000
_SESSION = re.compile(r"[0-9a-f]{32}", re.ASCII)


class Blobs:
    """The blobs of a library.

    Args:
        library: Where they are kept.
        clock: Tells the time.
    """

    def __init__(self, library: Library, clock: Callable[[], datetime]) -> None:
        self._library = library
        self._clock = clock

    def put(self, repository: str, path: Path, digest: str) -> None:
        """Take a file as a blob; it is gone afterwards.

        Raises:
            DigestError: It has another digest.
        """
        size = path.stat().st_size
        with path.open("rb") as file:
            made = hashlib.file_digest(file, "sha256").hexdigest()
        if f"sha256:{made}" != digest:
            raise DigestError(f"the blob's digest is sha256:{made}, not {digest}")
        key = blob_key(digest)
        self._library.storage.put(key, path)
        now = stamp(self._clock())
        with self._library.catalogue.writing() as writer:
            check_kept(self._library, key)
            place = writer.repository(repository, now)
            writer.execute(
                "INSERT OR IGNORE INTO content VALUES (?, ?, ?, ?, NULL, ?)",
                place,
                digest,
                size,
                key,
                now,
            )

    def mount(self, repository: str, source: str, digest: str) -> bool:
        """Let a repository have a blob of another; whether that one has it."""
        now = stamp(self._clock())
        with self._library.catalogue.writing() as writer:
            place = writer.repository(repository, now)
            known = writer.execute(
                "INSERT OR REPLACE INTO content SELECT ?, t.digest, t.size, t.key,"
                " t.body, ? FROM content t JOIN repository r ON r.id = t.repository"
                " WHERE r.name = ? AND t.digest = ?",
                place,
                now,
                source,
                digest,
            )
        return known > 0


class Sessions:
    """Blobs that come in pieces: a file for each, whose name says whose it is.

    Args:
        library: The files are in its folder.
    """

    def __init__(self, library: Library) -> None:
        self._folder = library.folder / OWN / "incoming"

    def new(self, name: str) -> tuple[str, Path]:
        """Give the number and the file of an upload that begins.

        Args:
            name: The registry's name that it is for.
        """
        session = secrets.token_hex(16)
        return session, self._path(name, session)

    def begin(self, name: str) -> str:
        """Begin an upload, and give its number.

        Raises:
            RefusedError: Too many are going on.
        """
        if len(list(self._folder.iterdir())) > _MAX_SESSIONS:
            raise RefusedError("too many uploads are going on")
        session, path = self.new(name)
        path.touch(mode=0o600)
        return session

    def find(self, name: str, session: str) -> Path:
        """Give the file of an upload that is going on.

        Raises:
            UnknownUploadError: There is none, or it is for another name.
        """
        if _SESSION.fullmatch(session):
            path = self._path(name, session)
            if path.is_file():
                return path
        raise UnknownUploadError("no such upload is going on")

    def _path(self, name: str, session: str) -> Path:
        owner = hashlib.sha256(name.encode()).hexdigest()[:16]
        return self._folder / f"{session}-{owner}"
