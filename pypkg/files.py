"""Writing files so that readers and crashes never meet half of one."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pypkg.errors import FileWriteError

if TYPE_CHECKING:
    from collections.abc import Iterator

PRIVATE, PUBLIC = 0o600, 0o644


@contextmanager
def replacing(path: Path, *, mode: int = PRIVATE) -> Iterator[Path]:
    """Give a path to write to, which takes the file's place when all went well.

    Args:
        path: The file. Its folder is made, for the user alone, if it is missing.
        mode: The new file's permissions.

    Raises:
        FileWriteError: The file cannot be written; the old one is as it was.
    """
    import tempfile  # noqa: PLC0415 - start-up time

    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        os.close(handle)
        part = Path(name)
        try:
            yield part
            part.chmod(mode)
            with part.open("rb") as file:
                os.fsync(file.fileno())
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise unwritable(path, error) from error


def write(path: Path, data: bytes, *, mode: int = PRIVATE) -> None:
    """Write a whole file; see :func:`replacing`."""
    with replacing(path, mode=mode) as part:
        part.write_bytes(data)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Keep other processes from changing a file meanwhile.

    Args:
        path: The file; beside it lies the lock, NAME.lock.
    """
    try:
        import fcntl  # noqa: PLC0415 - not on Windows
    except ImportError:
        yield
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = path.with_suffix(".lock").open("w")
    except OSError as error:
        raise unwritable(path, error) from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def unwritable(path: Path, error: Exception) -> FileWriteError:
    """Describe a file that cannot be written."""
    return FileWriteError(
        f"cannot write {path}: {getattr(error, 'strerror', None) or error}",
        hint="what was there before is unchanged",
    )
