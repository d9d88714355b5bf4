"""What a value looks like in a template's output."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from jinja2.runtime import Macro, Undefined

from pypkg.render.engine import GoObject
from pypkg.render.jinja.faults import MisuseError
from pypkg.render.jinja.indent import Value, lay_out

if TYPE_CHECKING:
    from collections.abc import Iterable

# Below and from here on JSON writes a number with an exponent, as Go does.
_SMALL, _LARGE = 1e-6, 1e21
_SHOWN_KEYS = 8


def text_of(value: Any) -> str:
    """Give the text that a value prints as.

    Booleans are YAML's, null is nothing, and whole floats have no fraction, all as
    in Helm. Numbers never get Helm's exponents: 1000000.0 prints as 1000000.

    Raises:
        MisuseError: The value has parts, or is no value at all.
        MissingNameError: There is no value.
    """
    printer = _PRINTERS.get(value.__class__)
    if printer is not None:
        return printer(value)
    for kind in (str, int, Undefined):
        if isinstance(value, kind):
            return _PRINTERS[kind](value)
    if isinstance(value, GoObject) and "String" in value.go_methods:
        return str(value.get("String"))
    raise _not_printable(value)


def finalize(value: Any) -> str:
    """Give the piece of output that an expression's value makes."""
    text = text_of(value)
    if isinstance(text, Value) or (text and "\n" not in text):
        return text
    return Value(text)


def join_text(values: Iterable[Any]) -> str:
    """Join values as ``~`` does."""
    return lay_out(str.__str__(text_of(value)) for value in values)


def kind_of(value: Any) -> str:
    """Name a value's kind in a sentence: ``a map``, ``a list``, ``text``."""
    if value is None or isinstance(value, bool):
        return "null" if value is None else text_of(value)
    for kinds, name in _KINDS:
        if isinstance(value, kinds):
            return name
    return "a function" if callable(value) else "an object"


def listed(names: Iterable[str]) -> str:
    """Name a few keys in a sentence: ``image, port, service and 3 more``."""
    names = [str(name) for name in names]
    shown = ", ".join(names[:_SHOWN_KEYS])
    more = len(names) - _SHOWN_KEYS
    return f"{shown} and {more} more" if more > 0 else shown


def _float(value: float) -> str:
    if math.isnan(value):
        return ".nan"
    if math.isinf(value):
        return ".inf" if value > 0 else "-.inf"
    if value == 0 or _SMALL <= abs(value) < _LARGE:
        text = format(value, "f") if value.is_integer() else _decimal(value)
        return text.removesuffix(".000000")
    return repr(value)


def _decimal(value: float) -> str:
    """Write a fraction without an exponent, in its shortest digits."""
    mantissa, _, exponent = repr(value).partition("e")
    if not exponent:
        return mantissa
    places = len(mantissa.partition(".")[2]) - int(exponent)
    return format(value, f".{places}f")


def _not_printable(value: Any) -> MisuseError:
    if isinstance(value, Mapping):
        keys = f"; its keys are {listed(value)}" if value else ""
        hint = f"pipe it through toYaml, or print one of its fields{keys}"
    elif isinstance(value, Macro):
        return MisuseError(f"{value.name} is a macro", hint=f"call it: {value.name}()")
    elif isinstance(value, Iterator):
        hint = 'end the pipe with | toYaml, or with | join(",")'
        return MisuseError("a sequence cannot be printed as it is", hint=hint)
    else:
        hints = {
            "a list": 'pipe it through toYaml, or through join(",")',
            "bytes": "use Files.Get for text, or pipe them through b64enc",
            "a function": "call it: name(...)",
        }
        hint = hints.get(kind_of(value), "print one of its fields")
    return MisuseError(f"{kind_of(value)} cannot be printed as it is", hint=hint)


_KINDS: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (str, "text"),
    ((int, float), "a number"),
    (Mapping, "a map"),
    (bytes, "bytes"),
    ((list, tuple, range), "a list"),
    (Macro, "a macro"),
)

_PRINTERS: dict[type, Callable[[Any], str]] = {
    str: lambda text: text,
    bool: {True: "true", False: "false"}.__getitem__,
    type(None): lambda _: "",
    int: int.__repr__,
    float: _float,
    Undefined: str,  # raises, and says what is missing
}
