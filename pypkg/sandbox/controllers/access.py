"""The controllers' way into the simulated cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pypkg.sandbox.deletion import DeleteOptions, delete
from pypkg.sandbox.pipeline import WriteOptions
from pypkg.sandbox.statuses import StatusError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pypkg.sandbox.controllers.objects import Object
    from pypkg.sandbox.pipeline import Cluster
    from pypkg.sandbox.schema import GroupVersionKind

_NOT_FOUND = 404


class ClusterObjects:
    """``Objects`` over a ``Cluster``.

    Args:
        cluster: Where the objects are.
    """

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def get(self, kind: GroupVersionKind, namespace: str, name: str) -> Object | None:
        """The object, or None."""
        return self._cluster.get(kind, namespace, name)

    def list(
        self, kind: GroupVersionKind, namespace: str | None = None
    ) -> Sequence[Object]:
        """The objects of a kind, of one namespace or of all."""
        return self._cluster.list(kind, namespace)

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
        found = [store.get(key) for key in store.dependents(uid)]
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
