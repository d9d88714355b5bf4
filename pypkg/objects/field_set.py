"""Sets of fields, as ``metadata.managedFields`` writes them (``FieldsV1``).

A path is a tuple of elements, each spelt as on the wire: ``f:spec`` a field,
``k:{"name":"app"}`` a list's item by its keys, ``v:"a"`` an item by its value,
``i:0`` an item by its place. A set is a frozen set of paths; the empty path is
never a member.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Path = tuple[str, ...]
FieldSet = frozenset[Path]

EMPTY: FieldSet = frozenset()
# In which order Go's library writes the elements of one level.
_RANKS = {"f": 0, "k": 1, "v": 2, "i": 3}


def field_element(name: str) -> str:
    """Spell a field."""
    return f"f:{name}"


def key_element(keys: Mapping[str, Any]) -> str:
    """Spell a list's item by its keys."""
    return f"k:{_compact(keys)}"


def value_element(value: Any) -> str:
    """Spell a list's item by its value."""
    return f"v:{_compact(value)}"


def parse_fields(fields: Mapping[str, Any]) -> FieldSet:
    """Read a ``FieldsV1`` object.

    Raises:
        ValueError: An element is not spelt as the format says.
    """
    found: set[Path] = set()
    _collect(fields, (), found)
    return frozenset(found)


def write_fields(paths: FieldSet) -> dict[str, Any]:
    """Write a ``FieldsV1`` object, in the order in which the API server does."""
    tree: dict[str, Any] = {}
    for path in paths:
        place = tree
        for element in path:
            place = place.setdefault(element, {})
        place["."] = {}
    return _tidy(tree)


def without(paths: FieldSet, roots: Iterable[Path]) -> FieldSet:
    """Take paths out, with all that lies below them."""
    gone = tuple(roots)
    return frozenset(
        path for path in paths if not any(path[: len(r)] == r for r in gone)
    )


def in_order(paths: FieldSet) -> list[Path]:
    """List the members as Go's library walks them: a level, then what is below."""
    below: dict[str, set[Path]] = {}
    level: list[Path] = []
    for path in paths:
        if len(path) == 1:
            level.append(path)
        else:
            below.setdefault(path[0], set()).add(path[1:])
    result = sorted(level, key=lambda path: _rank(path[0]))
    for element in sorted(below, key=_rank):
        result += [(element, *rest) for rest in in_order(frozenset(below[element]))]
    return result


def show(path: Path) -> str:
    """Print a path for people: ``.spec.containers[name="app"].image``."""
    return "".join(map(_shown, path))


def _collect(fields: Mapping[str, Any], above: Path, found: set[Path]) -> None:
    for spelt, below in fields.items():
        if spelt == ".":
            if above:
                found.add(above)
            continue
        path = (*above, _canonical(spelt))
        if not isinstance(below, dict):
            raise ValueError(f"fields below {spelt!r} are not an object")  # noqa: TRY004 - one error for one broken format
        if below:
            _collect(below, path, found)
        else:
            found.add(path)


def _canonical(element: str) -> str:
    kind, colon, content = element.partition(":")
    if not colon or kind not in _RANKS:
        raise ValueError(f"unknown path element {element!r}")
    if kind in "kv":
        return f"{kind}:{_compact(json.loads(content))}"
    return element


def _tidy(tree: dict[str, Any]) -> dict[str, Any]:
    if tree.keys() == {"."}:
        return {}
    return {
        element: _tidy(tree[element]) if element != "." else {}
        for element in sorted(tree, key=_rank)
    }


def _rank(element: str) -> tuple[int, str]:
    return _RANKS.get(element[0], -1), element


def _shown(element: str) -> str:
    kind, _, content = element.partition(":")
    match kind:
        case "f":
            return f".{content}"
        case "k":
            keys = json.loads(content)
            shown = [f"{name}={_compact(value)}" for name, value in keys.items()]
            return f"[{','.join(shown)}]"
        case "v":
            return f"[={content}]"
        case _:
            return f"[{content}]"


def _compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), sort_keys=True, ensure_ascii=False)
