"""From a request's bytes to an object, as strictly as the API server reads it.

Go's decoder drops what a type does not know, refuses a value of another type, and
treats null as absent. ``fieldValidation`` says what becomes of the dropped fields.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pypkg.sandbox.quantities import canonical
from pypkg.sandbox.statuses import bad_request

if TYPE_CHECKING:
    from pypkg.sandbox.schema import Schema

_MAX_DEPTH = 1000
_GO_TYPES = {
    "string": "string",
    "boolean": "bool",
    "integer": "int64",
    "number": "float64",
}


class DecodeError(Exception):
    """A value that does not fit its field's type, in Go's words."""


@dataclass(slots=True)
class Decoded:
    """An object, and what was found wrong but harmless in it.

    Attributes:
        value: The object, without unknown fields.
        unknown: Paths of the fields that the type does not know.
        duplicates: Paths of the fields that were given twice.
    """

    value: Any
    unknown: list[str] = field(default_factory=list)
    duplicates: list[str] = field(default_factory=list)

    @property
    def faults(self) -> list[str]:
        """The faults as the strict decoder words them."""
        return [
            *(f'duplicate field "{path}"' for path in self.duplicates),
            *(f'unknown field "{path}"' for path in self.unknown),
        ]


def parse_json(body: bytes) -> Decoded:
    """Parse JSON text, noting duplicate keys.

    Raises:
        StatusError: 400, the text is not JSON.
    """
    duplicates: list[str] = []

    def collect(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in pairs:
            if key in found and key not in duplicates:
                duplicates.append(key)
            found[key] = value
        return found

    try:
        text = body.decode("utf-8", errors="replace")
        value = json.loads(text, object_pairs_hook=collect, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise bad_request(
            f"the object provided is unrecognized (must be of type Object): {error}"
        ) from error
    return Decoded(value, duplicates=duplicates)


def _refuse(text: str) -> Any:
    raise ValueError(f"invalid character {text[0]!r} looking for beginning of value")


def fit(value: Any, schema: Schema, *, custom: bool = False) -> Decoded:
    """Fit a JSON value to a type.

    Args:
        value: The value; it is not changed.
        schema: The type.
        custom: Whether it is a custom resource: its values keep their null, and
            their types are the validation's concern.

    Returns:
        A new value without unknown fields, and the paths of those.

    Raises:
        DecodeError: A value has the wrong JSON type.
    """
    fitting = _Fitting(custom=custom)
    return Decoded(fitting.fit(value, schema, (), schema), unknown=fitting.unknown)


class _Fitting:
    def __init__(self, *, custom: bool) -> None:
        self.custom = custom
        self.unknown: list[str] = []

    def fit(
        self, value: Any, schema: Schema, path: tuple[str, ...], struct: Schema
    ) -> Any:
        if len(path) > _MAX_DEPTH:
            raise DecodeError("exceeded max depth")
        if schema.free_form:
            return value
        if schema.int_or_string:
            if self.custom or _is_int(value) or isinstance(value, str):
                return value
            raise self._mismatch(value, "intstr.IntOrString", path, struct)
        if schema.quantity:
            return self._quantity(value, path, struct)
        if isinstance(value, dict):
            return self._object(value, schema, path, struct)
        if isinstance(value, list):
            return self._list(value, schema, path, struct)
        return self._scalar(value, schema, path, struct)

    def _object(
        self, value: dict[str, Any], schema: Schema, path: tuple[str, ...], at: Schema
    ) -> Any:
        if schema.type not in {"object", ""} and not self.custom:
            raise self._mismatch(value, _go_type(schema), path, at)
        named = schema.properties
        values = schema.values
        if not named and values is None and (schema.type == "" or not schema.name):
            # A type that says nothing about its inside: everything is kept, unless
            # a custom resource's schema prunes.
            return self._unnamed(value, schema, path)
        result = {}
        for key, item in value.items():
            inner = named.get(key) or values
            if inner is None:
                if schema.preserve_unknown:
                    result[key] = item
                elif not (schema.embedded_resource and key in _TYPE_META):
                    self.unknown.append(_shown((*path, key)))
                else:
                    result[key] = item
                continue
            here = (*path, key)
            if item is None and not self.custom:
                # null is Go's zero value: no field, or a map's empty string.
                if key not in named and inner.type == "string":
                    result[key] = ""
                continue
            owner = schema if schema.name else at
            result[key] = self.fit(item, inner, here, owner)
        return result

    def _unnamed(
        self, value: dict[str, Any], schema: Schema, path: tuple[str, ...]
    ) -> Any:
        if not self.custom or schema.preserve_unknown:
            return value
        kept = _TYPE_META if schema.embedded_resource else frozenset[str]()
        self.unknown += [_shown((*path, key)) for key in value if key not in kept]
        return {key: item for key, item in value.items() if key in kept}

    def _list(
        self, value: list[Any], schema: Schema, path: tuple[str, ...], at: Schema
    ) -> Any:
        if schema.type not in {"array", ""} and not self.custom:
            raise self._mismatch(value, _go_type(schema), path, at)
        items = schema.items
        if items is None:
            return value
        return [
            self.fit(
                _zero(items) if item is None and not self.custom else item,
                items,
                (*path, f"[{index}]"),
                at,
            )
            for index, item in enumerate(value)
        ]

    def _scalar(
        self, value: Any, schema: Schema, path: tuple[str, ...], at: Schema
    ) -> Any:
        if self.custom or value is None:
            return value
        match schema.type:
            case "string":
                good = isinstance(value, str)
            case "boolean":
                good = isinstance(value, bool)
            case "integer":
                good = _is_int(value)
            case "number":
                good = _is_int(value) or isinstance(value, float)
            case "":
                good = True
            case _:
                good = False
        if not good:
            raise self._mismatch(value, _go_type(schema), path, at)
        return value

    def _quantity(self, value: Any, path: tuple[str, ...], at: Schema) -> Any:
        if isinstance(value, (dict, list, bool)):
            raise self._mismatch(value, "resource.Quantity", path, at)
        if value is None:
            return "0"
        try:
            return canonical(str(value))
        except ValueError as error:
            raise DecodeError(str(error)) from error

    def _mismatch(
        self, value: Any, go_type: str, path: tuple[str, ...], at: Schema
    ) -> DecodeError:
        struct = at.name.rsplit(".", 1)[-1]
        names = ".".join(part for part in path if not part.startswith("["))
        return DecodeError(
            f"json: cannot unmarshal {_json_type(value)} into Go struct field"
            f" {struct}.{names} of type {go_type}"
        )


_TYPE_META = frozenset({"apiVersion", "kind", "metadata"})


def _is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _zero(schema: Schema) -> Any:
    match schema.type:
        case "string":
            return ""
        case "integer" | "number":
            return 0
        case "boolean":
            return False
        case "object":
            return {}
        case "array":
            return []
        case _:
            return None


def _json_type(value: Any) -> str:
    match value:
        case dict():
            return "object"
        case list():
            return "array"
        case bool():
            return "bool"
        case str():
            return "string"
        case float():
            return f"number {value}"
        case _:
            return "number"


def _go_type(schema: Schema) -> str:
    """The Go type's name as encoding errors print it."""
    match schema.type:
        case "object" if schema.values is not None:
            return f"map[string]{_go_type(schema.values)}"
        case "array" if schema.items is not None:
            return f"[]{_go_type(schema.items)}"
        case "integer":
            return schema.format or "int64"
        case "object":
            parts = schema.name.rsplit(".", 2)
            return ".".join(parts[-2:])
        case other:
            return _GO_TYPES.get(other, other)


def _shown(path: tuple[str, ...]) -> str:
    """A path as the strict decoder prints it: ``spec.containers[0].imagee``."""
    text = ""
    for part in path:
        text += part if part.startswith("[") or not text else f".{part}"
    return text
