"""From a request's bytes to an object, as strictly as the API server reads it.

Go's decoder drops what a type does not know, refuses a value of another type, and
treats null as absent. ``fieldValidation`` says what becomes of the dropped fields.
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pypkg.sandbox.schemas.quantities import canonical
from pypkg.sandbox.statuses import bad_request

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pypkg.sandbox.schemas.schema import Schema

_MAX_DEPTH = 1000
Path = tuple[str | int, ...]
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
    doubled = False

    def collect(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal doubled
        found = dict(pairs)
        if len(found) == len(pairs):
            return found
        doubled = True
        return _Doubled(found, [key for key, _ in pairs])

    try:
        text = body.decode("utf-8", errors="replace")
        value = json.loads(text, object_pairs_hook=collect, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise bad_request(
            f"the object provided is unrecognized (must be of type Object): {error}"
        ) from error
    if b"\\ud" in body.lower():
        value = _without_surrogates(value)
    return Decoded(value, duplicates=list(_duplicates(value, ())) if doubled else [])


class _Doubled(dict[str, Any]):
    """An object in which keys were given more than once."""

    def __init__(self, value: dict[str, Any], keys: list[str]) -> None:
        super().__init__(value)
        self.keys_twice = [key for key in value if keys.count(key) > 1]


def _duplicates(value: Any, path: Path) -> Iterator[str]:
    match value:
        case dict():
            if isinstance(value, _Doubled):
                yield from (_shown((*path, key)) for key in value.keys_twice)
            for key, item in value.items():
                yield from _duplicates(item, (*path, key))
        case list():
            for index, item in enumerate(value):
                yield from _duplicates(item, (*path, index))


def _without_surrogates(value: Any) -> Any:
    """Replace halves of characters, as Go does; no other half can follow."""
    match value:
        case dict():
            return {
                _without_surrogates(key): _without_surrogates(item)
                for key, item in value.items()
            }
        case list():
            return [_without_surrogates(item) for item in value]
        case str():
            return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        case _:
            return value


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

    def fit(self, value: Any, schema: Schema, path: Path, struct: Schema) -> Any:
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
        self, value: dict[str, Any], schema: Schema, path: Path, at: Schema
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
            here = (*path, key if key in named else _Key(key))
            if item is None and not self.custom:
                # null is Go's zero value: no field, or a map's empty string.
                if key not in named and inner.type == "string":
                    result[key] = ""
                continue
            owner = schema if schema.name else at
            result[key] = self.fit(item, inner, here, owner)
        return result

    def _unnamed(self, value: dict[str, Any], schema: Schema, path: Path) -> Any:
        if not self.custom or schema.preserve_unknown:
            return value
        kept = _TYPE_META if schema.embedded_resource else frozenset[str]()
        self.unknown += [_shown((*path, key)) for key in value if key not in kept]
        return {key: item for key, item in value.items() if key in kept}

    def _list(self, value: list[Any], schema: Schema, path: Path, at: Schema) -> Any:
        if schema.type not in {"array", ""} and not self.custom:
            raise self._mismatch(value, _go_type(schema), path, at)
        items = schema.items
        if items is None:
            return value
        return [
            self.fit(
                _zero(items) if item is None and not self.custom else item,
                items,
                (*path, index),
                at,
            )
            for index, item in enumerate(value)
        ]

    def _scalar(self, value: Any, schema: Schema, path: Path, at: Schema) -> Any:
        if self.custom or value is None:
            return value
        go_type = _go_type(schema)
        match schema.type:
            case "string":
                good = isinstance(value, str)
            case "boolean":
                good = isinstance(value, bool)
            case "integer":
                limit = 2**31 if go_type == "int32" else 2**63
                good = _is_int(value) and -limit <= value < limit
            case "number":
                good = _is_int(value) or isinstance(value, float)
            case other:
                good = not other
        if not good:
            raise self._mismatch(value, go_type, path, at)
        if isinstance(value, str):
            _check_text(value, schema.format)
        return value

    def _quantity(self, value: Any, path: Path, at: Schema) -> Any:
        if isinstance(value, (dict, list, bool)):
            raise self._mismatch(value, "resource.Quantity", path, at)
        if value is None:
            return "0"
        try:
            return canonical(str(value))
        except ValueError as error:
            raise DecodeError(str(error)) from error

    def _mismatch(
        self, value: Any, go_type: str, path: Path, at: Schema
    ) -> DecodeError:
        struct = at.name.rsplit(".", 1)[-1]
        # Go names the struct's fields that lead there: no indices, no map keys.
        names = ".".join(p for p in path if isinstance(p, str) and type(p) is not _Key)
        return DecodeError(
            f"json: cannot unmarshal {_json_type(value)} into Go struct field"
            f" {struct}.{names} of type {go_type}"
        )


def _check_text(text: str, form: str) -> None:
    """Check what Go parses while it decodes: times and bytes."""
    if form == "date-time" and not _is_time(text):
        raise DecodeError(
            f'parsing time "{text}" as "2006-01-02T15:04:05Z07:00": cannot parse'
            f' "{text}" as "2006"'
        )
    if form == "byte":
        try:
            base64.b64decode(text.translate(_LINE_BREAKS), validate=True)
        except ValueError:
            at = len(_BASE64.match(text)[0])  # type: ignore[index]  # matches ""
            raise DecodeError(f"illegal base64 data at input byte {at}") from None


def _is_time(text: str) -> bool:
    if not _TIME.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)
_BASE64 = re.compile(r"[A-Za-z0-9+/\r\n]*")
_LINE_BREAKS = {ord("\r"): None, ord("\n"): None}
_TYPE_META = frozenset({"apiVersion", "kind", "metadata"})


def _is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _zero(schema: Schema) -> Any:
    match schema.type:
        case "object":
            return {}
        case "array":
            return []
        case _:
            return schema.zero


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
        case int() | float() if isinstance(value, float) or abs(value) >= 2**31:
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


def _shown(path: Path) -> str:
    """A path as the strict decoder prints it: ``spec.containers[0].imagee``."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".")


class _Key(str):
    """A key of a map, which is no field."""

    __slots__ = ()
