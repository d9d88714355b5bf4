"""Where connections lead: to the server, or to a proxy before it."""

from __future__ import annotations

import socket
import ssl
from importlib import import_module
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pypkg.cluster.proxies import proxy_for
from pypkg.cluster.tls import client_context, proxy_context
from pypkg.errors import KubeconfigError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from urllib.parse import SplitResult

    from pypkg.cluster.config import ClusterConfig
    from pypkg.cluster.proxies import Proxy

_PORTS = {"http": 80, "https": 443}
# When a silent peer is first asked, how often then, and how often in vain.
_PROBES = {"TCP_KEEPIDLE": 30, "TCP_KEEPINTVL": 15, "TCP_KEEPCNT": 3}


class Endpoint:
    """Where connections lead, and through what.

    Args:
        config: The server, how to trust it and to sign in to it by TLS.
        environ: Of which the proxy variables are read.

    Attributes:
        prefix: What goes before the path of a request.
        asked: The proxy that is asked for whole addresses, since there is no TLS.
        tunnel: The proxy that is asked for a tunnel to the server.
        socks: The proxy that passes bytes on.

    Raises:
        KubeconfigError: A certificate, or an address, is not valid.
    """

    def __init__(self, config: ClusterConfig, environ: Mapping[str, str]) -> None:
        url = _address(config.server)
        proxy = proxy_for(url, config.proxy, environ)
        self.prefix = url.path.rstrip("/")
        self.host = url.hostname or ""
        self.port = url.port or _PORTS[url.scheme]
        self.tls = client_context(config) if url.scheme == "https" else None
        self.tls_name = config.tls_server_name or self.host
        self.proxy_tls: ssl.SSLContext | None = None
        self.asked: Proxy | None = None
        self.tunnel: Proxy | None = None
        self.socks: Proxy | None = None
        if proxy is not None:
            self._lead_through(proxy, config, url)

    def _lead_through(
        self, proxy: Proxy, config: ClusterConfig, url: SplitResult
    ) -> None:
        if proxy.scheme == "https":
            self.proxy_tls = proxy_context(config)
        if proxy.is_socks:
            self.socks = proxy
        elif self.tls is None:
            self.asked = proxy
            self.prefix = f"{url.scheme}://{url.netloc}{self.prefix}"
        else:
            self.tunnel = proxy

    def dialled(
        self, address: tuple[str, int], timeout: float, source: tuple[str, int] | None
    ) -> socket.socket:
        """Open a connection to the server, or to the proxy before it."""
        if self.socks is not None:
            return _kept_alive(_through_socks(self.socks, address, timeout))
        host, port = address
        made = socket.create_connection((_encoded(host), port), timeout, source)  # type: ignore[arg-type] # it takes bytes too
        made = _kept_alive(made)
        proxy = self.asked or self.tunnel
        if proxy is None or self.proxy_tls is None:
            return made
        return self.proxy_tls.wrap_socket(made, server_hostname=proxy.host)


def secured(sock: socket.socket, tls: ssl.SSLContext, name: str) -> socket.socket:
    """Agree on TLS with the server."""
    if not isinstance(sock, ssl.SSLSocket):
        return tls.wrap_socket(sock, server_hostname=_encoded(name))
    # Within the TLS of the proxy, which the standard library cannot do.
    from urllib3.util.ssltransport import (  # noqa: PLC0415 - start-up time
        SSLTransport,
    )

    return SSLTransport(sock, tls, server_hostname=name)  # type: ignore[return-value] # it does all that is asked of it


def _address(server: str) -> SplitResult:
    """Take the server's URL apart.

    Raises:
        KubeconfigError: It is none.
    """
    try:
        url = urlsplit(server)
        usable = url.scheme in _PORTS and url.hostname and url.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise KubeconfigError(
            f"{server} is no address of a server",
            hint="it is written as https://HOST:PORT",
        )
    return url


def _through_socks(
    proxy: Proxy, address: tuple[str, int], timeout: float
) -> socket.socket:
    try:
        socks = import_module("socks")
    except ModuleNotFoundError as error:
        raise KubeconfigError(
            "a socks5:// proxy needs the package PySocks",
            hint="pip install 'pypkg[socks]'",
        ) from error
    made: socket.socket = socks.create_connection(
        address,
        timeout,
        proxy_type=socks.SOCKS5,
        proxy_addr=proxy.host,
        proxy_port=proxy.port,
        proxy_rdns=True,
        proxy_username=proxy.username or None,
        proxy_password=proxy.password or None,
    )
    return made


def _kept_alive(sock: socket.socket) -> socket.socket:
    """Have the system ask now and then whether the other side is still there."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _PROBES.items():
        if (option := getattr(socket, name, None)) is not None:
            sock.setsockopt(socket.IPPROTO_TCP, option, value)
    return sock


def _encoded(host: str) -> str | bytes:
    """Spare a plain name the codec for international ones: 2 ms to import."""
    return host.encode() if host.isascii() else host
