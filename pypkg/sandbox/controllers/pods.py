"""What is read off a pod's status, by everyone who counts pods."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pypkg.sandbox.controllers.conditions import condition, is_true
from pypkg.sandbox.controllers.times import seconds_since

if TYPE_CHECKING:
    from datetime import datetime

    from pypkg.sandbox.controllers.objects import Object


def is_ended(pod: Object) -> bool:
    """Whether every container has stopped for good."""
    return pod.get("status", {}).get("phase") in {"Succeeded", "Failed"}


def is_active(pod: Object) -> bool:
    """Whether the pod counts as a replica: not ended, not about to go."""
    return not is_ended(pod) and "deletionTimestamp" not in pod["metadata"]


def is_ready(pod: Object) -> bool:
    """Whether the pod takes traffic."""
    return is_true(pod, "Ready")


def available_in(pod: Object, min_ready: int, now: datetime) -> float | None:
    """How long until a pod has been ready for long enough.

    Args:
        pod: The pod.
        min_ready: ``minReadySeconds``.
        now: The time.

    Returns:
        Seconds, 0 if it is available, None while it is not ready.
    """
    found = condition(pod, "Ready")
    if found is None or found["status"] != "True":
        return None
    return max(min_ready - seconds_since(found["lastTransitionTime"], now), 0.0)
