"""HTTP to the API server: connections that are kept open, TLS, proxies.

The standard library's client, since it starts in a third of the time of the libraries
that build on it, and a short command is mostly its start.
"""

from __future__ import annotations

import select
import socket
import ssl
import weakref
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING, cast
from urllib.parse import quote, urlsplit

from pypkg.cluster.tls import client_context
from pypkg.errors import ConnectionFailedError, KubeconfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from http.client import HTTPResponse
    from urllib.parse import SplitResult

    from pypkg.cluster.config import ClusterConfig
    from pypkg.cluster.transport import Request, Response

# Connections kept open: as many as there are kinds watched at once, or so.
POOL_SIZE = 16
CONNECT_SECONDS = 10.0
_PORTS = {"http": 80, "https": 443}
# What may stand in a path and its query as it is.
_SAFE = "/:?#[]@!$&'()*+,;=%~"


class HttpTransport:
    """Sends requests over connections that it keeps open.

    Args:
        config: The server, and how to trust it and sign in by TLS.
        environ: Of which the proxy variables are read.

    Raises:
        KubeconfigError: A certificate, or an address, is not valid.
    """

    def __init__(self, config: ClusterConfig, environ: Mapping[str, str]) -> None:
        self._server = config.server
        url = urlsplit(config.server)
        proxy = urlsplit(config.proxy or _proxy(url, environ))
        if proxy.scheme not in {"", "http"}:
            raise KubeconfigError(
                f"a proxy is reached by http://, not by {proxy.scheme}://",
                hint="proxy-url in the kubeconfig, and HTTPS_PROXY, name it",
            )
        self._prefix = url.path.rstrip("/")
        if proxy.hostname and url.scheme != "https":
            # A proxy is asked for the whole address; TLS goes through a tunnel.
            self._prefix = f"{url.scheme}://{url.netloc}{self._prefix}"
        self._endpoint = _Endpoint(config, url, proxy)
        self._idle: list[_Connection] = []
        weakref.finalize(self, _close_all, self._idle)

    def send(self, request: Request) -> Response:
        """Send a request; it is neither redirected nor sent again.

        Raises:
            ConnectionFailedError: There was no answer.
        """
        connection = self._connection(request.timeout)
        try:
            connection.put(request, self._prefix)
            sock = connection.sock
            response = connection.getresponse()
            if request.stream:
                return _Stream(response, connection, sock, self._failure)
            body = response.read()
        except (HTTPException, OSError) as error:
            connection.close()
            raise self._failure(error) from error
        if not response.will_close and len(self._idle) < POOL_SIZE:
            self._idle.append(connection)
        return _Answer(response, body)

    def _connection(self, timeout: float) -> _Connection:
        """Give a connection that is open: one that is there, or a new one."""
        while self._idle:
            with suppress(IndexError):  # another thread was faster
                connection = self._idle.pop()
                if connection.is_usable():
                    connection.sock.settimeout(timeout)
                    return connection
                connection.close()
        connection = _Connection(self._endpoint)
        try:
            connection.connect()
        except (HTTPException, OSError) as error:
            connection.close()
            raise self._failure(error, sent=False) from error
        connection.sock.settimeout(timeout)
        return connection

    def _failure(self, error: Exception, *, sent: bool = True) -> ConnectionFailedError:
        hint = None
        if isinstance(error, ssl.SSLError):
            hint = (
                "the server's certificate must be signed by the kubeconfig's authority"
            )
        elif not sent:
            hint = "check that the cluster runs, and the kubeconfig's context"
        reason = str(error) or type(error).__name__
        return ConnectionFailedError(self._server, reason, hint=hint, sent=sent)


class _Endpoint:
    """Where connections lead, and through what."""

    def __init__(
        self, config: ClusterConfig, url: SplitResult, proxy: SplitResult
    ) -> None:
        self.host = url.hostname or ""
        self.port = url.port or _PORTS.get(url.scheme, 80)
        self.proxy = proxy
        self.tls: ssl.SSLContext | None = None
        if url.scheme == "https":
            self.tls = client_context(config)
        self.tls_name = config.tls_server_name or self.host


class _Connection(HTTPConnection):
    """One connection: to the server, or through a proxy."""

    def __init__(self, endpoint: _Endpoint) -> None:
        proxy = endpoint.proxy
        super().__init__(
            proxy.hostname or endpoint.host,
            (proxy.port or _PORTS["http"]) if proxy.hostname else endpoint.port,
            timeout=CONNECT_SECONDS,
        )
        self._endpoint = endpoint
        self._create_connection = _dialled
        if proxy.hostname and endpoint.tls is not None:
            self.set_tunnel(endpoint.host, endpoint.port, _signing_in(proxy))

    def connect(self) -> None:
        """Connect, and agree on TLS."""
        super().connect()
        if self._endpoint.tls is not None:
            self.sock = self._endpoint.tls.wrap_socket(
                self.sock, server_hostname=_encoded(self._endpoint.tls_name)
            )

    def is_usable(self) -> bool:
        """Tell whether the other side has left the connection open."""
        # What has something to read without having been asked has come to its end.
        poll = select.poll()
        poll.register(self.sock, select.POLLIN)
        return not poll.poll(0)

    def put(self, request: Request, prefix: str) -> None:
        """Send a request."""
        target = quote(prefix + request.path, safe=_SAFE)
        self.putrequest(request.method, target, skip_accept_encoding=True)
        for name, value in request.headers:
            self.putheader(name, value)
        if self._endpoint.tls is None and self._endpoint.proxy.hostname:
            for name, value in _signing_in(self._endpoint.proxy).items():
                self.putheader(name, value)
        if request.body is not None or request.method != "GET":
            self.putheader("Content-Length", str(len(request.body or b"")))
        self.endheaders(request.body)


class _Answer:
    """An answer that has been read to its end."""

    def __init__(self, response: HTTPResponse, body: bytes) -> None:
        self.status = response.status
        self.headers = cast("Mapping[str, str]", response.headers)
        self._body = body

    def read(self) -> bytes:
        return self._body

    def lines(self) -> Iterator[bytes]:
        yield from self._body.splitlines()

    def close(self) -> None:
        """The connection is free already."""


class _Stream:
    """An answer that goes on; it has its connection for itself."""

    def __init__(
        self,
        response: HTTPResponse,
        connection: _Connection,
        sock: socket.socket,
        failure: Callable[[Exception], ConnectionFailedError],
    ) -> None:
        self.status = response.status
        self.headers = cast("Mapping[str, str]", response.headers)
        self._response = response
        self._connection = connection
        self._sock = sock
        self._failure = failure
        self._closed = False
        self._reading = False

    def read(self) -> bytes:
        try:
            return self._response.read()
        except (HTTPException, OSError) as error:
            raise self._failure(error) from error
        finally:
            self._release()

    def lines(self) -> Iterator[bytes]:
        self._reading = True
        try:
            for line in self._response:
                yield line.rstrip(b"\n")
        except (HTTPException, OSError, ValueError) as error:
            # A stream that this side has closed ends; any other failure is one.
            if not self._closed:
                raise self._failure(error) from error
        finally:
            self._release()

    def close(self) -> None:
        self._closed = True
        # This ends a read that waits in another thread, which then closes the rest.
        with suppress(OSError, ValueError):
            self._sock.shutdown(socket.SHUT_RDWR)
        if not self._reading:
            self._release()

    def _release(self) -> None:
        with suppress(OSError, ValueError):
            self._response.close()
        self._connection.close()


def _dialled(
    address: tuple[str, int], timeout: float | None, source: tuple[str, int] | None
) -> socket.socket:
    host, port = address
    return socket.create_connection((_encoded(host), port), timeout, source)  # type: ignore[arg-type] # it takes bytes too


def _encoded(host: str) -> str | bytes:
    """Spare a plain name the codec for international ones: 2 ms to import."""
    return host.encode() if host.isascii() else host


def _close_all(connections: list[_Connection]) -> None:
    for connection in connections:
        connection.close()


def _signing_in(proxy: SplitResult) -> dict[str, str]:
    if not proxy.username:
        return {}
    from base64 import b64encode  # noqa: PLC0415 - start-up time
    from urllib.parse import unquote  # noqa: PLC0415 - start-up time

    pair = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
    return {"Proxy-Authorization": f"Basic {b64encode(pair.encode()).decode()}"}


def _proxy(url: SplitResult, environ: Mapping[str, str]) -> str:
    """Give the proxy that the environment asks for, as Go does."""
    scheme = url.scheme or "https"
    proxy = environ.get(f"{scheme}_proxy") or environ.get(f"{scheme.upper()}_PROXY")
    if not proxy or url.hostname in {None, "localhost", "127.0.0.1", "::1"}:
        return ""
    exempt = environ.get("no_proxy") or environ.get("NO_PROXY") or ""
    for entry in (part.strip().lower() for part in exempt.split(",")):
        domain = "." + entry.removeprefix("*").lstrip(".")
        if entry and (entry == "*" or f".{url.hostname}".endswith(domain)):
            return ""
    return proxy if "://" in proxy else f"http://{proxy}"
