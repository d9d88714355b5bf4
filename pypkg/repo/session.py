"""HTTP to repositories and registries.

One :class:`Session` per repository. It sends credentials to their own origin alone,
tries again what failed on the way, goes on where a download broke off, and says in
each error which URL it was, what happened and what to do.
"""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urljoin

from pypkg._version import __version__
from pypkg.errors import HttpError
from pypkg.repo import failures
from pypkg.repo.tls import Tls
from pypkg.repo.transfer import Fetched, Transfer
from pypkg.repo.urls import basic, is_http, origin, redacted, without_user

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    import requests

    from pypkg.repo.transfer import Progress
    from pypkg.repo.urls import Credentials

    Body = bytes | Iterable[bytes]

MAX_REDIRECTS = 10
TRIES = 4
_FIRST_PAUSE, _LONGEST_PAUSE = 0.25, 30.0  # seconds
_CONNECT_SECONDS = 15.0
_CHUNK = 64 * 1024
_SAFE = frozenset({"GET", "HEAD"})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_SEE_OTHER, _NOT_MODIFIED, _FIRST_ERROR, _NO_SUCH_RANGE = 303, 304, 400, 416
_LOOPBACK = ("localhost", "127.", "::1")


@dataclass(frozen=True, slots=True)
class Request:
    """One request; see :meth:`Session.send` for what its fields mean."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: Body | None = field(default=None, repr=False)
    authorization: str | None = field(default=None, repr=False)


class Session:
    """Requests to one repository or registry; not shared by threads.

    Args:
        tls: Whom to trust, and the client's certificate.
        credentials: Sent to their origin alone, and never along a redirect to
            another one, unless they are for everywhere.
        timeout: Seconds until a whole call must be done, retries included.
        sleep: Waits between tries; a seam for tests.
        clock: Gives seconds; likewise.
    """

    def __init__(
        self,
        *,
        tls: Tls | None = None,
        credentials: Credentials | None = None,
        timeout: float = 120.0,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        import requests  # noqa: PLC0415 - start-up time

        self._tls = tls or Tls()
        self._credentials = credentials
        self._timeout = timeout
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
            url: An http(s) URL; a user and password in it are used as credentials.
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
        sent = {
            "Accept-Encoding": "gzip" if compressed else "identity",
            **_conditions(known),
            **(headers or {}),
        }
        tries = self._tries(url)
        transfer = Transfer(url, limit, progress)
        while True:
            request = Request(
                "GET", url, sent | transfer.headers(), authorization=authorization
            )
            with self._answer(request, tries) as answer:
                if answer.status == _NOT_MODIFIED and known is not None:
                    return replace(known, url=answer.url, data=b"", unchanged=True)
                try:
                    if answer.status == _NO_SUCH_RANGE:
                        transfer = Transfer(url, limit, progress)
                    answer.check()
                    transfer.receive(answer.status, answer.headers, answer.chunks())
                except _BrokenOffError as error:
                    tries.again(error)
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
        return self._answer(request, self._tries(url))

    def _tries(self, url: str) -> _Tries:
        return _Tries(url, self._timeout, self._sleep, self._clock)

    def _answer(self, request: Request, tries: _Tries) -> Response:
        """Send a request, again and again where that is safe and may help."""
        while True:
            try:
                answer = self._followed(request, tries)
            except HttpError as error:
                # A redirect that leads nowhere has a status: it stays so.
                if request.method not in _SAFE or error.status:
                    raise
                tries.again(error)
                continue
            if (
                request.method not in _SAFE
                or answer.status not in failures.PASSING
                or not tries.left
            ):
                return answer
            answer.close()
            tries.again(
                failures.refusal(answer.url, answer.status, answer.reason),
                answer.headers.get("Retry-After", ""),
            )

    def _followed(self, request: Request, tries: _Tries) -> Response:
        """Send a request, and follow where the answer leads."""
        start = request
        for _ in range(MAX_REDIRECTS + 1):
            answer = self._exchange(request, tries)
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

    def _exchange(self, request: Request, tries: _Tries) -> Response:
        """Send a request once."""
        import requests  # noqa: PLC0415 - start-up time

        url, user, password = without_user(request.url)
        server = origin(url)  # refuses what is no http(s) URL
        if server.startswith("https:"):
            self._secure()
        seconds = tries.seconds_left()
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
        return Response(answer, url, tries)

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
            self._http.mount("https://", _adapter(self._tls))
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


class Response:
    """An answer, whatever its status.

    Attributes:
        url: Where it came from, after redirects.
        status: The HTTP status.
        reason: The server's word for it.
        headers: The headers; their names may be given in any case.
    """

    def __init__(self, answer: requests.Response, url: str, tries: _Tries) -> None:
        self.url = url
        self.status = answer.status_code
        self.reason = answer.reason or ""
        self.headers: Mapping[str, str] = answer.headers
        self._answer = answer
        self._tries = tries

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
                self._tries.seconds_left()
                yield chunk
        except (HTTPError, OSError) as error:
            raise _BrokenOffError(
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


class _BrokenOffError(HttpError):
    """A body that ended before its end."""


class _Tries:
    """How often and how long a call goes on trying."""

    def __init__(
        self,
        url: str,
        seconds: float,
        sleep: Callable[[float], None],
        clock: Callable[[], float],
    ) -> None:
        self.left = TRIES - 1
        self._url = url
        self._seconds = seconds
        self._end = clock() + seconds
        self._sleep = sleep
        self._clock = clock
        self._pause = _FIRST_PAUSE

    def seconds_left(self) -> float:
        """Give how long the call may go on.

        Raises:
            HttpError: No longer.
        """
        left = self._end - self._clock()
        if left <= 0:
            raise failures.slow(self._url, self._seconds)
        return left

    def again(self, error: HttpError, retry_after: str = "") -> None:
        """Wait before the next try.

        Args:
            error: What happened in this one.
            retry_after: The seconds that the server asks to wait, or "".

        Raises:
            HttpError: That error, if this was the last try, or time runs out.
        """
        # Clients that failed together do not come back together.
        pause = self._pause * random.uniform(0.5, 1.5)  # noqa: S311 - no secret
        if retry_after.isdigit():
            pause = max(pause, min(float(retry_after), _LONGEST_PAUSE))
        if not self.left or self._clock() + pause >= self._end:
            raise error
        self.left -= 1
        self._pause *= 2
        self._sleep(pause)


def _conditions(known: Fetched | None) -> dict[str, str]:
    if known is None:
        return {}
    found = {"If-None-Match": known.etag, "If-Modified-Since": known.modified}
    return {name: value for name, value in found.items() if value}


def _adapter(tls: Tls) -> Any:
    """Make what opens TLS connections with a context of ours."""
    import urllib3  # noqa: PLC0415 - start-up time
    from requests.adapters import HTTPAdapter  # noqa: PLC0415 - start-up time

    context = tls.context()
    if tls.insecure:
        # The user has said so; a warning at each request tells nothing new.
        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)

    class Adapter(HTTPAdapter):
        """Trusts whom the context trusts; requests would add its own authorities."""

        def init_poolmanager(self, *args: Any, **options: Any) -> None:
            super().init_poolmanager(*args, ssl_context=context, **options)

        def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
            return super().proxy_manager_for(proxy, ssl_context=context, **options)

        def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
            pass

    return Adapter()
