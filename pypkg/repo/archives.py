"""Chart archives, kept by the hash that was computed of them.

What a repository says of an archive is never the name that it is stored under: so
none can slip another repository's users a chart of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pypkg.errors import VerificationError
from pypkg.files import write
from pypkg.repo.digests import sha256

if TYPE_CHECKING:
    from pathlib import Path

_DIGITS = frozenset("0123456789abcdef")
_LENGTH = 64


@dataclass(frozen=True, slots=True)
class Archive:
    """A chart archive, in memory.

    Attributes:
        name: Its file's name, ``NAME-VERSION.tgz``.
        data: The bytes.
        source: Where it is from: a path, or a URL that may be shown.
        provenance: The .prov file that belongs to it, if it was asked for.
    """

    name: str
    data: bytes = field(repr=False)
    source: str
    provenance: bytes | None = field(default=None, repr=False)

    @property
    def digest(self) -> str:
        """SHA-256 of the bytes, in hexadecimal."""
        return sha256(self.data)


class ArchiveCache:
    """The folder of archives.

    Args:
        folder: Where they lie; it need not exist.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, digest: str) -> Path:
        """Give the file of an archive, by its SHA-256 in hexadecimal."""
        return self._folder / digest[:2] / f"{digest}.tgz"

    def get(self, digest: str) -> bytes | None:
        """Give an archive; None where it is not here, or no longer what it was."""
        if len(digest) != _LENGTH or set(digest) - _DIGITS:
            return None
        try:
            data = self.path(digest).read_bytes()
        except OSError:
            return None
        return data if sha256(data) == digest else None

    def put(self, data: bytes) -> None:
        """Keep an archive.

        Raises:
            RepositoryError: It cannot be written.
        """
        write(self.path(sha256(data)), data)


def verify_digest(data: bytes, expected: str, *, source: str) -> None:
    """Make sure that an archive is the one that the index lists.

    Args:
        data: The archive.
        expected: SHA-256 in hexadecimal; "" where the index says none.
        source: What errors call it.

    Raises:
        VerificationError: It is not.
    """
    actual = sha256(data)
    if expected and actual != expected:
        raise VerificationError(
            f"{source} is not the archive that the repository's index lists:\n"
            f"  expected sha256 {expected}\n"
            f"  got      sha256 {actual}",
            hint="it was changed or damaged since it was indexed; pypkg repo update"
            " fetches the index again, and then the repository's owner must mend it",
        )
