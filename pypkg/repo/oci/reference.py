"""``oci://HOST[:PORT]/PATH[:TAG][@DIGEST]``: what a chart is called in a registry."""

from __future__ import annotations

import re

from pypkg.errors import RegistryError
from pypkg.structs import Struct

SCHEME = "oci://"
# The grammar of the distribution specification, 1.1.
_NAME = re.compile(r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*")  # fmt: skip # noqa: E501 - one pattern
_TAG = re.compile(r"[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_HOST = re.compile(r"(?:[a-zA-Z0-9.-]+|\[[0-9a-fA-F:]+\])(?::[0-9]{1,5})?")


class Reference(Struct):
    """A chart in a registry.

    Attributes:
        host: The registry: ``HOST`` or ``HOST:PORT``.
        name: The repository's path there, which ends in the chart's name.
        tag: A tag, or "".
        digest: ``sha256:HEX`` of a manifest, or "".
    """

    host: str
    name: str
    tag: str = ""
    digest: str = ""

    @classmethod
    def parse(cls, text: str) -> Reference:
        """Read a reference.

        Args:
            text: With or without ``oci://``. A ``+`` in the tag becomes ``_``.

        Raises:
            RegistryError: It is none.
        """
        rest, at, digest = text.removeprefix(SCHEME).rstrip("/").partition("@")
        host, _, path = rest.partition("/")
        name, colon, tag = path.partition(":")
        reference = cls(host, name, tag_of(tag), digest)
        is_complete = not ((at and not digest) or (colon and not tag))
        if is_complete and reference.is_valid():
            return reference
        raise RegistryError(
            f"{text} is no reference to a chart in a registry",
            hint="write it as oci://HOST/PATH/CHART, with :VERSION or @sha256:DIGEST"
            " after it if need be; registries want lower case",
        )

    def is_valid(self) -> bool:
        """Tell whether every part is what the specification allows."""
        return bool(
            _HOST.fullmatch(self.host)
            and _NAME.fullmatch(self.name)
            and (not self.tag or _TAG.fullmatch(self.tag))
            and (not self.digest or _DIGEST.fullmatch(self.digest))
        )

    def __str__(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        return f"{self.host}/{self.name}{tag}{f'@{self.digest}' if self.digest else ''}"


def tag_of(version: str) -> str:
    """Give the tag of a version: tags cannot hold a ``+``; Helm writes ``_``."""
    return version.replace("+", "_")


def version_of(tag: str) -> str:
    """Give the version that a tag stands for."""
    return tag.replace("_", "+")
