"""JSON merge patch, RFC 7386: apply, create, and the three-way form.

Custom resources are patched this way: they have no strategic merge.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from pypkg.errors import PatchError
from pypkg.objects.equality import equal


def merge_patch(document: Any, patch: Any) -> Any:
    """Apply a JSON merge patch, to a copy.

    A null in the patch removes the field; a list replaces the list.
    """
    if not isinstance(patch, dict):
        return deepcopy(patch)
    result = dict(document) if isinstance(document, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merge_patch(result.get(key), value)
    return deepcopy(result)


def create_merge_patch(
    original: dict[str, Any], modified: dict[str, Any]
) -> dict[str, Any]:
    """Build the JSON merge patch that turns one document into another.

    A field that ``modified`` sets to null, where ``original`` holds a value, cannot
    be said in a merge patch: it is removed.
    """
    patch: dict[str, Any] = dict.fromkeys(
        key for key in original if key not in modified
    )
    for key, value in modified.items():
        if key not in original:
            patch[key] = deepcopy(value)
        elif isinstance(value, dict) and isinstance(original[key], dict):
            if below := create_merge_patch(original[key], value):
                patch[key] = below
        elif not equal(original[key], value):
            patch[key] = deepcopy(value)
    return patch


def three_way_merge(
    original: dict[str, Any],
    modified: dict[str, Any],
    current: dict[str, Any],
) -> dict[str, Any]:
    """Build the JSON merge patch that brings a live object to a new configuration.

    Fields that others set stay; fields that were in the last configuration and are
    not in the new one go (``jsonmergepatch.CreateThreeWayJSONMergePatch``).

    Args:
        original: What was applied last.
        modified: What is to be applied now.
        current: The live object.

    Raises:
        PatchError: A document is not an object.
    """
    for document in (original, modified, current):
        if not isinstance(document, dict):
            raise PatchError("only objects can be merged")
    additions = _without_nulls(create_merge_patch(current, modified))
    deletions = _only_nulls(create_merge_patch(original, modified))
    return _combined(deletions, additions)


def _without_nulls(patch: dict[str, Any]) -> dict[str, Any]:
    """Keep what a patch adds and changes."""
    kept: dict[str, Any] = {}
    for key, value in patch.items():
        if isinstance(value, dict):
            below = _without_nulls(value)
            # An object that is empty by itself is a change; one that held nothing
            # but deletions is not.
            if below or not value:
                kept[key] = below
        elif value is not None:
            kept[key] = value
    return kept


def _only_nulls(patch: dict[str, Any]) -> dict[str, Any]:
    """Keep what a patch removes."""
    kept: dict[str, Any] = {}
    for key, value in patch.items():
        if isinstance(value, dict):
            if below := _only_nulls(value):
                kept[key] = below
        elif value is None:
            kept[key] = None
    return kept


def _combined(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    """Merge two patches into one; here a null is a value like any other."""
    result = dict(first)
    for key, value in second.items():
        below = result.get(key)
        if isinstance(value, dict) and isinstance(below, dict):
            result[key] = _combined(below, value)
        else:
            result[key] = value
    return result
