"""The way to a server through proxies: of each kind, small and real, on loopback."""

from __future__ import annotations

import socket
import socketserver
import ssl
import sys
import threading
from base64 import b64encode
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from pypkg.cluster.config import ClusterConfig, Overrides, load_config
from pypkg.cluster.connection import HttpTransport
from pypkg.cluster.proxies import proxy_for
from pypkg.cluster.transport import Request
from pypkg.errors import ConnectionFailedError, KubeconfigError
from pypkg.sandbox.certificates import make_certificate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pypkg.sandbox.daemon import Status

NO_PROXY = (
    ".internal, 10.0.0.1,*.corp,own.example,10.96.0.0/12,fd00::/8,odd.example:8443"
)
PROXY = {"HTTPS_PROXY": "proxy:3128", "NO_PROXY": NO_PROXY}


@pytest.mark.parametrize(
    ("url", "environ", "proxy"),
    [
        ("https://k8s.example", {}, None),
        ("https://k8s.example", PROXY, "http://proxy:3128"),
        ("https://a.internal", PROXY, None),
        ("https://internal", PROXY, "http://proxy:3128"),
        ("https://b.corp", PROXY, None),
        ("https://own.example", PROXY, None),
        ("https://k8s.own.example:6443", PROXY, None),
        ("https://disown.example", PROXY, "http://proxy:3128"),
        ("https://10.0.0.1:6443", PROXY, None),
        ("https://10.0.0.2:6443", PROXY, "http://proxy:3128"),
        ("https://10.97.3.4", PROXY, None),
        ("https://[fd00::7]:6443", PROXY, None),
        ("https://odd.example:8443", PROXY, None),
        ("https://odd.example", PROXY, "http://proxy:3128"),
        ("https://127.0.0.1:6443", PROXY, None),
        ("https://127.8.9.1:6443", PROXY, None),
        ("https://[::1]:6443", PROXY, None),
        ("https://localhost", PROXY, None),
        ("http://k8s.example", PROXY, None),
        ("https://k8s.example", {**PROXY, "NO_PROXY": "*"}, None),
        ("https://k8s.example", {"https_proxy": "http://p:1"}, "http://p:1"),
        ("https://k8s.example", {**PROXY, "https_proxy": "p:1"}, "http://proxy:3128"),
        ("https://k8s.example", {"HTTPS_PROXY": "https://p"}, "https://p:443"),
        ("https://k8s.example", {"HTTPS_PROXY": "socks5://p"}, "socks5://p:1080"),
        ("https://k8s.example", {"ALL_PROXY": "http://p:1"}, None),
    ],
)
def test_the_proxy_of_the_environment_is_the_one_that_go_takes(
    url: str, environ: dict[str, str], proxy: str | None
) -> None:
    found = proxy_for(urlsplit(url), "", environ)
    named = f"{found.scheme}://{found.host}:{found.port}" if found else None
    assert named == proxy


def test_the_kubeconfigs_proxy_goes_before_the_environments() -> None:
    found = proxy_for(urlsplit("https://a.internal"), "http://me:s3cret@q:2", PROXY)
    assert found is not None
    assert (found.host, found.port, found.password) == ("q", 2, "s3cret")
    assert "s3cret" not in repr(found)


@pytest.mark.parametrize("proxy", ["ftp://p:1", "proxy:3128", "http://", "socks4://p"])
def test_what_names_no_proxy_is_refused(proxy: str) -> None:
    with pytest.raises(KubeconfigError, match="socks5://HOST:PORT"):
        HttpTransport(ClusterConfig(server="https://x", proxy=proxy), {})


class Proxies(socketserver.ThreadingTCPServer):
    """Proxies of one kind; keeps what they were asked for.

    Attributes:
        asked: What each connection began with.
    """

    daemon_threads = True

    def __init__(self, handler: type[socketserver.StreamRequestHandler]) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self.asked: list[list[str]] = []
        self.tls: ssl.SSLContext | None = None

    def get_request(self) -> tuple[socket.socket, object]:
        connection, address = super().get_request()
        if self.tls is not None:
            connection = self.tls.wrap_socket(connection, server_side=True)
        return connection, address

    def handle_error(self, *_: object) -> None:
        """A client that does not trust the proxy hangs up."""

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"


class HttpProxy(socketserver.StreamRequestHandler):
    """Opens a tunnel, or answers itself."""

    server: Proxies

    def handle(self) -> None:
        head = []
        while line := self.rfile.readline().decode().strip():
            head.append(line)
        self.server.asked.append(head)
        method, target, _ = head[0].split()
        if method != "CONNECT":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
            return
        host, port = target.split(":")
        self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        join(self.connection, host, int(port))


class SocksProxy(socketserver.StreamRequestHandler):
    """SOCKS 5 (RFC 1928), with a name and password (RFC 1929)."""

    server: Proxies

    def handle(self) -> None:
        _, methods = self.rfile.read(2)
        assert 2 in self.rfile.read(methods)
        self.wfile.write(b"\x05\x02")
        self.rfile.read(1)
        user, password = self.text(), self.text()
        self.wfile.write(b"\x01\x00")
        _, command, _, kind = self.rfile.read(4)
        assert command == 1
        host = self.text() if kind == 3 else socket.inet_ntoa(self.rfile.read(4))
        port = int.from_bytes(self.rfile.read(2), "big")
        self.server.asked.append([f"{user}:{password}", f"{host}:{port}"])
        self.wfile.write(b"\x05\x00\x00\x01" + bytes(6))
        join(self.connection, "127.0.0.1", port)

    def text(self) -> str:
        return self.rfile.read(self.rfile.read(1)[0]).decode()


def join(client: socket.socket, host: str, port: int) -> None:
    with socket.create_connection((host, port)) as server:
        back = threading.Thread(target=copy, args=(server, client))
        back.start()
        copy(client, server)
        back.join()


def copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(4096):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


@contextmanager
def running(handler: type[socketserver.StreamRequestHandler]) -> Iterator[Proxies]:
    with Proxies(handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def http_proxy() -> Iterator[Proxies]:
    with running(HttpProxy) as server:
        yield server


@pytest.fixture
def socks_proxy() -> Iterator[Proxies]:
    with running(SocksProxy) as server:
        yield server


@pytest.fixture
def config(sandbox: Status) -> ClusterConfig:
    return load_config(Overrides(kubeconfig=str(sandbox.kubeconfig)), environ={})


BASIC = "Proxy-Authorization: Basic " + b64encode(b"me:p@ss").decode()
VERSION = Request(method="GET", path="/version")


def test_a_server_is_reached_through_a_tunnel(
    http_proxy: Proxies, config: ClusterConfig
) -> None:
    proxy = f"http://me:p%40ss@{http_proxy.address}"
    through = HttpTransport(config.replace(proxy=proxy), {})
    for _ in range(2):
        assert through.send(VERSION).status == 200
    del through
    (head,) = http_proxy.asked
    assert head[0].startswith(f"CONNECT {urlsplit(config.server).netloc} ")
    assert BASIC in head


def test_a_server_without_tls_is_asked_for_by_its_whole_address(
    http_proxy: Proxies,
) -> None:
    proxy = f"http://me:p%40ss@{http_proxy.address}"
    config = ClusterConfig(server="http://k8s.example/base", proxy=proxy)
    answer = HttpTransport(config, {}).send(Request(method="GET", path="/a b?c=d"))
    assert answer.read() == b"{}"
    (head,) = http_proxy.asked
    assert head[0] == "GET http://k8s.example/base/a%20b?c=d HTTP/1.1"
    assert BASIC in head


def test_a_proxy_may_want_tls_itself(
    http_proxy: Proxies, config: ClusterConfig, tmp_path: Path
) -> None:
    certificate, key = tmp_path / "cert", tmp_path / "key"
    make_certificate(certificate, key)
    http_proxy.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    http_proxy.tls.load_cert_chain(certificate, key)
    through = config.replace(proxy=f"https://me:p%40ss@{http_proxy.address}")
    with pytest.raises(ConnectionFailedError, match="certificate"):
        HttpTransport(through, {}).send(VERSION)
    trusting = through.replace(ca=(config.ca or b"") + certificate.read_bytes())
    transport = HttpTransport(trusting, {})
    for _ in range(2):
        assert transport.send(VERSION).status == 200
    check_streaming(transport, trusting)
    assert BASIC in http_proxy.asked[0]


def test_a_server_is_reached_through_socks(
    socks_proxy: Proxies, config: ClusterConfig
) -> None:
    # The proxy looks the name up: it may mean nothing here.
    port = urlsplit(config.server).port
    through = config.replace(
        server=f"https://behind.the.bastion:{port}",
        tls_server_name="localhost",
        proxy=f"socks5://me:p%40ss@{socks_proxy.address}",
    )
    transport = HttpTransport(through, {})
    for _ in range(2):
        assert transport.send(VERSION).status == 200
    check_streaming(transport, through)
    assert socks_proxy.asked[0] == ["me:p@ss", f"behind.the.bastion:{port}"]


def check_streaming(transport: HttpTransport, config: ClusterConfig) -> None:
    """A stream is read as it comes, and ends when it is closed meanwhile."""
    signature = ("Authorization", config.credentials.authorization())
    path = "/api/v1/namespaces?watch=true"
    response = transport.send(
        Request(method="GET", path=path, headers=(signature,), timeout=20, stream=True)
    )
    lines = response.lines()
    assert b'"ADDED"' in next(lines)
    closing = threading.Thread(target=response.close)
    closing.start()
    assert all(lines)
    closing.join()


def test_socks_needs_a_package_that_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "socks", None)
    config = ClusterConfig(server="https://x", proxy="socks5://127.0.0.1:1")
    with pytest.raises(KubeconfigError, match="PySocks") as caught:
        HttpTransport(config, {}).send(VERSION)
    assert "pypkg[socks]" in str(caught.value.hint)


def test_a_proxy_that_does_not_answer_is_a_failed_connection(unused_port: int) -> None:
    for scheme in ("http", "https", "socks5"):
        proxy = f"{scheme}://127.0.0.1:{unused_port}"
        config = ClusterConfig(server="https://k8s.example", proxy=proxy)
        with pytest.raises(ConnectionFailedError, match="refused") as caught:
            HttpTransport(config, {}).send(VERSION)
        assert not caught.value.sent
