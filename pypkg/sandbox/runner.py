"""Lets the simulated controllers work between requests, in the server's own loop.

A real cluster's controllers are other processes. Here they share one thread with the
API, so they wait while many requests come at once, though never for long.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from pypkg.sandbox.controllers.workqueue import ControllerManager
    from pypkg.sandbox.store import Event, Store

# All in seconds: how long controllers work before requests are looked at again; how
# long after its last request a connection counts as busy; for how long busy
# connections may keep controllers from working.
_TURN = 0.01
_RECENT = 0.02
_PATIENCE = 0.25
# One client that waits for each answer sees what the controllers made of its request;
# one that sends several requests at once cannot expect that.
_CROWD = 3


class Traffic:
    """An application that notes who calls it.

    Args:
        app: The application itself.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._last: dict[object, float] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        self._last[scope.get("client")] = time.monotonic()
        await self._app(scope, receive, send)

    async def gap(self) -> None:
        """Wait until requests no longer come at once, or patience is over."""
        ends = time.monotonic() + _PATIENCE
        while self._is_crowded() and time.monotonic() < ends:  # noqa: ASYNC110 - it is waited for nothing to happen
            await asyncio.sleep(_RECENT / 4)

    def _is_crowded(self) -> bool:
        since = time.monotonic() - _RECENT
        self._last = {one: last for one, last in self._last.items() if last > since}
        return len(self._last) >= _CROWD


async def run_controllers(
    manager: ControllerManager, store: Store, traffic: Traffic
) -> None:
    """Let the controllers work, after every change and when they asked for it.

    Args:
        manager: The controllers; they follow the store already.
        store: What wakes them up.
        traffic: The requests, which go first.
    """
    woken = asyncio.Event()

    def wake(_: Event) -> None:
        woken.set()

    store.subscribe(wake)
    while True:
        woken.clear()
        delay = _take_turn(manager)
        if delay == 0:
            await asyncio.sleep(0)
            await traffic.gap()
            continue
        try:
            async with asyncio.timeout(delay):
                await woken.wait()
        except TimeoutError:
            continue
        await traffic.gap()


def _take_turn(manager: ControllerManager) -> float | None:
    ends = time.monotonic() + _TURN
    while (delay := manager.run(1)) == 0:
        if time.monotonic() > ends:
            break
    return delay
