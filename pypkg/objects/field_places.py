"""Where the fields of a ``FieldSet`` lie in an object."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from pypkg.objects.equality import equal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pypkg.objects.field_set import Path

Place = tuple[str | int, ...]


def place_of(obj: Any, path: Path) -> Place | None:
    """Follow a path; None where the object has no such field.

    An item that leaves out one of its keys, as manifests leave out
    ``protocol: TCP``, is found by the others.
    """
    place: list[str | int] = []
    for element in path:
        step = _step(obj, element)
        if step is None:
            return None
        place.append(step)
        obj = obj[step]
    return tuple(place)


def value_at(obj: Any, place: Place) -> Any:
    """Give what lies at a place."""
    for step in place:
        obj = obj[step]
    return obj


def pruned(obj: dict[str, Any], places: Iterable[Place]) -> dict[str, Any]:
    """Give a copy of an object without what lies at some places."""
    copy = deepcopy(obj)
    # Later items first: those before them keep their numbers.
    for place in sorted(places, key=_deepest_last, reverse=True):
        above = value_at(copy, place[:-1])
        del above[place[-1]]
    return copy


def _deepest_last(place: Place) -> tuple[tuple[str, int], ...]:
    return tuple((s, 0) if isinstance(s, str) else ("", s) for s in place)


def _step(value: Any, element: str) -> str | int | None:
    kind, _, content = element.partition(":")
    if kind == "f":
        return content if isinstance(value, dict) and content in value else None
    if not isinstance(value, list):
        return None
    if kind == "i":
        index = int(content)
        return index if index < len(value) else None
    wanted = json.loads(content)
    found = _item_of_keys if kind == "k" else equal
    return next((i for i, item in enumerate(value) if found(item, wanted)), None)


def _item_of_keys(item: Any, keys: dict[str, Any]) -> bool:
    if not isinstance(item, dict):
        return False
    given = keys.keys() & item.keys()
    return bool(given) and all(equal(item[key], keys[key]) for key in given)
