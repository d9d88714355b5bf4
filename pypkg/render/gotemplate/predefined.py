"""The functions that Go's templates have by themselves.

``and`` and ``or`` are not here: they are compiled, since they do not evaluate what
they do not need. ``slice`` is Sprig's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from pypkg.render.functions.errors import FunctionError
from pypkg.render.functions.goprint import is_nil, kind_name, sprint, type_name
from pypkg.render.functions.gostrings import byte_length, encode
from pypkg.render.gotemplate.runtime import NO_VALUE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_BASIC = frozenset({"bool", "float64", "int", "string"})


def _basic_kind(value: Any) -> str:
    """Give the kind as comparisons see it: one for all integers, "" for the rest."""
    kind = kind_name(value)
    if kind in ("int64", "uint8"):
        return "int"
    return kind if kind in _BASIC else ""


# Comparison.


def eq(first: Any, *others: Any) -> bool:
    """Tell whether the first argument equals any of the others."""
    if not others:
        raise FunctionError("missing argument for comparison")
    return any(_equal(first, other) for other in others)


def _equal(one: Any, other: Any) -> bool:
    kinds = _basic_kind(one), _basic_kind(other)
    if kinds[0] != kinds[1]:
        if one is None or other is None:
            return False
        raise _incompatible(one, other)
    if kinds[0]:
        return bool(one == other)
    is_none = one is None or other is None
    if not is_none and kind_name(one) != kind_name(other):
        raise FunctionError(
            f"non-comparable types {_as_string(one)}: {type_name(one)},"
            f" {type_name(other)}: {sprint(other)}"
        )
    if is_nil(one) or is_nil(other):
        return is_nil(one) and is_nil(other)
    if kind_name(one) in ("map", "slice"):
        raise FunctionError(
            f"non-comparable type {_as_string(other)}: {type_name(other)}"
        )
    return bool(one == other)


def _as_string(value: Any) -> str:
    """Give what ``%s`` makes of a value."""
    from pypkg.render.gotemplate.verbs import format_value  # noqa: PLC0415 - start-up time

    return format_value("s", value)


def ne(first: Any, second: Any) -> bool:
    """Tell whether two values differ."""
    return not eq(first, second)


def lt(first: Any, second: Any) -> bool:
    """Tell whether the first of two numbers or strings is the smaller."""
    kinds = _basic_kind(first), _basic_kind(second)
    if not all(kinds):
        raise FunctionError("invalid type for comparison")
    if kinds[0] != kinds[1]:
        raise _incompatible(first, second)
    if kinds[0] == "bool":
        raise FunctionError("invalid type for comparison")
    if kinds[0] == "string" and not (first.isascii() and second.isascii()):
        return encode(first) < encode(second)
    return bool(first < second)


def le(first: Any, second: Any) -> bool:
    """Tell whether the first is smaller, or the two are equal."""
    return lt(first, second) or eq(first, second)


def gt(first: Any, second: Any) -> bool:
    """Tell whether the first is greater."""
    return not le(first, second)


def ge(first: Any, second: Any) -> bool:
    """Tell whether the first is greater, or the two are equal."""
    return not lt(first, second)


def _incompatible(one: Any, other: Any) -> FunctionError:
    return FunctionError(
        f"incompatible types for comparison: {type_name(one)} and {type_name(other)}"
    )


# Collections.


class Uint8(int):
    """Go's uint8: what indexing a string gives."""

    __slots__ = ()
    go_type: ClassVar[str] = "uint8"
    go_kind: ClassVar[str] = "uint8"


def length(value: Any, is_field: bool = True) -> int:  # noqa: FBT001, FBT002 - generated
    """Give the length of a string in bytes, or of a list or map.

    Args:
        value: What to measure.
        is_field: Whether it was looked up in a map or list, which makes for another
            message where it is nil.
    """
    if value is None:
        raise FunctionError(
            "len of nil pointer"
            if is_field
            else "reflect: call of reflect.Value.Type on zero Value"
        )
    if isinstance(value, str):
        return byte_length(value)
    if kind_name(value) in ("map", "slice"):
        return len(value)
    raise FunctionError(f"len of type {type_name(value)}")


def index(value: Any, *keys: Any) -> Any:
    """Look up keys and indices, one inside the other: ``index .list 0 "name"``."""
    if value is None:
        raise FunctionError("index of untyped nil")
    for key in keys:
        match kind_name(value):
            case "invalid":
                raise FunctionError("index of nil pointer")
            case "map":
                value = _entry(value, key)
            case "slice" | "string" as kind:
                value = _element(value, key, kind)
            case _:
                raise FunctionError(f"can't index item of type {type_name(value)}")
    return value


def _entry(value: Mapping[str, Any], key: Any) -> Any:
    if key is None:
        raise FunctionError("value is nil; should be of type string")
    if not isinstance(key, str):
        raise FunctionError(f"value has type {type_name(key)}; should be string")
    missing = "" if type_name(value) == "map[string]string" else None
    return value.get(key, missing)


def _element(value: Any, key: Any, kind: str) -> Any:
    items = encode(value) if kind == "string" else value
    if key is None:
        raise FunctionError("cannot index slice/array with nil")
    if not isinstance(key, int) or isinstance(key, bool):
        raise FunctionError(f"cannot index slice/array with type {type_name(key)}")
    if key < 0 or key > len(items):
        raise FunctionError(f"index out of range: {key}")
    if key == len(items):
        raise FunctionError(f"reflect: {kind} index out of range")
    return Uint8(items[key]) if kind == "string" else items[key]


def call(name: str, function: Any, *arguments: Any) -> Any:  # noqa: ARG001 - Go's
    """Call a function value; nothing in a chart is one, so this always fails."""
    if function is None:
        raise FunctionError("call of nil")
    raise FunctionError(f"non-function {name} of type {type_name(function)}")


# Text.


def sprint_all(*values: Any) -> str:
    """Print values, with a space between two of which neither is a string."""
    if len(values) == 1:
        return sprint(values[0])
    out: list[str] = []
    for position, value in enumerate(values):
        if position and not (
            isinstance(value, str) or isinstance(values[position - 1], str)
        ):
            out.append(" ")
        out.append(sprint(value))
    return "".join(out)


def sprintln(*values: Any) -> str:
    """Print values with spaces between and a newline behind."""
    return " ".join(map(sprint, values)) + "\n"


def _text(values: tuple[Any, ...]) -> str:
    """Print values as an action does, for escaping."""
    return sprint_all(*(NO_VALUE if value is None else value for value in values))


_HTML = str.maketrans(
    {
        "\0": "\ufffd",
        '"': "&#34;",
        "'": "&#39;",
        "&": "&amp;",
        "<": "&lt;",
        ">": "&gt;",
    }
)
_JAVASCRIPT = {
    "\\": "\\\\",
    "'": "\\'",
    '"': '\\"',
    "<": "\\u003C",
    ">": "\\u003E",
    "&": "\\u0026",
    "=": "\\u003D",
}


def html(*values: Any) -> str:
    """Escape for HTML."""
    return _text(values).translate(_HTML)


def js(*values: Any) -> str:
    """Escape for a JavaScript string."""
    return "".join(map(_javascript, _text(values)))


def _javascript(character: str) -> str:
    if character in _JAVASCRIPT:
        return _JAVASCRIPT[character]
    if character < " " or not (character.isascii() or character.isprintable()):
        return f"\\u{ord(character):04X}"
    return character


def printf(layout: str, *arguments: Any) -> str:
    """Format arguments as Go's ``printf`` does."""
    # Most layouts are names joined from strings, which Python formats alike.
    if layout.count("%") == layout.count("%s") == len(arguments):
        for argument in arguments:
            if argument.__class__ is not str:
                break
        else:
            return layout % arguments
    from pypkg.render.gotemplate.printf import sprintf  # noqa: PLC0415 - start-up time

    return sprintf(layout, *arguments)


def urlquery(*values: Any) -> str:
    """Escape for the query of a URL."""
    from urllib.parse import quote_plus  # noqa: PLC0415 - start-up time

    return quote_plus(encode(_text(values)), safe="~")


def opposite(value: Any) -> bool:
    """Tell whether a value is empty."""
    return not value


PREDEFINED: Mapping[str, Callable[..., Any]] = {
    "call": call,
    "eq": eq,
    "ge": ge,
    "gt": gt,
    "html": html,
    "index": index,
    "js": js,
    "le": le,
    "len": length,
    "lt": lt,
    "ne": ne,
    "not": opposite,
    "print": sprint_all,
    "printf": printf,
    "println": sprintln,
    "urlquery": urlquery,
}
"""By their names in templates."""
