"""What the server needs to know of a manifest."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pypkg.repo.server.refusals import UnacceptableError

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class ManifestContent:
    """A manifest, read.

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
