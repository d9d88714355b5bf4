from __future__ import annotations

import base64
import gzip
import json
import stat
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from pypkg.errors import ReleaseError
from pypkg.release import queries
from pypkg.release.environment import Environment
from pypkg.release.listing import (
    ListOptions,
    Records,
    SortBy,
    list_names,
    list_summaries,
)
from pypkg.release.records.record import Status
from pypkg.release.records.summaries import Head, SummaryCache, read_summary
from pypkg.release.records.timestamps import Timestamp
from pypkg.release.storage import ConfigMapStorage, SecretStorage
from tests.release.samples import make_chart, make_release

if TYPE_CHECKING:
    from pathlib import Path

    from pypkg.cluster.client import Cluster

START = Timestamp.of(datetime(2026, 1, 1, tzinfo=UTC))


def fill(storage: SecretStorage, namespace: str, count: int) -> None:
    """Releases of three revisions each; some failed, some went wrong later."""
    for number in range(count):
        for revision in (1, 2, 3):
            status = Status.DEPLOYED if revision == 3 else Status.SUPERSEDED
            if number % 4 == 1 and revision == 3:
                status = Status.FAILED
            made = make_release(f"r{number}", revision, status)
            made = replace(made, namespace=namespace, labels={"team": str(number % 3)})
            when = Timestamp.of(START + timedelta(minutes=(number * 7) % 11))
            storage.create(made.with_info(last_deployed=when, notes="n" * 50 * number))


@pytest.fixture(params=["secret", "configmap"])
def driver(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def storage(cluster: Cluster, driver: str) -> SecretStorage:
    kind = {"secret": SecretStorage, "configmap": ConfigMapStorage}[driver]
    return kind(cluster, cluster.namespace, clock=lambda: START)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "one.json"


@pytest.fixture
def records(cluster: Cluster, driver: str, file: Path) -> Records:
    return Records(cluster, driver, cluster.namespace, SummaryCache(str(file)))


@pytest.mark.parametrize("count", [3, 20])
def test_summaries_are_what_whole_records_say(
    storage: SecretStorage, records: Records, cluster: Cluster, count: int
) -> None:
    fill(storage, cluster.namespace, count)
    env = Environment(cluster=cluster, storage=storage, namespace=cluster.namespace)
    for options in (
        ListOptions(),
        ListOptions(limit=4, offset=1),
        ListOptions(limit=0, reverse=True),
        ListOptions(offset=1000),
        ListOptions(sort=SortBy.DATE),
        ListOptions(sort=SortBy.DATE, reverse=True, limit=2),
        ListOptions(statuses=frozenset({Status.FAILED})),
        ListOptions(statuses=frozenset({Status.SUPERSEDED})),
        ListOptions(statuses=frozenset({Status.SUPERSEDED, Status.DEPLOYED})),
        ListOptions(name_filter="1$", selector="team=1"),
    ):
        whole = queries.list_releases(env, options)
        for _ in ("first", "from the cache"):
            found = list_summaries(records, options)
            assert [
                (one.name, one.namespace, one.revision, one.status, one.updated)
                for one in found
            ] == [
                (r.name, r.namespace, r.revision, r.status, time(r.info.last_deployed))
                for r in whole
            ]
            charts = [(one.chart, one.chart_version, one.app_version) for one in found]
            assert charts == [
                (m.name, m.version, m.app_version)
                for m in (r.chart.metadata for r in whole)
            ]
        assert list_names(records, options) == [r.name for r in whole]


def time(moment: Timestamp | None) -> str:
    return moment.rfc3339() if moment else ""


def paths_of(cluster: Cluster) -> list[str]:
    """Note from now on which paths are read."""
    sent: list[str] = []
    send = cluster.raw

    def noted(method: str, path: str, **kwargs: Any) -> Any:
        sent.append(path)
        return send(method, path, **kwargs)

    cluster.raw = noted
    return sent


def test_names_cost_no_record(
    storage: SecretStorage, records: Records, cluster: Cluster
) -> None:
    fill(storage, cluster.namespace, 3)
    sent = paths_of(cluster)
    assert list_names(records, ListOptions()) == ["r0", "r1", "r2"]
    assert len(sent) == 1


def test_only_what_is_shown_and_has_changed_is_read(
    storage: SecretStorage, records: Records, cluster: Cluster, file: Path
) -> None:
    fill(storage, cluster.namespace, 5)
    sent = paths_of(cluster)
    list_summaries(records, ListOptions(limit=2))
    assert len(sent) == 1 + 2
    sent.clear()
    again = Records(
        cluster,
        storage._resource.kind.lower(),
        cluster.namespace,
        SummaryCache(str(file)),
    )
    list_summaries(again, ListOptions(limit=2))
    assert len(sent) == 1
    changed = storage.get("r0", 3).with_status(Status.UNINSTALLED)
    storage.update(changed)
    sent.clear()
    found = list_summaries(again, ListOptions(limit=2))
    assert [one.status for one in found] == ["uninstalled", "failed"]
    assert len(sent) == 1 + 1


def test_a_damaged_record_is_told_apart(
    storage: SecretStorage, records: Records, cluster: Cluster
) -> None:
    fill(storage, cluster.namespace, 1)
    path = storage._path("r0", 3)
    cluster.request(
        "PATCH",
        path,
        body={"data": {"release": "AAAA"}},
        content_type="application/merge-patch+json",
    )
    with pytest.raises(ReleaseError, match=r"v1\.r0\.v3 is damaged"):
        list_summaries(records, ListOptions())


def test_the_cache_is_its_owners_and_holds_no_values(
    storage: SecretStorage, records: Records, cluster: Cluster, file: Path
) -> None:
    made = replace(
        make_release("web", 1, Status.DEPLOYED),
        namespace=cluster.namespace,
        config={"password": "hidden"},
        manifest="secret: hidden\n",
    )
    storage.create(made)
    (shown,) = list_summaries(records, ListOptions())
    assert shown.chart == make_chart().metadata.name
    assert "hidden" not in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", '{"format": 1, "records": {"u": [1]}}', '{"format": 9}'],
)
def test_a_cache_that_makes_no_sense_is_none(
    storage: SecretStorage, records: Records, cluster: Cluster, file: Path, text: str
) -> None:
    fill(storage, cluster.namespace, 1)
    file.parent.mkdir()
    file.write_text(text)
    assert [one.name for one in list_summaries(records, ListOptions())] == ["r0"]


def test_a_cache_that_cannot_be_written_is_none(
    storage: SecretStorage, cluster: Cluster, driver: str, tmp_path: Path
) -> None:
    fill(storage, cluster.namespace, 1)
    (tmp_path / "file").write_text("")
    cache = SummaryCache(str(tmp_path / "file" / "x.json"))
    records = Records(cluster, driver, cluster.namespace, cache)
    assert list_summaries(records, ListOptions())


INFO = {
    "status": "failed",
    "last_deployed": "2026-01-01T00:00:00Z",
    "notes": "ü" * 9999,
}
CHART = {
    "metadata": {"name": "c", "version": "1", "appVersion": "2"},
    "files": ["é" * 99],
}


@pytest.mark.parametrize(
    "wire",
    [
        {"name": "x", "info": INFO, "chart": CHART, "manifest": "m" * 99_999},
        {"chart": CHART, "manifest": "m" * 99_999, "info": INFO},
        {
            "manifest": "m" * 99_999,
            "info": INFO,
            "chart": dict(reversed(CHART.items())),
        },
    ],
)
@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": ")])
def test_records_are_read_whatever_the_order_of_their_fields(
    wire: dict[str, Any], separators: tuple[str, str], *, packed: bool
) -> None:
    text = json.dumps(wire, ensure_ascii=False, separators=separators).encode()
    if packed:
        text = gzip.compress(text)
    record = base64.b64encode(base64.b64encode(text)).decode()
    head = Head("x", "default", 1, "failed", {}, "o", "u", "1")
    found = read_summary(head, {"kind": "Secret", "data": {"release": record}})
    assert (found.status, found.updated) == ("failed", "2026-01-01T00:00:00Z")
    assert (found.chart, found.chart_version, found.app_version) == ("c", "1", "2")
