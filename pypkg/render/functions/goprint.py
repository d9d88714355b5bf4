"""How Go prints values (fmt's ``%v``) and names their types.

The value model is the engines': plain ``int`` is Go's int, `Int64` its int64,
``float`` its float64, ``dict`` is ``map[string]interface {}``, ``list`` is
``[]interface {}``. A string is UTF-8 bytes in Go; bytes that are not UTF-8 live in
Python strings as surrogate escapes. Any other class names its Go type by a class
attribute ``go_type``, as `GoObject` does, and where its kind is not that of its
Python base class, by ``go_kind``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from pypkg.render.engine import GoObject
from pypkg.values.int64 import Int64
from pypkg.yamlio.scalars import format_float

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class StringSlice(list[str]):
    """Go's ``[]string``: what functions such as splitList return."""

    __slots__ = ()
    go_type: ClassVar[str] = "[]string"


class NilSlice(list[Any]):
    """A nil ``[]interface {}``: empty, but ``null`` in JSON."""

    __slots__ = ()
    go_type: ClassVar[str] = "[]interface {}"
    is_nil: ClassVar[bool] = True


class NilStringSlice(StringSlice):
    """A nil ``[]string``: empty, but ``null`` in JSON."""

    __slots__ = ()
    is_nil: ClassVar[bool] = True


class IntSlice(list[int]):
    """Go's ``[]int``: what until and untilStep return."""

    __slots__ = ()
    go_type: ClassVar[str] = "[]int"


class ListSlice(list[list[Any]]):
    """Go's ``[][]interface {}``: what chunk returns."""

    __slots__ = ()
    go_type: ClassVar[str] = "[][]interface {}"


class StringMap(dict[str, str]):
    """Go's ``map[string]string``: what split returns."""

    __slots__ = ()
    go_type: ClassVar[str] = "map[string]string"


class NilStringMap(StringMap):
    """A nil ``map[string]string``: empty, but ``null`` in JSON."""

    __slots__ = ()
    is_nil: ClassVar[bool] = True


def is_nil(value: Any) -> bool:
    """Tell whether a value is nil, or a nil slice or map."""
    return value is None or getattr(value, "is_nil", False) is True


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
    return name if name is not None else _declared(value, "go_type", _TYPES)


def kind_name(value: Any) -> str:
    """Name a value's Go kind, as kindOf does: ``slice``, ``map``, ``invalid``."""
    name = _KINDS.get(value.__class__)
    if name is not None:
        return name
    kind = _declared(value, "go_kind", _KINDS)
    # Go's pointer types begin with a star, whatever they point to.
    is_pointer = kind == "struct" and type_name(value).startswith("*")
    return "ptr" if is_pointer else kind


def _declared(value: Any, attribute: str, names: dict[type, str]) -> str:
    declared = getattr(type(value), attribute, None)
    if isinstance(declared, str):
        return declared
    for base in type(value).__mro__:
        if base in names:
            return names[base]
    if isinstance(value, Mapping):
        return names[dict]
    if isinstance(value, Sequence):
        return names[list]
    return "func" if callable(value) else "struct"


def sprint(value: Any) -> str:
    """Print a value as fmt's ``%v``: ``map[a:1 b:[x y]]``, ``<nil>``, ``1e+06``."""
    printer = _PRINTERS.get(value.__class__)
    if printer is not None:
        return printer(value)
    if isinstance(value, GoObject):
        return _object(value)
    for base in type(value).__mro__:
        if base in _PRINTERS:
            return _PRINTERS[base](value)
    if isinstance(value, Mapping):
        return _map(value)
    return _sequence(value) if isinstance(value, Sequence) else str(value)


def _object(value: GoObject) -> str:
    if "String" in value.go_methods:
        return str(value.get("String"))
    if isinstance(value, Sequence):
        return _sequence(value)
    fields = " ".join(sprint(value.get(name)) for name in value.go_fields)
    return f"{'&' if type_name(value).startswith('*') else ''}{{{fields}}}"


def _map(value: Mapping[str, Any]) -> str:
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
