"""The sandbox's TLS certificate: self-signed, for loopback alone."""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_NAMES = ("localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc")
_ADDRESSES = ("127.0.0.1", "::1")
_LIFETIME = timedelta(days=3650)


def make_certificate(certificate: Path, key: Path) -> None:
    """Write a new certificate and its private key, both as PEM.

    Args:
        certificate: Where the certificate goes; clients trust it as their CA.
        key: Where the key goes, readable for the owner alone.
    """
    # Only a new sandbox needs them: their import takes longer than its start.
    from cryptography import x509  # noqa: PLC0415 - start-up time
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415 - start-up time
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415 - start-up time

    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "pypkg sandbox")])
    now = datetime.now(UTC)
    alternatives: list[x509.GeneralName] = [x509.DNSName(name) for name in _NAMES]
    alternatives += [x509.IPAddress(ipaddress.ip_address(a)) for a in _ADDRESSES]
    public = private.public_key()
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + _LIFETIME)
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        # Without these, newer Pythons' strict verification refuses it.
        .add_extension(
            x509.KeyUsage(
                digital_signature=True,
                key_cert_sign=True,
                crl_sign=True,
                content_commitment=False,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
        .add_extension(
            x509.SubjectKeyIdentifier.from_public_key(public), critical=False
        )
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(public), critical=False
        )
        .sign(private, hashes.SHA256())
    )
    key.touch(mode=0o600)
    key.write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    certificate.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
