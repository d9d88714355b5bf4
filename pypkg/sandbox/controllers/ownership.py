"""Who controls whom: owner references and label selectors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pypkg.sandbox.controllers.objects import kind_of
from pypkg.sandbox.label_selector import matches

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pypkg.sandbox.controllers.objects import Object, Objects
    from pypkg.sandbox.schemas.schema import GroupVersionKind


def controller_reference(obj: Object) -> Mapping[str, Any] | None:
    """The reference to the object's controller, or None."""
    references = obj["metadata"].get("ownerReferences", ())
    return next((ref for ref in references if ref.get("controller")), None)


def controller_name(obj: Object, kind: GroupVersionKind) -> str | None:
    """The name of the object's controller, if that is of a kind."""
    found = controller_reference(obj)
    if found is None or found["kind"] != kind.kind:
        return None
    return str(found["name"])


def reference_to(owner: Object) -> Object:
    """The reference by which an owner controls an object."""
    return {
        "apiVersion": owner["apiVersion"],
        "kind": owner["kind"],
        "name": owner["metadata"]["name"],
        "uid": owner["metadata"]["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }


def controlled(objects: Objects, kind: GroupVersionKind, owner: Object) -> list[Object]:
    """The objects of a kind that an owner controls."""
    uid = owner["metadata"]["uid"]
    found = []
    for obj in objects.dependents(uid):
        reference = controller_reference(obj)
        if kind_of(obj) == kind and reference is not None and reference["uid"] == uid:
            found.append(obj)
    return found


def orphans(objects: Objects, kind: GroupVersionKind, owner: Object) -> list[Object]:
    """The objects that an owner's selector matches and nobody controls."""
    selector = owner["spec"].get("selector") or {}
    return [
        obj
        for obj in objects.list(kind, owner["metadata"]["namespace"])
        if controller_reference(obj) is None
        and "deletionTimestamp" not in obj["metadata"]
        and matches(selector, obj["metadata"].get("labels", {}))
    ]


def adopted(obj: Object, owner: Object) -> Object:
    """The object, controlled by an owner."""
    metadata = obj["metadata"]
    references = [*metadata.get("ownerReferences", ()), reference_to(owner)]
    return obj | {"metadata": metadata | {"ownerReferences": references}}
