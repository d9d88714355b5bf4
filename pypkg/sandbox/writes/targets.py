"""What a write is about, and how it is to be done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from pypkg.sandbox.store import Key

if TYPE_CHECKING:
    from pypkg.sandbox.schemas.resources import Resource
    from pypkg.sandbox.schemas.schema import GroupVersionKind

Object = dict[str, Any]


class ObjectReader(Protocol):
    """What defaulting and controllers may look up."""

    def get(self, kind: GroupVersionKind, namespace: str, name: str) -> Object | None:
        """The object, or None."""
        ...

    def list(
        self, kind: GroupVersionKind, namespace: str | None = None
    ) -> list[Object]:
        """The objects of a kind, of one namespace or of all."""
        ...


@dataclass(frozen=True, slots=True)
class WriteOptions:
    """How to write.

    Attributes:
        manager: Who writes: the name in ``managedFields``.
        dry_run: Check everything, store nothing.
        tracked: Whether ``managedFields`` are already right (server-side apply).
    """

    manager: str = "pypkg-sandbox"
    dry_run: bool = False
    tracked: bool = False


BY_THE_SANDBOX = WriteOptions()


@dataclass(frozen=True, slots=True)
class Target:
    """Which object, or which part of it, a request is about.

    Attributes:
        resource: Its resource, in the version of the request.
        namespace: "" for a cluster-scoped one.
        name: "" where it is to be generated.
        subresource: ``status``; "" for the whole object.
    """

    resource: Resource
    namespace: str
    name: str
    subresource: str = ""

    @property
    def key(self) -> Key:
        """Where it is stored."""
        return Key(self.resource.key, self.namespace, self.name)
