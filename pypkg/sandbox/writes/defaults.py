"""What the API server fills in where an object says nothing."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

from pypkg.sandbox.schemas.schema import OBJECT_META
from pypkg.sandbox.schemas.wire import wire_type
from pypkg.sandbox.writes.default_rules import RULES
from pypkg.sandbox.writes.default_values import DEFAULT_VALUES

if TYPE_CHECKING:
    from collections.abc import Callable

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
        # Everywhere first: a rule may look at what lies below.
        _walk(obj, schema, _leave_empty_out)
        _walk(obj, schema, _fill)


def _walk(
    value: Any, schema: Schema | None, visit: Callable[[Object, str], None]
) -> None:
    """Visit every struct of a built-in type, what lies below after what holds it."""
    if schema is None or schema.free_form or schema.name == OBJECT_META:
        return
    if isinstance(value, list):
        for item in value:
            _walk(item, schema.items, visit)
    elif isinstance(value, dict):
        if schema.properties:
            visit(value, schema.name)
        for name, below in value.items():
            if isinstance(below, (dict, list)):
                _walk(below, schema.field(name), visit)


def _leave_empty_out(value: Object, name: str) -> None:
    """Take out what Go cannot tell from missing: empty, and not behind a pointer."""
    if (known := wire_type(name)) is None:
        return
    for field in [field for field in value if value[field] in _EMPTY]:
        if value[field] is None or known.forms.get(field) in {"o", "z"}:
            del value[field]


def _fill(value: Object, full_name: str) -> None:
    if wire_type(full_name) is None:
        return
    name = full_name
    for prefix in _PREFIXES:
        name = name.removeprefix(prefix)
    for field, default in DEFAULT_VALUES.get(name, {}).items():
        if field not in value:
            value[field] = deepcopy(default)
    if rule := RULES.get(name):
        rule(value)
