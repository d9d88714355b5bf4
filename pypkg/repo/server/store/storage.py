"""Where the bytes of charts are kept: a folder, or whatever is shaped like it."""

from __future__ import annotations

import contextlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from pypkg.errors import RepositoryError

if TYPE_CHECKING:
    from collections.abc import Iterator

OWN = ".pypkg"
BLOBS = f"{OWN}/blobs/sha256"
_PIECE = 256 * 1024


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object in a storage.

    Attributes:
        key: Its path, with ``/``.
        size: In bytes.
        modified_ns: When it was written, in nanoseconds since 1970 UTC.
    """

    key: str
    size: int
    modified_ns: int


class Storage(Protocol):
    """Keeps objects under keys; what :meth:`put` has taken survives a crash."""

    def put(self, key: str, source: Path) -> None:
        """Take a file's bytes, whole or not at all, and remove the file."""
        ...

    def read(self, key: str, start: int = 0, size: int = -1) -> Iterator[bytes]:
        """Give an object's bytes in pieces; OSError where there is none."""
        ...

    def exists(self, key: str) -> bool:
        """Tell whether there is such an object."""
        ...

    def delete(self, key: str) -> None:
        """Remove an object, if there is one."""
        ...

    def archives(self) -> Iterator[StoredObject]:
        """Give the chart archives that people put there, not the server."""
        ...

    def blobs(self) -> Iterator[StoredObject]:
        """Give what the server put there."""
        ...


def blob_key(digest: str) -> str:
    """Give the key of a blob by its digest, ``sha256:...``."""
    value = digest.removeprefix("sha256:")
    return f"{BLOBS}/{value[:2]}/{value}"


class FolderStorage:
    """A storage in a folder of the local file system."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, key: str, source: Path) -> None:
        """Take a file: its bytes are on the disk before it gets its name."""
        target = self.folder / key
        target.parent.mkdir(parents=True, exist_ok=True)
        with source.open("rb") as file:
            os.fsync(file.fileno())
        source.replace(target)
        _sync_folder(target.parent)

    def read(self, key: str, start: int = 0, size: int = -1) -> Iterator[bytes]:
        """Give an object's bytes in pieces."""
        with (self.folder / key).open("rb") as file:
            file.seek(start)
            while size:
                piece = file.read(_PIECE if size < 0 else min(size, _PIECE))
                if not piece:
                    return
                size -= len(piece) if size > 0 else 0
                yield piece

    def exists(self, key: str) -> bool:
        """Tell whether the file is there."""
        return (self.folder / key).is_file()

    def delete(self, key: str) -> None:
        """Remove the file."""
        (self.folder / key).unlink(missing_ok=True)

    def archives(self) -> Iterator[StoredObject]:
        """Give every .tgz file outside the server's own folder."""
        for root, folders, files in os.walk(self.folder):
            folders[:] = sorted(f for f in folders if not f.startswith("."))
            yield from self._objects(root, [f for f in files if f.endswith(".tgz")])

    def blobs(self) -> Iterator[StoredObject]:
        """Give every file in the folder of blobs."""
        for root, _, files in os.walk(self.folder / BLOBS):
            yield from self._objects(root, files)

    def _objects(self, root: str, files: list[str]) -> Iterator[StoredObject]:
        for name in sorted(files):
            path = Path(root, name)
            # A link could lead out of the folder; a file may go while we look.
            with contextlib.suppress(FileNotFoundError):
                if not path.is_symlink():
                    stat = path.stat()
                    key = path.relative_to(self.folder).as_posix()
                    yield StoredObject(key, stat.st_size, stat.st_mtime_ns)


def incoming(folder: Path) -> Path:
    """Give a name for a file that is being received, in the server's own folder."""
    return folder / OWN / "incoming" / secrets.token_hex(16)


def prepare(folder: Path) -> None:
    """Make the server's own folder, which nobody else may read.

    Raises:
        RepositoryError: It cannot be made.
    """
    try:
        (folder / OWN).mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / OWN / "incoming").mkdir(mode=0o700, exist_ok=True)
        (folder / BLOBS).mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise RepositoryError(
            f"the chart server cannot use the folder {folder}: {error.strerror}"
        ) from error


def _sync_folder(folder: Path) -> None:
    """Put a folder's names on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
