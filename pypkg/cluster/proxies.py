"""Which proxy leads to a server: the kubeconfig's, or that of the environment.

The environment is read by the rules of ``golang.org/x/net/http/httpproxy``, which
kubectl and Helm use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from pypkg.errors import KubeconfigError
from pypkg.structs import Struct

if TYPE_CHECKING:
    from collections.abc import Mapping
    from urllib.parse import SplitResult

SOCKS = ("socks5", "socks5h")
_PORTS = {"http": 80, "https": 443, "socks5": 1080, "socks5h": 1080}


class Proxy(Struct):
    """A proxy, and how to sign in to it.

    Attributes:
        scheme: ``http``, ``https``, ``socks5`` or ``socks5h``; the last two are one,
            as the proxy looks the server's name up either way.
        host: Its name or address.
        port: Its port.
        username: Who signs in, or "".
        password: That user's password.
    """

    scheme: str
    host: str
    port: int
    username: str = ""
    password: str = ""

    def __repr__(self) -> str:
        """Leave out the secret."""
        return f"Proxy({self.scheme}://{self.host}:{self.port})"

    @property
    def is_socks(self) -> bool:
        """Whether it passes bytes on, whatever they are."""
        return self.scheme in SOCKS

    @property
    def headers(self) -> dict[str, str]:
        """What signs in to a proxy that speaks HTTP."""
        if not self.username:
            return {}
        from base64 import b64encode  # noqa: PLC0415 - start-up time

        pair = f"{self.username}:{self.password}".encode()
        return {"Proxy-Authorization": f"Basic {b64encode(pair).decode()}"}


def proxy_for(
    server: SplitResult, configured: str, environ: Mapping[str, str]
) -> Proxy | None:
    """Find the proxy on the way to a server, or None.

    Args:
        server: The server's address.
        configured: The kubeconfig's ``proxy-url``, or ""; it counts for every server.
        environ: Of which ``HTTPS_PROXY``, ``HTTP_PROXY`` and ``NO_PROXY`` are read, in
            capitals first.

    Raises:
        KubeconfigError: It is no proxy's address.
    """
    if configured:
        return _parsed(configured)
    named = _variable(environ, f"{server.scheme or 'https'}_proxy")
    if not named or _is_exempt(server, _variable(environ, "no_proxy")):
        return None
    found = urlsplit(named)
    return _parsed(named if found.scheme and found.netloc else f"http://{named}")


def _parsed(text: str) -> Proxy:
    url = urlsplit(text)
    if url.scheme not in _PORTS or not url.hostname:
        raise KubeconfigError(
            "a proxy is named as http://HOST:PORT, https://HOST:PORT or"
            " socks5://HOST:PORT",
            hint="proxy-url in the kubeconfig, and HTTPS_PROXY, name it",
        )
    return Proxy(
        url.scheme,
        url.hostname,
        url.port or _PORTS[url.scheme],
        unquote(url.username or ""),
        unquote(url.password or ""),
    )


def _variable(environ: Mapping[str, str], name: str) -> str:
    return environ.get(name.upper()) or environ.get(name) or ""


def _is_exempt(server: SplitResult, exempt: str) -> bool:
    """Tell whether a server is reached without the proxy of the environment."""
    from ipaddress import ip_address  # noqa: PLC0415 - start-up time

    host = (server.hostname or "").rstrip(".")
    try:
        address = ip_address(host)
    except ValueError:
        address = None
    if host in {"", "localhost"} or (address is not None and address.is_loopback):
        return True
    port = str(server.port or _PORTS[server.scheme])
    return any(
        _covers(entry.strip().lower(), host, port) for entry in exempt.split(",")
    )


def _covers(entry: str, host: str, port: str) -> bool:
    """Tell whether an entry of ``NO_PROXY`` means a host.

    It is ``*``, a network, or an address or domain, perhaps with a port. ``a.example``
    means what is below it, too; ``.a.example`` and ``*.a.example`` only that.
    """
    if entry in {"", "*"}:
        return bool(entry)
    if "/" in entry:
        return _is_within(entry, host)
    name, only_port = _parted(entry)
    if only_port not in {"", port}:
        return False
    domain = name.removeprefix("*")
    return host == name or host.endswith(f".{domain.removeprefix('.')}")


def _parted(entry: str) -> tuple[str, str]:
    """Part an entry into its host and its port, "" for none."""
    if entry.startswith("["):
        name, _, rest = entry[1:].partition("]")
        return name, rest.removeprefix(":")
    if entry.count(":") == 1:
        name, _, port = entry.partition(":")
        return name, port
    return entry, ""  # an IPv6 address has more colons


def _is_within(network: str, host: str) -> bool:
    from ipaddress import ip_address, ip_network  # noqa: PLC0415 - start-up time

    try:
        return ip_address(host) in ip_network(network, strict=False)
    except ValueError:
        return False
