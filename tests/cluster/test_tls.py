"""Who is trusted, and how to sign in by a certificate, with servers on loopback."""

from __future__ import annotations

import ipaddress
import ssl
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from pypkg.cluster.auth import ClientCertificate
from pypkg.cluster.config import ClusterConfig
from pypkg.cluster.connection import HttpTransport
from pypkg.cluster.transport import Request
from pypkg.errors import ConnectionFailedError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

VERSION = Request(method="GET", path="/version")


class Party:
    """A certificate and its key; signed by an issuer, or by itself.

    It has no more extensions than those of many clusters: no key identifiers, and no
    key usage.
    """

    def __init__(
        self, name: str, issuer: Party | None = None, *, ca: bool = False, days: int = 1
    ) -> None:
        self.name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        self._key = ec.generate_private_key(ec.SECP256R1())
        signer = issuer or self
        names: list[x509.GeneralName] = [x509.DNSName(name)]
        if name == "server":
            names.append(x509.IPAddress(ipaddress.ip_address("127.0.0.1")))
        start = datetime.now(UTC) - timedelta(days=2)
        basic = x509.BasicConstraints(ca=ca, path_length=None)
        signed = (
            x509.CertificateBuilder()
            .subject_name(self.name)
            .issuer_name(signer.name)
            .public_key(self._key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(start + timedelta(days=2 + days))
            .add_extension(basic, critical=True)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .sign(signer._key, hashes.SHA256())
        )
        self.certificate = signed.public_bytes(serialization.Encoding.PEM)
        self.key = self._key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )


class Handler(BaseHTTPRequestHandler):
    """Answers with the name in the client's certificate."""

    def do_GET(self) -> None:
        peer: Any = self.connection
        found = (peer.getpeercert() or {}).get("subject", ((("", "nobody"),),))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(found[0][0][1].encode())

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


class Server(ThreadingHTTPServer):
    """A server that offers TLS."""

    daemon_threads = True
    tls: ssl.SSLContext

    def get_request(self) -> tuple[Any, Any]:
        connection, address = super().get_request()
        return self.tls.wrap_socket(connection, server_side=True), address

    def handle_error(self, *_: object) -> None:
        """A client that does not trust it hangs up."""


@contextmanager
def serving(
    folder: Path, party: Party, *chain: Party, clients: Party | None = None
) -> Iterator[str]:
    pem = folder / "server.pem"
    parts = [party.certificate, *(link.certificate for link in chain), party.key]
    pem.write_bytes(b"".join(parts))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    if clients is not None:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(cadata=clients.certificate.decode())
    with Server(("127.0.0.1", 0), Handler) as server:
        server.tls = context
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"https://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def answer(server: str, **config: Any) -> str:
    transport = HttpTransport(ClusterConfig(server=server, **config), {})
    return transport.send(VERSION).read().decode()


ROOT = Party("root", ca=True)
BETWEEN = Party("between", ROOT, ca=True)
SERVER = Party("server", BETWEEN)
ALONE = Party("server")
OTHER = Party("api.internal", ROOT)
OLD = Party("server", ROOT, days=-1)


@pytest.mark.parametrize(
    ("authority", "party", "chain"),
    [
        (ROOT, SERVER, (BETWEEN,)),
        (BETWEEN, SERVER, ()),
        (ALONE, ALONE, ()),
    ],
    ids=["the root", "an authority that another one has signed", "the server itself"],
)
def test_what_the_kubeconfig_names_is_trusted(
    tmp_path: Path, authority: Party, party: Party, chain: tuple[Party, ...]
) -> None:
    with serving(tmp_path, party, *chain) as server:
        assert answer(server, ca=authority.certificate) == "nobody"


def test_between_certificates_there_may_be_any_text(tmp_path: Path) -> None:
    named = "Zertifikat für die Prüfung\n".encode() + ALONE.certificate
    with serving(tmp_path, SERVER, BETWEEN) as server:
        assert answer(server, ca=named + ROOT.certificate) == "nobody"


def test_a_certificate_may_be_for_another_name(tmp_path: Path) -> None:
    with serving(tmp_path, OTHER) as server:
        with pytest.raises(ConnectionFailedError, match="not valid for") as caught:
            answer(server, ca=ROOT.certificate)
        assert "--kube-tls-server-name" in str(caught.value.hint)
        named = answer(server, ca=ROOT.certificate, tls_server_name="api.internal")
        assert named == "nobody"


def test_who_is_not_trusted_is_told_what_would_help(tmp_path: Path) -> None:
    for party, hint in ((SERVER, "authority"), (OLD, "has expired")):
        with serving(tmp_path, party) as server:
            with pytest.raises(ConnectionFailedError) as caught:
                answer(server, ca=ROOT.certificate)
            assert hint in f"{caught.value} {caught.value.hint}"


def test_a_server_may_go_unchecked(tmp_path: Path) -> None:
    with serving(tmp_path, OLD) as server:
        assert answer(server, insecure=True) == "nobody"


def test_a_certificate_signs_in(tmp_path: Path) -> None:
    jane = Party("jane", ROOT)
    client = ClientCertificate(certificate=jane.certificate, key=jane.key)
    with serving(tmp_path, SERVER, BETWEEN, clients=ROOT) as server:
        said = answer(server, ca=ROOT.certificate, client_certificate=client)
        assert said == "jane"
        with pytest.raises(ConnectionFailedError):
            answer(server, ca=ROOT.certificate)
