"""JSON as the sandbox stores and sends it."""

from __future__ import annotations

import json
from typing import Any

import orjson


def dumps(value: Any) -> bytes:
    """Write a value without spaces, in UTF-8."""
    try:
        return orjson.dumps(value)
    except TypeError:  # it holds an integer of more than 64 bits
        return json.dumps(value, separators=(",", ":")).encode()


def copied(value: dict[str, Any]) -> dict[str, Any]:
    """A copy of an object that shares nothing with it; a tenth of deepcopy's time."""
    return loads(dumps(value))


def written(text: str) -> orjson.Fragment:
    """JSON that stands in a value, and that :func:`dumps` writes as it is."""
    return orjson.Fragment(text)


def loads(text: str | bytes) -> dict[str, Any]:
    """Read an object; an integer of more than 64 bits becomes a float, as with Go.

    Raises:
        ValueError: The text is not JSON.
    """
    value: dict[str, Any] = orjson.loads(text)
    return value
