"""Strategic merge patch: apply one to a document.

Follows ``k8s.io/apimachinery/pkg/util/strategicpatch``. The types say by what key
the items of a list are matched; the patch may hold directives:

- ``$patch: delete | replace | merge`` in a map, or in an item of a list,
- ``$retainKeys`` in a map: every other field goes,
- ``$deleteFromPrimitiveList/FIELD``: these items of a list of scalars go,
- ``$setElementOrder/FIELD``: the items of a list, in the order wanted.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pypkg.errors import PatchError
from pypkg.objects.equality import equal
from pypkg.objects.openapi import UNTYPED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pypkg.objects.openapi import OpenApiSchema

PATCH = "$patch"
RETAIN_KEYS = "$retainKeys"
DELETE_FROM = "$deleteFromPrimitiveList"
SET_ORDER = "$setElementOrder"

Map = dict[str, Any]
List = list[Any]


@dataclass(frozen=True, slots=True)
class MergeMode:
    """How to treat what only a patch may hold.

    Attributes:
        obey: Carry the directives out; otherwise keep them, as the document is a
            patch itself (the three-way patch merges two patches).
        keep_nulls: Keep a null that removes nothing, for the same reason.
    """

    obey: bool = True
    keep_nulls: bool = False


APPLYING = MergeMode()
COMBINING = MergeMode(obey=False, keep_nulls=True)


def strategic_merge(document: Map, patch: Map, schema: OpenApiSchema) -> Map:
    """Apply a strategic merge patch, to a copy.

    Args:
        document: The object to patch.
        patch: The patch, with its directives.
        schema: The object's type.

    Raises:
        PatchError: The patch does not fit the type, or breaks its own format.
    """
    return merge_maps(deepcopy(document), deepcopy(patch), schema, APPLYING)


def merge_maps(target: Map, patch: Map, schema: OpenApiSchema, mode: MergeMode) -> Map:
    """Merge a patch into ``target``; both may be changed."""
    if PATCH in patch:
        return _whole_map(patch)
    _retain_keys(target, patch, mode)
    _merge_ordered_lists(target, patch, schema, mode)
    for name, value in patch.items():
        _merge_field(target, name, value, schema=schema, mode=mode)
    return target


def _merge_field(
    target: Map, name: str, value: Any, *, schema: OpenApiSchema, mode: MergeMode
) -> None:
    deleting = name.startswith(DELETE_FROM)
    if deleting and not mode.obey:
        target[name] = value
        return
    if deleting:
        name = _directed_field(name, DELETE_FROM)
    if value is None:
        target.pop(name, None)
        if mode.keep_nulls:
            target[name] = None
        return
    if name not in target:
        if not deleting:
            target[name] = _without_directives(value) if mode.obey else value
        return
    target[name] = _merged(
        target[name], value, schema.field(name) or UNTYPED, mode, deleting=deleting
    )


def _merged(
    old: Any, new: Any, schema: OpenApiSchema, mode: MergeMode, *, deleting: bool
) -> Any:
    if isinstance(old, dict) and isinstance(new, dict):
        if "replace" in schema.patch_strategies:
            return new
        return merge_maps(old, new, schema, mode)
    if (
        isinstance(old, list)
        and isinstance(new, list)
        and "merge" in schema.patch_strategies
    ):
        return _merge_lists(old, new, schema, mode, deleting=deleting)
    return new


def _whole_map(patch: Map) -> Map:
    match patch[PATCH]:
        case "replace":
            return {name: value for name, value in patch.items() if name != PATCH}
        case "delete":
            return {}
        case "merge":
            raise PatchError("$patch: merge is not for a map", malformed=True)
        case directive:
            raise PatchError(f"unknown patch type: {directive}", malformed=True)


def _retain_keys(target: Map, patch: Map, mode: MergeMode) -> None:
    if RETAIN_KEYS not in patch:
        return
    retained = patch.pop(RETAIN_KEYS)
    if not mode.obey:
        if not equal(target.setdefault(RETAIN_KEYS, retained), retained):
            raise PatchError("the two patches differ in $retainKeys")
        return
    if not isinstance(retained, list):
        raise PatchError("invalid patch format of retainKeys", malformed=True)
    for name, value in patch.items():
        directive = name.startswith((DELETE_FROM, SET_ORDER))
        if value is not None and not directive and name not in retained:
            raise PatchError("invalid patch format of retainKeys", malformed=True)
    for name in [name for name in target if name not in retained]:
        del target[name]


def _merge_ordered_lists(
    target: Map, patch: Map, schema: OpenApiSchema, mode: MergeMode
) -> None:
    """Merge the lists whose order the patch gives, and take them out of the patch."""
    for directive in [name for name in patch if name.startswith(SET_ORDER)]:
        order = patch.pop(directive)
        name = _directed_field(directive, SET_ORDER)
        if not mode.obey and not equal(target.setdefault(directive, order), order):
            raise _bad_order()
        if not (
            isinstance(order, list)
            and isinstance(target.get(name, []), list)
            and isinstance(patch.get(name, []), list)
        ):
            raise _bad_order()
        if name not in target and name not in patch:
            continue
        field = schema.field(name) or UNTYPED
        old, new = target.get(name), patch.pop(name, None)
        _check_order(new or [], order, field.patch_merge_key)
        if new is None:
            merged = old or []
        elif old is None:
            merged = _without_directives(new) if mode.obey else new
        else:
            merged = _merged(list(old), list(new), field, mode, deleting=False)
        target[name] = _in_order(merged, order, old or [], field.patch_merge_key)


def _merge_lists(
    old: List, new: List, schema: OpenApiSchema, mode: MergeMode, *, deleting: bool
) -> List:
    if not old and not new:
        return old
    if not _holds_maps(old, new):
        if deleting:
            return [item for item in old if not _contains(new, item)]
        merged: List = []
        for item in [*old, *new]:
            if not _contains(merged, item):
                merged.append(item)
        return _in_order(merged, new, old, "")
    key = schema.patch_merge_key
    if not key:
        raise PatchError("cannot merge a list of maps without a merge key")
    live = list(old)
    changes, live = _directed_items(live, new, key) if mode.obey else (new, live)
    for item in changes:
        _merge_item(live, item, schema, mode)
    return _in_order(live, changes, old, key)


def _directed_items(old: List, new: List, key: str) -> tuple[List, List]:
    """Carry out the items' ``$patch``; give the other changes and what is left."""
    changes = [item for item in new if PATCH not in item]
    replaced = False
    for item in new:
        match item.get(PATCH):
            case None:
                continue
            case "delete":
                value = item_key(item, key)
                old = [live for live in old if not _has_key(live, key, value)]
            case "replace":
                replaced = True
            case "merge":
                raise PatchError("merging lists cannot yet be specified in the patch")
            case directive:
                raise PatchError(f"unknown patch type: {directive}", malformed=True)
    return ([], changes) if replaced else (changes, old)


def _merge_item(live: List, item: Map, schema: OpenApiSchema, mode: MergeMode) -> None:
    value = item_key(item, schema.patch_merge_key)
    for index, found in enumerate(live):
        if _has_key(found, schema.patch_merge_key, value):
            live[index] = merge_maps(found, item, schema.items or UNTYPED, mode)
            return
    live.append(_without_directives(item) if mode.obey else item)


def _in_order(merged: List, order: List, server_order: List, key: str) -> List:
    """Sort what the patch names by ``order``, the rest as it was, and interleave."""
    named = {_identity(item, key) for item in order}
    patched = [item for item in merged if _identity(item, key) in named]
    rest = [item for item in merged if _identity(item, key) not in named]
    return _interleaved(
        sort_by(rest, server_order, key),
        sort_by(patched, order, key),
        server_order,
        key,
    )


def _interleaved(rest: List, patched: List, server_order: List, key: str) -> List:
    """Put each item of ``rest`` before the first of ``patched`` that it preceded."""
    rank = {_identity(item, key): n for n, item in reversed([*enumerate(server_order)])}
    result: List = []
    waiting = list(rest)
    for item in patched:
        place = rank.get(_identity(item, key))
        while waiting and place is not None:
            other = rank.get(_identity(waiting[0], key))
            if other is None or other >= place:
                break
            result.append(waiting.pop(0))
        result.append(item)
    return result + waiting


def sort_by(items: List, order: Sequence[Any], key: str) -> List:
    """Sort items as ``order`` has them; deletions, and what it lacks, come last."""
    rank = {_identity(item, key): n for n, item in reversed([*enumerate(order)])}
    last = len(rank)

    def place(item: Any) -> tuple[bool, int]:
        deletion = isinstance(item, dict) and item.get(PATCH) == "delete"
        return deletion, rank.get(_identity(item, key), last)

    return sorted(items, key=place)


def _check_order(changes: List, order: List, key: str) -> None:
    """Check that the changed items come in the order that the directive gives."""
    expected = iter([_identity(item, key) for item in order])
    for item in changes:
        if isinstance(item, dict) and PATCH in item:
            continue
        wanted = _identity(item, key)
        if order and not any(found == wanted for found in expected):
            raise PatchError(f"The order in patch list doesn't match {SET_ORDER} list")


def _holds_maps(*lists: List) -> bool:
    items = [item for found in lists for item in found]
    if any(isinstance(item, list) for item in items):
        raise PatchError("lists of lists are not supported")
    maps = sum(isinstance(item, dict) for item in items)
    if maps not in {0, len(items)}:
        raise PatchError("list element types are not identical")
    return bool(maps)


def item_key(item: Any, key: str) -> Any:
    """Read the merge key's value of an item.

    Raises:
        PatchError: The item lacks it.
    """
    if not isinstance(item, dict):
        raise PatchError("expected a map in a list that is merged by key")
    if key not in item:
        raise PatchError(f"map: {item} does not contain declared merge key: {key}")
    return item[key]


def _has_key(item: Any, key: str, value: Any) -> bool:
    return isinstance(item, dict) and key in item and equal(item[key], value)


def _identity(item: Any, key: str) -> tuple[type, Any]:
    found = item_key(item, key) if key else item
    if isinstance(found, (dict, list)):
        raise PatchError(f"a merge key must be a scalar, not {found}")
    return type(found), found


def _contains(items: List, wanted: Any) -> bool:
    return any(equal(item, wanted) for item in items)


def _directed_field(name: str, directive: str) -> str:
    prefix, slash, field = name.partition("/")
    if prefix != directive or not slash:
        raise PatchError(f"invalid {directive} directive: {name}", malformed=True)
    return field


def _without_directives(value: Any) -> Any:
    """Clean a value that the document does not have yet of what only patches hold."""
    if isinstance(value, list):
        return [
            _without_directives(item)
            for item in value
            if not (isinstance(item, dict) and item.get(PATCH) == "delete")
        ]
    if not isinstance(value, dict):
        return value
    if value.get(PATCH) == "delete":
        return {}
    return {
        name: _without_directives(below)
        for name, below in value.items()
        if below is not None
        and name not in {PATCH, RETAIN_KEYS}
        and not name.startswith((DELETE_FROM, SET_ORDER))
    }


def _bad_order() -> PatchError:
    return PatchError("invalid patch format of setElementOrder list", malformed=True)
