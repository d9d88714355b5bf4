"""HTTP replies of known bytes: validators, ranges, HEAD, as RFC 9110 has them."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from starlette.types import Send

# Nothing is to be taken for something else than what we say it is.
NO_SNIFFING = (b"x-content-type-options", b"nosniff")
# How to sign in, for whoever has to.
CHALLENGE = {"WWW-Authenticate": 'Basic realm="pypkg", charset="UTF-8"'}
Headers = list[tuple[bytes, bytes]]
_PATIENCE = 60.0  # seconds in which a client must take a piece
_RANGE = re.compile(r"bytes=(\d{0,19})-(\d{0,19})", re.ASCII)
_TAGS = re.compile(r'(?:W/)?("[^"]*")')


@dataclass(frozen=True, slots=True)
class Resource:
    """What a GET gives.

    Attributes:
        size: Bytes.
        etag: Its strong validator, with quotes.
        media_type: Its Content-Type.
        read: Gives so many bytes from a start, at once or in pieces.
        modified: Its Last-Modified, or "".
        headers: Further headers.
    """

    size: int
    etag: str
    media_type: str
    read: Callable[[int, int], Iterator[bytes] | bytes]
    modified: str = ""
    headers: Headers = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply, ready to be sent."""

    status: int
    headers: Headers
    body: Iterator[bytes] | bytes = b""

    async def send(self, send: Send) -> None:
        """Send it."""
        start = {
            "type": "http.response.start",
            "status": self.status,
            "headers": self.headers,
        }
        await send(start)
        if isinstance(self.body, bytes):
            await send({"type": "http.response.body", "body": self.body})
            return
        for piece in self.body:
            message = {"type": "http.response.body", "body": piece, "more_body": True}
            async with asyncio.timeout(_PATIENCE):
                await send(message)
        await send({"type": "http.response.body"})


def reply(
    resource: Resource, request: Mapping[bytes, bytes], *, head: bool = False
) -> Reply:
    """Answer a GET or HEAD.

    Args:
        resource: What is asked for.
        request: The request's headers, with lower-case names.
        head: Whether it is a HEAD.
    """
    headers: Headers = [
        (b"content-type", resource.media_type.encode()),
        (b"etag", resource.etag.encode()),
        (b"accept-ranges", b"bytes"),
        *resource.headers,
    ]
    if resource.modified:
        headers.append((b"last-modified", resource.modified.encode()))
    if _unchanged(resource, request):
        return Reply(304, headers[1:])
    start, end = 0, resource.size
    status = 200
    if b"range" in request and _range_holds(resource, request):
        wanted = _range(request[b"range"].decode("latin-1"), resource.size)
        if wanted == _UNSATISFIABLE:
            total = f"bytes */{resource.size}".encode()
            return Reply(
                416, [*headers, (b"content-range", total), (b"content-length", b"0")]
            )
        if wanted is not None:
            start, end = wanted
            status = 206
            part = f"bytes {start}-{end - 1}/{resource.size}".encode()
            headers.append((b"content-range", part))
    headers.append((b"content-length", str(end - start).encode()))
    return Reply(status, headers, b"" if head else resource.read(start, end - start))


def matches(header: bytes, etag: str) -> bool:
    """Tell whether an If-None-Match names a validator: in a list, or by ``*``."""
    text = header.decode("latin-1").strip()
    return text == "*" or etag in _TAGS.findall(text)


def _unchanged(resource: Resource, request: Mapping[bytes, bytes]) -> bool:
    if b"if-none-match" in request:
        return matches(request[b"if-none-match"], resource.etag)
    if b"if-modified-since" in request and resource.modified:
        try:
            since = parsedate_to_datetime(request[b"if-modified-since"].decode())
            return parsedate_to_datetime(resource.modified) <= since
        except (ValueError, TypeError):  # no date, or one without a zone
            return False
    return False


def _range_holds(resource: Resource, request: Mapping[bytes, bytes]) -> bool:
    """Tell whether If-Range, if there is one, still holds."""
    condition = request.get(b"if-range")
    if condition is None:
        return True
    text = condition.decode("latin-1").strip()
    return text in (resource.etag, resource.modified)


_UNSATISFIABLE = (-1, -1)


def _range(header: str, size: int) -> tuple[int, int] | None:
    """Read a Range of one part.

    Returns:
        The first byte and the one after the last; None for a header to ignore.
    """
    match = _RANGE.fullmatch(header.strip())
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        start, end = max(0, size - int(last)), size
    else:
        start = int(first)
        end = min(int(last) + 1, size) if last else size
        if last and int(last) < start:
            return None
    return (start, end) if start < end else _UNSATISFIABLE
