"""The OCI manifest of a chart, as helm makes it when it pushes one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pypkg.repo.server.refusals import UnacceptableError
from pypkg.repo.server.store.intake import digest_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pypkg.repo.server.store.intake import Examined

IMAGE_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
IMAGE_INDEX = "application/vnd.oci.image.index.v1+json"
CHART_CONFIG = "application/vnd.cncf.helm.config.v1+json"
CHART_LAYER = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
PROVENANCE_LAYER = "application/vnd.cncf.helm.chart.provenance.v1.prov"


@dataclass(frozen=True, slots=True)
class ManifestContent:
    """What the server needs to know of a manifest.

    Attributes:
        parts: The digests of its config, layers and manifests.
        subject: The digest of the manifest that it is about, or None.
        config_type: The media type of its config, or of what it is an artifact of.
        config: The config's digest, or "".
        layers: The digest of each layer, by its media type.
    """

    parts: tuple[str, ...]
    subject: str | None
    config_type: str
    config: str
    layers: Mapping[str, str]


def read(body: bytes) -> ManifestContent:
    """Read a manifest.

    Raises:
        UnacceptableError: It is none.
    """
    try:
        wire = json.loads(body)
        config = wire.get("config") or {}
        layers = wire.get("layers") or []
        listed = [*([config] if config else []), *layers, *wire.get("manifests", [])]
        subject = wire.get("subject") or {}
        parts = tuple(str(one["digest"]) for one in listed)
        return ManifestContent(
            parts,
            str(subject["digest"]) if subject else None,
            str(wire.get("artifactType") or config.get("mediaType", "")),
            str(config.get("digest", "")),
            {str(one.get("mediaType", "")): str(one["digest"]) for one in layers},
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UnacceptableError(f"this is no manifest: {error}") from error


def tag_of(version: str) -> str:
    """Give the tag of a version: tags may not have a plus sign."""
    return version.replace("+", "_")


def config_of(examined: Examined) -> bytes:
    """Give the config blob: Chart.yaml as JSON."""
    return _compact(examined.metadata)


def manifest_of(examined: Examined, provenance: bytes | None, added: str) -> bytes:
    """Give the manifest of a chart that came by another way than a registry's.

    Args:
        examined: The chart.
        provenance: Its provenance file.
        added: When it came, which is what the manifest says of its creation.
    """
    layers = [_descriptor(CHART_LAYER, examined.digest, examined.size)]
    if provenance is not None:
        digest = digest_of(provenance)
        layers.append(_descriptor(PROVENANCE_LAYER, digest, len(provenance)))
    config = config_of(examined)
    return _compact(
        {
            "schemaVersion": 2,
            "config": _descriptor(CHART_CONFIG, digest_of(config), len(config)),
            "layers": sorted(layers, key=lambda layer: str(layer["digest"])),
            "annotations": _annotations(examined.metadata, added),
        }
    )


def _annotations(metadata: Mapping[str, Any], added: str) -> dict[str, str]:
    people = ", ".join(
        f"{person.get('name', '')} ({person['email']})"
        if person.get("email")
        else str(person.get("name", ""))
        for person in metadata.get("maintainers", ())
    )
    prefix = "org.opencontainers.image."
    known = {
        f"{prefix}title": metadata["name"],
        f"{prefix}version": metadata["version"],
        f"{prefix}description": metadata.get("description", ""),
        f"{prefix}url": metadata.get("home", ""),
        f"{prefix}source": next(iter(metadata.get("sources", ())), ""),
        f"{prefix}authors": people,
        f"{prefix}created": added,
    }
    chart = metadata.get("annotations", {})
    fixed = {f"{prefix}title", f"{prefix}version"}
    own = {key: str(text) for key, text in chart.items() if key not in fixed}
    found = {key: text for key, text in known.items() if text} | own
    return dict(sorted(found.items()))


def _descriptor(media_type: str, digest: str, size: int) -> dict[str, Any]:
    return {"mediaType": media_type, "digest": digest, "size": size}


def _compact(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
