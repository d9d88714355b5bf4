"""HTTP to repositories and registries.

One :class:`Session` per repository. It sends credentials to their own origin alone,
tries again what failed on the way, goes on where a download broke off, and says in
each error which URL it was, what happened and what to do.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol, Self
from urllib.parse import urljoin

from pypkg._version import __version__
from pypkg.errors import HttpError
from pypkg.repo.transport import failures
from pypkg.repo.transport.responses import BrokenOffError, Response
from pypkg.repo.transport.retries import Retries
from pypkg.repo.transport.tls import Tls, adapter
from pypkg.repo.transport.transfer import Fetched, Transfer
from pypkg.repo.transport.urls import (
    basic,
    is_http,
    no_url,
    origin,
    redacted,
    without_user,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from pypkg.repo.transport.transfer import Progress
    from pypkg.repo.transport.urls import Credentials

    Body = bytes | Iterable[bytes]

MAX_REDIRECTS = 10
_CONNECT_SECONDS = 15.0
_SAFE = frozenset({"GET", "HEAD"})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_SEE_OTHER, _NOT_MODIFIED, _NO_SUCH_RANGE = 303, 304, 416
_LOOPBACK = ("localhost", "127.", "::1")


@dataclass(frozen=True, slots=True)
class Request:
    """One request; see :meth:`Session.send` for what its fields mean."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: Body | None = field(default=None, repr=False)
    authorization: str | None = field(default=None, repr=False)


class Getter(Protocol):
    """Fetches what is no http(s) URL."""

    def __call__(self, url: str, tls: Tls, credentials: Credentials | None, /) -> bytes:
        """Fetch a URL.

        Args:
            url: The URL.
            tls: Whom to trust, where that applies.
            credentials: Who signs in; it is up to the getter to heed their origin.

        Raises:
            HttpError: It cannot be had.
        """


class Session:
    """Requests to one repository or registry; not shared by threads.

    Args:
        tls: Whom to trust, and the client's certificate.
        credentials: Sent to their origin alone, and never along a redirect to
            another one, unless they are for everywhere.
        timeout: Seconds until a whole call must be done, retries included.
        getter: Fetches URLs of other schemes; None refuses them.
        sleep: Waits between tries; a seam for tests.
        clock: Gives seconds; likewise.
    """

    def __init__(
        self,
        *,
        tls: Tls | None = None,
        credentials: Credentials | None = None,
        timeout: float = 120.0,
        getter: Getter | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        import requests  # noqa: PLC0415 - start-up time

        self._tls = tls or Tls()
        self._credentials = credentials
        self._timeout = timeout
        self._getter = getter
        self._sleep = sleep
        self._clock = clock
        self._http = requests.Session()
        # Else requests reads ~/.netrc, and sends what is there after redirects too.
        self._http.trust_env = False
        self._proxies: dict[str, dict[str, str]] = {}
        self._is_secured = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def fetch(
        self,
        url: str,
        *,
        limit: int,
        headers: Mapping[str, str] | None = None,
        compressed: bool = False,
        known: Fetched | None = None,
        progress: Progress | None = None,
        authorization: str | None = None,
    ) -> Fetched:
        """Download a body into memory, resuming where a connection breaks off.

        Args:
            url: A URL; a user and password in it are used as credentials.
            limit: The most bytes to accept.
            headers: Headers other than Authorization.
            compressed: Let the server compress it on the way.
            known: The version that the caller has, whose ``etag`` and ``modified``
                count; the answer may then be that it is ``unchanged``.
            progress: Hears of bytes received and expected.
            authorization: As for :meth:`send`.

        Raises:
            HttpError: There is no answer, a refusal, or too much.
        """
        if self._getter is not None and not is_http(url):
            return Fetched(url, self._getter(url, self._tls, self._credentials))
        sent = {
            "Accept-Encoding": "gzip" if compressed else "identity",
            **_conditions(known),
            **(headers or {}),
        }
        retries = self._retries(url)
        transfer = Transfer(url, limit, progress)
        while True:
            request = Request(
                "GET", url, sent | transfer.headers(), authorization=authorization
            )
            with self._answer(request, retries) as answer:
                if answer.status == _NOT_MODIFIED and known is not None:
                    return replace(known, url=answer.url, data=b"", unchanged=True)
                try:
                    if answer.status == _NO_SUCH_RANGE:
                        transfer = Transfer(url, limit, progress)
                    answer.check()
                    transfer.receive(answer.status, answer.headers, answer.chunks())
                except BrokenOffError as error:
                    retries.again(error)
                    continue
                return Fetched(
                    url=answer.url,
                    data=transfer.body(),
                    etag=answer.headers.get("ETag", ""),
                    modified=answer.headers.get("Last-Modified", ""),
                )

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: Body | None = None,
        authorization: str | None = None,
    ) -> Response:
        """Send a request and follow redirects; whatever its status, it is an answer.

        GET and HEAD are tried again where there was no answer or a passing trouble
        (408, 429, 5xx); others are sent once.

        Args:
            method: The HTTP method.
            url: An http(s) URL.
            headers: Headers other than Authorization.
            body: What to send; an iterable is sent in chunks.
            authorization: The Authorization header for the URL's origin, instead of
                the session's credentials; "" for none. It goes to no other origin.

        Returns:
            The answer, whose body is not read yet: close it, or use it in ``with``.

        Raises:
            HttpError: There is no answer, or a redirect that leads nowhere.
        """
        request = Request(method, url, headers or {}, body, authorization)
        return self._answer(request, self._retries(url))

    def _retries(self, url: str) -> Retries:
        return Retries(url, self._timeout, self._sleep, self._clock)

    def _answer(self, request: Request, retries: Retries) -> Response:
        """Send a request, again and again where that is safe and may help."""
        while True:
            try:
                answer = self._followed(request, retries)
            except HttpError as error:
                # A redirect that leads nowhere has a status: it stays so.
                if request.method not in _SAFE or error.status:
                    raise
                retries.again(error)
                continue
            if (
                request.method not in _SAFE
                or answer.status not in failures.PASSING
                or not retries.left
            ):
                return answer
            answer.close()
            retries.again(
                failures.refusal(answer.url, answer.status, answer.reason),
                answer.headers.get("Retry-After", ""),
            )

    def _followed(self, request: Request, retries: Retries) -> Response:
        """Send a request, and follow where the answer leads."""
        start = request
        for _ in range(MAX_REDIRECTS + 1):
            answer = self._exchange(request, retries)
            target = answer.headers.get("Location", "")
            if answer.status not in _REDIRECTS or not target:
                return answer
            answer.close()
            request = replace(request, url=urljoin(answer.url, target))
            if not is_http(request.url):
                raise HttpError(
                    redacted(start.url),
                    f"it redirects to {redacted(request.url)}, which is no http(s) URL",
                    status=answer.status,
                )
            if origin(request.url) != origin(start.url) and start.authorization:
                request = replace(request, authorization="")
            if answer.status == _SEE_OTHER and request.method != "HEAD":
                request = replace(request, method="GET", body=None)
        raise HttpError(
            redacted(start.url),
            f"more than {MAX_REDIRECTS} redirects",
            status=answer.status,
        )

    def _exchange(self, request: Request, retries: Retries) -> Response:
        """Send a request once."""
        import requests  # noqa: PLC0415 - start-up time

        url, user, password = without_user(request.url)
        if not is_http(url):
            raise no_url(url)
        server = origin(url)
        if server.startswith("https:"):
            self._secure()
        seconds = retries.seconds_left()
        try:
            answer = self._http.request(
                request.method,
                url,
                headers=self._headers(request, url, user, password),
                data=request.body,
                stream=True,
                allow_redirects=False,
                timeout=(min(_CONNECT_SECONDS, seconds), seconds),
                proxies=self._proxies_for(server),
            )
        except (requests.RequestException, OSError, ValueError) as error:
            raise failures.no_answer(url, error) from error
        return Response(answer, url, retries)

    def _headers(
        self, request: Request, url: str, user: str, password: str
    ) -> dict[str, str]:
        authorization = request.authorization
        if authorization is None and (user or password):
            authorization = basic(user, password)
        elif authorization is None and self._credentials is not None:
            authorization = self._credentials.authorize(url)
        headers = {
            "User-Agent": f"pypkg/{__version__}",
            "Accept": "*/*",
            **request.headers,
        }
        if authorization:
            headers["Authorization"] = authorization
        return headers

    def _secure(self) -> None:
        """Load certificates when the first https URL is asked for."""
        if not self._is_secured:
            self._http.mount("https://", adapter(self._tls))
            self._http.verify = not self._tls.insecure
            self._is_secured = True

    def _proxies_for(self, server: str) -> dict[str, str]:
        """Give the environment's proxies; as in Go there is none to loopback."""
        if server not in self._proxies:
            from requests.utils import (  # noqa: PLC0415 - start-up time
                get_environ_proxies,
            )

            host = server.partition("://")[2]
            found = {} if host.startswith(_LOOPBACK) else get_environ_proxies(server)
            self._proxies[server] = found
        return self._proxies[server]


def _conditions(known: Fetched | None) -> dict[str, str]:
    if known is None:
        return {}
    found = {"If-None-Match": known.etag, "If-Modified-Since": known.modified}
    return {name: value for name, value in found.items() if value}
