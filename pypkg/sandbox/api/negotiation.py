"""Which form of a reply a client accepts: the object, its metadata, or a table."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from pypkg.sandbox.statuses import not_acceptable

if TYPE_CHECKING:
    from collections.abc import Mapping

Shape = Literal["", "Table", "PartialObjectMetadata", "PartialObjectMetadataList"]

JSON = "application/json"
_WRITTEN = (JSON, "application/yaml", "application/vnd.kubernetes.protobuf")


@dataclass(frozen=True, slots=True)
class Accepted:
    """One media type of an ``Accept`` header.

    Attributes:
        media_type: ``application/json``.
        parameters: ``as``, ``g``, ``v``, …
    """

    media_type: str
    parameters: Mapping[str, str] = field(default_factory=dict)

    @property
    def shape(self) -> str:
        """What the object is to be turned into; "" for nothing."""
        return self.parameters.get("as", "")


def parse_accept(header: str) -> list[Accepted]:
    """Read an ``Accept`` header; no header accepts anything."""
    found = []
    for index, part in enumerate((header or "*/*").split(",")):
        media_type, *parameters = (piece.strip() for piece in part.split(";"))
        pairs = dict(p.split("=", 1) for p in parameters if "=" in p)
        found.append((-_quality(pairs), index, Accepted(media_type.lower(), pairs)))
    return [accepted for _, _, accepted in sorted(found, key=lambda f: f[:2])]


def _quality(parameters: Mapping[str, str]) -> float:
    try:
        return float(parameters.get("q", "1"))
    except ValueError:
        return 1.0


def is_json(media_type: str) -> bool:
    """Whether JSON is among what a media type names."""
    return media_type in {JSON, "*/*", "application/*"}


def shape_for(header: str) -> tuple[Shape, str]:
    """Choose the form of an object's reply.

    Args:
        header: The ``Accept`` header.

    Returns:
        The shape, and the version asked for (``v1``).

    Raises:
        StatusError: 406, the client accepts nothing that the server writes.
    """
    json_seen = False
    for accepted in parse_accept(header):
        if not is_json(accepted.media_type):
            continue
        json_seen = True
        group = accepted.parameters.get("g", "meta.k8s.io")
        version = accepted.parameters.get("v", "v1")
        shape = accepted.shape
        if not shape:
            return "", ""
        if group == "meta.k8s.io" and version in {"v1", "v1beta1"}:
            if shape == "Table":
                return "Table", version
            if shape == "PartialObjectMetadata":
                return "PartialObjectMetadata", version
            if shape == "PartialObjectMetadataList":
                return "PartialObjectMetadataList", version
    if json_seen:
        return "", ""
    raise not_acceptable(_WRITTEN[:1])
