"""Merging values: maps merge, everything else is replaced."""

from __future__ import annotations

from typing import Any


def merge(base: dict[str, Any], override: dict[str, Any]) -> dict[str, Any]:
    """Lay one tree of values over another, as Helm does with ``-f`` files.

    Maps that both have are merged at every depth; any other value of ``override``
    replaces that of ``base``: lists are not joined, and null replaces too.

    Returns:
        A new tree that shares unmerged parts with both arguments.
    """
    merged = dict(base)
    for key, value in override.items():
        below = merged.get(key)
        if isinstance(value, dict) and isinstance(below, dict):
            merged[key] = merge(below, value)
        else:
            merged[key] = value
    return merged
