"""Which object: the four parts of a Kubernetes object's identity."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pypkg.structs import Struct

if TYPE_CHECKING:
    from collections.abc import Mapping


class ObjectRef(Struct):
    """The identity of one object.

    Attributes:
        api_version: ``v1``, or ``group/version``.
        kind: The kind, such as ``Deployment``.
        name: The object's name.
        namespace: Its namespace, or None for a cluster-scoped object.
    """

    api_version: str
    kind: str
    name: str
    namespace: str | None = None

    @classmethod
    def of(cls, obj: Mapping[str, Any], namespace: str | None = None) -> ObjectRef:
        """Read the identity of a manifest or a live object.

        Args:
            obj: The object; a missing field reads as "".
            namespace: Where the object is if it does not say so itself.
        """
        metadata = obj.get("metadata") or {}
        return cls(
            api_version=obj.get("apiVersion") or "",
            kind=obj.get("kind") or "",
            name=metadata.get("name") or "",
            namespace=metadata.get("namespace") or namespace,
        )

    @property
    def group(self) -> str:
        """The API group, "" for the core group."""
        return self.api_version.rpartition("/")[0]

    def __str__(self) -> str:
        """Give ``Kind/namespace/name``, as Helm names an object that it waits for."""
        return "/".join(p for p in (self.kind, self.namespace, self.name) if p)
