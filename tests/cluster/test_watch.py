from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pypkg.cluster import watch
from pypkg.cluster.client import Cluster
from pypkg.cluster.watch import Watch, WatchEvent
from pypkg.errors import ApiError
from tests.cluster.servers import (
    LOST,
    UNSENT,
    Answer,
    ScriptedTransport,
    refusal,
    scripted,
    session,
)

if TYPE_CHECKING:
    from pypkg.cluster.transport import Request
    from pypkg.errors import ClusterError


def pod(name: str, version: int) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "n", "resourceVersion": str(version)},
    }


def listed(version: int, *items: dict[str, Any], more: str = "") -> Answer:
    metadata = {"resourceVersion": str(version), "continue": more}
    return Answer(
        {"apiVersion": "v1", "kind": "PodList", "metadata": metadata, "items": items}
    )


def changes(*events: tuple[str, dict[str, Any]], breaks: bool = False) -> Answer:
    stream = tuple({"type": kind, "object": item} for kind, item in events)
    return Answer(stream=stream, breaks=breaks)


def told(answers: list[Answer], count: int) -> tuple[list[str], list[str]]:
    """Follow a script; give the events, and the versions that were watched from."""
    cluster, transport = scripted(answers)
    following = Watch(cluster, "/api/v1/namespaces/n/pods")
    events: list[WatchEvent] = []
    for event in following.events():
        events.append(event)
        if len(events) == count:
            following.close()
    lines = [
        f"{e.type} {e.object['metadata']['name']}" if e.object else e.type
        for e in events
    ]
    versions = [
        part.partition("=")[2]
        for request in transport.requests
        for part in request.path.split("&")
        if part.startswith("resourceVersion=")
    ]
    return lines, versions


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "RECONNECT_SECONDS", 0.0)


def test_every_object_is_told_then_every_change() -> None:
    lines, versions = told(
        [
            listed(5, pod("a", 3), more="page2"),
            listed(5, pod("b", 4)),
            changes(("MODIFIED", pod("a", 6)), ("DELETED", pod("b", 7))),
        ],
        count=5,
    )
    assert lines == ["ADDED a", "ADDED b", "SYNCED", "MODIFIED a", "DELETED b"]
    assert versions == ["5"]


def test_a_watch_resumes_behind_what_it_has_seen() -> None:
    bookmark = {"kind": "Pod", "metadata": {"resourceVersion": "12"}}
    lines, versions = told(
        [
            listed(5),
            changes(("ADDED", pod("a", 6)), ("BOOKMARK", bookmark)),
            LOST,
            LOST,
            LOST,
            changes(("ADDED", pod("b", 13)), breaks=True),
            changes(("ADDED", pod("c", 14))),
        ],
        count=4,
    )
    assert lines == ["SYNCED", "ADDED a", "ADDED b", "ADDED c"]
    assert versions[0] == "5"
    assert versions[-2:] == ["12", "13"]


@pytest.mark.parametrize("by_event", [True, False])
def test_a_version_that_is_gone_is_listed_again(*, by_event: bool) -> None:
    gone = {"kind": "Status", "code": 410, "reason": "Expired", "message": "too old"}
    lines, versions = told(
        [
            listed(5, pod("a", 3), pod("b", 4)),
            changes(("ERROR", gone)) if by_event else refusal(410, "Expired"),
            listed(20, pod("b", 9), pod("c", 10)),
            changes(("DELETED", pod("c", 21))),
        ],
        count=8,
    )
    assert lines[:3] == ["ADDED a", "ADDED b", "SYNCED"]
    assert lines[3:] == ["MODIFIED b", "ADDED c", "DELETED a", "SYNCED", "DELETED c"]
    assert versions == ["5", "20"]


@pytest.mark.parametrize("outage", [UNSENT, refusal(503)])
def test_a_server_that_is_away_is_waited_for_and_that_is_told(outage: Answer) -> None:
    away = 0

    def answer(request: Request) -> Answer:
        nonlocal away
        if "watch=true" not in request.path:
            return listed(1, pod("a", 1))
        away += 1
        if away < 30:
            return outage
        return changes(("MODIFIED", pod("a", 2)))

    cluster, _ = scripted(answer)
    lost: list[ClusterError] = []
    following = Watch(cluster, "/api/v1/namespaces/n/pods", on_lost=lost.append)
    events: list[str] = []
    for event in following.events():
        events.append(event.type)
        if event.type == "MODIFIED":
            following.close()
    assert events == ["ADDED", "SYNCED", "SYNCED", "MODIFIED"]
    assert len(lost) == 1


def test_a_refusal_ends_it() -> None:
    with pytest.raises(ApiError, match="forbidden"):
        told([refusal(403, "Forbidden", "forbidden")], count=1)


def test_a_closed_watch_asks_no_more() -> None:
    cluster, transport = scripted([])
    following = Watch(cluster, "/x")
    following.close()
    assert list(following.events()) == []
    assert transport.requests == []


class Ending:
    """A token that ends after a while, and is then refused."""

    token = 1

    def authorization(self, *, refused: str = "") -> str:
        if refused:
            self.token += 1
        return f"Bearer {self.token}"


def test_a_token_that_ends_in_a_long_wait_is_renewed() -> None:
    script = [
        listed(5),
        changes(("ADDED", pod("a", 6))),
        refusal(401),
        changes(("ADDED", pod("b", 7))),
    ]
    transport = ScriptedTransport(script)
    cluster = Cluster(session(transport, credentials=Ending()))
    following = Watch(cluster, "/x")
    seen = []
    for event in following.events():
        seen.append(event.type)
        if len(seen) == 3:
            following.close()
    assert seen == ["SYNCED", "ADDED", "ADDED"]
    tokens = [transport.header("Authorization", n) for n in range(4)]
    assert tokens == ["Bearer 1", "Bearer 1", "Bearer 1", "Bearer 2"]
