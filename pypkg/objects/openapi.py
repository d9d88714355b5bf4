"""Typed access to a Kubernetes OpenAPI document, node by node.

One implementation reads the published definitions, a CustomResourceDefinition's
``openAPIV3Schema`` and a server's ``/openapi/v3`` documents: they share the
``x-kubernetes-*`` extensions, and differ only in where a ``$ref`` points.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

# Scalars that are published as a choice of types, or as a format of their own.
INT_OR_STRING = "int-or-string"
_UNTYPED: Mapping[str, Any] = {}


class PatchSchema(Protocol):
    """What a strategic merge patch needs to know of a type."""

    @property
    def merge_key(self) -> str:
        """The field that identifies an item of this list, or ""."""

    @property
    def strategies(self) -> Sequence[str]:
        """Of ``merge``, ``replace`` and ``retainKeys``, those that apply."""

    @property
    def items(self) -> PatchSchema:
        """The type of this list's items."""

    def field(self, name: str) -> PatchSchema:
        """Give the type of a field, or of a map's value."""


@dataclass(frozen=True, slots=True)
class Schema:
    """A node of an OpenAPI document, with the definitions its ``$ref`` name.

    A node that is not described behaves as an untyped one: every field and item
    of it is untyped too.

    Attributes:
        node: The JSON Schema, perhaps only ``{"$ref": ...}`` beside extensions.
        definitions: Every definition by its full name, such as
            ``io.k8s.api.core.v1.Pod``.
    """

    node: Mapping[str, Any]
    definitions: Mapping[str, Mapping[str, Any]] = field(
        default_factory=dict, repr=False, compare=False
    )

    def get(self, keyword: str, default: Any = None) -> Any:
        """Read a keyword: beside the ``$ref`` first, then where that points."""
        node: Mapping[str, Any] | None = self.node
        while node is not None:
            if keyword in node:
                return node[keyword]
            node = self._referred(node)
        return default

    @property
    def name(self) -> str:
        """The definition's full name, or "" where the node is written inline."""
        return _reference(self.node).rpartition("/")[2]

    @property
    def type(self) -> str:
        """A JSON type's name, ``int-or-string``, or "" where any type may stand."""
        if self.get("x-kubernetes-int-or-string") or (
            self.get("format") == INT_OR_STRING
        ):
            return INT_OR_STRING
        choices = self.get("oneOf") or self.get("anyOf")
        if choices and "type" not in self.node:
            # IntOrString and Quantity.
            return INT_OR_STRING
        declared = self.get("type", "")
        if isinstance(declared, str):
            return declared
        return next((name for name in declared if name != "null"), "")

    @property
    def properties(self) -> Mapping[str, Any]:
        """The described fields of this object."""
        found: Mapping[str, Any] = self.get("properties", _UNTYPED)
        return found

    @property
    def is_map(self) -> bool:
        """Whether this object has free keys and values of one type."""
        return isinstance(self.get("additionalProperties"), dict)

    @property
    def is_untyped(self) -> bool:
        """Whether nothing is known of what this node holds."""
        return self.type in {"", "object"} and not (self.properties or self.is_map)

    @property
    def items(self) -> Schema:
        """The type of this list's items."""
        return self._at(self.get("items", _UNTYPED))

    @property
    def required(self) -> Sequence[str]:
        """The fields that must be there."""
        found: Sequence[str] = self.get("required", ())
        return found

    @property
    def merge_key(self) -> str:
        """The field that identifies an item under a strategic merge patch, or ""."""
        return str(self.get("x-kubernetes-patch-merge-key", ""))

    @property
    def strategies(self) -> Sequence[str]:
        """Of ``merge``, ``replace`` and ``retainKeys``, those that apply."""
        declared = self.get("x-kubernetes-patch-strategy", "")
        return declared.split(",") if declared else ()

    @property
    def list_type(self) -> str:
        """``map``, ``set`` or ``atomic``, the default."""
        return str(self.get("x-kubernetes-list-type", "atomic"))

    @property
    def list_keys(self) -> Sequence[str]:
        """The fields that identify an item of a list of type ``map``."""
        found: Sequence[str] = self.get("x-kubernetes-list-map-keys", ())
        return found

    @property
    def map_type(self) -> str:
        """``atomic`` or ``granular``, the default."""
        return str(self.get("x-kubernetes-map-type", "granular"))

    def has_field(self, name: str) -> bool:
        """Tell whether a field is described, by itself or as any map's value."""
        return name in self.properties or self.is_map

    def field(self, name: str) -> Schema:
        """Give the type of a field, or of a map's value."""
        found = self.properties.get(name)
        if found is None:
            found = self.get("additionalProperties")
        return self._at(found if isinstance(found, dict) else _UNTYPED)

    def fields(self) -> Iterator[tuple[str, Schema]]:
        """Walk through the described fields."""
        for name, node in self.properties.items():
            yield name, self._at(node)

    def _at(self, node: Mapping[str, Any]) -> Schema:
        return Schema(node, self.definitions)

    def _referred(self, node: Mapping[str, Any]) -> Mapping[str, Any] | None:
        name = _reference(node).rpartition("/")[2]
        return self.definitions.get(name) if name else None


def schema_of(
    definitions: Mapping[str, Mapping[str, Any]], api_version: str, kind: str
) -> Schema | None:
    """Find the schema of a kind.

    Args:
        definitions: Every definition by its full name: the ``components.schemas``
            of a server's ``/openapi/v3`` document, or ``$defs``.
        api_version: Group and version, such as ``apps/v1``.
        kind: The kind, such as ``Deployment``.

    Returns:
        The schema, or None where the document does not have the kind.
    """
    group, _, version = api_version.rpartition("/")
    wanted = {"group": group, "version": version, "kind": kind}
    for node in definitions.values():
        if wanted in node.get("x-kubernetes-group-version-kind", ()):
            return Schema(node, definitions)
    return None


def _reference(node: Mapping[str, Any]) -> str:
    # OpenAPI v3.0 allows nothing beside a $ref, so servers wrap it in allOf.
    if "$ref" in node:
        return str(node["$ref"])
    wrapped = node.get("allOf", ())
    return str(wrapped[0].get("$ref", "")) if len(wrapped) == 1 else ""
