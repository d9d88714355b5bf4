from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from urllib3.util import parse_url

from pypkg.cluster.config import ClientCertificate, ClusterConfig
from pypkg.cluster.connection import HttpTransport, _proxy
from pypkg.errors import KubeconfigError

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
    assert _proxy(parse_url(url), environ) == proxy


def test_a_server_behind_a_path_is_reached_there() -> None:
    made = HttpTransport(ClusterConfig(server="http://x/k8s/clusters/c1"), {})
    assert made._prefix == "/k8s/clusters/c1"
