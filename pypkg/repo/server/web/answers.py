"""Replies that can be given again.

What a download's reply depends on is in the request and in the catalogue. So a request
that is byte for byte one that was answered gets the same answer, as long as nobody has
changed the catalogue: which SQLite tells in microseconds, across processes.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from pypkg.repo.server.web.replies import NO_SNIFFING

if TYPE_CHECKING:
    from collections.abc import Callable

    from pypkg.repo.server.events.metrics import Metrics
    from pypkg.repo.server.store.catalogue import Catalogue
    from pypkg.repo.server.web.replies import Reply

# As long as a token that ends, or a clock, may go unnoticed.
_SECONDS = 10.0
_MOST = 4096
_LONGEST_REQUEST = 4096  # bytes
_REASONS = {200: b"OK", 206: b"Partial Content", 304: b"Not Modified"}


class Answers:
    """The replies of one process.

    Args:
        catalogue: What they depend on.
        metrics: Counts those that are given again.
        monotonic: Counts seconds.
        room: Bytes of bodies to keep. Bodies of indexes are kept anyway.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        metrics: Metrics,
        *,
        monotonic: Callable[[], float],
        room: int = 64 * 1024 * 1024,
    ) -> None:
        self._catalogue = catalogue
        self._metrics = metrics
        self._monotonic = monotonic
        self._room = self._size = room
        self._version = -1
        self._until = 0.0
        self._kept: OrderedDict[bytes, tuple[bytes, bytes, str, int]] = OrderedDict()

    def get(self, request: bytes) -> tuple[bytes, bytes] | None:
        """Give a reply's headers, but for the last line break, and its body."""
        if request not in self._kept:
            return None
        self._refresh()
        found = self._kept.get(request)
        if found is None:
            return None
        head, body, route, status = found
        self._metrics.repeated(route, status)
        return head, body

    def begin(self) -> int:
        """Tell the state of the catalogue, before a reply is made from it."""
        return self._catalogue.data_version()

    def add(self, request: bytes, reply: Reply, version: int, *, route: str) -> None:
        """Keep a reply that was made since :meth:`begin` gave this version."""
        body = reply.body
        if (
            not isinstance(body, bytes)
            or reply.status not in _REASONS
            or len(request) > _LONGEST_REQUEST
        ):
            return
        self._refresh()
        if version != self._version:
            return
        lines = [b"HTTP/1.1 %d %s" % (reply.status, _REASONS[reply.status])]
        lines += [b"%s: %s" % header for header in (*reply.headers, NO_SNIFFING)]
        self._kept[request] = (
            b"\r\n".join(lines) + b"\r\n",
            body,
            route,
            reply.status,
        )
        self._room -= len(body)
        while self._room < 0 or len(self._kept) > _MOST:
            _, (_, old, _, _) = self._kept.popitem(last=False)
            self._room += len(old)

    def _refresh(self) -> None:
        """Forget what is kept, if it may be wrong by now."""
        version = self._catalogue.data_version()
        now = self._monotonic()
        if version != self._version or now >= self._until:
            self._kept.clear()
            self._room = self._size
            self._version = version
            self._until = now + _SECONDS
