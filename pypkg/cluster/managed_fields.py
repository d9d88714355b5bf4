"""Field ownership: handing what client-side apply owned to server-side apply."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pypkg.cluster.client import Object


def upgrade_patch(obj: Object, manager: str) -> list[dict[str, Any]]:
    """Build the JSON patch that turns a manager's updates into its applied fields.

    Without it, a field that an earlier client-side apply set would belong to the
    manager twice, and could not be removed by server-side apply. This is what
    client-go's ``csaupgrade`` does.

    Args:
        obj: The live object.
        manager: The field manager, which is both the old and the new one.

    Returns:
        The patch, which fails if the object has changed since; [] if there is
        nothing to hand over.
    """
    entries = obj["metadata"].get("managedFields") or []
    updates = [e for e in entries if _is(e, manager, "Update")]
    if not updates:
        return []
    applied = next((e for e in entries if _is(e, manager, "Apply")), None)
    kept = dict(applied or updates[0], operation="Apply")
    kept["fieldsV1"] = _union(
        *(e.get("fieldsV1") or {} for e in (applied, *updates) if e)
    )
    result = [e for e in entries if e is not applied and e not in updates]
    result.append(kept)
    version = obj["metadata"]["resourceVersion"]
    return [
        {"op": "replace", "path": "/metadata/managedFields", "value": result},
        {"op": "replace", "path": "/metadata/resourceVersion", "value": version},
    ]


def _is(entry: dict[str, Any], manager: str, operation: str) -> bool:
    return (
        entry.get("manager") == manager
        and entry.get("operation") == operation
        and not entry.get("subresource")
    )


def _union(*sets: dict[str, Any]) -> dict[str, Any]:
    """Merge sets of fields, which are trees of names."""
    merged: dict[str, Any] = {}
    for fields in sets:
        for name, below in fields.items():
            merged[name] = _union(merged.get(name, {}), below)
    return merged
