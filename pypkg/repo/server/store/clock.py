"""The time, and how indexes and manifests write it."""

from __future__ import annotations

from datetime import UTC, datetime


def clock() -> datetime:
    """Tell the time."""
    return datetime.now(UTC)


def stamp(moment: datetime) -> str:
    """Write a time: RFC 3339, UTC, microseconds."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
