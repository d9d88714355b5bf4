"""Signing a chart's archive."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pypkg.chart.loader import load_archive
from pypkg.repo.digests import digest_of
from pypkg.repo.provenance import keyring
from pypkg.repo.provenance.statement import Statement

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def sign(
    archive: Path, *, keys: Path, name: str, passphrase: Callable[[str], str]
) -> str:
    """Write the text of an archive's ``.prov`` file.

    Args:
        archive: The chart's archive.
        keys: The file of secret keys.
        name: Whose key it is; see :func:`pypkg.repo.provenance.keyring.signer`.
        passphrase: Asked with the owner's name if the key is locked.

    Returns:
        A cleartext signature (RFC 9580, 7), which Helm verifies too.

    Raises:
        VerificationError: There is no such key.
        ChartError: The archive holds no chart.
    """
    from pysequoia import SignatureMode, sign  # noqa: PLC0415 - start-up time

    data = archive.read_bytes()
    chart = load_archive(data, name=archive.name)
    statement = Statement(chart.metadata.to_dict(), {archive.name: digest_of(data)})
    signer = keyring.signer(keys, name, passphrase)
    signed: bytes = sign(signer, statement.text().encode(), mode=SignatureMode.CLEAR)
    return signed.decode()
