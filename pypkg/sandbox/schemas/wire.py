"""How Kubernetes' own types are written: field numbers, and what is left out.

The published OpenAPI tells neither: both are in the tags of the Go types, of which
``wire.json`` is an extract (Kubernetes v1.37.1). A field's entry is its number in
protobuf, then a letter for its form in JSON; an entry that starts with ``=`` names a
type whose fields stand among those of the one around it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pypkg.sandbox.schemas.schema import Schema

Object = dict[str, Any]
# p: a pointer, written as it is. o: left out where empty. s: a struct, always
# written. z: a struct, left out where empty. r: always written. n: a pointer, always
# written, as null where it is missing.
Form = Literal["p", "o", "s", "z", "r", "n"]
_FORMS = frozenset(get_args(Form))
_INLINE = "="
_TYPE_META = ("kind", "apiVersion")
_EMPTY: tuple[Any, ...] = ("", 0, None, [], {})  # False equals 0


@dataclass(frozen=True, slots=True)
class WireType:
    """One Go type.

    Attributes:
        numbers: Field names by protobuf number; an inlined type's with ``=``.
        forms: The form of every field, inlined ones included, in Go's order.
        always: The fields that are written even where nobody has set them.
    """

    numbers: Mapping[int, str]
    forms: Mapping[str, Form]
    always: tuple[str, ...]


@cache
def _table() -> Mapping[str, Mapping[str, str]]:
    text = Path(__file__).with_name("wire.json").read_text("utf-8")
    table: Mapping[str, Mapping[str, str]] = json.loads(text)
    return table


@cache
def wire_type(name: str) -> WireType | None:
    """The Go type of an OpenAPI definition; None if it is not known."""
    row = _table().get(name)
    if row is None:
        return None
    numbers = {
        int(entry.rstrip("".join(_FORMS))): field
        for field, entry in row.items()
        if entry[:1].isdigit()
    }
    forms = dict(_forms(row))
    always = tuple(field for field, form in forms.items() if form in {"s", "r"})
    return WireType(numbers, forms, always)


def _forms(row: Mapping[str, str]) -> Iterator[tuple[str, Form]]:
    for field, entry in row.items():
        if field.startswith(_INLINE):
            yield from _forms(_table().get(field[len(_INLINE) :], {}))
        else:
            form: Any = entry[-1:]
            yield field, form if form in _FORMS else "p"


def as_written(value: Any, schema: Schema) -> Any:
    """Show a value as Go writes it: empty fields left out, empty structs written.

    Nulls that Go would write for missing lists are left out.

    Args:
        value: The value of a built-in type; it is not changed.
        schema: The type.
    """
    match value:
        case _ if schema.free_form:
            return value
        case dict() if (known := wire_type(schema.name)) is not None:
            return _struct(value, schema, known)
        case dict() if schema.values is not None:
            inner = schema.values
            return {k: as_written(v, inner) for k, v in value.items()}
        case list() if schema.items is not None:
            return [as_written(item, schema.items) for item in value]
        case _:
            return value


def _struct(value: Object, schema: Schema, known: WireType) -> Object:
    result: Object = {}
    for field, given in value.items():
        form = known.forms.get(field)
        if form is None:
            if field in _TYPE_META:
                result[field] = given
            continue
        shown = as_written(given, schema.properties[field])
        if shown is not None and not (form in {"o", "z"} and shown in _EMPTY):
            result[field] = shown
    for field in known.always:
        if field not in result:
            zero = _zero(schema.properties[field], known.forms[field])
            if zero is not None:
                result[field] = zero
    return result


def _zero(schema: Schema, form: Form) -> Any:
    """What Go writes for a field that nobody has set; None for nothing."""
    if form == "r":
        return schema.zero
    if form == "s" and schema.type == "object":
        return as_written({}, schema)
    return None
