"""The body of a download: collected, resumed where it broke off, decoded."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pypkg.errors import HttpError
from pypkg.repo.transport import failures
from pypkg.repo.transport.urls import redacted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    Progress = Callable[[int, int | None], None]
    """Hears how many bytes have come, and how many will; None where that is unknown."""

_GZIP = 31  # zlib's window for a gzip header
_PARTIAL = 206


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a download gave.

    Attributes:
        url: Where it came from in the end, after redirects.
        data: The body, decoded; b"" where it has not changed.
        etag: The server's name for this version, or "".
        modified: Its Last-Modified header, or "".
        unchanged: The version that the caller has is the current one (304).
    """

    url: str
    data: bytes
    etag: str = ""
    modified: str = ""
    unchanged: bool = False


class Transfer:
    """Collects a body over several connections.

    Args:
        url: What is downloaded.
        limit: The most bytes that its body may have, on the wire and decoded.
        progress: Hears how far it is.
    """

    def __init__(self, url: str, limit: int, progress: Progress | None) -> None:
        self._url = url
        self._limit = limit
        self._progress = progress
        self._parts: list[bytes] = []
        self._size = 0
        self._validator = ""
        self._encoding = ""

    def headers(self) -> dict[str, str]:
        """Ask for the rest, if the server can be asked for just that."""
        if not self._size or not self._validator:
            return {}
        return {"Range": f"bytes={self._size}-", "If-Range": self._validator}

    def receive(
        self, status: int, headers: Mapping[str, str], chunks: Iterable[bytes]
    ) -> None:
        """Take an answer's body; what came stays, should it break off.

        Raises:
            HttpError: It is too large.
        """
        if not (status == _PARTIAL and self._goes_on(headers)):
            self._begin(headers)
        length = headers.get("Content-Length", "")
        total = self._size + int(length) if length.isdigit() else None
        if total is not None and total > self._limit:
            raise failures.too_large(self._url, self._limit)
        for chunk in chunks:
            self._parts.append(chunk)
            self._size += len(chunk)
            if self._size > self._limit:
                raise failures.too_large(self._url, self._limit)
            if self._progress is not None:
                self._progress(self._size, total)

    def body(self) -> bytes:
        """Give the whole body, decoded.

        Raises:
            HttpError: It does not decode, or is too large then.
        """
        data = b"".join(self._parts)
        if self._encoding in ("", "identity"):
            return data
        if self._encoding not in ("gzip", "x-gzip"):
            raise self._broken(f"the encoding {self._encoding!r} was not asked for")
        decoder = zlib.decompressobj(_GZIP)
        try:
            decoded = decoder.decompress(data, self._limit + 1)
        except zlib.error as error:
            raise self._broken(f"the answer is no gzip: {error}") from error
        if len(decoded) > self._limit:
            raise failures.too_large(self._url, self._limit)
        if not decoder.eof:
            raise self._broken("the answer is cut off")
        return decoded

    def _begin(self, headers: Mapping[str, str]) -> None:
        self._parts.clear()
        self._size = 0
        self._encoding = headers.get("Content-Encoding", "").strip().lower()
        etag = headers.get("ETag", "")
        # A weak tag promises no equal bytes.
        weak = etag.startswith("W/")
        self._validator = headers.get("Last-Modified", "") if weak else etag

    def _goes_on(self, headers: Mapping[str, str]) -> bool:
        given = headers.get("Content-Range", "")
        if given.startswith(f"bytes {self._size}-"):
            return True
        raise self._broken(f"asked for bytes from {self._size} on, got {given!r}")

    def _broken(self, reason: str) -> HttpError:
        return HttpError(redacted(self._url), reason)
