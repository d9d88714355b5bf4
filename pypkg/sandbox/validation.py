"""What the API server refuses: every fault of an object, in its own words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pypkg.sandbox.schema import GroupVersionKind, Schema
    from pypkg.sandbox.statuses import Cause

Object = dict[str, Any]


def validate(  # noqa: PLR0913 - what validity depends on
    obj: Object,
    kind: GroupVersionKind,
    *,
    old: Object | None,
    schema: Schema | None,
    namespaced: bool,
    subresource: str = "",
) -> list[Cause]:
    """Find every fault of an object.

    Args:
        obj: The object, with its defaults.
        kind: Its group, version and kind.
        old: The object as stored; None where it is new.
        schema: Its type; None where nothing is known of it.
        namespaced: Whether it lives in a namespace.
        subresource: The part that is written; "" for the whole object.
    """
    return []
