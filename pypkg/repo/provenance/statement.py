r"""The text of a ``.prov`` file that is signed.

Two YAML documents, the chart's metadata and the digests of its files, as Helm's
``pkg/provenance`` writes them::

    name: web
    version: 0.1.0

    ...
    files:
      web-0.1.0.tgz: sha256:813eeb57dec7...
"""

from __future__ import annotations

from typing import Any

from pypkg import yamlio
from pypkg.errors import VerificationError, YamlError
from pypkg.structs import Struct

_SEPARATOR = "\n...\n"


class Statement(Struct):
    """What a signature is about.

    Attributes:
        metadata: The chart's Chart.yaml, as a mapping.
        digests: ``sha256:HEX`` of each file, by its name.
    """

    metadata: dict[str, Any]
    digests: dict[str, str]

    def text(self) -> str:
        """Write it."""
        files = yamlio.dump({"files": self.digests})
        return f"{yamlio.dump(self.metadata)}{_SEPARATOR}{files}"

    @classmethod
    def parse(cls, text: str) -> Statement:
        """Read it.

        Raises:
            VerificationError: It is something else.
        """
        first, separator, second = text.partition(_SEPARATOR)
        try:
            metadata, signed = yamlio.load(first), yamlio.load(second)
        except YamlError as error:
            raise VerificationError(f"what was signed is no YAML: {error}") from error
        digests = signed.get("files") if isinstance(signed, dict) else None
        if not separator or not isinstance(metadata, dict) or not _is_texts(digests):
            raise VerificationError(
                "what was signed is no chart's metadata and digests",
                hint="helm package --sign and pypkg package --sign write .prov files",
            )
        return cls(metadata, digests or {})


def _is_texts(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(v, str) for v in value.values())
