"""A type as OpenAPI describes it: what its fields are, and how they are merged."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Mapping


class OpenApiSchema:
    """The type at one place: a kind, a field, a list's items or a map's values.

    Attributes:
        node: The OpenAPI node, v2 or v3, its ``$ref`` resolved, and what stands beside
            the reference kept.
        name: The definition's name such as ``io.k8s.api.core.v1.PodSpec``; ""
            where the type has none.

    Args:
        node: The node as the document has it, perhaps only a reference.
        definitions: Every definition by its full name. A reference may point
            anywhere: only its last part counts.
        name: The definition's name, where the node is one.
    """

    def __init__(
        self,
        node: Mapping[str, Any],
        definitions: Mapping[str, Mapping[str, Any]],
        name: str = "",
    ) -> None:
        self._definitions = definitions
        if referred := _referred(node):
            beside = {k: v for k, v in node.items() if k not in {"$ref", "allOf"}}
            node = {**definitions.get(referred, {}), **beside}
            name = referred
        self.node = node
        self.name = name

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name or self.node.get('type') or 'any'})"

    @cached_property
    def properties(self) -> Mapping[str, Self]:
        """The named fields of an object."""
        fields: Mapping[str, Any] = self.node.get("properties") or {}
        return {key: self._at(node) for key, node in fields.items()}

    @cached_property
    def values(self) -> Self | None:
        """The type of a map's values; None for an object without free keys."""
        node = self.node.get("additionalProperties")
        if node is True:
            return self._at({})
        return self._at(node) if isinstance(node, dict) else None

    @cached_property
    def items(self) -> Self | None:
        """The type of a list's items; None if this is no list."""
        node = self.node.get("items")
        return self._at(node) if isinstance(node, dict) else None

    def field(self, key: str) -> Self | None:
        """The type behind a key: a named field's, or a map's values; else None."""
        return self.properties.get(key) or self.values

    @property
    def patch_merge_key(self) -> str:
        """The field by which a strategic merge patch matches items; "" if none."""
        key: str = self.node.get("x-kubernetes-patch-merge-key") or ""
        return key

    @property
    def patch_strategies(self) -> frozenset[str]:
        """``merge``, ``replace``, ``retainKeys``: what ``patchStrategy`` lists."""
        text: str = self.node.get("x-kubernetes-patch-strategy") or ""
        return frozenset(text.split(",")) if text else frozenset()

    def _at(self, node: Mapping[str, Any]) -> Self:
        return type(self)(node, self._definitions)


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
    for name, node in definitions.items():
        if wanted in node.get("x-kubernetes-group-version-kind", ()):
            return OpenApiSchema(node, definitions, name)
    return None


def _referred(node: Mapping[str, Any]) -> str:
    # OpenAPI v3.0 allows nothing beside a $ref, so servers wrap it in allOf.
    wrapped = node.get("allOf") or [node]
    reference = wrapped[0].get("$ref", "") if len(wrapped) == 1 else ""
    return str(reference).rpartition("/")[2]


# A place of which nothing is known: maps are merged field by field, lists replaced.
UNTYPED = OpenApiSchema({}, {})
