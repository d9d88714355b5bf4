"""Requests and answers: the seam at which tests put a server of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from pypkg.structs import Struct

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class Request(Struct):
    """One request.

    Attributes:
        method: Such as ``GET``.
        path: With the query, from the server's root.
        headers: All of them, in order; a name may come twice.
        body: What is sent, or None.
        timeout: Seconds without a byte from the server.
        stream: Leave the answer's body to be read bit by bit.
    """

    method: str
    path: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None
    timeout: float = 60.0
    stream: bool = False

    def __repr__(self) -> str:
        """Leave out the headers and the body, where secrets are."""
        return f"Request({self.method} {self.path})"


class Response(Protocol):
    """An answer, whatever its status."""

    @property
    def status(self) -> int:
        """The HTTP status."""

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers, their names in any case."""

    def read(self) -> bytes:
        """Give the whole body."""

    def lines(self) -> Iterator[bytes]:
        """Give a streamed body line by line, until it ends or is closed."""

    def close(self) -> None:
        """Stop reading; another thread's ``lines`` ends."""


class Transport(Protocol):
    """Sends requests to one server; used by many threads at once."""

    def send(self, request: Request) -> Response:
        """Send a request.

        Raises:
            ConnectionFailedError: There was no answer.
        """
