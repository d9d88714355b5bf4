"""The controllers' way into the simulated cluster, and what they remember of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pypkg.sandbox.schemas.conversion import convert
from pypkg.sandbox.statuses import StatusError
from pypkg.sandbox.store import Key
from pypkg.sandbox.writes.deletion import DeleteOptions, delete
from pypkg.sandbox.writes.targets import WriteOptions

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pypkg.sandbox.controllers.objects import Object
    from pypkg.sandbox.schemas.resources import Resource
    from pypkg.sandbox.schemas.schema import GroupVersionKind
    from pypkg.sandbox.store import Event
    from pypkg.sandbox.writes.pipeline import Cluster

_NOT_FOUND = 404


class ClusterObjects:
    """``Objects`` over a ``Cluster``.

    A kind that is listed once is kept in memory from then on, as an informer keeps
    it: controllers list far more often than anything changes.

    Args:
        cluster: Where the objects are.
    """

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._kept: dict[str, dict[Key, Object]] = {}
        cluster.store.subscribe(self._follow)

    def get(self, kind: GroupVersionKind, namespace: str, name: str) -> Object | None:
        """The object, or None."""
        resource = self._resource(kind)
        key = Key(resource.key, namespace if resource.namespaced else "", name)
        kept = self._kept.get(resource.key)
        found = self._cluster.store.get(key) if kept is None else kept.get(key)
        return None if found is None else convert(found, kind)

    def list(
        self, kind: GroupVersionKind, namespace: str | None = None
    ) -> Sequence[Object]:
        """The objects of a kind, of one namespace or of all, by name."""
        kept = self._keep(self._resource(kind))
        return [
            convert(kept[key], kind)
            for key in sorted(kept)
            if namespace is None or key.namespace == namespace
        ]

    def create(self, obj: Object, *, manager: str) -> Object:
        """Create an object."""
        target = self._cluster.target(obj)
        return self._cluster.create(target, obj, WriteOptions(manager=manager))

    def update(self, obj: Object, *, manager: str, subresource: str = "") -> Object:
        """Replace an object, or one part of it."""
        target = self._cluster.target(obj, subresource)
        return self._cluster.update(target, obj, WriteOptions(manager=manager))

    def delete(
        self,
        obj: Object,
        *,
        propagation: Literal["Background", "Foreground", "Orphan"] = "Background",
    ) -> None:
        """Delete an object of this uid, if it is still there."""
        options = DeleteOptions(propagation=propagation, uid=obj["metadata"]["uid"])
        try:
            delete(self._cluster, self._cluster.target(obj), options)
        except StatusError as error:
            if error.code != _NOT_FOUND:
                raise

    def dependents(self, uid: str) -> Sequence[Object]:
        """The objects that name this uid among their owners."""
        store = self._cluster.store
        keys = store.dependents(uid)
        found = [
            self._kept.get(key.resource, {}).get(key) or store.get(key) for key in keys
        ]
        return [obj for obj in found if obj is not None]

    def has_uid(self, uid: str) -> bool:
        """Whether an object of this uid exists."""
        return self._cluster.store.has_uid(uid)

    def within(self, namespace: str) -> Sequence[Object]:
        """Every object of a namespace, of any kind."""
        store = self._cluster.store
        found: list[Object] = []
        for resource in store.populated(namespace):
            found.extend(store.scan(resource, namespace))
        return found

    def kinds(self) -> Iterable[GroupVersionKind]:
        """Every kind whose objects are stored."""
        return [resource.storage_gvk for resource in self._cluster.resources.stored()]

    def _resource(self, kind: GroupVersionKind) -> Resource:
        resource = self._cluster.resources.of_kind(kind)
        if resource is None:
            raise LookupError(f"no resource of kind {kind}")
        return resource

    def _keep(self, resource: Resource) -> dict[Key, Object]:
        kept = self._kept.get(resource.key)
        if kept is None:
            kept = self._kept[resource.key] = {
                Key(
                    resource.key,
                    obj["metadata"].get("namespace", ""),
                    obj["metadata"]["name"],
                ): obj
                for obj in self._cluster.store.scan(resource.key)
            }
        return kept

    def _follow(self, event: Event) -> None:
        kept = self._kept.get(event.key.resource)
        if kept is None:
            return
        if event.type == "DELETED":
            kept.pop(event.key, None)
        else:
            kept[event.key] = event.object
