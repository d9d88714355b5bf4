"""Watches: what is there, then every change, until somebody hangs up."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pypkg.sandbox.jsontext import dumps, loads
from pypkg.sandbox.schemas.conversion import convert
from pypkg.sandbox.schemas.schema import GroupVersionKind
from pypkg.sandbox.statuses import Cause, expired, invalid

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from pypkg.sandbox.api.request_info import Query
    from pypkg.sandbox.api.selection import Selector
    from pypkg.sandbox.store import Event
    from pypkg.sandbox.writes.pipeline import Cluster
    from pypkg.sandbox.writes.targets import Target

Object = dict[str, Any]

_LONGEST = 30 * 60.0
_BOOKMARK_INTERVAL = 60.0
_INITIAL_EVENTS_END = "k8s.io/initial-events-end"


@dataclass(frozen=True, slots=True)
class WatchRequest:
    """What to watch, and from where.

    Attributes:
        target: The resource and, unless "", the namespace.
        selector: Which objects.
        since: The revision after which changes are wanted; None for "from now",
            with what is there first.
        initial: Whether what is there comes first.
        bookmarks: Whether the client understands bookmarks.
        mark_initial: Whether a bookmark says that all that was there has been sent.
        timeout: After how many seconds to end.
    """

    target: Target
    selector: Selector
    since: int | None
    initial: bool
    bookmarks: bool
    mark_initial: bool
    timeout: float

    @classmethod
    def parse(cls, target: Target, query: Query) -> WatchRequest:
        """Read a watch's parameters.

        Raises:
            StatusError: They do not parse, or do not go together.
        """
        since = query.revision()
        send_initial = query.flag("sendInitialEvents")
        _check(query, asked="sendInitialEvents" in query.values)
        return cls(
            target=target,
            selector=query.selector(target.resource),
            since=since,
            initial=send_initial
            or (since in {None, 0} and "sendInitialEvents" not in query.values),
            bookmarks=query.flag("allowWatchBookmarks"),
            mark_initial=send_initial,
            timeout=float(query.integer("timeoutSeconds") or _LONGEST),
        )


def _check(query: Query, *, asked: bool) -> None:
    match = query.text("resourceVersionMatch")
    causes = []
    if asked and match != "NotOlderThan":
        causes.append(
            Cause(
                "FieldValueForbidden",
                "Forbidden: sendInitialEvents requires setting resourceVersionMatch to"
                " NotOlderThan",
                "resourceVersionMatch",
            )
        )
    elif match and not asked:
        causes.append(
            Cause(
                "FieldValueForbidden",
                "Forbidden: resourceVersionMatch is forbidden for watch unless"
                " sendInitialEvents is provided",
                "resourceVersionMatch",
            )
        )
    if causes:
        kind = GroupVersionKind("meta.k8s.io", "v1", "ListOptions")
        raise invalid(kind, "", causes)


async def stream(
    cluster: Cluster,
    request: WatchRequest,
    present: Callable[[Object], Object],
    stopping: asyncio.Event,
) -> AsyncIterator[bytes]:
    """Give a watch's lines.

    Args:
        cluster: What is watched.
        request: What is wanted.
        present: Turns an object into the form that the client accepts.
        stopping: Set when the server shuts down.
    """
    woken = asyncio.Event()
    key = request.target.resource.key

    def notice(event: Event) -> None:
        if event.key.resource == key:
            woken.set()

    unsubscribe = cluster.store.subscribe(notice)
    watch = _Watch(cluster, request, present)
    ends = time.monotonic() + request.timeout
    try:
        for line in watch.start():
            yield line
        while not watch.over and not stopping.is_set():
            remaining = ends - time.monotonic()
            if remaining <= 0:
                break
            if await _wait(woken, stopping, min(remaining, _BOOKMARK_INTERVAL)):
                woken.clear()
                for line in watch.changes():
                    yield line
            elif request.bookmarks:
                yield watch.bookmark()
    finally:
        unsubscribe()


async def _wait(woken: asyncio.Event, stopping: asyncio.Event, seconds: float) -> bool:
    """Wait until there is something to send; False if there is not."""
    if woken.is_set():
        return True
    tasks = [asyncio.ensure_future(e.wait()) for e in (woken, stopping)]
    try:
        await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
    return woken.is_set()


class _Watch:
    """One watch: the revision up to which its client knows everything."""

    def __init__(
        self,
        cluster: Cluster,
        request: WatchRequest,
        present: Callable[[Object], Object],
    ) -> None:
        self._store = cluster.store
        self._request = request
        self._present = present
        self._revision = request.since or 0
        self.over = False
        self._kind = request.target.resource.gvk
        self._namespace = request.target.namespace or request.selector.namespace

    def start(self) -> Iterator[bytes]:
        """What is there, or what has changed since the revision asked for."""
        if self._request.initial or not self._request.since:
            self._revision = self._store.revision
        if self._request.initial:
            yield from self._existing()
        yield from self.changes()

    def _existing(self) -> Iterator[bytes]:
        selector = self._request.selector
        texts = list(
            self._store.texts(
                self._request.target.resource.key,
                self._namespace,
                name=selector.name,
                labels=selector.allowed,
            )
        )
        for _, text in texts:
            obj = convert(loads(text), self._kind)
            if selector.matches(obj):
                yield self._line("ADDED", obj)
        if self._request.mark_initial and self._request.bookmarks:
            yield self.bookmark({_INITIAL_EVENTS_END: "true"})

    def changes(self) -> Iterator[bytes]:
        """What has changed since the last call."""
        if self._revision < self._store.compacted:
            self.over = True
            error = expired(
                f"too old resource version: {self._revision} ({self._store.compacted})"
            )
            yield dumps({"type": "ERROR", "object": error.to_dict()}) + b"\n"
            return
        key = self._request.target.resource.key
        events = self._store.events(key, self._revision, self._namespace)
        # Now, not after the lines: more may be written while they are sent.
        self._revision = max(self._revision, self._store.revision)
        for event in events:
            line = self._event(event)
            if line is not None:
                yield line

    def _event(self, event: Event) -> bytes | None:
        """The event as seen through the selector, which an object enters and leaves."""
        selector = self._request.selector
        obj = convert(event.object, self._kind)
        old = event.previous and convert(event.previous, self._kind)
        before = old is not None and selector.matches(old)
        if event.type != "DELETED" and selector.matches(obj):
            return self._line("MODIFIED" if before else "ADDED", obj)
        if not before or old is None:
            return None
        metadata = {**old["metadata"], "resourceVersion": str(event.revision)}
        return self._line("DELETED", {**old, "metadata": metadata})

    def _line(self, kind: str, obj: Object) -> bytes:
        return dumps({"type": kind, "object": self._present(obj)}) + b"\n"

    def bookmark(self, annotations: dict[str, str] | None = None) -> bytes:
        """Tell up to where the client knows everything."""
        metadata: Object = {"resourceVersion": str(self._revision)}
        if annotations:
            metadata["annotations"] = annotations
        obj = {
            "kind": self._kind.kind,
            "apiVersion": self._kind.api_version,
            "metadata": metadata,
        }
        return dumps({"type": "BOOKMARK", "object": self._present(obj)}) + b"\n"
