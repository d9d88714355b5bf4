from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from pypkg.chart.loader import load_chart
from pypkg.errors import (
    HookFailedError,
    ReleaseError,
    ReleaseNotFoundError,
    UsageError,
)
from pypkg.release import live_objects, queries
from pypkg.release.environment import Environment
from pypkg.release.events import HookLog, Outcome
from pypkg.release.install import install
from pypkg.release.listing import ListOptions, SortBy
from pypkg.release.options import (
    InstallOptions,
    TestOptions,
    UninstallOptions,
    WaitOptions,
    WaitStrategy,
)
from pypkg.release.records.record import Status
from pypkg.release.records.timestamps import Timestamp
from pypkg.release.storage import MemoryStorage
from pypkg.release.testing import run_tests
from pypkg.release.uninstall import uninstall
from tests.release.charts import web_folder
from tests.release.samples import make_chart, make_release
from tests.release.test_upgrade import outcomes

if TYPE_CHECKING:
    from pathlib import Path

    from pypkg.release.events import Event

WATCH = WaitOptions(strategy=WaitStrategy.WATCHER, timeout=20)


@pytest.fixture
def shelf() -> Environment:
    """Releases in memory: web (3 revisions), db (failed), old (uninstalled)."""
    env = Environment(cluster=None, storage=MemoryStorage())
    start = Timestamp.of(datetime(2026, 1, 1, tzinfo=UTC))
    rows: list[tuple[str, int, Status, dict[str, str]]] = [
        ("web", 1, Status.SUPERSEDED, {"team": "a"}),
        ("web", 2, Status.SUPERSEDED, {"team": "a"}),
        ("web", 3, Status.DEPLOYED, {"team": "b"}),
        ("old", 1, Status.UNINSTALLED, {}),
        ("db", 1, Status.FAILED, {"team": "a"}),
    ]
    for hours, (name, revision, status, labels) in enumerate(rows):
        release = make_release(name, revision, status, labels=labels)
        when = Timestamp.of(start + timedelta(hours=hours))
        env.storage.create(release.with_info(last_deployed=when))
    return env


def names(env: Environment, **options: Any) -> list[str]:
    found = queries.list_releases(env, ListOptions(**options))
    return [f"{release.name}.v{release.revision}" for release in found]


def test_the_last_revision_of_each_release_is_listed(shelf: Environment) -> None:
    assert names(shelf) == ["db.v1", "old.v1", "web.v3"]


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({"statuses": frozenset({Status.DEPLOYED})}, ["web.v3"]),
        ({"statuses": frozenset({Status.SUPERSEDED})}, ["web.v1", "web.v2"]),
        (
            {"statuses": frozenset({Status.SUPERSEDED, Status.FAILED})},
            ["db.v1"],
        ),
        ({"name_filter": "^(w|o)"}, ["old.v1", "web.v3"]),
        ({"selector": "team=a"}, ["db.v1"]),
        ({"selector": "status in (failed, uninstalled)"}, ["db.v1", "old.v1"]),
        ({"sort": SortBy.DATE}, ["web.v3", "old.v1", "db.v1"]),
        ({"sort": SortBy.DATE, "reverse": True}, ["db.v1", "old.v1", "web.v3"]),
        ({"limit": 2}, ["db.v1", "old.v1"]),
        ({"limit": 1, "offset": 1}, ["old.v1"]),
        ({"limit": 0, "offset": 2}, ["web.v3"]),
        ({"offset": 9}, []),
        ({"offset": -1, "limit": 1}, ["db.v1"]),
    ],
)
def test_a_list_is_filtered_sorted_and_cut(
    shelf: Environment, options: dict[str, Any], found: list[str]
) -> None:
    assert names(shelf, **options) == found


@pytest.mark.parametrize("options", [{"name_filter": "("}, {"selector": "a=b=c"}])
def test_a_filter_that_does_not_parse_is_named(
    shelf: Environment, options: dict[str, str]
) -> None:
    with pytest.raises(UsageError, match="pars"):
        names(shelf, **options)


def test_history_gives_the_newest_revisions(shelf: Environment) -> None:
    assert [r.revision for r in queries.history(shelf, "web")] == [1, 2, 3]
    assert [r.revision for r in queries.history(shelf, "web", limit=2)] == [2, 3]
    assert queries.history(shelf, "web", limit=0) == []
    assert queries.get_release(shelf, "web", -1).revision == 3


def test_a_release_is_read_by_its_revision(shelf: Environment) -> None:
    assert queries.get_release(shelf, "web").revision == 3
    assert queries.get_release(shelf, "web", 2).revision == 2
    for name, revision in (("nope", 0), ("web", 9)):
        with pytest.raises(ReleaseNotFoundError, match="release: not found"):
            queries.get_release(shelf, name, revision)
    with pytest.raises(ReleaseNotFoundError):
        queries.history(shelf, "nope")


def test_computed_values_lie_over_the_charts() -> None:
    release = make_release(
        chart=make_chart(values={"a": 1, "b": {"c": 2}}), config={"b": {"d": 3}}
    )
    assert queries.computed_values(release) == {"a": 1, "b": {"c": 2, "d": 3}}


def test_without_a_cluster_there_is_no_status(shelf: Environment) -> None:
    with pytest.raises(ReleaseError, match="needs a cluster"):
        live_objects.status(shelf, "web")


@pytest.fixture
def running(env: Environment, tmp_path: Path, events: list[Event]) -> Environment:
    chart = load_chart(web_folder(tmp_path / "web"))
    install(env, chart, {}, InstallOptions(name="web", wait=WATCH))
    events.clear()
    return env


@pytest.mark.parametrize("tables", [False, True])
def test_status_has_the_live_objects_and_their_pods(
    running: Environment, *, tables: bool
) -> None:
    live = live_objects.status(running, "web", tables=tables).info.resources
    assert live is not None
    assert set(live) == {
        "v1/PersistentVolumeClaim",
        "v1/ConfigMap",
        "v1/Service",
        "v1/Deployment",
        "v1/Pod(related)",
    }
    kinds = {item["kind"] for items in live.values() for item in items}
    assert ("Table" in kinds) == tables
    (pods,) = live["v1/Pod(related)"]
    assert len(pods["rows" if tables else "items"]) == 2


def test_tests_run_and_leave_their_result(
    running: Environment, events: list[Event]
) -> None:
    release = run_tests(running, TestOptions(name="web", logs=True, timeout=20))
    (hook,) = release.hooks
    assert hook.last_run.phase == "Succeeded"
    stored = queries.get_release(running, "web").hooks[0].last_run
    assert stored.phase == "Succeeded"
    (log,) = [event for event in events if isinstance(event, HookLog)]
    assert (log.pod, log.text) == ("web-test", "tested\n")
    again = run_tests(running, TestOptions(name="web", timeout=20))
    assert again.hooks[0].last_run.started_at != hook.last_run.started_at


def test_tests_are_chosen_by_name(running: Environment) -> None:
    for options in (
        TestOptions(name="web", include=("other",)),
        TestOptions(name="web", exclude=("web-test",)),
    ):
        assert run_tests(running, options).hooks[0].last_run.phase == ""


@pytest.mark.faults
def test_a_failed_test_is_recorded(env: Environment, tmp_path: Path) -> None:
    chart = load_chart(web_folder(tmp_path / "web"))
    values = {"test": {"sim": "job-fail"}}
    install(env, chart, values, InstallOptions(name="web"))
    with pytest.raises(HookFailedError, match=r"^hook Pod/\S+ of web/templates"):
        run_tests(env, TestOptions(name="web", timeout=20))
    release = queries.get_release(env, "web")
    assert release.status == Status.DEPLOYED
    assert release.hooks[0].last_run.phase == "Failed"


def test_an_uninstall_deletes_objects_then_records(
    running: Environment, events: list[Event]
) -> None:
    uninstall(running, UninstallOptions(name="web", wait=WATCH))
    told = outcomes(events)
    assert told["web"] == Outcome.DELETED
    assert told["web-data"] == Outcome.KEPT
    assert queries.list_releases(running, ListOptions()) == []
    assert running.cluster is not None
    deployments = running.cluster.discovery.resource("apps/v1", "Deployment")
    assert running.cluster.list(deployments, running.namespace) == []


def test_history_can_be_kept_and_then_forgotten(running: Environment) -> None:
    keep = UninstallOptions(name="web", keep_history=True, description="bye")
    uninstall(running, keep)
    release = queries.get_release(running, "web")
    assert (release.status, release.info.description) == (Status.UNINSTALLED, "bye")
    assert release.info.deleted is not None
    with pytest.raises(ReleaseError, match='"web" is already deleted'):
        uninstall(running, keep)
    uninstall(running, UninstallOptions(name="web"))
    with pytest.raises(ReleaseNotFoundError, match="Release not loaded: web"):
        uninstall(running, UninstallOptions(name="web"))
    missing = UninstallOptions(name="web", ignore_not_found=True)
    assert uninstall(running, missing) is None


def test_a_dry_run_uninstalls_nothing(running: Environment) -> None:
    done = uninstall(running, UninstallOptions(name="web", dry_run=True))
    assert done is not None
    assert "web-data" in done.info
    assert queries.get_release(running, "web").status == Status.DEPLOYED


@pytest.mark.faults
def test_a_failed_pre_delete_hook_keeps_everything(
    env: Environment, tmp_path: Path, events: list[Event]
) -> None:
    chart = load_chart(web_folder(tmp_path / "web"))
    hook: dict[str, Any] = {"enabled": True, "sim": "job-fail"}
    options = InstallOptions(name="web", disable_hooks=True)
    install(env, chart, {"hook": hook}, options)
    events.clear()
    with pytest.raises(HookFailedError):
        uninstall(env, UninstallOptions(name="web"))
    assert outcomes(events) == {}
    assert queries.get_release(env, "web").status == Status.FAILED
    uninstall(env, UninstallOptions(name="web", disable_hooks=True))


def test_the_clock_gives_the_times_of_a_record(
    env: Environment, tmp_path: Path
) -> None:
    moment = datetime(2026, 5, 6, 7, 8, 9, 1000, tzinfo=UTC)
    chart = load_chart(web_folder(tmp_path / "web"))
    made = replace(env, clock=lambda: moment)
    install(made, chart, {}, InstallOptions(name="web"))
    stored = queries.get_release(env, "web").info
    assert stored.first_deployed == stored.last_deployed == moment
