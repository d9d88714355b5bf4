"""Requests to the API server: signed, sent again where that is safe, checked."""

from __future__ import annotations

import json
import time
from threading import Lock
from typing import TYPE_CHECKING, Any

from pypkg import __version__
from pypkg.cluster.throttle import Rate, Throttle
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
BUSY_ATTEMPTS = 10
BROKEN_ATTEMPTS = 4
LONGEST_PAUSE = 5.0
LONGEST_MESSAGE = 500
APPLY = "application/apply-patch+yaml"
# Whom a server takes one for who comes without credentials that it can use.
ANONYMOUS = '"system:anonymous"'
_TOO_MANY_REQUESTS = 429
_UNAUTHORIZED = 401
_FIRST_REDIRECT = 300
_FIRST_SERVER_ERROR = 500
# An error on the way, after which nobody knows what has been done.
_UNCERTAIN = frozenset({500, 502, 503, 504})


class Session:
    """Sends requests as the user of a kubeconfig; safe for many threads.

    Attributes:
        server: The API server's URL.
        sleep: Waits that many seconds, before something is tried again.

    Args:
        config: How to sign in.
        transport: Sends one request.
        sleep: Waits that many seconds before a request is sent again.
        rate: How many requests to send a second, at most.
    """

    def __init__(
        self,
        config: ClusterConfig,
        transport: Transport,
        *,
        sleep: Callable[[float], None] = time.sleep,
        rate: Rate = Rate(),  # noqa: B008 - it cannot be changed
    ) -> None:
        self.server = config.server
        self.sleep = sleep
        self._config = config
        self._transport = transport
        self._throttle = Throttle(sleep, rate=rate)
        self._signing = Lock()

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

        A busy server has done nothing: it is asked again, after the time that it
        asks for, which all threads wait. When the connection breaks, or the server
        fails, a request is repeated if nothing of it was sent, or if doing it twice
        is the same as doing it once: reading, server-side apply, replacing whatever
        there is, deleting one certain object. A refused credential is renewed once.

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
        return self._delivered(
            request, repeatable=_is_repeatable(method, content_type, body)
        )

    def _delivered(self, request: Request, *, repeatable: bool) -> Response:
        """Send a request until there is an answer that counts."""
        renewed = False
        attempt = 0
        while True:
            attempt += 1
            self._throttle.wait()
            signature = self._authorization()
            try:
                response = self._transport.send(_signed(request, signature))
            except ConnectionFailedError as error:
                if attempt >= BROKEN_ATTEMPTS or (error.sent and not repeatable):
                    raise
                self._throttle.sleep(_pause(attempt))
                continue
            if response.status < _FIRST_REDIRECT:
                return response
            if response.status == _UNAUTHORIZED and not renewed:
                self._authorization(refused=signature)
                renewed = True
            else:
                self._pause_after(response, attempt, repeatable=repeatable)
            response.close()

    def _pause_after(
        self, response: Response, attempt: int, *, repeatable: bool
    ) -> None:
        """Wait until a refused request may be sent again.

        Raises:
            ApiError: It may not.
        """
        if _is_busy(response) and attempt < BUSY_ATTEMPTS:
            self._throttle.hold(_retry_after(response) or _pause(attempt))
        elif repeatable and response.status in _UNCERTAIN and attempt < BROKEN_ATTEMPTS:
            self._throttle.sleep(_pause(attempt))
        else:
            raise _api_error(response)

    def _headers(self, accept: str, content_type: str) -> tuple[tuple[str, str], ...]:
        headers = [("Accept", accept), ("User-Agent", f"pypkg/{__version__}")]
        if content_type:
            headers.append(("Content-Type", content_type))
        return (*headers, *self._config.impersonation)

    def _authorization(self, *, refused: str = "") -> str:
        # One thread at a time, so that a plugin runs once for all of them.
        with self._signing:
            return self._config.credentials.authorization(refused=refused)


def _signed(request: Request, signature: str) -> Request:
    if not signature:
        return request
    return request.replace(headers=(*request.headers, ("Authorization", signature)))


def _is_repeatable(method: str, content_type: str, body: Any) -> bool:
    """Tell whether doing it twice is the same as doing it once."""
    match method:
        case "GET":
            return True
        case "PATCH":
            return content_type == APPLY
        case "PUT":
            # With a resourceVersion, the second would be refused for the first.
            return not _at(body, "metadata", "resourceVersion")
        case "DELETE":
            # Without a uid, the second could hit an object that has been made since.
            return bool(_at(body, "preconditions", "uid"))
        case _:
            return False


def _at(body: Any, part: str, name: str) -> Any:
    found = body.get(part) if isinstance(body, dict) else None
    return found.get(name) if isinstance(found, dict) else None


def _is_busy(response: Response) -> bool:
    """Tell whether the server has done nothing, and wants to be asked again."""
    return response.status == _TOO_MANY_REQUESTS or (
        response.status >= _FIRST_SERVER_ERROR and "Retry-After" in response.headers
    )


def _api_error(response: Response) -> ApiError:
    text = response.read()
    try:
        status = json.loads(text)
    except ValueError:
        status = None
    if not isinstance(status, dict) or status.get("kind") != "Status":
        status = {"message": _plain(text)}
    code = response.status
    where = response.headers.get("Location", "")
    kind = {404: NotFoundError, 409: ConflictError}.get(code, ApiError)
    details = status.get("details") or {}
    message = status.get("message") or f"the server answered with status {code}"
    return kind(
        message,
        code=code,
        reason=status.get("reason") or "",
        causes=details.get("causes") or (),
        hint=f"it sends on to {where}: is that its address?"
        if where
        else _hint(code, message),
    )


def _plain(text: bytes) -> str:
    """Give an answer that does not come from Kubernetes, unless it is a page."""
    found = text[:LONGEST_MESSAGE].decode("utf-8", errors="replace").strip()
    return "" if found.startswith("<") else found


# What admission refuses is forbidden too, and no Role helps.
_FORBIDDEN = (
    (" cannot ", "the user may not do this: ask for a Role that allows it"),
    ("exceeded quota", "look at what is used: kubectl describe resourcequota"),
    ("being terminated", "wait until the namespace is gone, and create it again"),
)


def _hint(code: int, message: str) -> str | None:
    if ANONYMOUS in message:
        return (
            "the cluster knows nothing of who asks: the kubeconfig's user has no"
            " credentials, or a certificate of another authority"
        )
    return {
        401: "the credentials in the kubeconfig are not valid for this cluster",
        403: next((hint for part, hint in _FORBIDDEN if part in message), None),
    }.get(code)


def _retry_after(response: Response) -> float:
    value = response.headers.get("Retry-After", "")
    return float(value) if value.isdigit() else 0.0


def _pause(attempt: int) -> float:
    return min(0.1 * 2.0**attempt, LONGEST_PAUSE)
