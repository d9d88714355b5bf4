"""Maps: building, reading, changing, merging."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pypkg.render.functions.errors import FunctionError
from pypkg.render.functions.goprint import StringSlice, type_name
from pypkg.render.functions.lists import is_empty
from pypkg.render.functions.strings import to_string

if TYPE_CHECKING:
    from pypkg.render.functions.signature import TemplateFunction

_MAP = "map[string]interface {}"
# Keys, a default, and the map.
_LEAST_FOR_DIG = 3


def make_dict(*pairs: Any) -> dict[str, Any]:
    """Give a map of keys and values in turn; a last key alone gets ``""``."""
    out = {}
    for i in range(0, len(pairs), 2):
        key = pairs[i]
        if key.__class__ is not str:
            key = to_string(key)
        out[key] = pairs[i + 1] if i + 1 < len(pairs) else ""
    return out


def get(mapping: dict[str, Any], key: str) -> Any:
    """Give a key's value, ``""`` if there is none."""
    return mapping.get(key, "")


def set_key(mapping: dict[str, Any], key: str, value: Any) -> dict[str, Any]:
    """Set a key in the map itself, and give the map."""
    mapping[key] = value
    return mapping


def unset(mapping: dict[str, Any], key: str) -> dict[str, Any]:
    """Remove a key from the map itself, and give the map."""
    mapping.pop(key, None)
    return mapping


def has_key(mapping: dict[str, Any], key: str) -> bool:
    """Tell whether a map has a key, whatever its value."""
    return key in mapping


def pluck(key: str, *mappings: dict[str, Any]) -> list[Any]:
    """Give a key's values in those maps that have it."""
    return [mapping[key] for mapping in mappings if key in mapping]


def keys(*mappings: dict[str, Any]) -> StringSlice:
    """Give all keys, map by map, sorted within each (in Helm their order is random)."""
    return StringSlice(key for mapping in mappings for key in sorted(mapping))


def values(mapping: dict[str, Any]) -> list[Any]:
    """Give all values in the order of their keys (in Helm it is random)."""
    return [mapping[key] for key in sorted(mapping)]


def pick(mapping: dict[str, Any], *wanted: str) -> dict[str, Any]:
    """Give a new map with these keys only."""
    return {key: mapping[key] for key in wanted if key in mapping}


def omit(mapping: dict[str, Any], *unwanted: str) -> dict[str, Any]:
    """Give a new map without these keys."""
    return {key: value for key, value in mapping.items() if key not in unwanted}


def dig(*path_default_map: Any) -> Any:
    """Walk keys down nested maps: KEY ... DEFAULT MAP; the default if one is missing.

    A value on the way that is no map is an error.
    """
    if len(path_default_map) < _LEAST_FOR_DIG:
        raise FunctionError("dig needs at least three arguments")
    *path, default, current = path_default_map
    for key in path:
        if key.__class__ is not str:
            raise _conversion_error(key, "string")
    for key in path:
        # Of Helm's own map types one is let through, which Helm refuses: what merge
        # and set give for .Values is a plain map in Go, but the same object here.
        if type_name(current) not in {_MAP, "common.Values"}:
            raise _conversion_error(current, _MAP)
        if key not in current:
            return default
        current = current[key]
    return current


def _conversion_error(value: Any, wanted: str) -> FunctionError:
    actual = "nil" if value is None else type_name(value)
    return FunctionError(
        f"interface conversion: interface {{}} is {actual}, not {wanted}"
    )


def merge(into: dict[str, Any], *others: dict[str, Any]) -> dict[str, Any]:
    """Fill what is missing or empty in the first map from the others; it is changed."""
    for other in others:
        _fill(into, other)
    return into


def merge_overwrite(into: dict[str, Any], *others: dict[str, Any]) -> dict[str, Any]:
    """Let later maps overwrite the first, also in maps inside; it is changed."""
    for other in others:
        _overwrite(into, other)
    return into


def _fill(into: dict[str, Any], other: dict[str, Any]) -> None:
    for key, value in other.items():
        if value is None:
            continue
        existing = into.get(key)
        if isinstance(existing, dict) and isinstance(value, dict) and existing:
            _fill(existing, value)
        elif is_empty(existing):
            into[key] = value


def _overwrite(into: dict[str, Any], other: dict[str, Any]) -> None:
    for key, value in other.items():
        existing = into.get(key)
        if isinstance(existing, dict) and isinstance(value, dict) and existing:
            _overwrite(existing, value)
        else:
            into[key] = value


def deep_copy(value: Any) -> Any:
    """Give a copy that shares nothing with the value; nil is an error."""
    if value is None:
        raise FunctionError("reflect: call of reflect.Value.Type on zero Value")
    return _copied(value)


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return type(value)({key: _copied(item) for key, item in value.items()})
    if isinstance(value, list):
        return type(value)(map(_copied, value))
    return value


FUNCTIONS: dict[str, TemplateFunction] = {
    "deepCopy": deep_copy,
    "dict": make_dict,
    "dig": dig,
    "get": get,
    "hasKey": has_key,
    "keys": keys,
    "merge": merge,
    "mergeOverwrite": merge_overwrite,
    "mustDeepCopy": deep_copy,
    "mustMerge": merge,
    "mustMergeOverwrite": merge_overwrite,
    "omit": omit,
    "pick": pick,
    "pluck": pluck,
    "set": set_key,
    "unset": unset,
    "values": values,
}
