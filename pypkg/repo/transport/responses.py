"""Answers to requests, whose bodies are read bit by bit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from pypkg.errors import HttpError
from pypkg.repo.transport import failures
from pypkg.repo.transport.transfer import Transfer
from pypkg.repo.transport.urls import redacted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import requests

    from pypkg.repo.transport.retries import Retries

_CHUNK = 64 * 1024
_FIRST_ERROR = 400


class BrokenOffError(HttpError):
    """A body that ended before its end."""


class Response:
    """An answer, whatever its status.

    Attributes:
        url: Where it came from, after redirects.
        status: The HTTP status.
        reason: The server's word for it.
        headers: The headers; their names may be given in any case.
    """

    def __init__(self, answer: requests.Response, url: str, retries: Retries) -> None:
        self.url = url
        self.status = answer.status_code
        self.reason = answer.reason or ""
        self.headers: Mapping[str, str] = answer.headers
        self._answer = answer
        self._retries = retries

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the connection back, or close it if there is more to read."""
        self._answer.close()

    def check(self, *expected: int) -> None:
        """Make sure of the status: one of those, by default any that is no error.

        Raises:
            HttpError: It is another.
        """
        if self.status in expected if expected else self.status < _FIRST_ERROR:
            return
        raise failures.refusal(self.url, self.status, self.reason)

    def chunks(self) -> Iterator[bytes]:
        """Give the body bit by bit as it comes, compressed if it is.

        Raises:
            HttpError: It breaks off, or takes too long.
        """
        from urllib3.exceptions import HTTPError  # noqa: PLC0415 - start-up time

        try:
            for chunk in self._answer.raw.stream(_CHUNK, decode_content=False):
                self._retries.seconds_left()
                yield chunk
        except (HTTPError, OSError) as error:
            raise BrokenOffError(
                redacted(self.url),
                "the connection broke off",
                hint="try again: the network or the server failed on the way",
            ) from error

    def read(self, limit: int) -> bytes:
        """Give the whole body, decoded.

        Args:
            limit: The most bytes to accept.

        Raises:
            HttpError: It breaks off, or is too large.
        """
        transfer = Transfer(self.url, limit, None)
        transfer.receive(self.status, self.headers, self.chunks())
        return transfer.body()
