"""The ``status.conditions`` of an object."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pypkg.sandbox.controllers.times import rfc3339

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pypkg.sandbox.controllers.objects import Object


def condition(obj: Object, kind: str) -> Object | None:
    """The condition of a type, or None."""
    for found in obj.get("status", {}).get("conditions") or ():
        if found["type"] == kind:
            return dict(found)
    return None


def is_true(obj: Object, kind: str) -> bool:
    """Whether the condition is there and its status is ``True``."""
    found = condition(obj, kind)
    return found is not None and found["status"] == "True"


def new_condition(
    kind: str, status: str, now: datetime, reason: str = "", message: str = ""
) -> Object:
    """Build a condition.

    Args:
        kind: Its type, such as ``Available``.
        status: ``True``, ``False`` or ``Unknown``.
        now: When this came to be so.
        reason: Why, in one word; "" for none.
        message: Why, for people; "" for nothing.
    """
    result = {"type": kind, "status": status, "lastTransitionTime": rfc3339(now)}
    return result | {
        key: text for key, text in (("reason", reason), ("message", message)) if text
    }


def with_condition(conditions: Sequence[Object] | None, new: Object) -> list[Object]:
    """Put a condition in its place, or last.

    Times stay where nothing else changes; the transition time stays where the
    status does.
    """
    result = []
    placed = False
    for old in conditions or ():
        if old["type"] == new["type"]:
            result.append(_succeeding(old, new))
            placed = True
        else:
            result.append(old)
    return result if placed else [*result, new]


def without_condition(conditions: Sequence[Object] | None, kind: str) -> list[Object]:
    """Take a condition out."""
    return [found for found in conditions or () if found["type"] != kind]


def _succeeding(old: Object, new: Object) -> Object:
    times = {"lastTransitionTime", "lastUpdateTime", "lastProbeTime"}
    if {k: v for k, v in old.items() if k not in times} == {
        k: v for k, v in new.items() if k not in times
    }:
        return old
    if old["status"] == new["status"] and "lastTransitionTime" in old:
        return new | {"lastTransitionTime": old["lastTransitionTime"]}
    return new
