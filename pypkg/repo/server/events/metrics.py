"""Counters of all workers, as Prometheus reads them."""

from __future__ import annotations

import mmap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pypkg.repo.server.events.happening import Happening
    from pypkg.repo.server.store.library import Repository

ROUTES = ("index", "archive", "api", "registry", "other")
_CLASSES = ("1xx", "2xx", "3xx", "4xx", "5xx")
_COUNTERS = len(ROUTES) * len(_CLASSES)
_SECONDS = _COUNTERS  # then microseconds and requests of each route
_EVENTS = _SECONDS + 2 * len(ROUTES)
EVENTS = ("push", "delete", "denied")
_CELLS = _EVENTS + len(EVENTS)
_CELL = 8


class Metrics:
    """Counters in memory that forked workers share; each writes its own row.

    Args:
        workers: How many there will be.
    """

    def __init__(self, workers: int = 1) -> None:
        self._memory = mmap.mmap(-1, workers * _CELLS * _CELL)
        self._cells = memoryview(self._memory).cast("Q")
        self._workers = workers
        self._first = 0

    @property
    def worker(self) -> int:
        """The worker that this process is."""
        return self._first // _CELLS

    def become(self, worker: int) -> None:
        """Count as this worker from now on."""
        self._first = worker * _CELLS

    def request(self, route: str, status: int, seconds: float) -> None:
        """Count a request."""
        number = ROUTES.index(route)
        timed = self._first + _SECONDS + 2 * number
        self._cells[self._first + number * len(_CLASSES) + status // 100 - 1] += 1
        self._cells[timed] += int(seconds * 1_000_000)
        self._cells[timed + 1] += 1

    def repeated(self, route: str, status: int) -> None:
        """Count a request that took next to no time."""
        self.request(route, status, 0.0)

    def happened(self, happening: Happening) -> None:
        """Count a change; refusals are counted where they are answered."""
        if happening.action != "denied":
            self.event(happening.action)

    def event(self, name: str) -> None:
        """Count something that has happened."""
        self._cells[self._first + _EVENTS + EVENTS.index(name)] += 1

    def text(self, repositories: Iterable[Repository]) -> str:
        """Give everything in Prometheus' text format."""
        totals = [sum(self._cells[n::_CELLS]) for n in range(_CELLS)]
        lines = _heading("pypkg_http_requests_total", "counter", "Requests answered.")
        for r, route in enumerate(ROUTES):
            for c, code in enumerate(_CLASSES):
                if count := totals[r * len(_CLASSES) + c]:
                    labels = f'{{route="{route}",code="{code}"}}'
                    lines.append(f"pypkg_http_requests_total{labels} {count}")
        name = "pypkg_http_request_duration_seconds"
        lines += _heading(name, "summary", "Time to answer.")
        for r, route in enumerate(ROUTES):
            spent, count = totals[_SECONDS + 2 * r : _SECONDS + 2 * r + 2]
            lines.append(f'{name}_sum{{route="{route}"}} {spent / 1_000_000}')
            lines.append(f'{name}_count{{route="{route}"}} {count}')
        lines += _heading("pypkg_events_total", "counter", "Changes and refusals.")
        for e, event in enumerate(EVENTS):
            lines.append(f'pypkg_events_total{{event="{event}"}} {totals[_EVENTS + e]}')
        lines += _heading("pypkg_charts", "gauge", "Charts in a repository.")
        known = list(repositories)
        # A repository's name has no character that would need to be escaped.
        lines += [f'pypkg_charts{{repo="{one.name}"}} {one.charts}' for one in known]
        lines += _heading("pypkg_chart_versions", "gauge", "Versions in a repository.")
        lines += [
            f'pypkg_chart_versions{{repo="{one.name}"}} {one.versions}' for one in known
        ]
        return "\n".join(lines) + "\n"


def _heading(name: str, kind: str, about: str) -> list[str]:
    return [f"# HELP {name} {about}", f"# TYPE {name} {kind}"]
