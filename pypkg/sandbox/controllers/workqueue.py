"""The queue: what to reconcile, now or later, each object once."""

from __future__ import annotations

import heapq
import logging
from collections import deque
from typing import TYPE_CHECKING

from pypkg.sandbox.controllers.objects import Change, Name
from pypkg.sandbox.statuses import StatusError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pypkg.sandbox.controllers.context import Context, Controller

_LOGGER = logging.getLogger(__name__)
_LONGEST_RETRY = 60.0
_CONFLICT = 409

Task = tuple[int, Name]  # the controller's place, and its object


class ControllerManager:
    """Runs the controllers: first come, first served, in one thread.

    Tell it every change of an object through ``notify``, then call ``run`` until
    it has nothing more to do, and again when the time that it names has passed.

    Args:
        context: What the controllers work on.
        controllers: The control loops; their order decides who hears of a change
            first.
    """

    def __init__(self, context: Context, controllers: Sequence[Controller]) -> None:
        self._context = context
        self._controllers = tuple(controllers)
        self._queue: deque[Task] = deque()
        self._queued: set[Task] = set()
        self._later: list[tuple[float, int, Task]] = []
        self._count = 0
        self._failures: dict[Task, int] = {}

    def start(self) -> None:
        """Look at every object that is there already."""
        for kind in self._context.objects.kinds():
            for obj in self._context.objects.list(kind):
                self.notify(Change("ADDED", obj))

    def notify(self, change: Change) -> None:
        """Queue whatever a change concerns."""
        for place, controller in enumerate(self._controllers):
            for name in controller.concerns(change):
                self._enqueue((place, name))

    def run(self, steps: int | None = None) -> float | None:
        """Reconcile what is due.

        Args:
            steps: How many reconciliations to do at most; None until all is done.

        Returns:
            The seconds until something is due again: 0 if there is more to do now,
            None if there is nothing until the next change.
        """
        done = 0
        while steps is None or done < steps:
            self._wake()
            if not self._queue:
                break
            task = self._queue.popleft()
            self._queued.discard(task)
            self._reconcile(task)
            done += 1
        if self._queue:
            return 0.0
        return max(self._later[0][0] - self._now(), 0.0) if self._later else None

    def _reconcile(self, task: Task) -> None:
        place, name = task
        controller = self._controllers[place]
        try:
            again = controller.reconcile(name)
        except StatusError as error:
            again = self._retry(task, conflict=error.code == _CONFLICT)
            _LOGGER.debug("%s %s: %s", type(controller).__name__, name, error)
        except Exception:
            # One broken object must not stop the cluster.
            _LOGGER.exception("%s failed for %s", type(controller).__name__, name)
            again = self._retry(task, conflict=False)
        else:
            self._failures.pop(task, None)
        if again is not None:
            self._count += 1
            heapq.heappush(self._later, (self._now() + again, self._count, task))

    def _retry(self, task: Task, *, conflict: bool) -> float:
        failures = self._failures.get(task, 0)
        self._failures[task] = failures + 1
        # A conflict means that somebody else was faster: what they wrote is there.
        return (
            0.0 if conflict and not failures else min(0.1 * 2**failures, _LONGEST_RETRY)
        )

    def _enqueue(self, task: Task) -> None:
        if task not in self._queued:
            self._queued.add(task)
            self._queue.append(task)

    def _wake(self) -> None:
        while self._later and self._later[0][0] <= self._now():
            self._enqueue(heapq.heappop(self._later)[2])

    def _now(self) -> float:
        return self._context.clock().timestamp()
