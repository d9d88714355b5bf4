"""Lets the simulated controllers work between requests, in the server's own loop."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pypkg.sandbox.controllers.workqueue import ControllerManager
    from pypkg.sandbox.store import Event, Store

# Reconciliations between two looks at the requests that wait.
_STEPS = 20


async def run_controllers(manager: ControllerManager, store: Store) -> None:
    """Let the controllers work, after every change and when they asked for it.

    Args:
        manager: The controllers; they follow the store already.
        store: What wakes them up.
    """
    woken = asyncio.Event()

    def wake(_: Event) -> None:
        woken.set()

    store.subscribe(wake)
    while True:
        woken.clear()
        delay = manager.run(_STEPS)
        if delay == 0:
            await asyncio.sleep(0)
            continue
        try:
            async with asyncio.timeout(delay):
                await woken.wait()
        except TimeoutError:
            continue
