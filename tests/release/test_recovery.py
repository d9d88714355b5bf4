from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pypkg.errors import (
    ConnectionFailedError,
    NameInUseError,
    OperationInProgressError,
    ReleaseError,
    ReleaseNotFoundError,
)
from pypkg.release import queries
from pypkg.release.events import Event, RecordRepaired
from pypkg.release.install import install
from pypkg.release.lock.holder import Holder
from pypkg.release.lock.journal import Journal
from pypkg.release.lock.lease import Lease
from pypkg.release.lock.lease_state import find_lease
from pypkg.release.options import (
    DryRun,
    InstallOptions,
    RollbackOptions,
    TestOptions,
    UninstallOptions,
    UpgradeOptions,
    WaitOptions,
)
from pypkg.release.records.record import Release, Status
from pypkg.release.recovery import Survey, diagnose, recover, survey
from pypkg.release.rollback import rollback
from pypkg.release.testing import run_tests
from pypkg.release.uninstall import uninstall
from pypkg.release.upgrade import upgrade
from tests.release.charts import CONFIG_MAP, chart_of

if TYPE_CHECKING:
    from pathlib import Path

    from pypkg.chart.chart import Chart
    from pypkg.release.environment import Environment

AT_ONCE = WaitOptions(lock_timeout=0)
INSTALL = InstallOptions(name="web", wait=AT_ONCE)
UPGRADE = UpgradeOptions(name="web", wait=AT_ONCE)
UNINSTALL = UninstallOptions(name="web", wait=AT_ONCE)


@pytest.fixture
def chart(tmp_path: Path) -> Chart:
    return chart_of(tmp_path / "web", values="color: blue\n", config=CONFIG_MAP)


@pytest.fixture
def installed(env: Environment, chart: Chart) -> Release:
    return install(env, chart, {}, INSTALL)


def die(env: Environment, journal: Journal, *, elsewhere: bool = False) -> None:
    """Leave the lease as a process does that was killed."""
    assert env.cluster is not None
    lease = Lease(
        env.cluster, env.namespace, "web", operation="upgrade", clock=env.clock
    )
    machine, pid, start = Holder.this_process().process.split()
    process = "" if elsewhere else f"{machine} {pid} {int(start) - 1}"
    lease._holder = Holder("bob@desk:7/00", process)
    lease.acquire(0)
    lease.intend(journal)
    lease._over.set()


def die_upgrading(env: Environment, installed: Release) -> None:
    pending = replace(installed, revision=2).with_info(
        status=Status.PENDING_UPGRADE, last_deployed=env.now()
    )
    env.storage.create(pending)
    die(env, Journal.of(pending))


def die_uninstalling(
    env: Environment, installed: Release, options: UninstallOptions = UNINSTALL
) -> None:
    env.storage.update(installed.with_status(Status.UNINSTALLING))
    die(env, Journal.of_uninstall(installed, options))


def states(env: Environment) -> list[Status]:
    return [release.status for release in queries.history(env, "web")]


def test_an_upgrade_gives_up_the_one_that_died(
    env: Environment, installed: Release, chart: Chart, events: list[Event]
) -> None:
    die_upgrading(env, installed)
    events.clear()
    upgrade(env, chart, {}, UPGRADE)
    assert states(env) == [Status.SUPERSEDED, Status.FAILED, Status.DEPLOYED]
    told = [event.message for event in events if isinstance(event, RecordRepaired)]
    assert told[0].startswith(
        "revision 2 of web was left pending-upgrade: it is failed now (upgrade of web"
        " by bob@desk:7 since"
    )
    failed = queries.get_release(env, "web", 2).info.description
    assert failed.startswith('Upgrade "web" failed: interrupted: upgrade of web by bob')


@pytest.mark.parametrize("verb", ["upgrade", "uninstall"])
def test_a_dry_run_foresees_what_will_be_given_up(
    env: Environment, installed: Release, chart: Chart, verb: str
) -> None:
    leave = die_upgrading if verb == "upgrade" else die_uninstalling
    leave(env, installed)
    before = states(env)
    dry = replace(UPGRADE, dry_run=DryRun.SERVER)
    proposed = upgrade(env, chart, {}, dry)
    assert proposed.info.description == "Dry run complete"
    assert states(env) == before


@pytest.mark.parametrize(
    ("status", "by_install", "by_upgrade"),
    [
        (
            Status.PENDING_INSTALL,
            "`pypkg release recover web` gives the revision up",
            "`pypkg release recover web`, or this command with --recover, gives the"
            " revision up",
        ),
        (
            Status.UNINSTALLING,
            "`pypkg release recover web` finishes the uninstall",
            "`pypkg release recover web` finishes the uninstall, and this command with"
            " --recover undoes it",
        ),
    ],
)
def test_what_helm_has_left_is_not_touched_but_the_way_out_is_told(
    env: Environment,
    installed: Release,
    chart: Chart,
    status: Status,
    by_install: str,
    by_upgrade: str,
) -> None:
    env.storage.update(installed.with_status(status))
    with pytest.raises(NameInUseError) as refused:
        install(env, chart, {}, INSTALL)
    assert str(refused.value.hint).endswith(by_install)
    with pytest.raises(ReleaseError) as failed:
        upgrade(env, chart, {}, UPGRADE)
    assert str(failed.value.hint).endswith(by_upgrade)
    assert states(env) == [status]
    upgrade(env, chart, {}, replace(UPGRADE, recover=True))
    assert states(env)[-1] == Status.DEPLOYED


def test_a_dry_run_says_who_works_on_the_release(
    env: Environment, installed: Release, chart: Chart
) -> None:
    pending = replace(installed, revision=2).with_status(Status.PENDING_UPGRADE)
    env.storage.create(pending)
    die(env, Journal.of(pending), elsewhere=True)
    with pytest.raises(OperationInProgressError, match="bob@desk:7"):
        upgrade(env, chart, {}, replace(UPGRADE, dry_run=DryRun.CLIENT))


def test_a_rollback_gives_up_the_upgrade_that_died(
    env: Environment, installed: Release
) -> None:
    die_upgrading(env, installed)
    rollback(env, RollbackOptions(name="web", revision=1, wait=AT_ONCE))
    assert states(env) == [Status.SUPERSEDED, Status.FAILED, Status.DEPLOYED]


def test_a_revision_that_someone_else_began_meanwhile_is_left_alone(
    env: Environment, installed: Release, chart: Chart
) -> None:
    pending = replace(installed, revision=2).with_status(Status.PENDING_UPGRADE)
    die(env, Journal.of(pending))
    env.storage.create(pending.with_info(last_deployed=env.now()))
    with pytest.raises(OperationInProgressError, match="revision 2 of web is pending"):
        upgrade(env, chart, {}, UPGRADE)
    assert states(env) == [Status.DEPLOYED, Status.PENDING_UPGRADE]


def test_of_two_deployed_revisions_the_newer_stays(
    env: Environment, installed: Release
) -> None:
    second = replace(installed, revision=2)
    env.storage.create(second)
    die(env, Journal.of(second))
    assert [f.remedy for f in diagnose(env, "web")] == [Status.SUPERSEDED]
    recover(env, "web", timeout=0)
    assert states(env) == [Status.SUPERSEDED, Status.DEPLOYED]


def test_an_install_finishes_the_uninstall_that_died(
    env: Environment, installed: Release, chart: Chart
) -> None:
    die_uninstalling(env, installed)
    install(env, chart, {}, INSTALL)
    assert [r.revision for r in queries.history(env, "web")] == [1]


def test_an_upgrade_undoes_the_uninstall_that_died(
    env: Environment, installed: Release, chart: Chart
) -> None:
    die_uninstalling(env, installed)
    upgrade(env, chart, {}, UPGRADE)
    assert states(env) == [Status.SUPERSEDED, Status.DEPLOYED]


def test_an_uninstall_is_finished_as_it_was_asked_for(
    env: Environment, installed: Release
) -> None:
    die_uninstalling(env, installed, replace(UNINSTALL, keep_history=True))
    assert survey(env) == Survey(["web"], [])
    [found] = recover(env, "web", timeout=0)
    assert (found.status, found.remedy) == (Status.UNINSTALLING, Status.UNINSTALLED)
    assert states(env) == [Status.UNINSTALLED]
    assert survey(env) == Survey([], [])


def test_a_revision_that_helm_may_work_on_is_only_named(
    env: Environment, installed: Release
) -> None:
    die(env, Journal.of(installed))
    pending = replace(installed, revision=2).with_status(Status.PENDING_UPGRADE)
    env.storage.create(pending)
    found = survey(env)
    assert found.dead == []
    assert [told.partition(",")[0] for told in found.unsure] == [
        "web is pending-upgrade"
    ]


@pytest.mark.parametrize("verb", ["install", "uninstall", "recover"])
def test_an_uninstall_that_died_at_its_very_end_leaves_nothing(
    env: Environment, installed: Release, chart: Chart, verb: str
) -> None:
    die_uninstalling(env, installed)
    env.storage.delete(installed)
    match verb:
        case "install":
            install(env, chart, {}, INSTALL)
        case "uninstall":
            uninstall(env, replace(UNINSTALL, ignore_not_found=True))
        case "recover":
            assert recover(env, "web", timeout=0) == []
    assert env.cluster is not None
    assert find_lease(env.cluster, env.namespace, "web") is None


def test_an_install_makes_up_for_the_one_that_died(
    env: Environment, installed: Release, chart: Chart
) -> None:
    pending = installed.with_status(Status.PENDING_INSTALL)
    env.storage.update(pending)
    die(env, Journal.of(pending))
    install(env, chart, {}, INSTALL)
    assert states(env) == [Status.FAILED, Status.DEPLOYED]


def test_a_release_that_is_worked_on_is_not_recovered(
    env: Environment, installed: Release
) -> None:
    die(env, Journal.of(installed), elsewhere=True)
    found = survey(env)
    assert found.dead == []
    assert [told.partition(" since")[0] for told in found.unsure] == [
        "upgrade of web by bob@desk:7"
    ]
    with pytest.raises(OperationInProgressError, match="bob@desk:7"):
        diagnose(env, "web")
    with pytest.raises(OperationInProgressError, match="bob@desk:7"):
        recover(env, "web", timeout=0)
    with pytest.raises(OperationInProgressError, match="bob@desk:7"):
        uninstall(env, UNINSTALL)
    with pytest.raises(OperationInProgressError, match="bob@desk:7"):
        run_tests(env, TestOptions(name="web", lock_timeout=0))


def test_what_is_not_there_is_not_recovered(env: Environment) -> None:
    with pytest.raises(ReleaseNotFoundError):
        recover(env, "web", timeout=0)


def test_a_record_that_cannot_be_written_is_settled_by_the_next_command(
    env: Environment, installed: Release, chart: Chart, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(_: Release) -> None:
        raise ConnectionFailedError("https://api", "reset")

    with monkeypatch.context() as broken:
        broken.setattr(env.storage, "update", lost)
        with pytest.raises(ConnectionFailedError):
            upgrade(env, chart, {}, UPGRADE)
    assert states(env) == [Status.DEPLOYED, Status.PENDING_UPGRADE]
    upgrade(env, chart, {}, UPGRADE)
    assert states(env) == [Status.SUPERSEDED, Status.FAILED, Status.DEPLOYED]
    assert env.cluster is not None
    assert find_lease(env.cluster, env.namespace, "web") is None


def test_a_record_whose_answer_was_lost_is_no_other_ones(
    env: Environment, chart: Chart, monkeypatch: pytest.MonkeyPatch
) -> None:
    create = env.storage.create

    def stored_and_lost(release: Release) -> None:
        create(release)
        raise ConnectionFailedError("https://api", "reset")

    with monkeypatch.context() as broken:
        broken.setattr(env.storage, "create", stored_and_lost)
        with pytest.raises(ConnectionFailedError):
            install(env, chart, {}, INSTALL)
    assert states(env) == [Status.FAILED]
    upgrade(env, chart, {}, UPGRADE)
