"""The fields in which two objects differ."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from pypkg.objects.equality import equal
from pypkg.objects.field_set import Path, field_element, key_element

if TYPE_CHECKING:
    from collections.abc import Iterator


class Missing(Enum):
    """The value of a field that is not there; null is another."""

    MISSING = "missing"


MISSING = Missing.MISSING


@dataclass(frozen=True, slots=True)
class Difference:
    """One field.

    Attributes:
        path: Which, in the elements of a ``FieldSet``.
        old: Its value before, or :data:`MISSING`.
        new: Its value after, or :data:`MISSING`.
    """

    path: Path
    old: Any
    new: Any


def differences(old: Any, new: Any, above: Path = ()) -> Iterator[Difference]:
    """Compare two JSON values field by field.

    The items of a list are paired by their names where all have one, and by their
    places otherwise; a list of plain values is one value.

    Args:
        old: The value before.
        new: The value after.
        above: The path of both.
    """
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted(old.keys() | new.keys()):
            yield from differences(
                old.get(key, MISSING),
                new.get(key, MISSING),
                (*above, field_element(key)),
            )
    elif _holds_objects(old) and _holds_objects(new):
        for element, left, right in _pairs(old, new):
            yield from differences(left, right, (*above, element))
    elif not equal(old, new):
        yield Difference(above, old, new)


def _holds_objects(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, dict) for item in value)


def _pairs(old: list[Any], new: list[Any]) -> Iterator[tuple[str, Any, Any]]:
    left, right = _by_name(old), _by_name(new)
    if left is not None and right is not None:
        for name in left | right:
            element = key_element({"name": name})
            yield element, left.get(name, MISSING), right.get(name, MISSING)
        return
    pairs = zip_longest(old, new, fillvalue=MISSING)
    for index, (one, other) in enumerate(pairs):
        yield f"i:{index}", one, other


def _by_name(items: list[Any]) -> dict[str, Any] | None:
    named = {
        item["name"]: item
        for item in items
        if isinstance(item, dict) and isinstance(item.get("name"), str)
    }
    return named if len(named) == len(items) else None
