from __future__ import annotations

import base64
import ipaddress
import warnings
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from pypkg.render.functions.catalog import catalog
from pypkg.render.functions.errors import FunctionError
from pypkg.render.functions.host import Host

if TYPE_CHECKING:
    from pypkg.render.functions.certificates import Certificate

NOW = datetime(2024, 2, 29, 12, 30, 15, tzinfo=UTC)
FUNCTIONS = catalog(Host(clock=lambda: NOW))
KEY = FUNCTIONS["genPrivateKey"]("ecdsa")


def loaded(certificate: Certificate) -> x509.Certificate:
    return x509.load_pem_x509_certificate(certificate.cert.encode())


def extension(certificate: x509.Certificate, kind: Any) -> Any:
    return certificate.extensions.get_extension_for_class(kind).value


@pytest.fixture(scope="module")
def ca() -> Certificate:
    made: Certificate = FUNCTIONS["genCA"]("my-ca", 365)
    return made


def test_an_authority_signs_itself_and_may_sign_others(ca: Certificate) -> None:
    certificate = loaded(ca)
    certificate.verify_directly_issued_by(certificate)
    assert certificate.subject.rfc4514_string() == "CN=my-ca"
    assert extension(certificate, x509.BasicConstraints).ca
    assert extension(certificate, x509.KeyUsage).key_cert_sign
    assert ca.key.startswith("-----BEGIN RSA PRIVATE KEY-----")


def test_a_certificate_is_valid_from_now_for_so_many_days(ca: Certificate) -> None:
    certificate = loaded(ca)
    assert certificate.not_valid_before_utc == NOW
    assert certificate.not_valid_after_utc == NOW + timedelta(days=365)


def test_a_signed_certificate_belongs_to_its_authority(ca: Certificate) -> None:
    made = FUNCTIONS["genSignedCert"]("web", ["10.0.0.1", "::1"], ["web.ns.svc"], 1, ca)
    certificate, issuer = loaded(made), loaded(ca)
    certificate.verify_directly_issued_by(issuer)
    names = extension(certificate, x509.SubjectAlternativeName)
    assert names.get_values_for_type(x509.DNSName) == ["web.ns.svc"]
    assert names.get_values_for_type(x509.IPAddress) == [
        ipaddress.ip_address("10.0.0.1"),
        ipaddress.ip_address("::1"),
    ]
    assert not extension(certificate, x509.BasicConstraints).ca
    identifier = extension(certificate, x509.AuthorityKeyIdentifier).key_identifier
    assert identifier == extension(issuer, x509.SubjectKeyIdentifier).digest
    purposes = extension(certificate, x509.ExtendedKeyUsage)
    assert list(purposes) == [
        x509.oid.ExtendedKeyUsageOID.SERVER_AUTH,
        x509.oid.ExtendedKeyUsageOID.CLIENT_AUTH,
    ]


def test_a_self_signed_certificate_needs_no_names() -> None:
    certificate = loaded(FUNCTIONS["genSelfSignedCert"]("web", None, None, 1))
    certificate.verify_directly_issued_by(certificate)
    with pytest.raises(x509.ExtensionNotFound):
        extension(certificate, x509.SubjectAlternativeName)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("rsa", rsa.RSAPrivateKey),
        ("", rsa.RSAPrivateKey),
        ("ecdsa", ec.EllipticCurvePrivateKey),
        ("ed25519", ed25519.Ed25519PrivateKey),
    ],
)
def test_a_given_key_is_the_certificates_own(kind: str, expected: type) -> None:
    pem = FUNCTIONS["genPrivateKey"](kind)
    key = serialization.load_pem_private_key(pem.encode(), None)
    assert isinstance(key, expected)
    made = FUNCTIONS["genCAWithKey"]("ca", 1, pem)
    assert made.key == pem
    assert loaded(made).public_key() == key.public_key()


def test_a_custom_certificate_is_what_was_given(ca: Certificate) -> None:
    encoded = [base64.b64encode(t.encode()).decode() for t in (ca.cert, ca.key)]
    assert FUNCTIONS["buildCustomCert"](*encoded) == ca


def test_a_certificate_that_is_none_cannot_sign(ca: Certificate) -> None:
    broken = type(ca)(
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", ""
    )
    with pytest.raises(FunctionError, match="error parsing certificate"):
        FUNCTIONS["genSignedCert"]("web", None, None, 1, broken)
    with pytest.raises(FunctionError, match="unable to decode certificate"):
        FUNCTIONS["genSignedCert"]("web", None, None, 1, type(ca)("", ""))
    with pytest.raises(FunctionError, match="no PEM data in input"):
        FUNCTIONS["genSignedCert"]("web", None, None, 1, type(ca)(ca.cert, ""))


@pytest.mark.parametrize("name", ["", "x" * 100, "é"])
def test_a_common_name_may_be_empty_or_long(name: str) -> None:
    ca = FUNCTIONS["genCAWithKey"](name, 1, KEY)
    made = FUNCTIONS["genSignedCertWithKey"](name, None, None, 1, ca, KEY)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        subject = loaded(made).subject
    assert [attribute.value for attribute in subject] == ([name] if name else [])


@pytest.mark.parametrize("days", [-5, 0, 10**9, -(10**9)])
def test_any_number_of_days_gives_a_certificate(days: int) -> None:
    assert loaded(FUNCTIONS["genCAWithKey"]("ca", days, KEY)).not_valid_before_utc


@pytest.mark.parametrize(
    ("ips", "dns", "message"),
    [
        (["x"], None, "error parsing ip: x"),
        (["fe80::1%eth0"], None, "error parsing ip: fe80::1%eth0"),
        ([1], None, "error parsing ip: 1 is not a string"),
        (None, [1], "error processing alternate dns name: 1 is not a string"),
        (None, ["é"], "error creating certificate: "),
    ],
)
def test_names_that_cannot_be_are_refused(
    ips: list[Any] | None, dns: list[Any] | None, message: str
) -> None:
    with pytest.raises(FunctionError, match=message):
        FUNCTIONS["genSelfSignedCertWithKey"]("web", ips, dns, 1, KEY)
