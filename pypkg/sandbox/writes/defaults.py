"""What the API server fills in where an object says nothing."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

from pypkg.sandbox.schemas.schema import OBJECT_META
from pypkg.sandbox.schemas.wire import wire_type
from pypkg.sandbox.writes.default_rules import RULES
from pypkg.sandbox.writes.default_values import DEFAULT_VALUES

if TYPE_CHECKING:
    from pypkg.sandbox.schemas.schema import Schema

Object = dict[str, Any]

_PREFIXES = ("io.k8s.api.", "io.k8s.apiextensions-apiserver.pkg.apis.")
_EMPTY: tuple[Any, ...] = ("", 0, None, [], {})  # False equals 0


def set_defaults(obj: Object, schema: Schema | None) -> None:
    """Fill in the defaults of a built-in kind, in place.

    Args:
        obj: The object, decoded.
        schema: Its type; one that is not built in has no defaults here.
    """
    if schema is not None:
        _fill(obj, schema)


def _fill(value: Any, schema: Schema | None) -> None:
    if schema is None or schema.free_form or schema.name == OBJECT_META:
        return
    if isinstance(value, list):
        for item in value:
            _fill(item, schema.items)
    elif isinstance(value, dict):
        if schema.properties:
            _fill_struct(value, schema.name)
        for name, below in value.items():
            if isinstance(below, (dict, list)):
                _fill(below, schema.field(name))


def _fill_struct(value: Object, full_name: str) -> None:
    known = wire_type(full_name)
    if known is None:
        return
    # Go cannot tell an empty field that is not behind a pointer from a missing one.
    for field in [name for name in value if value[name] in _EMPTY]:
        if value[field] is None or known.forms.get(field) in {"o", "z"}:
            del value[field]
    name = full_name
    for prefix in _PREFIXES:
        name = name.removeprefix(prefix)
    for field, default in DEFAULT_VALUES.get(name, {}).items():
        if field not in value:
            value[field] = deepcopy(default)
    if rule := RULES.get(name):
        rule(value)
