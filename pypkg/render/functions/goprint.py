"""How Go prints values (fmt's ``%v``) and names their types.

The value model is the engines': plain ``int`` is Go's int, `Int64` its int64,
``float`` its float64, ``dict`` is ``map[string]interface {}``, ``list`` is
``[]interface {}``. A string is UTF-8 bytes in Go; bytes that are not UTF-8 live in
Python strings as surrogate escapes. Any other class tells its Go type by the
class attributes ``__go_type__`` (its name) and ``__go_kind__`` (its kind), and how
it prints by a method ``__go_string__``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from pypkg.values.int64 import Int64
from pypkg.yamlio.scalars import format_float

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class StringSlice(list[str]):
    """Go's ``[]string``: what functions such as splitList return."""

    __slots__ = ()
    __go_type__: ClassVar[str] = "[]string"
    __go_kind__: ClassVar[str] = "slice"


class IntSlice(list[int]):
    """Go's ``[]int``: what until and untilStep return."""

    __slots__ = ()
    __go_type__: ClassVar[str] = "[]int"
    __go_kind__: ClassVar[str] = "slice"


class StringMap(dict[str, str]):
    """Go's ``map[string]string``: what split returns."""

    __slots__ = ()
    __go_type__: ClassVar[str] = "map[string]string"
    __go_kind__: ClassVar[str] = "map"


_TYPES: dict[type, str] = {
    str: "string",
    bool: "bool",
    int: "int",
    Int64: "int64",
    float: "float64",
    bytes: "[]uint8",
    dict: "map[string]interface {}",
    list: "[]interface {}",
    tuple: "[]interface {}",
    type(None): "<nil>",
}
_KINDS: dict[type, str] = {
    str: "string",
    bool: "bool",
    int: "int",
    Int64: "int64",
    float: "float64",
    bytes: "slice",
    dict: "map",
    list: "slice",
    tuple: "slice",
    type(None): "invalid",
}


def type_name(value: Any) -> str:
    """Name a value's Go type, as ``%T`` and typeOf do: ``[]interface {}``."""
    name = _TYPES.get(value.__class__)
    return name if name is not None else _declared(value, "__go_type__", _TYPES)


def kind_name(value: Any) -> str:
    """Name a value's Go kind, as kindOf does: ``slice``, ``map``, ``invalid``."""
    name = _KINDS.get(value.__class__)
    return name if name is not None else _declared(value, "__go_kind__", _KINDS)


def _declared(value: Any, attribute: str, names: dict[type, str]) -> str:
    declared = getattr(type(value), attribute, None)
    if isinstance(declared, str):
        return declared
    for base in type(value).__mro__:
        if base in names:
            return names[base]
    return "func" if callable(value) else "struct"


def sprint(value: Any) -> str:
    """Print a value as fmt's ``%v``: ``map[a:1 b:[x y]]``, ``<nil>``, ``1e+06``."""
    printer = _PRINTERS.get(value.__class__)
    if printer is not None:
        return printer(value)
    go_string = getattr(value, "__go_string__", None)
    if go_string is not None:
        return str(go_string())
    for base in type(value).__mro__:
        if base in _PRINTERS:
            return _PRINTERS[base](value)
    return str(value)


def _map(value: dict[str, Any]) -> str:
    items = [f"{sprint(key)}:{sprint(value[key])}" for key in sorted(value)]
    return f"map[{' '.join(items)}]"


def _sequence(value: Iterable[Any]) -> str:
    return f"[{' '.join(map(sprint, value))}]"


_PRINTERS: dict[type, Callable[[Any], str]] = {
    str: str,
    bool: {True: "true", False: "false"}.__getitem__,
    type(None): lambda _: "<nil>",
    int: int.__repr__,
    Int64: int.__repr__,
    float: format_float,
    dict: _map,
    list: _sequence,
    tuple: _sequence,
    bytes: _sequence,
}
