"""The manifest of a chart in a registry, as Helm writes it, to the byte."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pypkg.jsonio import dumps
from pypkg.repo.digests import digest_of
from pypkg.structs import Struct

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pypkg.chart.metadata import Metadata

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG = "application/vnd.cncf.helm.config.v1+json"
CHART = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
PROVENANCE = "application/vnd.cncf.helm.chart.provenance.v1.prov"
_ANNOTATION = "org.opencontainers.image."
_FIXED = frozenset({f"{_ANNOTATION}title", f"{_ANNOTATION}version"})


class Descriptor(Struct):
    """What a manifest says of a blob.

    Attributes:
        media_type: What it is.
        digest: ``sha256:HEX``.
        size: In bytes.
    """

    media_type: str
    digest: str
    size: int

    @classmethod
    def of(cls, media_type: str, data: bytes) -> Descriptor:
        """Describe some bytes."""
        return cls(media_type, digest_of(data), len(data))

    def to_dict(self) -> dict[str, object]:
        """Give the wire form."""
        return {"mediaType": self.media_type, "digest": self.digest, "size": self.size}


def config_of(metadata: Metadata) -> bytes:
    """Write the config of a chart: its Chart.yaml as JSON."""
    return dumps(metadata.to_dict(), sort_keys=False).encode()


def manifest_of(
    metadata: Metadata, layers: Iterable[Descriptor], *, created: str
) -> bytes:
    """Write the manifest of a chart.

    Args:
        metadata: Its Chart.yaml.
        layers: The archive, and the provenance file if there is one.
        created: When it came to be, RFC 3339.
    """
    config = Descriptor.of(CONFIG, config_of(metadata))
    sorted_layers = sorted(layers, key=lambda layer: layer.digest)
    document = {
        "schemaVersion": 2,
        "config": config.to_dict(),
        "layers": [layer.to_dict() for layer in sorted_layers],
        "annotations": _annotations(metadata, created),
    }
    return dumps(document, sort_keys=False).encode()


def _annotations(metadata: Metadata, created: str) -> dict[str, str]:
    authors = ", ".join(
        f"{one.name} ({one.email})" if one.email else one.name
        for one in metadata.maintainers
    )
    own = {
        "description": metadata.description,
        "title": metadata.name,
        "version": metadata.version,
        "url": metadata.home,
        "created": created,
        "source": metadata.sources[0] if metadata.sources else "",
        "authors": authors,
    }
    found = {f"{_ANNOTATION}{name}": text for name, text in own.items() if text}
    others = {
        name: text
        for name, text in (metadata.annotations or {}).items()
        if name not in _FIXED
    }
    return dict(sorted((found | others).items()))
