"""Events are kept for an hour, as in a cluster with default settings."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

from pypkg.sandbox.columns.column import parse_time
from pypkg.sandbox.store import Key

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from pypkg.sandbox.store import Store

LIFETIME = timedelta(hours=1)
_EVENTS = "events"
_INTERVAL = 300.0  # seconds


def expire_events(store: Store, now: datetime) -> None:
    """Remove the events that nobody has repeated for an hour."""
    for event in list(store.scan(_EVENTS)):
        metadata = event["metadata"]
        last = event.get("lastTimestamp") or metadata["creationTimestamp"]
        if now - parse_time(last) > LIFETIME:
            store.delete(Key(_EVENTS, metadata["namespace"], metadata["name"]))


async def keep_expiring(store: Store, clock: Callable[[], datetime]) -> None:
    """Do so again and again, until cancelled."""
    while True:
        expire_events(store, clock())
        await asyncio.sleep(_INTERVAL)
