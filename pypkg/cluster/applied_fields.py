"""Telling without a request that a server-side apply would change nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pypkg.objects.equality import equal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pypkg.cluster.client import Object

# What identifies an object is nobody's field.
_IDENTITY = frozenset({"apiVersion", "kind"})
_NAME = frozenset({"name", "namespace"})


def is_applied(obj: Object, live: Object, manager: str) -> bool:
    """Tell whether an object is in the cluster exactly as this manager applies it.

    That is so if the manager's set of fields is the manifest's, and each of them has
    the manifest's value. Then the server would find nothing to do: a field that
    someone else has changed is no longer the manager's, and a field that the manifest
    has dropped still is. Where it cannot be told, the answer is no: values that the
    server writes in another form, keys of lists that it has to complete in more than
    one way.

    Args:
        obj: The manifest.
        live: The object in the cluster, read in the same version.
        manager: The field manager.
    """
    entries = [
        entry
        for entry in live["metadata"].get("managedFields") or ()
        if entry.get("manager") == manager and not entry.get("subresource")
    ]
    if len(entries) != 1 or entries[0].get("operation") != "Apply":
        return False
    if not obj.get("apiVersion") == entries[0].get("apiVersion") == live["apiVersion"]:
        return False
    applied = {key: value for key, value in obj.items() if key not in _IDENTITY}
    metadata = applied.get("metadata") or {}
    applied["metadata"] = {k: v for k, v in metadata.items() if k not in _NAME}
    return _holds(entries[0].get("fieldsV1") or {}, applied, live)


def _holds(fields: Mapping[str, Any], applied: Any, live: Any) -> bool:
    """Compare what is owned, what is applied and what there is, from one node down."""
    below = {name: node for name, node in fields.items() if name != "."}
    if not below:
        return equal(applied, live)
    if isinstance(applied, dict) and isinstance(live, dict):
        return below.keys() == {f"f:{name}" for name in applied} and all(
            name in live and _holds(below[f"f:{name}"], value, live[name])
            for name, value in applied.items()
        )
    if isinstance(applied, list) and isinstance(live, list):
        if all(name.startswith("k:") for name in below):
            return _holds_items(below, applied, live)
        if all(name.startswith("v:") for name in below):
            return _holds_members([json.loads(n[2:]) for n in below], applied, live)
    return False


def _holds_items(
    fields: Mapping[str, Any], applied: list[Any], live: list[Any]
) -> bool:
    """Compare a list whose items have keys, such as ``name``; their order counts."""
    if len(fields) != len(applied):
        return False
    nodes = [(json.loads(name[2:]), node) for name, node in fields.items()]
    last = -1
    for item in applied:
        fitting = [(keys, node) for keys, node in nodes if _fits(keys, item)]
        if len(fitting) != 1:
            return False
        keys, node = fitting[0]
        place = next((n for n, other in enumerate(live) if _has(keys, other)), -1)
        if place <= last or not _holds(node, item, live[place]):
            return False
        last = place
    return True


def _holds_members(owned: list[Any], applied: list[Any], live: list[Any]) -> bool:
    """Compare a list that is a set, such as finalizers; their order counts."""
    return (
        len(owned) == len(applied)
        and all(value in applied for value in owned)
        and [value for value in live if value in applied] == applied
    )


def _fits(keys: Mapping[str, Any], item: Any) -> bool:
    """Tell whether an item may have these keys; the server may have added some."""
    return isinstance(item, dict) and all(
        equal(item[name], value) for name, value in keys.items() if name in item
    )


def _has(keys: Mapping[str, Any], item: Any) -> bool:
    return isinstance(item, dict) and all(
        name in item and equal(item[name], value) for name, value in keys.items()
    )
