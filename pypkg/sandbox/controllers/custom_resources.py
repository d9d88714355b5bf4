"""What goes with a CustomResourceDefinition: its custom resources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pypkg.sandbox.controllers.objects import (
    CONTROLLER_MANAGER,
    CUSTOM_RESOURCE_DEFINITION,
    Name,
)
from pypkg.sandbox.custom import CLEANUP_FINALIZER, resources_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pypkg.sandbox.controllers.context import Context
    from pypkg.sandbox.controllers.objects import Change, Object


class CustomResources:
    """Deletes the objects of a definition that is deleted, then lets it go."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def concerns(self, change: Change) -> Iterable[Name]:
        """The definition, or that of what has been deleted."""
        if change.kind == CUSTOM_RESOURCE_DEFINITION:
            return [Name.of(change.object)]
        if change.type != "DELETED":
            return ()
        return [
            Name.of(definition)
            for definition in self._context.objects.list(CUSTOM_RESOURCE_DEFINITION)
            if "deletionTimestamp" in definition["metadata"]
        ]

    def reconcile(self, name: Name) -> None:
        """Empty a definition that is to go."""
        objects = self._context.objects
        definition = objects.get(CUSTOM_RESOURCE_DEFINITION, *name)
        if definition is None or "deletionTimestamp" not in definition["metadata"]:
            return
        finalizers = definition["metadata"].get("finalizers", ())
        if CLEANUP_FINALIZER not in finalizers or self._delete_all(definition):
            return
        kept = [f for f in finalizers if f != CLEANUP_FINALIZER]
        metadata = definition["metadata"] | {"finalizers": kept}
        objects.update(definition | {"metadata": metadata}, manager=CONTROLLER_MANAGER)

    def _delete_all(self, definition: Object) -> bool:
        """Delete a definition's objects; tells whether some remain for now."""
        served = resources_of(definition)
        if not served:
            return False
        kind = served[0].gvk
        for obj in self._context.objects.list(kind):
            if "deletionTimestamp" not in obj["metadata"]:
                self._context.objects.delete(obj)
        return bool(self._context.objects.list(kind))
