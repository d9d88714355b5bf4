"""What a watch does when the log is shorter than its client's memory."""

from __future__ import annotations

import asyncio
import json
import random
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from pypkg.sandbox.api.request_info import Query
from pypkg.sandbox.api.watching import WatchRequest, stream
from pypkg.sandbox.retention import expire_events
from pypkg.sandbox.schemas.resources import Resources
from pypkg.sandbox.schemas.schema import Definitions
from pypkg.sandbox.store import Store
from pypkg.sandbox.writes.pipeline import Cluster
from pypkg.sandbox.writes.targets import Target

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    with Store(log_size=4) as store:
        cluster = Cluster(
            store,
            Definitions.load(),
            Resources.built_in(),
            clock=lambda: datetime(2026, 1, 2, tzinfo=UTC),
            random=random.Random(1),  # noqa: S311 - the same names every time
        )
        namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "n"}}
        cluster.create(cluster.target(namespace), namespace)
        yield cluster


def create(cluster: Cluster, name: str) -> None:
    obj = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": "n"},
    }
    cluster.create(cluster.target(obj), obj)


def watch(
    cluster: Cluster, group: str = "", plural: str = "configmaps", **query: str
) -> list[Any]:
    """Everything that a watch has to say until the server stops."""
    resource = cluster.resources.find(group, "v1", plural)
    assert resource is not None
    target = Target(resource, "n", "")
    request = WatchRequest.parse(target, Query(query, ""))

    async def collect() -> list[Any]:
        stopping = asyncio.Event()
        stopping.set()
        lines = stream(cluster, request, lambda obj: obj, stopping)
        return [json.loads(line) async for line in lines]

    return asyncio.run(collect())


def test_a_revision_that_is_forgotten_is_expired(cluster: Cluster) -> None:
    for number in range(20):
        create(cluster, f"a{number}")
    (event,) = watch(cluster, resourceVersion="1")
    assert event["type"] == "ERROR"
    assert (event["object"]["code"], event["object"]["reason"]) == (410, "Expired")
    compacted = cluster.store.compacted
    assert event["object"]["message"] == f"too old resource version: 1 ({compacted})"


def test_a_revision_that_is_kept_is_replayed(cluster: Cluster) -> None:
    for number in range(20):
        create(cluster, f"a{number}")
    kept = cluster.store.compacted
    seen = watch(cluster, resourceVersion=str(kept))
    assert [event["type"] for event in seen] == ["ADDED"] * (20 + 1 - kept)


def test_a_watch_selects_in_the_version_that_it_asked_for(cluster: Cluster) -> None:
    event = {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": "e", "namespace": "n"},
        "involvedObject": {"kind": "Pod", "name": "p", "namespace": "n"},
        "message": "hello",
    }
    cluster.create(cluster.target(event), event)
    selected = {"fieldSelector": "regarding.name=p"}
    (seen,) = watch(cluster, "events.k8s.io", "events", **selected)
    assert seen["object"]["note"] == "hello"


def test_events_are_kept_for_an_hour(cluster: Cluster) -> None:
    for name, time in (("old", "10:59:59"), ("new", "11:00:01")):
        event = {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"name": name, "namespace": "n"},
            "involvedObject": {"kind": "Pod", "name": "p", "namespace": "n"},
            "lastTimestamp": f"2026-01-02T{time}Z",
        }
        cluster.create(cluster.target(event), event)
    expire_events(cluster.store, datetime(2026, 1, 2, 12, tzinfo=UTC))
    left = [event["metadata"]["name"] for event in cluster.store.scan("events")]
    assert left == ["new"]


def test_a_watch_that_ends_leaves_no_listener_behind(cluster: Cluster) -> None:
    before = len(cluster.store._listeners)
    watch(cluster)
    assert len(cluster.store._listeners) == before
