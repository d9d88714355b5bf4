"""The OpenPGP keys of a user: GnuPG's keybox, and the older files of keys."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from pypkg.errors import VerificationError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pysequoia import Cert, PySigner, Tsk
    from pysequoia.packet import Packet

_KEYBOX_MAGIC = slice(8, 12)
_OPENPGP_BLOB = 2


def default_path(environ: Mapping[str, str] = os.environ) -> Path:
    """Give GnuPG's file of public keys: a keybox, unless it keeps the older file.

    Args:
        environ: Where GNUPGHOME and HOME are looked for.
    """
    home = environ.get("GNUPGHOME")
    folder = Path(home) if home else Path.home() / ".gnupg"
    keybox, older = folder / "pubring.kbx", folder / "pubring.gpg"
    return keybox if keybox.exists() and not older.exists() else older


def public_keys(path: Path) -> list[Cert]:
    """Read the public keys of a keyring.

    Args:
        path: A file of keys, binary or armored, or a keybox.

    Raises:
        VerificationError: It cannot be read, or holds no keys.
    """
    from pysequoia import Cert  # noqa: PLC0415 - start-up time

    data = _read(path)
    blocks = _keybox(data) if data[_KEYBOX_MAGIC] == b"KBXf" else [data]
    try:
        return [key for block in blocks for key in Cert.split_bytes(block)]
    except RuntimeError as error:
        raise _no_keys(path, error) from error


def fingerprints(key: Cert) -> set[str]:
    """Give the fingerprints of a key and its subkeys, in lower case."""
    from pysequoia.packet import PacketPile  # noqa: PLC0415 - start-up time

    packets = PacketPile.from_bytes(bytes(key))
    return {packet.fingerprint for packet in packets if packet.fingerprint}


def signer(path: Path, name: str, passphrase: Callable[[str], str]) -> PySigner:
    """Find the secret key to sign with.

    Args:
        path: A file of secret keys, binary or armored.
        name: Part of the name or address of its owner, or its whole fingerprint.
        passphrase: Asked with the owner's name if the key is locked.

    Raises:
        VerificationError: No key, or more than one, is meant, or it stays locked.
    """
    found = [key for key in _secret_keys(path) if _is_meant(key, name)]
    exact = [key for key in found if name in _owners(key)]
    if not found:
        raise VerificationError(
            f"{path} has no secret key of {name}",
            hint="gpg --list-secret-keys shows names; gpg --export-secret-keys writes"
            " the file that --keyring names",
        )
    if len(found) > 1 and len(exact) != 1:
        owners = "; ".join(owner for key in found for owner in _owners(key))
        raise VerificationError(
            f"{path} has more than one key of {name}: {owners}",
            hint="give --key the whole name, as it stands there",
        )
    return _unlocked((exact or found)[0], passphrase)


def _secret_keys(path: Path) -> list[Tsk]:
    from pysequoia import Tsk  # noqa: PLC0415 - start-up time
    from pysequoia.packet import PacketPile, Tag  # noqa: PLC0415 - start-up time

    data = _read(path)
    if data[_KEYBOX_MAGIC] == b"KBXf":
        raise VerificationError(
            f"{path} is a keybox, which holds no secret keys",
            hint="gpg --export-secret-keys >secring.gpg writes a file that --keyring"
            " can name",
        )
    keys: list[list[Packet]] = []
    try:
        for packet in PacketPile.from_bytes(data):
            if packet.tag in (Tag.SecretKey, Tag.PublicKey):
                keys.append([])
            if keys:
                keys[-1].append(packet)
        return [Tsk.from_packets(key) for key in keys if key[0].tag == Tag.SecretKey]
    except RuntimeError as error:
        raise _no_keys(path, error) from error


def _owners(key: Tsk) -> list[str]:
    return [str(user) for user in key.extract_certificate().user_ids]


def _is_meant(key: Tsk, name: str) -> bool:
    fingerprint = key.extract_certificate().fingerprint
    is_fingerprint = fingerprint == name.replace(" ", "").lower()
    return is_fingerprint or any(name in owner for owner in _owners(key))


def _unlocked(key: Tsk, passphrase: Callable[[str], str]) -> PySigner:
    try:
        return key.signer()
    except RuntimeError as error:
        if "encrypted" not in reason(error):
            raise VerificationError(f"the key cannot sign: {reason(error)}") from error
    owner = _owners(key)[0]
    try:
        return key.signer(passphrase(owner))
    except RuntimeError as error:
        raise VerificationError(f"that is not the passphrase of {owner}") from error


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise VerificationError(
            f"cannot read the keyring {path}: {error.strerror}",
            hint="name a file of keys with --keyring; gpg --export writes one",
        ) from error


def _keybox(data: bytes) -> Iterator[bytes]:
    """Give the keys of a keybox; the format is kbx/keybox-blob.c's of GnuPG."""
    start = 0
    while start + 16 <= len(data):
        blob = data[start : start + int.from_bytes(data[start : start + 4])]
        if len(blob) < 5:  # noqa: PLR2004 - the length itself, and the type
            break
        if blob[4] == _OPENPGP_BLOB:
            offset, length = int.from_bytes(blob[8:12]), int.from_bytes(blob[12:16])
            yield blob[offset : offset + length]
        start += len(blob)


def _no_keys(path: Path, error: RuntimeError) -> VerificationError:
    return VerificationError(
        f"{path} is no file of OpenPGP keys: {reason(error)}",
        hint="gpg --export writes one",
    )


def reason(error: RuntimeError) -> str:
    """Give what the OpenPGP library says, without where in its code that was."""
    return str(error).partition("\n")[0]
