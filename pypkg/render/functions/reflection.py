"""What a value is: its Go type and kind, equality all through."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pypkg.render.functions.goprint import kind_name, type_name
from pypkg.render.functions.lists import deep_equal

if TYPE_CHECKING:
    from pypkg.render.functions.signature import TemplateFunction


def type_of(value: Any) -> str:
    """Name a value's Go type: ``string``, ``float64``, ``map[string]interface {}``."""
    return type_name(value)


def type_is(name: str, value: Any) -> bool:
    """Tell whether a value's Go type has this name."""
    return name == type_name(value)


def type_is_like(name: str, value: Any) -> bool:
    """Tell whether a value's Go type, or what it points to, has this name."""
    return type_name(value) in {name, f"*{name}"}


def kind_of(value: Any) -> str:
    """Name a value's kind: ``string``, ``slice``, ``map``, ``invalid`` for nil."""
    return kind_name(value)


def kind_is(name: str, value: Any) -> bool:
    """Tell whether a value's kind has this name."""
    return name == kind_name(value)


FUNCTIONS: dict[str, TemplateFunction] = {
    "deepEqual": deep_equal,
    "kindIs": kind_is,
    "kindOf": kind_of,
    "typeIs": type_is,
    "typeIsLike": type_is_like,
    "typeOf": type_of,
}
