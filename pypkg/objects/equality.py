"""Equality of JSON values."""

from __future__ import annotations

from typing import Any


def equal(left: Any, right: Any) -> bool:
    """Compare two JSON values as Go does: ``1``, ``1.0`` and ``true`` all differ."""
    if isinstance(left, dict):
        return (
            isinstance(right, dict)
            and left.keys() == right.keys()
            and all(equal(value, right[key]) for key, value in left.items())
        )
    if isinstance(left, list):
        return (
            isinstance(right, list)
            and len(left) == len(right)
            and all(map(equal, left, right))
        )
    if isinstance(left, (bool, float)) or isinstance(right, (bool, float)):
        return type(left) is type(right) and bool(left == right)
    return bool(left == right)
