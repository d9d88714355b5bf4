"""Keys and certificates: genCA and its kin."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from pypkg.render.engine import GoObject
from pypkg.render.functions.errors import FunctionError
from pypkg.render.functions.goprint import sprint
from pypkg.render.functions.gostrings import decode, encode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.types import (
        CertificateIssuerPrivateKeyTypes,
        PrivateKeyTypes,
    )

    from pypkg.render.functions.host import Host
    from pypkg.render.functions.signature import TemplateFunction

# X.509 has no earlier moment.
_START = datetime(1950, 1, 1, tzinfo=UTC)
_RSA_BITS = 2048
_RSA_BITS_ALONE = 4096
_PEM = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----\s.*?-----END \1-----", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Certificate(GoObject):
    """What genCA and its kin give.

    Attributes:
        cert: The certificate as PEM.
        key: Its private key as PEM.
    """

    cert: str
    key: str

    go_type: ClassVar[str] = "sprig.certificate"
    go_fields: ClassVar[Mapping[str, str]] = {"Cert": "cert", "Key": "key"}


def gen_private_key(kind: str) -> str:
    """Make a private key as PEM: rsa (4096 bits), ecdsa (P-256), ed25519, dsa."""
    from cryptography.hazmat.primitives.asymmetric import (  # noqa: PLC0415 - start-up time
        dsa,
        ec,
        ed25519,
        rsa,
    )

    match kind:
        case "" | "rsa":
            return _key_pem(rsa.generate_private_key(65537, _RSA_BITS_ALONE))
        case "ecdsa":
            return _key_pem(ec.generate_private_key(ec.SECP256R1()))
        case "ed25519":
            return _key_pem(ed25519.Ed25519PrivateKey.generate())
        case "dsa":
            return _key_pem(dsa.generate_private_key(2048))
    return f"Unknown type {kind}"


def _key_pem(key: PrivateKeyTypes) -> str:
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - start-up time
    from cryptography.hazmat.primitives.asymmetric import ed25519  # noqa: PLC0415 - start-up time

    # PKCS#1 and SEC 1 for the older kinds, as Sprig writes them.
    modern = isinstance(key, ed25519.Ed25519PrivateKey)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8
        if modern
        else serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    return pem.decode("ascii")


def _read_key(pem: str) -> CertificateIssuerPrivateKeyTypes:
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - start-up time
    from cryptography.hazmat.primitives.asymmetric import (  # noqa: PLC0415 - start-up time
        ec,
        ed25519,
        rsa,
    )

    block = _PEM.search(pem)
    if block is None:
        raise FunctionError("no PEM data in input")
    kind = block[1]
    if kind != "PRIVATE KEY" and not kind.endswith(" PRIVATE KEY"):
        raise FunctionError(f"no private key data in PEM block of type {kind}")
    try:
        key = serialization.load_pem_private_key(encode(block[0]), None)
    except (ValueError, TypeError) as error:
        raise FunctionError(f"parsing private key from PEM: {error}") from None
    if isinstance(
        key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
    ):
        return key
    raise FunctionError(f"invalid private key type {kind.removesuffix(' PRIVATE KEY')}")


def build_custom_cert(cert: str, key: str) -> Certificate:
    """Make a certificate of one and its key that are given in base64, as PEM."""
    from cryptography import x509  # noqa: PLC0415 - start-up time

    cert_pem = _from_base64(cert, "certificate")
    key_pem = _from_base64(key, "private key")
    if _PEM.search(cert_pem) is None:
        raise FunctionError("unable to decode certificate")
    try:
        x509.load_pem_x509_certificate(encode(cert_pem))
    except ValueError as error:
        raise FunctionError(
            f"error parsing certificate: decodedCert.Bytes: {error}"
        ) from None
    try:
        _read_key(key_pem)
    except FunctionError as error:
        raise FunctionError(f"error parsing private key: {error}") from None
    return Certificate(cert_pem, key_pem)


def _from_base64(text: str, what: str) -> str:
    try:
        return decode(base64.b64decode(text.replace("\n", ""), validate=True))
    except ValueError:
        raise FunctionError(f"unable to decode base64 {what}") from None


def _named_key(pem: str) -> CertificateIssuerPrivateKeyTypes:
    try:
        return _read_key(pem)
    except FunctionError as error:
        raise FunctionError(f"parsing private key: {error}") from None


def _new_key() -> CertificateIssuerPrivateKeyTypes:
    from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415 - start-up time

    return rsa.generate_private_key(65537, _RSA_BITS)


@dataclass(frozen=True, slots=True)
class _Subject:
    """Whom a certificate is for, and how long it is valid."""

    name: str
    days: int
    ips: list[Any] | None
    dns: list[Any] | None
    is_ca: bool = False


def _sign(
    subject: _Subject,
    key: CertificateIssuerPrivateKeyTypes,
    issuer: tuple[x509.Certificate, CertificateIssuerPrivateKeyTypes] | None,
    host: Host,
) -> Certificate:
    """Make a certificate, signed by the issuer, or by its own key without one."""
    import warnings  # noqa: PLC0415 - start-up time

    try:
        with warnings.catch_warnings():
            # Of names with more than 64 letters, which Helm lets pass, and which
            # those of services reach.
            warnings.simplefilter("ignore", UserWarning)
            return _signed(subject, key, issuer, host)
    except ValueError as error:
        raise FunctionError(f"error creating certificate: {error}") from None


def _signed(
    subject: _Subject,
    key: CertificateIssuerPrivateKeyTypes,
    issuer: tuple[x509.Certificate, CertificateIssuerPrivateKeyTypes] | None,
    host: Host,
) -> Certificate:
    from cryptography import x509  # noqa: PLC0415 - start-up time
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415 - start-up time
    from cryptography.hazmat.primitives.asymmetric import ed25519  # noqa: PLC0415 - start-up time

    name = _name(subject.name)
    now = host.clock().astimezone(UTC)
    # The last moment that a certificate can name, where the days lead beyond it.
    end = datetime.max.replace(microsecond=0, tzinfo=UTC)
    days = timedelta(
        days=max(min(subject.days, (end - now).days), -(now - _START).days)
    )
    builder = x509.CertificateBuilder(
        issuer_name=issuer[0].subject if issuer else name,
        subject_name=name,
        public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=now,
        not_valid_after=now + days,
    )
    for extension, critical in _extensions(subject, key, issuer and issuer[0]):
        builder = builder.add_extension(extension, critical)
    signer = issuer[1] if issuer else key
    digest = None if isinstance(signer, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    certificate = builder.sign(signer, digest)
    pem = certificate.public_bytes(serialization.Encoding.PEM).decode("ascii")
    return Certificate(pem, _key_pem(key))


def _name(common_name: str) -> x509.Name:
    from cryptography import x509  # noqa: PLC0415 - start-up time

    if not common_name:
        return x509.Name([])
    common = x509.NameOID.COMMON_NAME
    return x509.Name([x509.NameAttribute(common, common_name, _validate=False)])


def _extensions(
    subject: _Subject,
    key: CertificateIssuerPrivateKeyTypes,
    issuer: x509.Certificate | None,
) -> list[tuple[x509.ExtensionType, bool]]:
    from cryptography import x509  # noqa: PLC0415 - start-up time

    usage = x509.oid.ExtendedKeyUsageOID
    found: list[tuple[x509.ExtensionType, bool]] = [
        (_key_usage(signs_certificates=subject.is_ca), True),
        (x509.ExtendedKeyUsage([usage.SERVER_AUTH, usage.CLIENT_AUTH]), False),
        (x509.BasicConstraints(ca=subject.is_ca, path_length=None), True),
    ]
    if subject.is_ca:
        identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        found.append((identifier, False))
    if issuer is not None:
        try:
            known = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
        except x509.ExtensionNotFound:
            pass
        else:
            authority = x509.AuthorityKeyIdentifier
            found.append(
                (authority.from_issuer_subject_key_identifier(known.value), False)
            )
    names = _alternative_names(subject)
    if names:
        found.append((x509.SubjectAlternativeName(names), False))
    return found


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    from cryptography import x509  # noqa: PLC0415 - start-up time

    return x509.KeyUsage(
        digital_signature=True,
        key_encipherment=True,
        key_cert_sign=signs_certificates,
        content_commitment=False,
        data_encipherment=False,
        key_agreement=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def _alternative_names(subject: _Subject) -> list[x509.GeneralName]:
    import ipaddress  # noqa: PLC0415 - start-up time

    from cryptography import x509  # noqa: PLC0415 - start-up time

    names: list[x509.GeneralName] = []
    for ip in subject.ips or ():
        if not isinstance(ip, str):
            raise FunctionError(f"error parsing ip: {sprint(ip)} is not a string")
        try:
            address = ipaddress.ip_address(ip)
        except ValueError:
            raise FunctionError(f"error parsing ip: {ip}") from None
        if "%" in ip:
            # Go's addresses have no zones.
            raise FunctionError(f"error parsing ip: {ip}")
        names.append(x509.IPAddress(address))
    for dns in subject.dns or ():
        if not isinstance(dns, str):
            raise FunctionError(
                f"error processing alternate dns name: {sprint(dns)} is not a string"
            )
    return [*map(x509.DNSName, subject.dns or ()), *names]


def _issuer(
    ca: Certificate,
) -> tuple[x509.Certificate, CertificateIssuerPrivateKeyTypes]:
    from cryptography import x509  # noqa: PLC0415 - start-up time

    if _PEM.search(ca.cert) is None:
        raise FunctionError("unable to decode certificate")
    try:
        certificate = x509.load_pem_x509_certificate(encode(ca.cert))
    except ValueError as error:
        raise FunctionError(
            f"error parsing certificate: decodedSignerCert.Bytes: {error}"
        ) from None
    try:
        return certificate, _read_key(ca.key)
    except FunctionError as error:
        raise FunctionError(f"error parsing private key: {error}") from None


FUNCTIONS: dict[str, TemplateFunction] = {
    "buildCustomCert": build_custom_cert,
    "genPrivateKey": gen_private_key,
}


class _Issuance:
    """Functions whose certificates are valid from now on."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def gen_ca(self, name: str, days: int) -> Certificate:
        """Make a certificate authority: ``.Cert`` and ``.Key``, RSA 2048."""
        subject = _Subject(name, days, [], [], is_ca=True)
        return _sign(subject, _new_key(), None, self._host)

    def gen_ca_with_key(self, name: str, days: int, key: str) -> Certificate:
        """Make a certificate authority with a private key given as PEM."""
        subject = _Subject(name, days, [], [], is_ca=True)
        return _sign(subject, _named_key(key), None, self._host)

    def gen_self_signed_cert(
        self, name: str, ips: list[Any], dns: list[Any], days: int
    ) -> Certificate:
        """Make a certificate that its own key signs; IPS and DNS may be nil."""
        return _sign(_Subject(name, days, ips, dns), _new_key(), None, self._host)

    def gen_self_signed_cert_with_key(
        self, name: str, ips: list[Any], dns: list[Any], days: int, key: str
    ) -> Certificate:
        """Make a certificate that its own key, given as PEM, signs."""
        return _sign(_Subject(name, days, ips, dns), _named_key(key), None, self._host)

    def gen_signed_cert(
        self, name: str, ips: list[Any], dns: list[Any], days: int, ca: Certificate
    ) -> Certificate:
        """Make a certificate that CA signs; IPS and DNS may be nil."""
        subject = _Subject(name, days, ips, dns)
        return _sign(subject, _new_key(), _issuer(ca), self._host)

    def gen_signed_cert_with_key(
        self,
        name: str,
        ips: list[Any],
        dns: list[Any],
        days: int,
        ca: Certificate,
        key: str,
    ) -> Certificate:
        """Make a certificate that CA signs, with a private key given as PEM."""
        subject = _Subject(name, days, ips, dns)
        return _sign(subject, _named_key(key), _issuer(ca), self._host)


def host_functions(host: Host) -> dict[str, TemplateFunction]:
    """Give the functions that need the host's clock."""
    issuance = _Issuance(host)
    return {
        "genCA": issuance.gen_ca,
        "genCAWithKey": issuance.gen_ca_with_key,
        "genSelfSignedCert": issuance.gen_self_signed_cert,
        "genSelfSignedCertWithKey": issuance.gen_self_signed_cert_with_key,
        "genSignedCert": issuance.gen_signed_cert,
        "genSignedCertWithKey": issuance.gen_signed_cert_with_key,
    }
