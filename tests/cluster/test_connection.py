from __future__ import annotations

import select
import socketserver
import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from pypkg.cluster.auth import ClientCertificate
from pypkg.cluster.config import (
    ClusterConfig,
)
from pypkg.cluster.connection import HttpTransport
from pypkg.cluster.transport import Request
from pypkg.errors import ConnectionFailedError, KubeconfigError

if TYPE_CHECKING:
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
    assert made._prefix == "/k8s/clusters/c1"


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
