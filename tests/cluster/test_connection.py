from __future__ import annotations

import select
import socket
import socketserver
import threading
from base64 import b64encode
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from pypkg.cluster.auth import ClientCertificate
from pypkg.cluster.config import (
    ClusterConfig,
    Overrides,
    load_config,
)
from pypkg.cluster.connection import HttpTransport, _proxy
from pypkg.cluster.transport import Request
from pypkg.errors import ConnectionFailedError, KubeconfigError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pypkg.sandbox.daemon import Status


def certificate() -> tuple[bytes, bytes]:
    """A certificate of its own authority and its key, both PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "jane")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    return signed.public_bytes(pem), key.private_bytes(
        pem,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def transport(client: ClientCertificate) -> HttpTransport:
    config = ClusterConfig(server="https://x", client_certificate=client)
    return HttpTransport(config, {})


def test_a_client_certificate_is_loaded_from_data_and_leaves_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    cert, key = certificate()
    transport(ClientCertificate(certificate=cert, key=key))
    assert list(tmp_path.iterdir()) == []


def test_a_client_certificate_is_loaded_from_files(tmp_path: Path) -> None:
    cert, key = certificate()
    (tmp_path / "cert").write_bytes(cert)
    (tmp_path / "key").write_bytes(key)
    transport(ClientCertificate(certificate=tmp_path / "cert", key=tmp_path / "key"))


def test_a_key_of_another_certificate_is_refused() -> None:
    cert, _ = certificate()
    _, key = certificate()
    with pytest.raises(KubeconfigError, match="client certificate cannot be used"):
        transport(ClientCertificate(certificate=cert, key=key))


def test_a_client_certificate_that_is_missing_is_named(tmp_path: Path) -> None:
    gone = tmp_path / "gone.pem"
    with pytest.raises(KubeconfigError, match="No such file"):
        transport(ClientCertificate(certificate=gone, key=gone))


PROXY = {"HTTPS_PROXY": "proxy:3128", "NO_PROXY": ".internal, 10.0.0.1,*.corp"}


@pytest.mark.parametrize(
    ("url", "environ", "proxy"),
    [
        ("https://k8s.example", {}, ""),
        ("https://k8s.example", PROXY, "http://proxy:3128"),
        ("https://a.internal", PROXY, ""),
        ("https://internal", PROXY, ""),
        ("https://b.corp", PROXY, ""),
        ("https://10.0.0.1:6443", PROXY, ""),
        ("https://127.0.0.1:6443", PROXY, ""),
        ("http://k8s.example", PROXY, ""),
        ("https://k8s.example", {**PROXY, "NO_PROXY": "*"}, ""),
        ("https://k8s.example", {"https_proxy": "http://p:1"}, "http://p:1"),
    ],
)
def test_proxies_are_those_of_the_environment(
    url: str, environ: dict[str, str], proxy: str
) -> None:
    assert _proxy(urlsplit(url), environ) == proxy


def test_a_server_behind_a_path_is_reached_there() -> None:
    made = HttpTransport(ClusterConfig(server="http://x/k8s/clusters/c1"), {})
    assert made._prefix == "/k8s/clusters/c1"


class Proxy(socketserver.StreamRequestHandler):
    """Opens a tunnel, or answers itself; keeps what it was asked."""

    asked: ClassVar[list[list[str]]] = []

    def handle(self) -> None:
        head = []
        while line := self.rfile.readline().decode().strip():
            head.append(line)
        self.asked.append(head)
        method, target, _ = head[0].split()
        if method != "CONNECT":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
            return
        host, port = target.split(":")
        self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with socket.create_connection((host, int(port))) as server:
            back = threading.Thread(target=copy, args=(server, self.connection))
            back.start()
            copy(self.connection, server)
            back.join()


def copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(4096):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


@pytest.fixture
def proxy() -> Iterator[str]:
    Proxy.asked.clear()
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Proxy) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://me:p%40ss@127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


BASIC = "Proxy-Authorization: Basic " + b64encode(b"me:p@ss").decode()


def test_a_server_is_reached_through_a_tunnel(proxy: str, sandbox: Status) -> None:
    config = load_config(Overrides(kubeconfig=str(sandbox.kubeconfig)), environ={})
    through = HttpTransport(config.replace(proxy=proxy), {})
    for _ in range(2):
        assert through.send(Request(method="GET", path="/version")).status == 200
    del through
    (head,) = Proxy.asked
    assert head[0].startswith("CONNECT 127.0.0.1:")
    assert BASIC in head


def test_a_server_without_tls_is_asked_for_by_its_whole_address(proxy: str) -> None:
    config = ClusterConfig(server="http://k8s.example/base", proxy=proxy)
    answer = HttpTransport(config, {}).send(Request(method="GET", path="/a b?c=d"))
    assert answer.read() == b"{}"
    (head,) = Proxy.asked
    assert head[0] == "GET http://k8s.example/base/a%20b?c=d HTTP/1.1"
    assert BASIC in head


def test_another_kind_of_proxy_is_refused() -> None:
    config = ClusterConfig(server="https://x", proxy="socks5://127.0.0.1:1080")
    with pytest.raises(KubeconfigError, match="not by socks5"):
        HttpTransport(config, {})


def test_a_connection_that_the_server_has_closed_is_not_used_again() -> None:
    class Once(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            while self.rfile.readline().strip():
                pass
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    with socketserver.TCPServer(("127.0.0.1", 0), Once) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        config = ClusterConfig(server=f"http://127.0.0.1:{server.server_address[1]}")
        transport = HttpTransport(config, {})
        for _ in range(5):
            assert transport.send(Request(method="POST", path="/")).read() == b"{}"
            # Until the server's goodbye has come.
            select.select([transport._idle[0].sock], [], [], 10)
        del transport
        server.shutdown()
        thread.join()


def test_only_what_could_not_be_sent_is_known_not_to_be_sent(unused_port: int) -> None:
    nobody = HttpTransport(ClusterConfig(server=f"http://127.0.0.1:{unused_port}"), {})
    with pytest.raises(ConnectionFailedError, match="refused") as caught:
        nobody.send(Request(method="POST", path="/"))
    assert not caught.value.sent
    assert "check that the cluster runs" in str(caught.value.hint)
