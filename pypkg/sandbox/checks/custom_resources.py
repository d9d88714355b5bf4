"""Custom resources, against the schema that their definition states."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pypkg.sandbox.checks.faults import Faults
    from pypkg.sandbox.schemas.schema import Schema

_TYPES: dict[str, type | tuple[type, ...]] = {
    "array": list,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
    "object": dict,
    "string": str,
}


def check_custom(value: Any, schema: Schema, faults: Faults, field: str = "") -> None:
    """Check a value against a structural schema.

    Rules in CEL (``x-kubernetes-validations``) are not evaluated.
    """
    if value is None and schema.nullable:
        return
    if not _fits(value, schema):
        _mismatch(value, schema, faults, field)
        return
    if schema.enum and value not in schema.enum:
        faults.unsupported(field, value, [str(choice) for choice in schema.enum])
    match value:
        case dict():
            _check_object(value, schema, faults, field)
        case list():
            _check_list(value, schema, faults, field)
        case str():
            _check_text(value, schema, faults, field)
        case int() | float():
            _check_number(value, schema, faults, field)


def _fits(value: Any, schema: Schema) -> bool:
    if value is None:
        return False
    if schema.int_or_string:
        return isinstance(value, (int, str)) and not isinstance(value, bool)
    return _has_type(value, schema.type)


def _has_type(value: Any, wanted: str) -> bool:
    if wanted not in _TYPES:
        return True
    if isinstance(value, bool):
        return wanted == "boolean"
    if wanted == "integer" and isinstance(value, float):
        return value.is_integer()
    return isinstance(value, _TYPES[wanted])


def _mismatch(value: Any, schema: Schema, faults: Faults, field: str) -> None:
    shown = _type_of(value)
    wanted = schema.type or "int-or-string"
    detail = f'{field} in body must be of type {wanted}: "{shown}"'
    faults.invalid(field, shown, detail)


def _type_of(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    names = {dict: "object", list: "array", str: "string", float: "number"}
    return names[type(value)]


def _check_object(
    value: dict[str, Any], schema: Schema, faults: Faults, field: str
) -> None:
    prefix = f"{field}." if field else ""
    for name in schema.node.get("required") or ():
        if name not in value:
            faults.required(f"{prefix}{name}")
    for name, item in value.items():
        if not field and name in {"apiVersion", "kind", "metadata"}:
            continue
        inner = schema.field(name)
        if inner is not None:
            check_custom(item, inner, faults, f"{prefix}{name}")


def _check_list(value: list[Any], schema: Schema, faults: Faults, field: str) -> None:
    least, most = schema.node.get("minItems"), schema.node.get("maxItems")
    if least is not None and len(value) < least:
        detail = f"{field} in body should have at least {least} items"
        faults.invalid(field, len(value), detail)
    if most is not None and len(value) > most:
        detail = f"{field} in body should have at most {most} items"
        faults.invalid(field, len(value), detail)
    seen: set[str] = set()
    for index, item in enumerate(value):
        here = f"{field}[{index}]"
        if schema.items is not None:
            check_custom(item, schema.items, faults, here)
        if schema.list_type != "atomic":
            identity = _identity(item, schema)
            shown = json.dumps(identity, sort_keys=True)
            if shown in seen:
                faults.duplicate(here, identity)
            seen.add(shown)


def _identity(item: Any, schema: Schema) -> Any:
    """By what an item of a set, or of a map kept as a list, is told apart."""
    if schema.list_type == "set" or not isinstance(item, dict):
        return item
    return {key: item[key] for key in schema.list_map_keys if key in item}


def _check_text(value: str, schema: Schema, faults: Faults, field: str) -> None:
    least, most = schema.node.get("minLength"), schema.node.get("maxLength")
    pattern = schema.node.get("pattern")
    if least is not None and len(value) < least:
        detail = f"{field} in body should be at least {least} chars long"
        faults.invalid(field, value, detail)
    if most is not None and len(value) > most:
        faults.too_long(field, most)
    if pattern is not None and not _matches(pattern, value):
        detail = f"{field} in body should match '{pattern}'"
        faults.invalid(field, value, detail)


def _matches(pattern: str, text: str) -> bool:
    try:
        return re.search(pattern, text) is not None
    except re.error:
        # Go's syntax, which Python lacks in parts: better let it pass.
        return True


def _check_number(value: float, schema: Schema, faults: Faults, field: str) -> None:
    least, most = schema.node.get("minimum"), schema.node.get("maximum")
    if least is not None and value < least:
        detail = f"{field} in body should be greater than or equal to {least}"
        faults.invalid(field, value, detail)
    if most is not None and value > most:
        detail = f"{field} in body should be less than or equal to {most}"
        faults.invalid(field, value, detail)
