"""Calls that become Python expressions, and what is known of an expression."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Value(NamedTuple):
    """A Python expression, and what is known of its value.

    Attributes:
        code: The expression.
        type: Go's type, or ``any``.
        is_atom: A constant or a local variable: evaluating it twice, or in another
            order, changes nothing.
        is_constant: Its code is a literal.
        calls: A function is called in it, so order matters.
        is_field: It was looked up in a map or list, so that Go sees an interface. A
            nil that is one fits fewer parameters than a nil out of a pipeline.
        holder: The variable that it was looked up in, where that may be nil.
    """

    code: str
    type: str = "any"
    is_atom: bool = False
    is_constant: bool = False
    calls: bool = False
    is_field: bool = False
    holder: str = ""


def _not(values: list[Value]) -> Value:
    return Value(f"(not {values[0].code})", "bool")


def _comparison(name: str, sign: str) -> Callable[[list[Value]], Value | None]:
    def compare(values: list[Value]) -> Value | None:
        match values:
            case [value, Value(type="string", is_constant=True) as constant]:
                call = f"F_{name}(x, {constant.code})"
            case [Value(type="string", is_constant=True) as constant, value]:
                call = f"F_{name}({constant.code}, x)"
            case _:
                return None
        equal = f"x {sign} {constant.code}"
        test = f"(x := {value.code}).__class__ is str"
        return Value(f"({equal} if {test} else {call})", "bool")

    return compare


def _default(values: list[Value]) -> Value | None:
    match values:
        case [fallback, value] if fallback.is_atom:
            same = fallback.type == value.type
            return Value(
                f"(x if (x := {value.code}) else {fallback.code})",
                value.type if same else "any",
            )
    return None


def _list(values: list[Value]) -> Value:
    return Value(f"[{', '.join(value.code for value in values)}]")


def _dict(values: list[Value]) -> Value | None:
    keys, items = values[::2], values[1::2]
    if len(keys) != len(items) or not all(
        key.is_constant and key.type == "string" for key in keys
    ):
        return None
    pairs = (f"{k.code}: {v.code}" for k, v in zip(keys, items, strict=True))
    return Value(f"{{{', '.join(pairs)}}}", "map")


INLINE: Mapping[str, Callable[[list[Value]], Value | None]] = {
    "not": _not,
    "empty": _not,
    "eq": _comparison("eq", "=="),
    "ne": _comparison("ne", "!="),
    "default": _default,
    "list": _list,
    "tuple": _list,
    "dict": _dict,
}
"""Functions that are Python expressions. Each gives None where it must be called."""
