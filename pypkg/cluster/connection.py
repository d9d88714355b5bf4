"""HTTP to the API server: TLS, proxies, a pool of connections."""

from __future__ import annotations

import os
import ssl
import tempfile
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import urllib3

from pypkg.errors import ConnectionFailedError, KubeconfigError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pypkg.cluster.config import ClientCertificate, ClusterConfig
    from pypkg.cluster.transport import Request, Response

# Connections kept open: as many as there are kinds watched at once, or so.
POOL_SIZE = 16
CONNECT_SECONDS = 10.0


class HttpTransport:
    """Sends requests over a pool of connections.

    Args:
        config: The server, and how to trust it and sign in by TLS.
        environ: Of which the proxy variables are read.

    Raises:
        KubeconfigError: A certificate is not valid.
    """

    def __init__(self, config: ClusterConfig, environ: Mapping[str, str]) -> None:
        self._server = config.server
        url = urllib3.util.parse_url(config.server)
        self._prefix = (url.path or "").rstrip("/")
        options: dict[str, Any] = {"maxsize": POOL_SIZE, "block": False}
        if url.scheme == "https":
            options["ssl_context"] = _ssl_context(config)
            if config.insecure:
                # The user has said so; a warning at each request tells nothing new.
                urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
                options |= {"cert_reqs": ssl.CERT_NONE, "assert_hostname": False}
            elif config.tls_server_name:
                options["server_hostname"] = config.tls_server_name
                options["assert_hostname"] = config.tls_server_name
        proxy = config.proxy or _proxy(url, environ)
        self._pool = (
            urllib3.ProxyManager(proxy, **options).connection_from_url(config.server)
            if proxy
            else urllib3.connection_from_url(config.server, **options)
        )

    def send(self, request: Request) -> Response:
        """Send a request; it is neither redirected nor sent again.

        Raises:
            ConnectionFailedError: There was no answer.
        """
        headers = urllib3.HTTPHeaderDict()
        for name, value in request.headers:
            headers.add(name, value)
        try:
            response = self._pool.urlopen(
                request.method,
                self._prefix + request.path,
                body=request.body,
                headers=headers,
                timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=request.timeout),
                retries=False,
                preload_content=not request.stream,
            )
        except urllib3.exceptions.HTTPError as error:
            raise _failure(self._server, error) from error
        return _HttpResponse(response, self._server)


class _HttpResponse:
    def __init__(self, response: urllib3.BaseHTTPResponse, server: str) -> None:
        self._response = response
        self._server = server
        self._closed = False

    @property
    def status(self) -> int:
        return self._response.status

    @property
    def headers(self) -> Mapping[str, str]:
        return self._response.headers

    def read(self) -> bytes:
        try:
            return self._response.data
        except urllib3.exceptions.HTTPError as error:
            raise _failure(self._server, error) from error

    def lines(self) -> Iterator[bytes]:
        pending = b""
        try:
            for chunk in self._response.stream(amt=None):
                *complete, pending = (pending + chunk).split(b"\n")
                yield from complete
        except (urllib3.exceptions.HTTPError, ValueError, OSError) as error:
            # A stream that this side has closed ends; any other failure is one.
            if not self._closed:
                raise _failure(self._server, error) from error
        else:
            if pending:
                yield pending

    def close(self) -> None:
        self._closed = True
        # Ends a read that waits in another thread, which close() would not; there is
        # nothing to end where the body was read to its end.
        if isinstance(self._response, urllib3.HTTPResponse):
            with suppress(RuntimeError, ValueError, OSError):
                self._response.shutdown()
        self._response.close()


def _failure(server: str, error: Exception) -> ConnectionFailedError:
    reason = str(error)
    hint = None
    if isinstance(error, urllib3.exceptions.SSLError):
        hint = "the server's certificate must be signed by the kubeconfig's authority"
    elif isinstance(error, urllib3.exceptions.NewConnectionError):
        reason = reason.rpartition(": ")[2]
        hint = "check that the cluster runs, and the kubeconfig's context"
    return ConnectionFailedError(server, reason, hint=hint)


def _ssl_context(config: ClusterConfig) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if config.insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif config.ca is None:
        context.load_default_certs()
    else:
        try:
            context.load_verify_locations(cadata=config.ca.decode("ascii"))
        except (ssl.SSLError, UnicodeDecodeError, ValueError) as error:
            raise KubeconfigError(
                "the certificate authority in the kubeconfig is no PEM certificate"
            ) from error
    if config.client_certificate is not None:
        _load_client_certificate(context, config.client_certificate)
    return context


def _load_client_certificate(
    context: ssl.SSLContext, client: ClientCertificate
) -> None:
    with ExitStack() as files:
        certificate = _as_file(client.certificate, files)
        key = _as_file(client.key, files)
        try:
            context.load_cert_chain(certificate, key)
        except (OSError, ssl.SSLError) as error:
            raise KubeconfigError(
                f"the client certificate cannot be used: {error.strerror or error}"
            ) from error


def _as_file(pem: bytes | Path, files: ExitStack) -> Path:
    """Give a file that holds the PEM: OpenSSL reads only files."""
    if isinstance(pem, Path):
        return pem
    handle, name = tempfile.mkstemp(prefix="pypkg-")  # readable by its owner only
    path = Path(name)
    files.callback(path.unlink)
    with os.fdopen(handle, "wb") as file:
        file.write(pem)
    return path


def _proxy(url: urllib3.util.Url, environ: Mapping[str, str]) -> str:
    """Give the proxy that the environment asks for, as Go does."""
    scheme = url.scheme or "https"
    proxy = environ.get(f"{scheme}_proxy") or environ.get(f"{scheme.upper()}_PROXY")
    if not proxy or not url.host or url.host in {"localhost", "127.0.0.1", "[::1]"}:
        return ""
    exempt = environ.get("no_proxy") or environ.get("NO_PROXY") or ""
    for entry in (part.strip().lower() for part in exempt.split(",")):
        domain = "." + entry.removeprefix("*").lstrip(".")
        if entry and (entry == "*" or f".{url.host.lower()}".endswith(domain)):
            return ""
    return proxy if "://" in proxy else f"http://{proxy}"
