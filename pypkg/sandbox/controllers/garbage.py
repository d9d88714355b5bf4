"""The garbage collector: what becomes of the dependents of what is deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pypkg.sandbox.controllers.objects import CONTROLLER_MANAGER, Name
from pypkg.sandbox.writes.deletion import FOREGROUND, ORPHAN

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pypkg.sandbox.controllers.context import Context
    from pypkg.sandbox.controllers.objects import Change, Object
    from pypkg.sandbox.schemas.schema import GroupVersionKind


class GarbageCollector:
    """Deletes what has lost its owners; holds an owner until its dependents go.

    Works on uids: a name says nothing, as another object may have taken it.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._going: dict[str, tuple[GroupVersionKind, Name]] = {}

    def concerns(self, change: Change) -> Iterable[Name]:
        """The uids of the object and, where it goes, of its owners."""
        metadata = change.object["metadata"]
        if change.type == "DELETED":
            self._going.pop(metadata["uid"], None)
        elif "deletionTimestamp" in metadata:
            self._going[metadata["uid"]] = change.kind, Name.of(change.object)
        names = []
        if change.type == "DELETED" or "deletionTimestamp" in metadata:
            names.append(_uid(metadata["uid"]))
        if change.type == "DELETED":
            # An owner may wait for this dependent.
            names += [_uid(ref["uid"]) for ref in metadata.get("ownerReferences", ())]
        elif metadata.get("ownerReferences") and change.previous is None:
            # Perhaps the owner went before the dependent came.
            names += [_uid(ref["uid"]) for ref in metadata["ownerReferences"]]
        return names

    def reconcile(self, name: Name) -> None:
        """Look after the dependents of an owner."""
        objects = self._context.objects
        dependents = objects.dependents(name.name)
        if not objects.has_uid(name.name):
            for dependent in dependents:
                self._collect(dependent)
            return
        kind, place = self._going.get(name.name, (None, None))
        owner = objects.get(kind, *place) if kind and place else None
        if owner is None:
            return
        finalizers = owner["metadata"].get("finalizers", ())
        if ORPHAN in finalizers:
            for dependent in dependents:
                self._disown(dependent, name.name)
            self._release(owner, ORPHAN)
        elif FOREGROUND in finalizers:
            self._delete_first(owner, dependents)

    def _collect(self, dependent: Object) -> None:
        """Delete a dependent that has no owner left; else strike out the lost ones."""
        references = dependent["metadata"].get("ownerReferences", ())
        alive = [r for r in references if self._context.objects.has_uid(r["uid"])]
        if not alive:
            self._context.objects.delete(dependent)
        elif len(alive) < len(references):
            self._write(dependent, ownerReferences=alive)

    def _delete_first(self, owner: Object, dependents: Sequence[Object]) -> None:
        uid = owner["metadata"]["uid"]
        blocking = [d for d in dependents if _blocks(d, uid)]
        for dependent in dependents:
            if "deletionTimestamp" not in dependent["metadata"]:
                self._context.objects.delete(dependent, propagation="Foreground")
        if not blocking:
            self._release(owner, FOREGROUND)

    def _disown(self, dependent: Object, uid: str) -> None:
        references = dependent["metadata"].get("ownerReferences", ())
        left = [ref for ref in references if ref["uid"] != uid]
        self._write(dependent, ownerReferences=left)

    def _release(self, owner: Object, finalizer: str) -> None:
        finalizers = owner["metadata"].get("finalizers", ())
        self._write(owner, finalizers=[f for f in finalizers if f != finalizer])

    def _write(self, obj: Object, **changed: object) -> None:
        metadata = {k: v for k, v in (obj["metadata"] | changed).items() if v != []}
        self._context.objects.update(
            obj | {"metadata": metadata}, manager=CONTROLLER_MANAGER
        )


def _uid(uid: str) -> Name:
    return Name("", uid)


def _blocks(dependent: Object, uid: str) -> bool:
    references = dependent["metadata"].get("ownerReferences", ())
    return any(r["uid"] == uid and r.get("blockOwnerDeletion") for r in references)
