from __future__ import annotations

import gzip
import select
import socket
import socketserver
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from pypkg.cluster.auth import ClientCertificate
from pypkg.cluster.config import ClusterConfig
from pypkg.cluster.connection import HttpTransport
from pypkg.cluster.transport import Request
from pypkg.errors import ConnectionFailedError, KubeconfigError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


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


def test_a_server_behind_a_path_is_reached_there() -> None:
    made = HttpTransport(ClusterConfig(server="http://x/k8s/clusters/c1"), {})
    assert made._endpoint.prefix == "/k8s/clusters/c1"


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


@pytest.mark.parametrize(
    "server", ["https://x:99999", "https://[::1", "ftp://x", "https://", "https://:1"]
)
def test_what_is_no_address_is_refused(server: str) -> None:
    with pytest.raises(KubeconfigError, match="is no address of a server"):
        HttpTransport(ClusterConfig(server=server), {})


class Echo(BaseHTTPRequestHandler):
    """Answers with the headers that it was sent."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        lines = [f"{name}: {value}" for name, value in self.headers.items()]
        body = "\n".join(lines).encode("latin-1")  # as it has been read
        self.send_response(200)
        if "gzip" in self.headers.get("Accept-Encoding", ""):
            body = gzip.compress(body)[: None if self.path == "/" else 20]
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


class Server(ThreadingHTTPServer):
    daemon_threads = True


class Server6(Server):
    address_family = socket.AF_INET6


@contextmanager
def echo(kind: type[Server] = Server, host: str = "127.0.0.1") -> Iterator[int]:
    with kind((host, 0), Echo) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


def headers_of(transport: HttpTransport, **headers: str) -> str:
    request = Request(method="GET", path="/", headers=tuple(headers.items()))
    return transport.send(request).read().decode()


def test_a_name_may_have_any_letters() -> None:
    with echo() as port:
        transport = HttpTransport(ClusterConfig(server=f"http://127.0.0.1:{port}"), {})
        assert "User: Jürgen Łuk" in headers_of(transport, User="Jürgen Łuk")


def test_a_token_of_two_lines_is_refused_without_showing_it() -> None:
    with echo() as port:
        transport = HttpTransport(ClusterConfig(server=f"http://127.0.0.1:{port}"), {})
        with pytest.raises(KubeconfigError, match="more than one line") as caught:
            headers_of(transport, Authorization="Bearer s3cret\nx")
    assert "s3cret" not in str(caught.value)


def test_an_ipv6_address_is_reached() -> None:
    if not socket.has_dualstack_ipv6():
        pytest.skip("this machine has no IPv6")
    with echo(Server6, "::1") as port:
        transport = HttpTransport(ClusterConfig(server=f"http://[::1]:{port}"), {})
        assert f"Host: [::1]:{port}" in headers_of(transport)


def test_answers_are_compressed_unless_the_kubeconfig_says_no() -> None:
    with echo() as port:
        config = ClusterConfig(server=f"http://127.0.0.1:{port}")
        assert "Accept-Encoding: gzip" in headers_of(HttpTransport(config, {}))
        plain = HttpTransport(config.replace(compressed=False), {})
        assert "Accept-Encoding" not in headers_of(plain)


def test_a_damaged_answer_is_a_failed_connection() -> None:
    with echo() as port:
        transport = HttpTransport(ClusterConfig(server=f"http://127.0.0.1:{port}"), {})
        with pytest.raises(ConnectionFailedError, match="the answer is damaged"):
            transport.send(Request(method="GET", path="/cut"))


def test_a_connection_that_was_idle_for_long_is_not_used_again() -> None:
    times = [0.0]
    with echo() as port:
        config = ClusterConfig(server=f"http://127.0.0.1:{port}")
        transport = HttpTransport(config, {}, clock=lambda: times[-1])
        used = []
        for moment in (0.0, 80.0, 160.0, 251.0):
            times.append(moment)
            headers_of(transport)
            used.append(transport._idle[0].sock.getsockname())
    assert len(set(used[:3])) == 1
    assert used[3] != used[2]


def test_a_silent_peer_is_asked_whether_it_is_there() -> None:
    with echo() as port:
        transport = HttpTransport(ClusterConfig(server=f"http://127.0.0.1:{port}"), {})
        headers_of(transport)
        sock = transport._idle[0].sock
        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)


def test_only_what_could_not_be_sent_is_known_not_to_be_sent(unused_port: int) -> None:
    nobody = HttpTransport(ClusterConfig(server=f"http://127.0.0.1:{unused_port}"), {})
    with pytest.raises(ConnectionFailedError, match="refused") as caught:
        nobody.send(Request(method="POST", path="/"))
    assert not caught.value.sent
    assert "check that the cluster runs" in str(caught.value.hint)
