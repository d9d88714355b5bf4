"""Checking an archive against its ``.prov`` file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pypkg.errors import VerificationError
from pypkg.repo.digests import digest_of
from pypkg.repo.provenance import keyring
from pypkg.repo.provenance.statement import Statement
from pypkg.structs import Struct

if TYPE_CHECKING:
    from pathlib import Path

    from pysequoia import Cert

_SIGNED = re.compile(
    r"-----BEGIN PGP SIGNED MESSAGE-----\n(?:[^\n]+\n)*\n(.*?)\n"
    r"-----BEGIN PGP SIGNATURE-----\n",
    re.DOTALL,
)


class Verification(Struct):
    """Who signed an archive.

    Attributes:
        signers: The names of the key's owner, such as ``Ann <ann@example.com>``.
        fingerprint: The key's, in hexadecimal capitals.
        digest: The archive's, ``sha256:HEX``.
        statement: All that was signed.
    """

    signers: tuple[str, ...]
    fingerprint: str
    digest: str
    statement: Statement


def verify(data: bytes, provenance: bytes, *, name: str, keys: Path) -> Verification:
    """Make sure that the owner of one of the keys signed an archive.

    Args:
        data: The archive.
        provenance: Its ``.prov`` file.
        name: The archive's file name, which the signature covers.
        keys: The keyring of those who may sign.

    Raises:
        VerificationError: Nobody of them did, or it was changed since.
    """
    from pysequoia import verify  # noqa: PLC0415 - start-up time

    unsigned_statement(provenance)
    known = keyring.public_keys(keys)
    issuers: list[str] = []

    def of_issuers(ids: list[str]) -> list[Cert]:
        issuers.extend(ids)
        return known

    try:
        verified = verify(provenance, of_issuers)
    except RuntimeError as error:
        raise _refusal(name, keys, issuers, known) from error
    statement = Statement.parse((verified.bytes or b"").decode())
    digest = check_digest(data, statement, name=name)
    owner = verified.valid_sigs[0].certificate
    key = next(key for key in known if key.fingerprint == owner)
    users = tuple(str(user) for user in key.user_ids)
    return Verification(users, owner.upper(), digest, statement)


def unsigned_statement(provenance: bytes) -> Statement:
    """Read what a ``.prov`` file states, without asking who signed it.

    Raises:
        VerificationError: It is no ``.prov`` file.
    """
    text = provenance.decode(errors="replace").replace("\r\n", "\n")
    signed = _SIGNED.search(text)
    if signed is None:
        raise VerificationError("the .prov file is no signed text")
    # Lines that begin with a dash are escaped: RFC 9580, 7.2.
    return Statement.parse(re.sub(r"^- ", "", signed[1], flags=re.MULTILINE))


def check_digest(data: bytes, statement: Statement, *, name: str) -> str:
    """Make sure that an archive is the one that a statement is about.

    Args:
        data: The archive.
        statement: From its ``.prov`` file.
        name: The archive's file name.

    Returns:
        Its digest, ``sha256:HEX``.

    Raises:
        VerificationError: It is another.
    """
    digest = digest_of(data)
    signed = statement.digests.get(name)
    if signed is None:
        others = ", ".join(statement.digests) or "no file"
        raise VerificationError(
            f"the signature is about {others}, not about {name}",
            hint="an archive keeps the name that it was signed under",
        )
    if signed != digest:
        raise VerificationError(
            f"{name} is not the archive that was signed: it was {signed},"
            f" and this is {digest}",
            hint="it was changed or packed anew: get archive and .prov file together",
        )
    return digest


def _refusal(
    name: str, keys: Path, issuers: list[str], known: list[Cert]
) -> VerificationError:
    ours = {mark for key in known for mark in keyring.fingerprints(key)}
    signer = next((issuer for issuer in issuers if issuer not in ours), "")
    if not signer:
        return VerificationError(
            f"the signature of {name} is not valid: the text was changed, or the key"
            " has expired, was revoked or is not meant for signing",
            hint="get archive and .prov file again, from where you trust them; gpg"
            " --verify says more of the key",
        )
    return VerificationError(
        f"{name} was signed with the key {signer.upper()}, which is not in {keys}",
        hint="if you trust its owner, import it with gpg --import, or name another"
        " file of keys with --keyring",
    )
