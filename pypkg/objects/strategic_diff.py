"""Strategic merge patch: create the one that a client-side apply sends.

Of three documents, as ``kubectl apply`` and Helm do it.
"""

from __future__ import annotations

from collections import deque
from copy import deepcopy
from enum import Enum
from typing import TYPE_CHECKING, Any

from pypkg.errors import PatchError
from pypkg.objects.equality import equal
from pypkg.objects.openapi import UNTYPED
from pypkg.objects.strategic import (
    COMBINING,
    DELETE_FROM,
    PATCH,
    RETAIN_KEYS,
    SET_ORDER,
    item_key,
    merge_maps,
    sort_by,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pypkg.objects.openapi import OpenApiSchema

Map = dict[str, Any]
List = list[Any]


class _Part(Enum):
    """Which part of a difference to look for."""

    CHANGES = "what is new, or of another value"
    DELETIONS = "what is gone"


def three_way_strategic(
    original: Map, modified: Map, current: Map, schema: OpenApiSchema
) -> Map:
    """Build the strategic merge patch that brings a live object to a configuration.

    Fields that others set stay; fields that were in the last configuration and are
    not in the new one go.

    Args:
        original: What was applied last.
        modified: What is to be applied now.
        current: The live object.
        schema: The object's type.

    Raises:
        PatchError: An item of a list that is merged by key lacks the key.
    """
    delta = _diff_maps(current, modified, schema, _Part.CHANGES)
    deletions = _diff_maps(original, modified, schema, _Part.DELETIONS)
    return merge_maps(deepcopy(deletions), deepcopy(delta), schema, COMBINING)


def _diff_maps(
    original: Map,
    modified: Map,
    schema: OpenApiSchema,
    part: _Part,
    *,
    retain: bool = False,
) -> Map:
    patch: Map = {}
    for name, value in modified.items():
        if name in original:
            pair = (original[name], value)
            _diff_field(patch, name, pair, schema.field(name) or UNTYPED, part)
        elif part is _Part.CHANGES:
            patch[name] = value
    gone = [name for name in original if name not in modified]
    if part is _Part.DELETIONS:
        patch |= dict.fromkeys(gone)
    retained = sorted(name for name, value in modified.items() if value is not None)
    if retain and retained and (patch or any(original[k] is not None for k in gone)):
        # A union's members exclude each other: what the new configuration does not
        # name must go, also where a third party or a default brought it.
        patch[RETAIN_KEYS] = retained
    return patch


def _diff_field(
    patch: Map, name: str, pair: tuple[Any, Any], schema: OpenApiSchema, part: _Part
) -> None:
    old, new = pair
    strategies = schema.patch_strategies
    if isinstance(old, dict) and isinstance(new, dict) and "replace" not in strategies:
        retain = "retainKeys" in strategies
        if below := _diff_maps(old, new, schema, part, retain=retain):
            patch[name] = below
    elif isinstance(old, list) and isinstance(new, list) and "merge" in strategies:
        _diff_lists(patch, name, (old, new), schema, part)
    elif part is _Part.CHANGES and not equal(old, new):
        patch[name] = new


def _diff_lists(
    patch: Map, name: str, lists: tuple[List, List], schema: OpenApiSchema, part: _Part
) -> None:
    old, new = lists
    if not old:
        if new and part is _Part.CHANGES:
            patch[name] = new
        return
    if any(isinstance(item, dict) for item in [*old, *new]):
        key = schema.patch_merge_key
        changed = _diff_keyed_items(old, new, schema, part)
        deleted: List = []
        order = [{key: item_key(item, key)} for item in new]
        moved = not equal([{key: item_key(item, key)} for item in old], order)
    else:
        changed, deleted = _diff_scalars(old, new, part)
        order, moved = new, not equal(old, new)
    if changed:
        patch[name] = changed
    if deleted:
        patch[f"{DELETE_FROM}/{name}"] = deleted
    if changed or deleted or (moved and part is _Part.CHANGES):
        patch[f"{SET_ORDER}/{name}"] = order


def _diff_keyed_items(old: List, new: List, schema: OpenApiSchema, part: _Part) -> List:
    """Compare two lists by key: the changed items, then deletions."""
    key = schema.patch_merge_key
    if not key:
        raise PatchError("cannot compare lists of maps without a merge key")

    def text(item: Any) -> str:
        return _text(item_key(item, key))

    retain = "retainKeys" in schema.patch_strategies
    items = schema.items or UNTYPED
    changed: List = []
    deleted: List = []
    for was, now in _aligned(old, new, text):
        if was and now:
            if below := _diff_maps(was[0], now[0], items, part, retain=retain):
                changed.append(below | {key: now[0][key]})
        elif now and part is _Part.CHANGES:
            changed += now
        elif was and part is _Part.DELETIONS:
            deleted.append({key: was[0][key], PATCH: "delete"})
    return sort_by(changed, new, key) + deleted


def _diff_scalars(old: List, new: List, part: _Part) -> tuple[List, List]:
    """Compare two lists as multisets: what is added, what is gone."""
    added: List = []
    gone: List = []
    for was, now in _aligned(old, new, _text):
        if not was:
            added += now
        elif not now and was[0] not in gone:
            gone += was
    return (
        sort_by(added, new, "") if part is _Part.CHANGES else [],
        gone if part is _Part.DELETIONS else [],
    )


def _aligned(
    old: List, new: List, text: Callable[[Any], str]
) -> Iterator[tuple[List, List]]:
    """Walk through two lists by their printed keys: an item of either, or of both.

    A key may stand twice (a port over TCP and UDP): a map by key would lose one.
    """
    before, after = deque(sorted(old, key=text)), deque(sorted(new, key=text))
    while before or after:
        first = min(text(side[0]) for side in (before, after) if side)
        yield (
            [before.popleft()] if before and text(before[0]) == first else [],
            [after.popleft()] if after and text(after[0]) == first else [],
        )


def _text(value: Any) -> str:
    """Print a scalar as Go's %v, by which keys are sorted."""
    return str(value).lower() if isinstance(value, bool) else str(value)
