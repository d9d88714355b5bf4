"""JSON Patch, RFC 6902, as the API server applies it.

The server's library (evanphx/json-patch) adds one thing to the RFC: an array index
may be negative, and then counts from the end.
"""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

from pypkg.errors import PatchError
from pypkg.objects.equality import equal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_NEEDS = {
    "add": "value",
    "replace": "value",
    "test": "value",
    "remove": None,
    "move": "from",
    "copy": "from",
}


def apply_json_patch(document: Any, operations: Sequence[Mapping[str, Any]]) -> Any:
    """Apply the operations in turn, to a copy.

    Args:
        document: Any JSON value.
        operations: Each with ``op``, ``path`` and, as the operation needs them,
            ``value`` or ``from``.

    Raises:
        PatchError: An operation is malformed, points at nothing, or is a ``test``
            that fails. The document is then unchanged.
    """
    result = deepcopy(document)
    for operation in operations:
        result = _applied(result, operation)
    return result


def _applied(document: Any, operation: Mapping[str, Any]) -> Any:
    op, path = operation.get("op"), operation.get("path")
    if not (isinstance(op, str) and isinstance(path, str)) or op not in _NEEDS:
        raise PatchError(f"unexpected JSON patch operation {dict(operation)!r}")
    needed = _NEEDS[op]
    if needed is not None and needed not in operation:
        raise PatchError(f'the JSON patch operation "{op}" at "{path}" lacks {needed}')
    match op:
        case "add":
            return _add(document, path, deepcopy(operation["value"]))
        case "remove":
            return _remove(document, path)
        case "replace":
            _read(document, path)
            return _replace(document, path, deepcopy(operation["value"]))
        case "test":
            _test(document, path, operation["value"])
            return document
        case "copy":
            return _add(document, path, deepcopy(_read(document, operation["from"])))
        case _:
            return _move(document, operation["from"], path)


def _move(document: Any, source: str, path: str) -> Any:
    if path.startswith(f"{source}/"):
        raise PatchError(f'cannot move "{source}" into itself at "{path}"')
    value = _read(document, source)
    return _add(_remove(document, source), path, value)


def _test(document: Any, path: str, expected: Any) -> None:
    try:
        found = _read(document, path)
    except PatchError:
        # The server reads a missing field as null.
        found = None
    if not equal(found, expected):
        raise PatchError(f'testing value "{path}" failed')


def _add(document: Any, path: str, value: Any) -> Any:
    if not path:
        return value
    parent, key = _parent(document, path)
    if isinstance(parent, list):
        index = len(parent) if key == "-" else _index(key, len(parent) + 1, path)
        parent.insert(index, value)
    else:
        parent[key] = value
    return document


def _remove(document: Any, path: str) -> Any:
    if not path:
        raise PatchError("the whole document cannot be removed")
    parent, key = _parent(document, path)
    if isinstance(parent, list):
        del parent[_index(key, len(parent), path)]
    elif key in parent:
        del parent[key]
    else:
        raise PatchError(f'"{path}" cannot be removed: it does not exist')
    return document


def _replace(document: Any, path: str, value: Any) -> Any:
    if not path:
        return value
    parent, key = _parent(document, path)
    if isinstance(parent, list):
        parent[_index(key, len(parent), path)] = value
    else:
        parent[key] = value
    return document


def _read(document: Any, path: str) -> Any:
    found = document
    for token in _tokens(path):
        found = _child(found, token, path)
    return found


def _parent(document: Any, path: str) -> tuple[Any, str]:
    *above, last = _tokens(path)
    found = document
    for token in above:
        found = _child(found, token, path)
    if not isinstance(found, (dict, list)):
        raise PatchError(f'"{path}" does not exist: its parent has no fields')
    return found, last


def _child(value: Any, token: str, path: str) -> Any:
    if isinstance(value, list):
        return value[_index(token, len(value), path)]
    if isinstance(value, dict) and token in value:
        return value[token]
    raise PatchError(f'"{path}" does not exist: there is no "{token}"')


def _index(token: str, size: int, path: str) -> int:
    digits = token.removeprefix("-")
    if not (digits.isascii() and digits.isdigit()) or digits != str(int(digits)):
        raise PatchError(f'"{path}" does not exist: "{token}" is no array index')
    index = int(token)
    if not -size <= index < size:
        raise PatchError(f'"{path}" does not exist: index {index} is out of range')
    return index + size if index < 0 else index


def _tokens(path: str) -> list[str]:
    """Split a JSON pointer, RFC 6901."""
    if not path:
        return []
    if not path.startswith("/"):
        raise PatchError(f'"{path}" is no JSON pointer: it must start with "/"')
    return [
        token.replace("~1", "/").replace("~0", "~") for token in path[1:].split("/")
    ]
