"""What a provenance file states, whoever signed it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pypkg import yamlio
from pypkg.errors import VerificationError, YamlError

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_BYTES = 1024 * 1024
_BEGIN = "-----BEGIN PGP SIGNED MESSAGE-----"
_SIGNATURE = "-----BEGIN PGP SIGNATURE-----"
_SEPARATOR = "\n...\n"


@dataclass(frozen=True, slots=True)
class Statement:
    """A provenance file's claims.

    Attributes:
        name: The chart's name.
        version: Its version.
        files: The digest, ``sha256:...``, of each archive by its name.
    """

    name: str
    version: str
    files: Mapping[str, str]


def signed_statement(data: bytes) -> Statement:
    """Read the clear-signed text of a provenance file; the signature is not checked.

    Raises:
        VerificationError: It has not that form.
    """
    if len(data) > MAX_BYTES:
        raise VerificationError("the provenance file is too large")
    text = data.decode("utf-8", "replace").replace("\r\n", "\n")
    begin, found, rest = text.partition(_BEGIN)
    _, blank, body = rest.partition("\n\n")
    body, end, _ = body.partition(_SIGNATURE)
    if begin.strip() or not (found and blank and end):
        raise VerificationError("the provenance file is not a clear-signed message")
    # Lines that begin with a dash are escaped (RFC 9580, 7.2).
    lines = [line.removeprefix("- ") for line in body.split("\n")]
    chart, separator, sums = "\n".join(lines).partition(_SEPARATOR)
    if not separator:
        raise VerificationError("the provenance file has no digests")
    try:
        metadata = yamlio.load(chart, source="the provenance file")
        files = yamlio.load(sums, source="the provenance file")["files"]
        return Statement(
            str(metadata["name"]),
            str(metadata["version"]),
            {str(name): str(digest) for name, digest in files.items()},
        )
    except (YamlError, KeyError, TypeError, AttributeError) as error:
        raise VerificationError(
            "the provenance file does not say which chart it is of"
        ) from error
