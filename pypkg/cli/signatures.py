"""Signing charts, and checking who signed them: what ``--sign`` and ``--verify`` do."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from pypkg.cli.output import echo
from pypkg.errors import UsageError, VerificationError

if TYPE_CHECKING:
    from pypkg.repo.archives import Archive
    from pypkg.repo.provenance.verify import Verification


def verify(archive: Archive, keyring: str) -> Verification:
    """Make sure that somebody of the keyring signed an archive.

    Args:
        archive: The archive, with its .prov file.
        keyring: The file of public keys, or "" for the user's own.

    Raises:
        VerificationError: Nobody did.
    """
    from pypkg.repo.provenance import verify  # noqa: PLC0415 - start-up time

    if archive.provenance is None:
        raise VerificationError(f"{archive.source} has no signature: no .prov file")
    return verify.verify(
        archive.data, archive.provenance, name=archive.name, keys=keyring_path(keyring)
    )


def verify_file(archive_path: str | Path, keyring: str) -> Verification:
    """Make sure of an archive that is a file, with its .prov file beside it.

    Raises:
        VerificationError: It is a folder, or nobody signed it.
    """
    from pypkg.repo.archives import Archive  # noqa: PLC0415 - start-up time

    path = Path(archive_path)
    if path.is_dir():
        raise VerificationError(
            f"{path} is a folder: unpacked charts cannot be verified",
            hint="verify the archive that it was unpacked from",
        )
    beside = path.with_name(f"{path.name}.prov")
    try:
        archive = Archive(path.name, path.read_bytes(), str(path), beside.read_bytes())
    except OSError as error:
        raise VerificationError(
            f"cannot read {error.filename}: {error.strerror}",
            hint="the signature of an archive lies beside it, in its .prov file",
        ) from error
    return verify(archive, keyring)


def show(verified: Verification, *, what: str = "Chart") -> None:
    """Print who signed what, as Helm does."""
    for signer in verified.signers:
        echo(f"Signed by: {signer}")
    echo(f"Using Key With Fingerprint: {verified.fingerprint}")
    echo(f"{what} Hash Verified: {verified.digest}")


def sign(archive: Path, *, key: str, keyring: str, passphrase_file: str) -> str:
    """Write the text of an archive's .prov file.

    Args:
        archive: The chart's archive.
        key: Whose key to sign with.
        keyring: The file of secret keys, or "" for GnuPG's older one.
        passphrase_file: Its first line unlocks the key; ``-`` is standard input, and
            "" asks on the terminal.

    Raises:
        UsageError: There is nobody to ask.
        VerificationError: There is no such key, or it stays locked.
    """
    from pypkg.repo.provenance import sign  # noqa: PLC0415 - start-up time

    return sign.sign(
        archive,
        keys=keyring_path(keyring),
        name=key,
        passphrase=lambda owner: _passphrase(owner, passphrase_file),
    )


def keyring_path(keyring: str) -> Path:
    """Give the file that ``--keyring`` names, or the user's own."""
    from pypkg.repo.provenance import keyring as keys  # noqa: PLC0415 - start-up time

    return Path(keyring).expanduser() if keyring else keys.default_path()


def _passphrase(owner: str, file: str) -> str:
    if file == "-":
        return sys.stdin.readline().rstrip("\r\n")
    if file:
        try:
            return (Path(file).read_text().splitlines() or [""])[0]
        except OSError as error:
            raise UsageError(f"cannot read {file}: {error.strerror}") from error
    if not sys.stdin.isatty():
        raise UsageError(
            f"the key of {owner} is locked, and there is no terminal to ask on",
            hint="give the passphrase with --passphrase-file FILE, or - for standard"
            " input",
        )
    import click  # noqa: PLC0415 - start-up time

    answer: str = click.prompt(
        f'Passphrase of the key "{owner}"', hide_input=True, err=True
    )
    return answer
