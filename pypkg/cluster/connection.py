"""HTTP to the API server: connections that are kept open, TLS, proxies.

The standard library's client, since it starts in a third of the time of the libraries
that build on it, and a short command is mostly its start.
"""

from __future__ import annotations

import select
import socket
import ssl
import time
import weakref
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING, cast
from urllib.parse import quote

from pypkg.cluster.endpoint import Endpoint, secured
from pypkg.errors import ConnectionFailedError, KubeconfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from http.client import HTTPResponse

    from pypkg.cluster.config import ClusterConfig
    from pypkg.cluster.transport import Request, Response

# Connections kept open: as many as there are kinds watched at once, or so.
POOL_SIZE = 16
CONNECT_SECONDS = 10.0
# As long as client-go keeps one.
IDLE_SECONDS = 90.0
# OpenSSL's X509_V_ERR_HOSTNAME_MISMATCH and X509_V_ERR_IP_ADDRESS_MISMATCH.
_MISMATCHES = frozenset({62, 64})
# What may stand in a path and its query as it is.
_SAFE = "/:?#[]@!$&'()*+,;=%~"


class HttpTransport:
    """Sends requests over connections that it keeps open.

    Args:
        config: The server, and how to trust it and sign in by TLS.
        environ: Of which the proxy variables are read.
        clock: Gives seconds that only grow.

    Raises:
        KubeconfigError: A certificate, or an address, is not valid.
    """

    def __init__(
        self,
        config: ClusterConfig,
        environ: Mapping[str, str],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._server = config.server
        self._endpoint = Endpoint(config, environ)
        self._compressed = config.compressed
        self._clock = clock
        self._idle: list[_Connection] = []
        weakref.finalize(self, _close_all, self._idle)

    def send(self, request: Request) -> Response:
        """Send a request; it is neither redirected nor sent again.

        Raises:
            KubeconfigError: A name or token in it cannot be sent.
            ConnectionFailedError: There was no answer.
        """
        connection = self._connection(request.timeout)
        try:
            compressed = self._compressed and not request.stream
            connection.put(request, compressed=compressed)
            wire = connection.wire
            response = connection.getresponse()
            if request.stream:
                return _Stream(response, connection, wire, self._failure)
            body = _unpacked(response)
        except (HTTPException, OSError) as error:
            connection.close()
            raise self._failure(error) from error
        except BaseException:
            connection.close()
            raise
        if not response.will_close and len(self._idle) < POOL_SIZE:
            connection.idle_since = self._clock()
            self._idle.append(connection)
        return _Answer(response, body)

    def _connection(self, timeout: float) -> _Connection:
        """Give a connection that is open: one that is there, or a new one."""
        while self._idle:
            with suppress(IndexError):  # another thread was faster
                connection = self._idle.pop()
                if connection.is_usable(self._clock()):
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
        reason = str(error) or type(error).__name__
        hint = _hint(error, sent=sent)
        return ConnectionFailedError(self._server, reason, hint=hint, sent=sent)


class _Connection(HTTPConnection):
    """One connection: to the server, or through a proxy."""

    def __init__(self, endpoint: Endpoint) -> None:
        proxy = endpoint.asked or endpoint.tunnel
        super().__init__(
            proxy.host if proxy else endpoint.host,
            proxy.port if proxy else endpoint.port,
            timeout=CONNECT_SECONDS,
        )
        self._endpoint = endpoint
        self.idle_since = 0.0
        self._create_connection = endpoint.dialled
        if endpoint.tunnel is not None:
            self.set_tunnel(endpoint.host, endpoint.port, endpoint.tunnel.headers)

    def connect(self) -> None:
        """Connect, and agree on TLS."""
        super().connect()
        # What a stream is broken off by: the layer next to the network.
        self.wire = self.sock
        if self._endpoint.tls is not None:
            self.sock = secured(self.sock, self._endpoint.tls, self._endpoint.tls_name)
            if not isinstance(self.wire, ssl.SSLSocket):
                self.wire = self.sock

    def is_usable(self, now: float) -> bool:
        """Tell whether the other side has left the connection open."""
        # Whatever is on the way may have forgotten it, and would not say so.
        if now - self.idle_since > IDLE_SECONDS:
            return False
        # What has something to read without having been asked has come to its end.
        poll = select.poll()
        poll.register(self.sock, select.POLLIN)
        return not poll.poll(0)

    def put(self, request: Request, *, compressed: bool) -> None:
        """Send a request, whose answer may be compressed."""
        target = quote(self._endpoint.prefix + request.path, safe=_SAFE)
        self.putrequest(request.method, target, skip_accept_encoding=True)
        for name, value in request.headers:
            try:
                self.putheader(name, value.encode())
            except ValueError as error:
                raise KubeconfigError(
                    f"what the kubeconfig has for the header {name} cannot be sent:"
                    " it has more than one line"
                ) from error
        if self._endpoint.asked is not None:
            for name, value in self._endpoint.asked.headers.items():
                self.putheader(name, value)
        if compressed:
            self.putheader("Accept-Encoding", "gzip")
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
        wire: socket.socket,
        failure: Callable[[Exception], ConnectionFailedError],
    ) -> None:
        self.status = response.status
        self.headers = cast("Mapping[str, str]", response.headers)
        self._response = response
        self._connection = connection
        self._wire = wire
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
            self._wire.shutdown(socket.SHUT_RDWR)
        if not self._reading:
            self._release()

    def _release(self) -> None:
        with suppress(OSError, ValueError):
            self._response.close()
        self._connection.close()


def _hint(error: Exception, *, sent: bool) -> str | None:
    match error:
        case ssl.SSLCertVerificationError(verify_code=code) if code in _MISMATCHES:
            return "--kube-tls-server-name says for which name the certificate is"
        case ssl.SSLCertVerificationError():
            return (
                "the server's certificate must be signed by the kubeconfig's authority"
            )
        case _ if not sent:
            return "check that the cluster runs, and the kubeconfig's context"
        case _:
            return None


def _unpacked(response: HTTPResponse) -> bytes:
    body = response.read()
    if response.headers.get("Content-Encoding") != "gzip":
        return body
    import zlib  # noqa: PLC0415 - start-up time

    try:
        return zlib.decompress(body, zlib.MAX_WBITS | 16)
    except zlib.error as error:
        raise HTTPException(f"the answer is damaged: {error}") from error


def _close_all(connections: list[_Connection]) -> None:
    for connection in connections:
        connection.close()
