"""What a default cluster's admission and registries add to an object on its way in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from pypkg.sandbox.schema import GroupVersionKind

Object = dict[str, Any]


class Reader(Protocol):
    """What admission looks up."""

    def get(self, kind: GroupVersionKind, namespace: str, name: str) -> Object | None:
        """The object, or None."""

    def list(
        self, kind: GroupVersionKind, namespace: str | None = None
    ) -> list[Object]:
        """The objects of a kind, of one namespace or of all."""


def allocate(
    obj: Object, kind: GroupVersionKind, *, old: Object | None, reader: Reader
) -> None:
    """Complete an object from the state of the cluster, in place.

    Service addresses and ports, a pod's service account, the default classes.

    Args:
        obj: The object, with its defaults.
        kind: Its group, version and kind.
        old: The object as stored; None where it is new.
        reader: The other objects.

    Raises:
        StatusError: The object is refused.
    """
