"""Requests to the API server: signed, sent again where that is safe, checked."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pypkg import __version__
from pypkg.cluster.transport import Request
from pypkg.errors import (
    ApiError,
    ConflictError,
    ConnectionFailedError,
    NotFoundError,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from pypkg.cluster.config import ClusterConfig
    from pypkg.cluster.transport import Response, Transport

JSON = "application/json"
BUSY_ATTEMPTS = 5
BROKEN_ATTEMPTS = 3
APPLY = "application/apply-patch+yaml"
_TOO_MANY_REQUESTS = 429
_UNAUTHORIZED = 401
_FIRST_ERROR = 400
_FIRST_SERVER_ERROR = 500


class Session:
    """Sends requests as the user of a kubeconfig; safe for many threads.

    Args:
        config: How to sign in.
        transport: Sends one request.
        sleep: Waits that many seconds before a request is sent again.
    """

    def __init__(
        self,
        config: ClusterConfig,
        transport: Transport,
        *,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._config = config
        self._transport = transport
        self._sleep = sleep

    def send(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        content_type: str = JSON,
        accept: str = JSON,
        timeout: float = 60.0,
        stream: bool = False,
    ) -> Response:
        """Send a request, again where that is safe, and check the answer's status.

        A busy server is asked again, after the time that it asks for. When the
        connection breaks, what was asked is repeated if doing it twice is the same as
        doing it once: reading, replacing, server-side apply. A refused credential
        is renewed once.

        Args:
            method: The HTTP method.
            path: The path, with its query.
            body: The body as data, or None.
            content_type: What the body is.
            accept: What is wanted.
            timeout: Seconds without a byte from the server.
            stream: Leave the answer's body to be read bit by bit.

        Raises:
            ApiError: The server refuses; NotFoundError and ConflictError for the
                statuses 404 and 409.
            ConnectionFailedError: There is no answer.
        """
        request = Request(
            method=method,
            path=path,
            headers=self._headers(accept, content_type if body is not None else ""),
            body=None if body is None else json.dumps(body).encode(),
            timeout=timeout,
            stream=stream,
        )
        repeatable = method in {"GET", "PUT"} or content_type == APPLY
        renewed = False
        attempt = 0
        while True:
            attempt += 1
            try:
                response = self._transport.send(self._signed(request))
            except ConnectionFailedError:
                if not repeatable or attempt >= BROKEN_ATTEMPTS:
                    raise
                self._sleep(_pause(attempt))
                continue
            if response.status < _FIRST_ERROR:
                return response
            if response.status == _UNAUTHORIZED and not renewed:
                self._config.credentials.authorization(renew=True)
                renewed = True
            elif attempt < BUSY_ATTEMPTS and _is_busy(response, method):
                self._sleep(_retry_after(response) or _pause(attempt))
            else:
                raise _api_error(response)
            response.close()

    def _headers(self, accept: str, content_type: str) -> tuple[tuple[str, str], ...]:
        headers = [("Accept", accept), ("User-Agent", f"pypkg/{__version__}")]
        if content_type:
            headers.append(("Content-Type", content_type))
        return (*headers, *self._config.impersonation)

    def _signed(self, request: Request) -> Request:
        header = self._config.credentials.authorization()
        if not header:
            return request
        return replace(request, headers=(*request.headers, ("Authorization", header)))


def _is_busy(response: Response, method: str) -> bool:
    """Tell whether the server has done nothing, and another try makes sense."""
    if response.status == _TOO_MANY_REQUESTS:
        return True
    return response.status >= _FIRST_SERVER_ERROR and (
        method == "GET" or "Retry-After" in response.headers
    )


def _api_error(response: Response) -> ApiError:
    text = response.read()
    try:
        status = json.loads(text)
    except ValueError:
        status = None
    if not isinstance(status, dict) or status.get("kind") != "Status":
        status = {"message": text.decode("utf-8", errors="replace").strip()}
    code = response.status
    kind = {404: NotFoundError, 409: ConflictError}.get(code, ApiError)
    details = status.get("details") or {}
    return kind(
        status.get("message") or f"the server answered with status {code}",
        code=code,
        reason=status.get("reason") or "",
        causes=details.get("causes") or (),
        hint=_hint(code),
    )


def _hint(code: int) -> str | None:
    return {
        401: "the credentials in the kubeconfig are not valid for this cluster",
        403: "the user may not do this: ask for a Role that allows it",
    }.get(code)


def _retry_after(response: Response) -> float:
    value = response.headers.get("Retry-After", "")
    return float(value) if value.isdigit() else 0.0


def _pause(attempt: int) -> float:
    return 0.1 * 2.0**attempt
