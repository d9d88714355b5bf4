"""Objects seen through their types: field sets, comparison, merging, pruning.

Follows ``sigs.k8s.io/structured-merge-diff/typed``. A type says for each list
whether its items are found by keys (``map``), by value (``set``) or not at all
(``atomic``), and for each map whether its fields are owned one by one. What has no
type is deduced from the value: maps field by field, lists as one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from pypkg.objects.equality import equal
from pypkg.objects.field_set import (
    FieldSet,
    Path,
    field_element,
    key_element,
    show,
    value_element,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pypkg.sandbox.schemas.schema import Schema

Shape = Literal["map", "list", "leaf"]
_ABSENT: Any = object()


class TypedError(Exception):
    """A value that does not fit its type in a way that has no field set.

    Attributes:
        faults: Every fault, with its path.
    """

    def __init__(self, faults: list[str]) -> None:
        self.faults = faults
        shown = faults[0] if len(faults) == 1 else "errors:\n  " + "\n  ".join(faults)
        super().__init__(shown)


def field_set(value: Any, schema: Schema | None) -> FieldSet:
    """The fields that a value states: its leaves, and each item and map entry."""
    found: set[Path] = set()
    _collect(value, schema, (), found)
    return frozenset(found)


@dataclass(slots=True)
class Comparison:
    """What differs between two values.

    Attributes:
        added: Fields that only the second has.
        modified: Leaves that both have, with other values.
        removed: Fields that only the first has.
    """

    added: set[Path] = field(default_factory=set)
    modified: set[Path] = field(default_factory=set)
    removed: set[Path] = field(default_factory=set)

    @property
    def changed(self) -> FieldSet:
        """The fields that the second has, new or with another value."""
        return frozenset(self.added | self.modified)

    @property
    def is_same(self) -> bool:
        """Whether nothing differs."""
        return not (self.added or self.modified or self.removed)


def compare(old: Any, new: Any, schema: Schema | None) -> Comparison:
    """Compare two values of a type."""
    found = Comparison()
    _compare(old, new, schema, (), found)
    return found


def merge(live: Any, applied: Any, schema: Schema | None) -> Any:
    """Put what is applied over what is there; lists of items are interleaved."""
    return _merged(live, applied, schema)


def remove(value: Any, paths: FieldSet, schema: Schema | None) -> Any:
    """Take fields and items out of a value."""
    above = {path[:length] for path in paths for length in range(len(path))}
    return _pruned(value, schema, (), (paths, frozenset(above)))


def with_named_fields(paths: FieldSet, schema: Schema | None) -> FieldSet:
    """Add the described fields on the way to each path.

    A set of ``a.b.c`` then also has ``a``, but not ``a.b`` where that is a map's
    entry: entries are members by themselves, fields of a struct are not.
    """
    found = set(paths)
    for path in paths:
        here: Schema | None = schema
        for length, element in enumerate(path, 1):
            name = element[2:]
            if element.startswith("f:"):
                if here is not None and name in here.properties:
                    found.add(path[:length])
                here = here.field(name) if here is not None else None
            else:
                here = here.items if here is not None else None
    return frozenset(found)


def faults(value: Any, schema: Schema | None) -> list[str]:
    """What keeps a value from having a field set: lists whose items clash."""
    return list(_faults(value, schema, ""))


def shape_of(value: Any, schema: Schema | None) -> Shape:
    """How a value of a type is owned."""
    if schema is None or schema.is_deduced:
        return "map" if isinstance(value, dict) else "leaf"
    if schema.type == "object":
        return "leaf" if schema.map_type == "atomic" else "map"
    if schema.type == "array":
        return "leaf" if schema.list_type == "atomic" else "list"
    return "leaf"


def item_element(item: Any, schema: Schema) -> str:
    """Spell an item of a list of type ``map`` or ``set``.

    Raises:
        TypedError: It cannot be told from others.
    """
    if schema.list_type == "set":
        if isinstance(item, (dict, list)) or item is None:
            raise TypedError(["associative list without keys has a non-scalar element"])
        return value_element(item)
    if not isinstance(item, dict):
        raise TypedError(["associative list with keys may not have non-map elements"])
    keys = {}
    for name in schema.list_map_keys:
        known = schema.items.properties.get(name) if schema.items else None
        if name in item:
            keys[name] = item[name]
        elif known is not None and known.has_default:
            keys[name] = known.default
    if not keys:
        names = ", ".join(f'"{name}"' for name in schema.list_map_keys)
        raise TypedError(
            [
                "associative list with keys has an element that omits all key fields"
                f" [{names}] (and doesn't have default values for any key fields)"
            ]
        )
    return key_element(keys)


def _child(schema: Schema | None, name: str) -> Schema | None:
    return schema.field(name) if schema is not None else None


def _items(value: Any, schema: Schema) -> Iterator[tuple[str, Any]]:
    for item in value or ():
        yield item_element(item, schema), item


def _collect(value: Any, schema: Schema | None, path: Path, found: set[Path]) -> None:
    shape = shape_of(value, schema)
    if shape == "leaf":
        found.add(path)
    elif shape == "map" and isinstance(value, dict):
        for name, below in value.items():
            here = (*path, field_element(name))
            _collect(below, _child(schema, name), here, found)
            named = schema is not None and name in schema.properties
            if not named or below is None or below == {}:
                found.add(here)
    elif shape == "list" and isinstance(value, list) and schema is not None:
        for element, item in _items(value, schema):
            here = (*path, element)
            _collect(item, schema.items, here, found)
            found.add(here)


def _compare(
    old: Any, new: Any, schema: Schema | None, path: Path, found: Comparison
) -> None:
    shape = shape_of(old if new is _ABSENT else new, schema)
    present = [value for value in (old, new) if value is not _ABSENT]
    fitting = all(_fits(value, shape) for value in present)
    if shape == "leaf" or not fitting or not any(present):
        # An empty map or list is a leaf, so that it can be told from none.
        _compare_leaf(old, new, path, found)
        return
    if shape == "map":
        _compare_maps(old, new, schema, path, found)
    elif schema is not None:
        _compare_lists(old, new, schema, path, found)
    if old is _ABSENT:
        found.added.add(path)
    elif new is _ABSENT:
        found.removed.add(path)


def _compare_leaf(old: Any, new: Any, path: Path, found: Comparison) -> None:
    if old is _ABSENT:
        found.added.add(path)
    elif new is _ABSENT:
        found.removed.add(path)
    elif not equal(old, new):
        found.modified.add(path)


def _compare_maps(
    old: Any, new: Any, schema: Schema | None, path: Path, found: Comparison
) -> None:
    before = old if isinstance(old, dict) else {}
    after = new if isinstance(new, dict) else {}
    for name in {**before, **after}:
        below = (before.get(name, _ABSENT), after.get(name, _ABSENT))
        here = (*path, field_element(name))
        _compare(*below, _child(schema, name), here, found)


def _compare_lists(
    old: Any, new: Any, schema: Schema, path: Path, found: Comparison
) -> None:
    before, after = _grouped(old, schema), _grouped(new, schema)
    for element in {**before, **after}:
        left, right = before.get(element, []), after.get(element, [])
        here = (*path, element)
        if len(left) > 1 or len(right) > 1:
            # Items that cannot be told apart are compared together.
            _compare_leaf(left or _ABSENT, right or _ABSENT, here, found)
        else:
            pair = (left[0] if left else _ABSENT, right[0] if right else _ABSENT)
            _compare(*pair, schema.items, here, found)


def _grouped(value: Any, schema: Schema) -> dict[str, list[Any]]:
    groups: dict[str, list[Any]] = {}
    if isinstance(value, list):
        for element, item in _items(value, schema):
            groups.setdefault(element, []).append(item)
    return groups


def _fits(value: Any, shape: Shape) -> bool:
    match shape:
        case "map":
            return value is None or isinstance(value, dict)
        case "list":
            return value is None or isinstance(value, list)
        case _:
            return True


def _merged(live: Any, applied: Any, schema: Schema | None) -> Any:
    if live is _ABSENT or applied is _ABSENT:
        return live if applied is _ABSENT else applied
    shape = shape_of(applied, schema)
    if not (_fits(live, shape) and _fits(applied, shape)):
        return applied
    if shape == "leaf" or not (live or applied):
        return applied
    if shape == "list" and schema is not None:
        return _merged_lists(live or [], applied or [], schema)
    before, after = live or {}, applied or {}
    return {
        name: _merged(
            before.get(name, _ABSENT), after.get(name, _ABSENT), _child(schema, name)
        )
        for name in {**before, **after}
    }


def _merged_lists(live: list[Any], applied: list[Any], schema: Schema) -> list[Any]:
    """Merge two lists: the applied order holds, other items keep their places.

    An item that only the live list has comes before the next item that both have.
    """
    before = _grouped(live, schema)
    after = dict(_items(applied, schema))
    left, right = list(before), list(after)
    shared = [element for element in right if element in before]
    result: list[Any] = []

    def take(element: str) -> None:
        old = before.get(element, [_ABSENT])
        if element in after:
            result.append(_merged(old[0], after[element], schema.items))
        else:
            result.extend(old)

    while left or right:
        if left and right and left[0] == right[0]:
            take(left.pop(0))
            right.pop(0)
            shared = shared[1:]
        elif left and right and left[0] in after and shared and shared[0] != left[0]:
            # Both have it, but its place comes later.
            left.pop(0)
        elif left and left[0] not in after:
            take(left.pop(0))
        elif right:
            element = right.pop(0)
            take(element)
            if shared and shared[0] == element:
                shared = shared[1:]
        else:
            left.pop(0)
    return result


def _pruned(
    value: Any,
    schema: Schema | None,
    path: Path,
    gone: tuple[FieldSet, frozenset[Path]],
) -> Any:
    paths, above = gone
    if path not in above:
        return value
    shape = shape_of(value, schema)
    if shape == "map" and isinstance(value, dict):
        kept = {
            name: _pruned(
                below, _child(schema, name), (*path, field_element(name)), gone
            )
            for name, below in value.items()
            if (*path, field_element(name)) not in paths
        }
        return {
            name: below for name, below in kept.items() if below is not _ABSENT
        } or (_ABSENT if path else {})
    if shape == "list" and isinstance(value, list) and schema is not None:
        items = [
            _pruned(item, schema.items, (*path, element), gone)
            for element, item in _items(value, schema)
            if (*path, element) not in paths
        ]
        return [item for item in items if item is not _ABSENT] or _ABSENT
    return value


def _faults(value: Any, schema: Schema | None, path: str) -> Iterator[str]:
    shape = shape_of(value, schema)
    if shape == "map" and isinstance(value, dict):
        for name, below in value.items():
            yield from _faults(below, _child(schema, name), f"{path}.{name}")
    elif shape == "list" and isinstance(value, list) and schema is not None:
        seen = set()
        for index, item in enumerate(value):
            try:
                element = item_element(item, schema)
            except TypedError as error:
                yield f"{path}: element {index}: {error}"
                continue
            shown = show((element,))
            if element in seen:
                yield f"{path}: duplicate entries for key {shown}"
            seen.add(element)
            yield from _faults(item, schema.items, f"{path}{shown}")
