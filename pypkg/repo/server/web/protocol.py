"""HTTP on the wire: uvicorn's protocol, with limits on patience and on headers.

Requests that were answered before are answered here, without a task of their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from pypkg.repo.server.web.app import HEAD

if TYPE_CHECKING:
    import asyncio

    from pypkg.repo.server.web.answers import Answers

_SMALL = 16 * 1024
_LONGEST_HEAD = 64 * 1024
_END = b"\r\n\r\n"


class Protocol(HttpToolsProtocol):
    """A connection."""

    answers: Answers
    patience: float  # seconds that a client has for a request's headers

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._within = False  # a request has begun, and not ended
        self._head = 0  # bytes of headers that have come
        self._raw = b""
        self._active = self.loop.time()
        self._waiting: asyncio.TimerHandle | None = None
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """End the wait."""
        self._came()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Answer at once what was asked before, and leave the rest to uvicorn."""
        if not self._within and self._idle():
            answer = self.answers.get(data)
            if answer is not None:
                self._again(*answer)
                return
            single = data.endswith(_END) and data.count(_END) == 1
            self._raw = data if single else b""
        else:
            self._raw = b""
        self._head += len(data)
        super().data_received(data)
        if self._head <= 0 or self.parser is None:
            return
        if self._head > _LONGEST_HEAD:
            self.send_400_response("The request's headers are too long.")
        elif self._waiting is None:
            self._wait()

    def on_message_begin(self) -> None:
        """Note that a request has begun."""
        self._within = True
        self._head = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Let the application know the request's bytes."""
        self._head = -(2**62)  # a body may be long
        self._came()
        super().on_headers_complete()
        if self._raw and self.parser.should_keep_alive():
            self.scope["extensions"] = {HEAD: {"raw": self._raw}}

    def on_message_complete(self) -> None:
        """Note that a request has ended."""
        super().on_message_complete()
        self._within = False
        self._head = 0

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        super().on_response_complete()
        self._active = self.loop.time()

    def timeout_keep_alive_handler(self) -> None:
        """Close the connection, unless it was used without uvicorn's knowledge."""
        rest = self._active + self.timeout_keep_alive - self.loop.time()
        if rest <= 0:
            super().timeout_keep_alive_handler()
        else:
            self.timeout_keep_alive_task = self.loop.call_later(
                rest, self.timeout_keep_alive_handler
            )

    def _idle(self) -> bool:
        return (
            (self.cycle is None or self.cycle.response_complete)
            and not self.pipeline
            and not self.flow.write_paused
        )

    def _again(self, head: bytes, body: bytes) -> None:
        self._came()
        self._active = self.loop.time()
        if self.timeout_keep_alive_task is None:
            self.timeout_keep_alive_handler()
        self.server_state.total_requests += 1
        date = [b"%s: %s\r\n" % one for one in self.server_state.default_headers]
        lines = (head, *date, b"\r\n")
        if len(body) < _SMALL:
            self.transport.write(b"".join((*lines, body)))
        else:  # do not copy it
            self.transport.writelines((b"".join(lines), body))

    def _wait(self) -> None:
        """Give the client so long to send a request's headers."""
        self._waiting = self.loop.call_later(self.patience, self.transport.close)

    def _came(self) -> None:
        """Wait no more: the headers have come."""
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None


def protocol(answers: Answers, patience: float) -> Any:
    """Give the class of connections that answer from these replies."""
    return type("Protocol", (Protocol,), {"answers": answers, "patience": patience})
