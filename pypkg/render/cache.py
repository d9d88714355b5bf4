"""Compiled templates on disk, so that a chart is compiled once.

An entry is a file named by the hash of what it was made from. Anything may be wrong
with it: it may be cut short, written by another version, or no entry at all. Then it
is as if it were not there, and it is written again.
"""

from __future__ import annotations

import marshal
import os
import sys
from typing import TYPE_CHECKING, Any

from pypkg._version import __version__

try:
    # hashlib's own implementation; hashlib also loads OpenSSL, which takes longer
    # than reading a whole chart's templates.
    from _blake2 import blake2b
except ImportError:
    from hashlib import blake2b

if TYPE_CHECKING:
    from collections.abc import Iterable

_MAGIC = b"pypkg template 1\n"
_DIGEST_BYTES = 16
_HEADER_BYTES = len(_MAGIC) + _DIGEST_BYTES
_SUFFIX = ".code"
LARGEST_FOLDER = 64 * 1024 * 1024
"""How many bytes the entries of a folder may have together."""


class CodeCache:
    """A folder of entries.

    Args:
        folder: Where it is; created when first written to. Only the user may write
            there: code from the entries is run.
        largest: How many bytes the entries may have together. What was not used for
            the longest time is removed first.
    """

    __slots__ = ("_folder", "_largest")

    def __init__(self, folder: str, *, largest: int = LARGEST_FOLDER) -> None:
        self._folder = folder
        self._largest = largest

    @staticmethod
    def key(parts: Iterable[str]) -> str:
        """Name what is made from these texts by this Python and this pypkg."""
        hashed = blake2b(digest_size=_DIGEST_BYTES)
        for part in (__version__, sys.version, *parts):
            data = part.encode("utf-8", "surrogatepass")
            hashed.update(b"%d:" % len(data))
            hashed.update(data)
        return hashed.hexdigest()

    def load(self, key: str) -> Any:
        """Give an entry's contents, or None where there is no sound one."""
        path = self._path(key)
        try:
            with open(path, "rb") as file:  # noqa: PTH123 - pathlib costs start-up time
                data = file.read()
            # Which entries are in use is told by their times.
            os.utime(path)
        except OSError:
            return None
        payload = data[_HEADER_BYTES:]
        if data[:_HEADER_BYTES] != _header(payload):
            return None
        try:
            return marshal.loads(payload)  # noqa: S302 - the user's own folder
        except (EOFError, ValueError, TypeError):
            return None

    def store(self, key: str, contents: Any) -> None:
        """Write an entry; where that is not possible, nothing happens.

        Args:
            key: From :meth:`key`.
            contents: Anything that marshal takes: code, strings, tuples.
        """
        self.store_all([(key, contents)])

    def store_all(self, entries: Iterable[tuple[str, Any]]) -> None:
        """Write several entries; see :meth:`store`."""
        try:
            os.makedirs(self._folder, mode=0o700, exist_ok=True)  # noqa: PTH103 - as above
            for key, contents in entries:
                self._write(self._path(key), marshal.dumps(contents))
            self._prune()
        except OSError:
            return

    def _write(self, path: str, payload: bytes) -> None:
        scratch = f"{path}.{os.getpid()}"
        with open(scratch, "wb") as file:  # noqa: PTH123 - as above
            file.write(_header(payload) + payload)
        os.replace(scratch, path)  # noqa: PTH105 - as above

    def _path(self, key: str) -> str:
        return f"{self._folder}/{key}{_SUFFIX}"

    def _prune(self) -> None:
        """Remove what has not been used for the longest time."""
        entries = []
        with os.scandir(self._folder) as found:
            for entry in found:
                status = entry.stat()
                entries.append((status.st_mtime, status.st_size, entry.path))
        total = sum(size for _, size, _ in entries)
        for _, size, path in sorted(entries):
            if total <= self._largest:
                return
            os.unlink(path)  # noqa: PTH108 - as above
            total -= size


def digest(data: bytes) -> bytes:
    """Give what no other data has."""
    return blake2b(data, digest_size=_DIGEST_BYTES).digest()


def _header(payload: bytes) -> bytes:
    return _MAGIC + digest(payload)
