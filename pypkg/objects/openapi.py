"""What a strategic merge patch needs of a type, and how OpenAPI says it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping


class PatchSchema(Protocol):
    """The type at one place of an object: how its lists and maps are merged.

    None stands for a place of which nothing is known: its maps are merged field by
    field, its lists replaced.
    """

    @property
    def patch_merge_key(self) -> str:
        """The field that identifies an item of this list, or ""."""

    @property
    def patch_strategies(self) -> Collection[str]:
        """Of ``merge``, ``replace`` and ``retainKeys``, those that apply."""

    @property
    def items(self) -> PatchSchema | None:
        """The type of this list's items."""

    def field(self, key: str, /) -> PatchSchema | None:
        """The type of a field, or of a map's value."""


@dataclass(frozen=True, slots=True)
class OpenApiSchema:
    """A node of a server's OpenAPI document, v2 or v3, as a ``PatchSchema``.

    Attributes:
        node: The JSON Schema, perhaps only a reference beside extensions.
        definitions: Every definition by its full name, such as
            ``io.k8s.api.core.v1.Pod``.
    """

    node: Mapping[str, Any]
    definitions: Mapping[str, Mapping[str, Any]] = field(repr=False, compare=False)

    @property
    def patch_merge_key(self) -> str:
        """The field that identifies an item of this list, or ""."""
        return str(self._get("x-kubernetes-patch-merge-key") or "")

    @property
    def patch_strategies(self) -> Collection[str]:
        """Of ``merge``, ``replace`` and ``retainKeys``, those that apply."""
        declared = self._get("x-kubernetes-patch-strategy")
        return declared.split(",") if declared else ()

    @property
    def items(self) -> OpenApiSchema | None:
        """The type of this list's items."""
        return self._at(self._get("items"))

    def field(self, key: str) -> OpenApiSchema | None:
        """The type of a field, or of a map's value."""
        properties = self._get("properties") or {}
        return self._at(properties.get(key) or self._get("additionalProperties"))

    def _get(self, keyword: str) -> Any:
        """Read a keyword: beside the reference first, then where that points."""
        if keyword in self.node:
            return self.node[keyword]
        return self.definitions.get(_referred(self.node), {}).get(keyword)

    def _at(self, node: Any) -> OpenApiSchema | None:
        return OpenApiSchema(node, self.definitions) if isinstance(node, dict) else None


UNTYPED = OpenApiSchema({}, {})


def schema_of(
    definitions: Mapping[str, Mapping[str, Any]], api_version: str, kind: str
) -> OpenApiSchema | None:
    """Find the schema of a kind.

    Args:
        definitions: Every definition by its full name: ``components.schemas`` of a
            ``/openapi/v3/apis/GROUP/VERSION`` document, ``definitions`` of
            ``/openapi/v2``.
        api_version: Group and version, such as ``apps/v1``.
        kind: The kind, such as ``Deployment``.

    Returns:
        The schema, or None where the document does not have the kind.
    """
    group, _, version = api_version.rpartition("/")
    wanted = {"group": group, "version": version, "kind": kind}
    for node in definitions.values():
        if wanted in node.get("x-kubernetes-group-version-kind", ()):
            return OpenApiSchema(node, definitions)
    return None


def _referred(node: Mapping[str, Any]) -> str:
    # OpenAPI v3.0 allows nothing beside a $ref, so servers wrap it in allOf.
    wrapped = node.get("allOf") or [node]
    reference = wrapped[0].get("$ref", "") if len(wrapped) == 1 else ""
    return str(reference).rpartition("/")[2]
