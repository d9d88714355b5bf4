"""Kubernetes' types: what each field of each kind is, and how lists of it merge.

The definitions are the published OpenAPI of the release that the sandbox plays,
as ``kubernetes_validate`` ships them; a CustomResourceDefinition brings its own.
"""

from __future__ import annotations

import json
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Self

from pypkg.objects.openapi import OpenApiSchema

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

KUBERNETES_VERSION = "1.37.0"

JsonType = Literal["object", "array", "string", "integer", "number", "boolean", ""]

_META = "io.k8s.apimachinery.pkg.apis.meta.v1."
OBJECT_META = f"{_META}ObjectMeta"
# Types whose Go code reads and writes any JSON: the OpenAPI calls them objects
# without saying what is inside.
_FREE_FORM = frozenset(
    {
        f"{_META}FieldsV1",
        f"{_META}Patch",
        "io.k8s.apimachinery.pkg.runtime.RawExtension",
        *(
            f"io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.{name}"
            for name in (
                "JSON",
                "JSONSchemaPropsOrArray",
                "JSONSchemaPropsOrBool",
                "JSONSchemaPropsOrStringArray",
            )
        ),
    }
)
_INT_OR_STRING = "io.k8s.apimachinery.pkg.util.intstr.IntOrString"
_QUANTITY = "io.k8s.apimachinery.pkg.api.resource.Quantity"
_DURATION = f"{_META}Duration"
# Defaults that the API server's OpenAPI states, and that list keys depend on.
# The published JSON schemas leave all defaults out.
_DEFAULTS: Mapping[tuple[str, str], Any] = {
    ("io.k8s.api.core.v1.ContainerPort", "protocol"): "TCP",
    ("io.k8s.api.core.v1.LocalObjectReference", "name"): "",
    ("io.k8s.api.core.v1.ServicePort", "protocol"): "TCP",
}


class GroupVersionKind(NamedTuple):
    """What identifies a type on the wire.

    Attributes:
        group: ``apps``; "" is the core group.
        version: ``v1``.
        kind: ``Deployment``.
    """

    group: str
    version: str
    kind: str

    @classmethod
    def parse(cls, api_version: str, kind: str) -> GroupVersionKind:
        """Build from an object's ``apiVersion`` and ``kind``."""
        group, _, version = api_version.rpartition("/")
        return cls(group, version, kind)

    @property
    def api_version(self) -> str:
        """The ``apiVersion`` field: ``apps/v1``, or ``v1`` in the core group."""
        return f"{self.group}/{self.version}" if self.group else self.version


class Schema(OpenApiSchema):
    """The type at one place, and what the API server checks and fills in there."""

    @cached_property
    def type(self) -> JsonType:
        """The JSON type; "" where more than one, or any, is allowed."""
        if self.int_or_string or self.quantity:
            return ""
        declared = self.node.get("type", "")
        if isinstance(declared, list):
            declared = next((t for t in declared if t != "null"), "")
        if not declared and "properties" in self.node:
            return "object"
        result: JsonType = declared
        return result

    @property
    def zero(self) -> str | int | bool | None:
        """Go's value of a scalar that nobody has set; None for all else."""
        match self.type:
            case "string":
                return ""
            case "integer" | "number":
                return 0
            case "boolean":
                return False
            case _:
                return None

    @property
    def nullable(self) -> bool:
        """Whether a custom resource may hold null here (``nullable: true``)."""
        return bool(self.node.get("nullable"))

    @cached_property
    def properties(self) -> Mapping[str, Self]:
        """The named fields of an object."""
        fields: Mapping[str, Any] = self.node.get("properties") or {}
        result = {}
        for key, node in fields.items():
            default = _DEFAULTS.get((self.name, key))
            result[key] = self._at(
                node if default is None else {**node, "default": default}
            )
        return result

    @cached_property
    def required(self) -> frozenset[str]:
        """The fields that must be given."""
        return frozenset(self.node.get("required") or ())

    @property
    def enum(self) -> list[Any]:
        """The only values allowed; empty where all are."""
        values: list[Any] = self.node.get("enum") or []
        return values

    @property
    def format(self) -> str:
        """``int32``, ``int64``, ``date-time``, ``byte`` …, or ""."""
        text: str = self.node.get("format") or ""
        return text

    @property
    def has_default(self) -> bool:
        """Whether the schema states a default."""
        return "default" in self.node

    @property
    def default(self) -> Any:
        """The default that the schema states; None where it states none."""
        return self.node.get("default")

    @cached_property
    def list_type(self) -> Literal["atomic", "set", "map"]:
        """How server-side apply treats a list; atomic where nothing is said."""
        found: Literal["atomic", "set", "map"]
        found = self.node.get("x-kubernetes-list-type") or "atomic"
        return found

    @cached_property
    def list_map_keys(self) -> tuple[str, ...]:
        """The fields that identify an item of a ``map`` list."""
        return tuple(self.node.get("x-kubernetes-list-map-keys") or ())

    @cached_property
    def map_type(self) -> Literal["granular", "atomic"]:
        """How server-side apply treats an object: by field, or as one value."""
        found: Literal["granular", "atomic"]
        found = self.node.get("x-kubernetes-map-type") or "granular"
        return found

    @property
    def int_or_string(self) -> bool:
        """Whether both ``8080`` and ``http`` are values."""
        return self.name == _INT_OR_STRING or bool(
            self.node.get("x-kubernetes-int-or-string")
        )

    @property
    def quantity(self) -> bool:
        """Whether this is a resource quantity such as ``100m``, kept as a string."""
        return self.name == _QUANTITY

    @property
    def duration(self) -> bool:
        """Whether this is a Go duration such as ``1h30m``."""
        return self.name == _DURATION

    @cached_property
    def is_deduced(self) -> bool:
        """Whether server-side apply goes by the value, since nothing is said of it."""
        if self.free_form:
            return True
        return self.type in {"", "object"} and not (self.properties or self.values)

    @cached_property
    def free_form(self) -> bool:
        """Whether any JSON may stand here, unchecked (``RawExtension`` …)."""
        return self.name in _FREE_FORM

    @property
    def preserve_unknown(self) -> bool:
        """Whether unknown fields stay (``x-kubernetes-preserve-unknown-fields``)."""
        return self.free_form or bool(
            self.node.get("x-kubernetes-preserve-unknown-fields")
        )

    @property
    def embedded_resource(self) -> bool:
        """Whether a whole object stands here (``x-kubernetes-embedded-resource``)."""
        return bool(self.node.get("x-kubernetes-embedded-resource"))


class Definitions:
    """Named types, found by name or by group, version and kind.

    Args:
        nodes: The OpenAPI nodes by definition name. A reference between them may
            point anywhere: only its last part counts.
    """

    def __init__(self, nodes: Mapping[str, Mapping[str, Any]]) -> None:
        self._nodes = nodes
        self._schemas: dict[str, Schema] = {}

    @classmethod
    def load(cls, path: Path | None = None) -> Definitions:
        """Read the published definitions of the release that the sandbox plays."""
        source = path or published_definitions()
        return cls(json.loads(source.read_bytes())["$defs"])

    @property
    def nodes(self) -> Mapping[str, Mapping[str, Any]]:
        """The OpenAPI nodes by definition name."""
        return self._nodes

    def node(self, name: str) -> Mapping[str, Any]:
        """The OpenAPI node of a definition; an empty one, any value, if unknown."""
        return self._nodes.get(name, {})

    def schema(self, name: str) -> Schema:
        """The type of this name."""
        found = self._schemas.get(name)
        if found is None:
            found = Schema(self.node(name), self.nodes, name)
            self._schemas[name] = found
        return found

    @cached_property
    def _names(self) -> Mapping[GroupVersionKind, str]:
        # The types shared by all groups (DeleteOptions …) list every group.
        return {
            GroupVersionKind(gvk["group"], gvk["version"], gvk["kind"]): name
            for name, node in self._nodes.items()
            for gvk in node.get("x-kubernetes-group-version-kind", ())
        }

    def name_of(self, kind: GroupVersionKind) -> str | None:
        """The definition's name for a kind, or None."""
        return self._names.get(kind)

    def of_kind(self, kind: GroupVersionKind) -> Schema | None:
        """The type of a whole object, or None for a kind that is not built in."""
        name = self.name_of(kind)
        return self.schema(name) if name is not None else None

    def custom(
        self, open_api_schema: Mapping[str, Any], kind: GroupVersionKind
    ) -> Schema:
        """The type of a custom resource.

        Args:
            open_api_schema: The CRD version's ``openAPIV3Schema``.
            kind: The custom resource's kind.

        Returns:
            The schema, completed with apiVersion, kind and the real metadata.
        """
        properties = {
            **(open_api_schema.get("properties") or {}),
            "apiVersion": {"type": "string"},
            "kind": {"type": "string"},
            "metadata": {"$ref": f"#/definitions/{OBJECT_META}"},
        }
        node = {
            **open_api_schema,
            "type": "object",
            "properties": properties,
            "x-kubernetes-group-version-kind": [kind._asdict()],
        }
        return Schema(node, self.nodes)


def published_definitions() -> Path:
    """Where the definitions lie: a data file of ``kubernetes_validate``.

    The package is located without importing it, which would load jsonschema.
    """
    from importlib.util import find_spec  # noqa: PLC0415 - start-up time
    from pathlib import Path  # noqa: PLC0415 - start-up time

    spec = find_spec("kubernetes_validate")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("kubernetes_validate is not installed")
    return (
        Path(spec.origin).parent
        / "kubernetes-json-schema"
        / f"v{KUBERNETES_VERSION}-local"
        / "_definitions.json"
    )
