"""Following a collection: every object once, then each change to one."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlencode

from pypkg.cluster.client import GONE, events_of
from pypkg.errors import ApiError, ConnectionFailedError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from pypkg.cluster.client import Cluster, Object
    from pypkg.cluster.transport import Response
    from pypkg.errors import ClusterError

# One request watches for so long at most; then the next resumes it.
LONGEST = 240
# A server ends a watch by itself; so much later it counts as lost.
GRACE = 15.0
RECONNECT_SECONDS = 0.5
# So many times a connection is made again before anybody is told.
QUIET = 3
_FIRST_SERVER_ERROR = 500


@dataclass(frozen=True, slots=True)
class WatchEvent:
    """A change, or SYNCED once every object that there is has been told.

    SYNCED comes again where the server was out of reach for a while.

    Attributes:
        type: What happened.
        object: The object as it is now, or as it was before it was deleted.
    """

    type: Literal["ADDED", "MODIFIED", "DELETED", "SYNCED"]
    object: Object = field(default_factory=dict)


class Watch:
    """A list and a watch that resumes where it broke off.

    Args:
        cluster: Where.
        path: The collection's path.
        field_selector: What fields the objects must have, or "".
        label_selector: What labels they must have, or "".
        on_lost: Is told when the server does not answer for a while.
    """

    def __init__(
        self,
        cluster: Cluster,
        path: str,
        *,
        field_selector: str = "",
        label_selector: str = "",
        on_lost: Callable[[ClusterError], None] = lambda _: None,
    ) -> None:
        self._cluster = cluster
        self._on_lost = on_lost
        self._failures = 0
        self._path = path
        self._field_selector = field_selector
        self._label_selector = label_selector
        self._known: dict[str, Object] = {}
        self._closed = threading.Event()
        self._response: Response | None = None

    def close(self) -> None:
        """End the iteration, also one that waits in another thread."""
        self._closed.set()
        if (response := self._response) is not None:
            response.close()

    def events(self) -> Iterator[WatchEvent]:
        """Tell every object, then every change, until closed.

        A connection that breaks is made again, for as long as that takes; so it is
        where the server, or what stands before it, is out of order.

        Raises:
            ApiError: The server refuses.
        """
        version = ""
        while not self._closed.is_set():
            try:
                if not version:
                    version = yield from self._list()
                version = yield from self._watch(version)
            except ConnectionFailedError as error:
                self._pause(error)
            except ApiError as error:
                if error.code >= _FIRST_SERVER_ERROR:
                    self._pause(error)
                elif error.code == GONE:
                    version = ""
                else:
                    raise

    def _pause(self, error: ClusterError) -> None:
        """Wait before the server is asked again."""
        self._failures += 1
        if self._failures == QUIET:
            self._on_lost(error)
        self._closed.wait(RECONNECT_SECONDS)

    def _list(self) -> Generator[WatchEvent, None, str]:
        """Tell what there is, and what has gone since the last time."""
        items, version = self._cluster.list_at(
            self._path,
            label_selector=self._label_selector,
            field_selector=self._field_selector,
        )
        before, self._known = self._known, {}
        for item in items:
            key = _key(item)
            self._known[key] = item
            yield WatchEvent("MODIFIED" if key in before else "ADDED", item)
        for key, item in before.items():
            if key not in self._known:
                yield WatchEvent("DELETED", item)
        yield WatchEvent("SYNCED")
        return version

    def _watch(self, version: str) -> Generator[WatchEvent, None, str]:
        """Tell changes until the server ends the answer; give the last version."""
        query = {
            "watch": "true",
            "allowWatchBookmarks": "true",
            "resourceVersion": version,
            "timeoutSeconds": str(LONGEST),
        }
        if self._label_selector:
            query["labelSelector"] = self._label_selector
        if self._field_selector:
            query["fieldSelector"] = self._field_selector
        response = self._cluster.stream(
            f"{self._path}?{urlencode(query)}", timeout=LONGEST + GRACE
        )
        self._response = response
        try:
            if self._closed.is_set():
                return version
            if self._failures >= QUIET:
                yield WatchEvent("SYNCED")  # who was told of it may be at ease
            self._failures = 0
            for event in events_of(response):
                kind, item = event["type"], event["object"]
                if kind == "ERROR":
                    raise _error(item)
                version = item["metadata"]["resourceVersion"]
                if kind != "BOOKMARK":
                    self._note(kind, item)
                    yield WatchEvent(kind, item)
        except ConnectionFailedError:
            # What was seen was seen: resume behind it.
            self._closed.wait(RECONNECT_SECONDS)
        finally:
            response.close()
        return version

    def _note(self, kind: str, item: Object) -> None:
        if kind == "DELETED":
            self._known.pop(_key(item), None)
        else:
            self._known[_key(item)] = item


def _key(item: Object) -> str:
    metadata = item["metadata"]
    return f"{metadata.get('namespace', '')}/{metadata['name']}"


def _error(status: Object) -> ApiError:
    return ApiError(
        status.get("message") or "the watch failed",
        code=int(status.get("code") or 0),
        reason=status.get("reason") or "",
    )
