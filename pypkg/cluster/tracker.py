"""Waits until objects are ready, or gone, and knows why they are not."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pypkg.cluster.diagnosis import causes
from pypkg.cluster.readiness import Readiness, State
from pypkg.cluster.watch import Watch
from pypkg.errors import (
    ClusterError,
    NotFoundError,
    NotReadyError,
    WaitTimeoutError,
)

if TYPE_CHECKING:
    from pypkg.cluster.client import Cluster, Object
    from pypkg.cluster.reference import ObjectRef

Judge = Callable[[Mapping[str, Any], datetime], Readiness]
# Judgements that depend on the time are made again so often, in seconds.
TICK = 1.0
_ABSENT = Readiness(State.NOT_FOUND, "Resource not found")
_UNSEEN = Readiness(State.UNKNOWN, "")


@dataclass(frozen=True, slots=True)
class ObjectProgress:
    """The state of an object that is waited for, whenever it changes.

    Attributes:
        ref: The object.
        status: kstatus' word: InProgress, Failed, Current, Terminating, NotFound
            or Unknown.
        message: What it waits for, such as "Available: 1/3".
        ready: Whether this object needs no more waiting.
    """

    ref: ObjectRef
    status: str
    message: str
    ready: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracker:
    """Waits for objects by watching them.

    Attributes:
        cluster: Where they are.
        report: Takes every change of an object's state.
        clock: Gives the time, with its zone.
        monotonic: Gives seconds that only grow.
    """

    cluster: Cluster
    report: Callable[[ObjectProgress], None]
    clock: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    monotonic: Callable[[], float] = time.monotonic

    def wait_ready(
        self, refs: Sequence[ObjectRef], judge: Judge, timeout: float
    ) -> None:
        """Wait until every object is ready or has failed for good.

        Args:
            refs: The objects.
            judge: Tells an object's state; Current is ready.
            timeout: Seconds.

        Raises:
            NotReadyError: An object has failed.
            WaitTimeoutError: The time is over.
        """
        wait = _Wait(self, refs, judge, goal=State.CURRENT)
        done = wait.run(timeout)
        if wait.unfinished(strict=True):
            raise self._not_ready(wait, timeout, timed_out=not done)

    def wait_gone(self, refs: Sequence[ObjectRef], timeout: float) -> None:
        """Wait until no object is there any more.

        Args:
            refs: The objects.
            timeout: Seconds.

        Raises:
            WaitTimeoutError: The time is over.
        """
        wait = _Wait(self, refs, _exists, goal=State.NOT_FOUND)
        if not wait.run(timeout):
            lines = [
                f"resource {ref} still exists. status: {found.state}, message:"
                f" {found.message}"
                for ref, found in wait.unfinished(strict=True)
            ]
            raise WaitTimeoutError(
                f"not gone after {_seconds(timeout)}",
                summary="\n".join([*lines, "context deadline exceeded"]),
                causes=lines,
                hint="an object with finalizers waits for its controller",
            )

    def _not_ready(
        self, wait: _Wait, timeout: float, *, timed_out: bool
    ) -> NotReadyError:
        lines = []
        reasons = []
        for ref, found in wait.unfinished(strict=True):
            lines.append(
                f"resource {ref} not ready. status: {found.state}, message:"
                f" {found.message}"
            )
            reasons.append(f"{ref}: {found.message or 'not seen'} ({found.state})")
            if (obj := wait.objects.get(ref)) is not None:
                reasons += causes(self.cluster, obj)
        if timed_out:
            return WaitTimeoutError(
                f"not ready after {_seconds(timeout)}",
                summary="\n".join([*lines, "context deadline exceeded"]),
                causes=reasons,
                hint="give it more time with --timeout, or change what the causes name",
            )
        return NotReadyError("failed", summary="\n".join(lines), causes=reasons)


class _Wait:
    """One wait: the state of each object, fed by watches in threads."""

    def __init__(
        self, tracker: Tracker, refs: Sequence[ObjectRef], judge: Judge, goal: State
    ) -> None:
        self.objects: dict[ObjectRef, Object] = {}
        self._tracker = tracker
        self._judge = judge
        self._goal = goal
        self._found: dict[ObjectRef, Readiness] = dict.fromkeys(refs, _UNSEEN)
        self._news: queue.Queue[_News] = queue.Queue()

    def run(self, timeout: float) -> bool:
        """Watch until the goal is reached; False if the time is over first."""
        deadline = self._tracker.monotonic() + timeout
        watches = [
            self._start(collection, refs)
            for collection, refs in self._collections().items()
        ]
        try:
            while self.unfinished():
                left = deadline - self._tracker.monotonic()
                if left <= 0:
                    return False
                try:
                    self._take(self._news.get(timeout=min(left, TICK)))
                except queue.Empty:
                    self._judge_again()
            return True
        finally:
            for watch in watches:
                watch.close()

    def unfinished(self, *, strict: bool = False) -> list[tuple[ObjectRef, Readiness]]:
        """Give the objects that are still waited for.

        Args:
            strict: Also those that have failed, for which waiting is no use.
        """
        return [
            (ref, found)
            for ref, found in self._found.items()
            if found.state != self._goal and (strict or found.state != State.FAILED)
        ]

    def _collections(self) -> dict[str, list[ObjectRef]]:
        grouped: dict[str, list[ObjectRef]] = {}
        for ref in self._found:
            resource = self._tracker.cluster.discovery.resolve(ref)
            grouped.setdefault(resource.path(ref.namespace), []).append(ref)
        return grouped

    def _start(self, path: str, refs: list[ObjectRef]) -> Watch:
        only = f"metadata.name={refs[0].name}" if len(refs) == 1 else ""
        watch = Watch(self._tracker.cluster, path, field_selector=only)
        threading.Thread(
            target=self._follow, args=(watch, refs), daemon=True, name=f"watch {path}"
        ).start()
        return watch

    def _follow(self, watch: Watch, refs: list[ObjectRef]) -> None:
        """Run in a thread: turn what a watch tells into news."""
        by_name = {ref.name: ref for ref in refs}
        unseen = set(refs)
        try:
            for event in watch.events():
                if event.type == "SYNCED":
                    for ref in unseen:
                        self._news.put(_News(ref, None))
                    unseen = set()
                elif seen := by_name.get(event.object["metadata"]["name"]):
                    unseen.discard(seen)
                    gone = event.type == "DELETED"
                    self._news.put(_News(seen, None if gone else event.object))
        except ClusterError as error:
            kind_is_gone = isinstance(error, NotFoundError)
            if kind_is_gone and self._goal == State.NOT_FOUND:
                for ref in refs:
                    self._news.put(_News(ref, None))
            else:
                self._news.put(_News(refs[0], None, error))

    def _take(self, news: _News) -> None:
        if news.error is not None:
            raise news.error
        if news.object is None:
            self.objects.pop(news.ref, None)
            self._note(news.ref, _ABSENT)
        else:
            self.objects[news.ref] = news.object
            self._note(news.ref, self._judge(news.object, self._tracker.clock()))

    def _judge_again(self) -> None:
        for ref, obj in self.objects.items():
            self._note(ref, self._judge(obj, self._tracker.clock()))

    def _note(self, ref: ObjectRef, found: Readiness) -> None:
        if self._found[ref] == found:
            return
        self._found[ref] = found
        ready = found.state == self._goal
        self._tracker.report(ObjectProgress(ref, found.state, found.message, ready))


@dataclass(frozen=True, slots=True)
class _News:
    ref: ObjectRef
    object: Object | None
    error: ClusterError | None = None


def _exists(obj: Mapping[str, Any], now: datetime) -> Readiness:
    del now
    if obj["metadata"].get("deletionTimestamp"):
        return Readiness(State.TERMINATING, "Resource scheduled for deletion")
    return Readiness(State.CURRENT, "Resource is current")


def _seconds(timeout: float) -> str:
    minutes, seconds = divmod(timeout, 60)
    parts = [f"{minutes:.0f}m" if minutes else "", f"{seconds:g}s" if seconds else ""]
    return "".join(parts) or "0s"
