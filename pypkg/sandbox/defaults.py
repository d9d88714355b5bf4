"""What the API server fills in where an object says nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pypkg.sandbox.schema import GroupVersionKind

Object = dict[str, Any]


def set_defaults(obj: Object, kind: GroupVersionKind) -> None:
    """Fill in the defaults of a built-in kind, in place.

    Args:
        obj: The object, decoded.
        kind: Its group, version and kind.
    """
