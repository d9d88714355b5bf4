"""One wait for objects: watches in threads, and what they tell put together."""

from __future__ import annotations

import queue
import threading
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from pypkg.cluster.evidence import EVENTS, PODS, Evidence, key_of
from pypkg.cluster.progress import ConnectionLost, ObjectProgress
from pypkg.cluster.readiness import Readiness, State
from pypkg.cluster.watch import Watch
from pypkg.errors import ClusterError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pypkg.cluster.client import Cluster, Object
    from pypkg.cluster.evidence import Key, LogTail
    from pypkg.cluster.reference import ObjectRef

    Judge = Callable[[Mapping[str, Any], datetime], Readiness]

# Judgements that depend on the time are made again so often, in seconds.
TICK = 0.5
_ABSENT = Readiness(State.NOT_FOUND, "Resource not found")
_UNSEEN = Readiness(State.UNKNOWN, "")
# So many seconds nobody asks why an object is not ready yet.
PATIENCE = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Observer:
    """Where to look, and whom to tell.

    Attributes:
        cluster: Where the objects are.
        report: Takes every change of an object's state, and that nothing is seen.
        clock: Gives the time, with its zone.
        monotonic: Gives seconds that only grow.
        patience: After so many seconds pods and events are watched too, for what
            is not ready then.
    """

    cluster: Cluster
    report: Callable[[ObjectProgress | ConnectionLost], None]
    clock: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    monotonic: Callable[[], float] = time.monotonic
    patience: float = PATIENCE


class Wait:
    """The state of each object, fed by watches in threads.

    The threads only put what they see into a queue; everything else happens in the
    thread that waits.

    Args:
        observer: Where the objects are, and who is told.
        refs: The objects.
        judge: Tells an object's state.
        goal: The state to wait for.
    """

    def __init__(
        self, observer: Observer, refs: Sequence[ObjectRef], judge: Judge, goal: State
    ) -> None:
        self.objects: dict[ObjectRef, Object] = {}
        self.evidence = Evidence()
        self.is_explaining = False
        self._is_lost = False
        self._observer = observer
        self._judge = judge
        self._goal = goal
        self._found: dict[ObjectRef, Readiness] = dict.fromkeys(refs, _UNSEEN)
        self._refs = {key_of(ref): ref for ref in refs}
        self._told: dict[ObjectRef, ObjectProgress] = {}
        self._news: queue.Queue[Callable[[], None]] = queue.Queue()
        self._tails: queue.Queue[LogTail | None] = queue.Queue()
        self._watches: list[Watch] = []

    def run(self, timeout: float) -> bool:
        """Watch until the goal is reached; False if the time is over first."""
        now = self._observer.monotonic
        deadline = now() + timeout
        patience = now() + self._observer.patience
        try:
            self._watch_objects()
            while self.unfinished():
                left = deadline - now()
                if left <= 0:
                    return False
                if now() >= patience and not self.is_explaining:
                    self._watch_evidence()
                try:
                    self._news.get(timeout=min(left, TICK))()
                except queue.Empty:
                    self._judge_again()
            return True
        finally:
            self._tails.put(None)
            for watch in self._watches:
                watch.close()

    def unfinished(self, *, strict: bool = False) -> dict[ObjectRef, Readiness]:
        """Give the objects that are still waited for.

        Args:
            strict: Also those that have failed, for which waiting is no use.
        """
        return {
            ref: found
            for ref, found in self._found.items()
            if found.state != self._goal and (strict or found.state != State.FAILED)
        }

    # The objects

    def _watch_objects(self) -> None:
        grouped: dict[str, list[ObjectRef]] = {}
        for ref in self._found:
            resource = self._observer.cluster.discovery.resolve(ref)
            grouped.setdefault(resource.path(ref.namespace), []).append(ref)
        for path, refs in grouped.items():
            only = f"metadata.name={refs[0].name}" if len(refs) == 1 else ""
            self._start(path, partial(self._follow, refs), only)

    def _start(self, path: str, follow: Callable[[Watch], None], only: str) -> None:
        watch = Watch(
            self._observer.cluster,
            path,
            field_selector=only,
            on_lost=lambda error: self._news.put(partial(self._lose, error)),
        )
        self._watches.append(watch)
        threading.Thread(
            target=follow, args=(watch,), daemon=True, name=f"watch {path}"
        ).start()

    def _follow(self, refs: list[ObjectRef], watch: Watch) -> None:
        """Run in a thread: turn what a watch tells into news."""
        by_name = {ref.name: ref for ref in refs}
        unseen = set(refs)
        try:
            for event in watch.events():
                if event.type == "SYNCED":
                    for ref in unseen:
                        self._news.put(partial(self._take, ref, None))
                    unseen = set()
                    self._news.put(self._find_again)
                elif seen := by_name.get(event.object["metadata"]["name"]):
                    unseen.discard(seen)
                    gone = event.type == "DELETED"
                    found = None if gone else event.object
                    self._news.put(partial(self._take, seen, found))
        except ClusterError as error:
            if isinstance(error, NotFoundError) and self._goal == State.NOT_FOUND:
                # The kind itself is gone, and its objects with it.
                for ref in refs:
                    self._news.put(partial(self._take, ref, None))
            else:
                self._news.put(partial(_raise, error))

    def _lose(self, error: ClusterError) -> None:
        """Tell that the server does not answer, once however many watches see it."""
        if not self._is_lost:
            self._is_lost = True
            self._observer.report(ConnectionLost(str(error)))

    def _find_again(self) -> None:
        """Tell everything once more after the server was out of reach."""
        if self._is_lost:
            self._is_lost = False
            self._tell_all()

    def _take(self, ref: ObjectRef, obj: Object | None) -> None:
        if obj is None:
            self.objects.pop(ref, None)
            self._note(ref, _ABSENT)
        else:
            self.objects[ref] = obj
            self._note(ref, self._judge(obj, self._observer.clock()))

    def _judge_again(self) -> None:
        for ref, obj in self.objects.items():
            self._note(ref, self._judge(obj, self._observer.clock()))

    def _note(self, ref: ObjectRef, found: Readiness) -> None:
        if self._found[ref] != found:
            self._found[ref] = found
            self._tell(ref)

    def _tell(self, ref: ObjectRef) -> None:
        """Report an object's state, if that is news."""
        found = self._found[ref]
        progress = ObjectProgress(
            ref, found.state, found.message, ready=found.state == self._goal
        )
        if not progress.ready:
            progress = replace(
                progress, pods=self.evidence.progress(ref), event=self._warning(ref)
            )
        if self._told.get(ref) != progress:
            self._told[ref] = progress
            self._observer.report(progress)

    def _tell_all(self) -> None:
        """Report what is still waited for, whether it is news or not."""
        self._told.clear()
        for ref in self.unfinished(strict=True):
            self._tell(ref)

    def _warning(self, ref: ObjectRef) -> str:
        obj = self.objects.get(ref)
        if obj is None or ref.kind == PODS.kind:
            return ""
        return self.evidence.trouble_of(obj)

    # What tells why they are not ready

    def _watch_evidence(self) -> None:
        """Follow the pods and events beside the objects that keep one waiting."""
        self.is_explaining = True
        # Whoever is told may have held back what passes in a moment.
        self._tell_all()
        if self._goal is not State.CURRENT:
            return
        threading.Thread(target=self._read_logs, daemon=True, name="logs").start()
        for namespace in {ref.namespace for ref in self._found if ref.namespace}:
            for resource in (PODS, EVENTS):
                self._start(resource.path(namespace), self._witness, "")

    def _witness(self, watch: Watch) -> None:
        """Run in a thread: pass on pods and events, if they may be read."""
        try:
            for event in watch.events():
                if event.type != "SYNCED":
                    gone = event.type == "DELETED"
                    self._news.put(partial(self._learn, event.object, gone=gone))
        except ClusterError as error:
            self._news.put(partial(self._miss, error))

    def _miss(self, error: ClusterError) -> None:
        self.evidence.hidden = str(error)

    def _learn(self, obj: Object, *, gone: bool) -> None:
        if obj["kind"] == PODS.kind:
            key = self.evidence.add_pod(obj, gone=gone)
        elif gone:
            return  # an old event is forgotten, and was true
        else:
            key = self.evidence.add_event(obj)
        for tail in self.evidence.unread(key) if key in self._refs else ():
            self._tails.put(tail)
        self._tell_about(key)

    def _read_logs(self) -> None:
        """Run in a thread: read the logs of containers that hold up their pods."""
        while tail := self._tails.get():
            lines = tail.read(self._observer.cluster)
            self._news.put(partial(self._learn_log, tail, lines))

    def _learn_log(self, tail: LogTail, lines: tuple[str, ...]) -> None:
        if key := self.evidence.add_log(tail, lines):
            self._tell_about(key)

    def _tell_about(self, key: Key) -> None:
        ref = self._refs.get(key)
        if ref is not None and self._found[ref].state != self._goal:
            self._tell(ref)


def _raise(error: ClusterError) -> None:
    raise error
