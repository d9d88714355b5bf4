from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from pypkg.chart.loader import load_chart
from pypkg.cluster.reference import ObjectRef
from pypkg.errors import (
    FieldConflictError,
    NotReadyError,
    OperationInProgressError,
    OwnershipError,
    PypkgError,
    ReleaseError,
    ReleaseNotFoundError,
    UsageError,
)
from pypkg.release import queries
from pypkg.release.events import ObjectChanged, Outcome
from pypkg.release.install import install
from pypkg.release.options import (
    ApplyOptions,
    DryRun,
    InstallOptions,
    RollbackOptions,
    UpgradeOptions,
    WaitOptions,
    WaitStrategy,
)
from pypkg.release.records.record import Release, Status
from pypkg.release.rollback import rollback
from pypkg.release.upgrade import upgrade
from tests.release.charts import CONFIG_MAP, chart_of, web_folder

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pypkg.chart.chart import Chart
    from pypkg.release.environment import Environment
    from pypkg.release.events import Event

OPTIONS = UpgradeOptions(name="web")
ROLLBACK = RollbackOptions(name="web")
EXTRA = CONFIG_MAP.replace("-config", "-extra")


@pytest.fixture
def chart(tmp_path: Path) -> Chart:
    return chart_of(tmp_path / "web", values="color: blue\n", config=CONFIG_MAP)


@pytest.fixture
def installed(env: Environment, chart: Chart, events: list[Event]) -> Environment:
    install(env, chart, {}, InstallOptions(name="web"))
    events.clear()
    return env


def find(env: Environment, name: str) -> dict[str, Any] | None:
    assert env.cluster is not None
    return env.cluster.find(ObjectRef("v1", "ConfigMap", name, env.namespace))


def outcomes(events: list[Event]) -> dict[str, Outcome]:
    return {e.ref.name: e.outcome for e in events if isinstance(e, ObjectChanged)}


def states(env: Environment) -> list[str]:
    return [str(release.status) for release in queries.history(env, "web")]


def test_objects_are_created_configured_left_and_deleted(
    installed: Environment, events: list[Event], tmp_path: Path
) -> None:
    same = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: same}\n"
    values = "color: blue\n"
    both = chart_of(
        tmp_path / "2", values=values, config=CONFIG_MAP, extra=EXTRA, same=same
    )
    upgrade(installed, both, {}, OPTIONS)
    assert outcomes(events) == {
        "web-config": Outcome.CONFIGURED,
        "web-extra": Outcome.CREATED,
        "same": Outcome.CREATED,
    }
    one = chart_of(tmp_path / "3", values=values, extra=EXTRA, same=same)
    upgrade(installed, one, {}, OPTIONS)
    assert outcomes(events) == {
        "web-config": Outcome.DELETED,
        "web-extra": Outcome.CONFIGURED,
        "same": Outcome.UNCHANGED,
    }
    assert states(installed) == ["superseded", "superseded", "deployed"]
    assert find(installed, "web-config") is None


def test_a_kept_object_survives_being_left_out(
    installed: Environment, events: list[Event], tmp_path: Path
) -> None:
    kept = EXTRA.replace(
        "metadata:\n", "metadata:\n  annotations: {helm.sh/resource-policy: keep}\n"
    )
    values = "color: blue\n"
    upgrade(installed, chart_of(tmp_path / "2", values=values, extra=kept), {}, OPTIONS)
    upgrade(
        installed, chart_of(tmp_path / "3", values=values, c=CONFIG_MAP), {}, OPTIONS
    )
    assert outcomes(events)["web-extra"] == Outcome.KEPT
    assert find(installed, "web-extra") is not None


def test_an_unknown_release_is_not_upgraded(env: Environment, chart: Chart) -> None:
    with pytest.raises(ReleaseError, match='"web" has no deployed releases') as caught:
        upgrade(env, chart, {}, OPTIONS)
    assert "--install" in str(caught.value.hint)


def test_a_failed_first_install_is_upgraded(env: Environment, chart: Chart) -> None:
    release = install(env, chart, {}, InstallOptions(name="web"))
    env.storage.update(release.with_status(Status.FAILED, "no luck"))
    upgrade(env, chart, {}, OPTIONS)
    assert states(env) == ["superseded", "deployed"]


def test_an_uninstalled_release_is_not_upgraded(env: Environment, chart: Chart) -> None:
    release = install(env, chart, {}, InstallOptions(name="web"))
    env.storage.update(release.with_status(Status.UNINSTALLED))
    with pytest.raises(ReleaseError, match="no deployed releases"):
        upgrade(env, chart, {}, OPTIONS)


def test_two_at_once_make_no_revision_twice(
    installed: Environment, chart: Chart
) -> None:
    # The other one has read the history, and is first to store its revision.
    release = queries.get_release(installed, "web")
    rival = replace(release, revision=2).with_status(Status.PENDING_UPGRADE)

    class Late:
        """The storage of one who does not see the rival's revision yet."""

        def __getattr__(self, name: str) -> Any:
            return getattr(installed.storage, name)

        def find(
            self, labels: Mapping[str, str], *, latest: bool = False
        ) -> list[Release]:
            found = [r for r in installed.storage.find(labels) if r.revision != 2]
            return found[-1:] if latest else found

    installed.storage.create(rival)
    env = replace(installed, storage=Late())
    with pytest.raises(OperationInProgressError, match="already exists: revision 2"):
        upgrade(env, chart, {"color": "red"}, OPTIONS)
    live = find(installed, "web-config")
    assert live is not None
    assert live["data"]["color"] == "blue"
    with pytest.raises(OperationInProgressError, match="another operation"):
        upgrade(installed, chart, {}, OPTIONS)


def test_a_dry_run_changes_nothing(installed: Environment, chart: Chart) -> None:
    for mode in (DryRun.CLIENT, DryRun.SERVER):
        options = replace(OPTIONS, dry_run=mode)
        release = upgrade(installed, chart, {"color": "red"}, options)
        assert "red" in release.manifest
        assert release.info.description == "Dry run complete"
    assert states(installed) == ["deployed"]


def test_new_objects_of_someone_else_are_not_taken(
    installed: Environment, tmp_path: Path
) -> None:
    assert installed.cluster is not None
    installed.cluster.create(
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "web-extra"}}
    )
    both = chart_of(tmp_path / "2", values="color: b\n", c=CONFIG_MAP, extra=EXTRA)
    with pytest.raises(OwnershipError, match="unable to continue with update"):
        upgrade(installed, both, {}, OPTIONS)
    assert states(installed) == ["deployed"]
    options = replace(OPTIONS, apply=ApplyOptions(take_ownership=True))
    upgrade(installed, both, {}, options)


def test_a_field_of_another_manager_is_a_conflict(
    installed: Environment, chart: Chart
) -> None:
    assert installed.cluster is not None
    ref = ObjectRef("v1", "ConfigMap", "web-config", installed.namespace)
    installed.cluster.patch(
        ref,
        {"data": {"color": "scaled"}},
        "application/merge-patch+json",
        fieldManager="autoscaler",
    )
    with pytest.raises(FieldConflictError, match="autoscaler") as caught:
        upgrade(installed, chart, {"color": "red"}, OPTIONS)
    assert "--force-conflicts" in str(caught.value.hint)
    assert states(installed) == ["deployed"]
    options = replace(OPTIONS, apply=ApplyOptions(force_conflicts=True))
    upgrade(installed, chart, {"color": "red"}, options)
    assert states(installed) == ["superseded", "deployed"]


def test_an_object_that_someone_deleted_comes_back(
    installed: Environment, chart: Chart, events: list[Event]
) -> None:
    assert installed.cluster is not None
    ref = ObjectRef("v1", "ConfigMap", "web-config", installed.namespace)
    installed.cluster.delete(ref)
    upgrade(installed, chart, {}, OPTIONS)
    assert outcomes(events) == {"web-config": Outcome.CREATED}


@pytest.mark.faults
def test_a_failure_can_be_rolled_back(env: Environment, tmp_path: Path) -> None:
    chart = load_chart(web_folder(tmp_path / "web"))
    wait = WaitOptions(strategy=WaitStrategy.WATCHER, timeout=20)
    install(env, chart, {}, InstallOptions(name="web", wait=wait))
    options = replace(
        OPTIONS, rollback_on_failure=True, wait=WaitOptions(timeout=2), history_max=0
    )
    with pytest.raises(ReleaseError, match="has been rolled back due to") as caught:
        upgrade(env, chart, {"sim": "imagepull", "extra": True}, options)
    assert isinstance(caught.value.__cause__, NotReadyError)
    assert states(env) == ["superseded", "failed", "deployed"]
    assert queries.get_release(env, "web").info.description == "Rollback to 1"
    assert find(env, "web-extra") is None


def test_a_rollback_goes_on_from_what_a_failed_upgrade_left(
    installed: Environment, tmp_path: Path
) -> None:
    bad = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: UPPER}\n"
    other = chart_of(tmp_path / "2", values="color: b\n", extra=EXTRA, zbad=bad)
    with pytest.raises(PypkgError, match="UPPER"):
        upgrade(installed, other, {}, OPTIONS)
    # The objects of revision 1 are there, and revision 2 does not know them.
    rollback(installed, ROLLBACK)
    assert states(installed)[-1] == "deployed"
    assert find(installed, "web-extra") is None
    assert find(installed, "web-config") is not None


def test_a_rollback_takes_no_object_of_another_release(
    installed: Environment, tmp_path: Path
) -> None:
    bare = CONFIG_MAP.replace("-config", "-other")
    upgrade(
        installed, chart_of(tmp_path / "2", values="color: b\n", c=bare), {}, OPTIONS
    )
    elsewhere = chart_of(
        tmp_path / "3",
        values="color: c\n",
        c=CONFIG_MAP.replace("{{ .Release.Name }}", "web"),
    )
    install(installed, elsewhere, {}, InstallOptions(name="other"))
    with pytest.raises(ReleaseError, match="original object ConfigMap"):
        rollback(installed, ROLLBACK)


def test_what_a_failed_upgrade_created_can_be_removed(
    installed: Environment, tmp_path: Path
) -> None:
    bad = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: UPPER}\n"
    chart = chart_of(
        tmp_path / "2", values="color: b\n", c=CONFIG_MAP, extra=EXTRA, zbad=bad
    )
    with pytest.raises(PypkgError, match="UPPER"):
        upgrade(installed, chart, {}, replace(OPTIONS, cleanup_on_fail=True))
    assert find(installed, "web-extra") is None
    assert find(installed, "web-config") is not None


def test_server_side_apply_cannot_replace(installed: Environment, chart: Chart) -> None:
    options = replace(OPTIONS, apply=ApplyOptions(force_replace=True))
    with pytest.raises(UsageError, match="cannot use server-side apply and force"):
        upgrade(installed, chart, {}, options)
    assert states(installed) == ["deployed"]


def test_labels_are_merged(installed: Environment, chart: Chart) -> None:
    upgrade(installed, chart, {}, replace(OPTIONS, labels={"a": "1", "b": "2"}))
    upgrade(installed, chart, {}, replace(OPTIONS, labels={"a": "null"}))
    assert queries.get_release(installed, "web").labels == {"b": "2"}


def test_a_rollback_goes_back_one_revision_or_as_far_as_asked(
    installed: Environment, chart: Chart
) -> None:
    upgrade(installed, chart, {"color": "red"}, OPTIONS)
    upgrade(installed, chart, {"color": "green"}, OPTIONS)
    release = rollback(installed, ROLLBACK)
    assert (release.revision, release.config) == (4, {"color": "red"})
    assert release.info.rollback_revision == 2
    again = rollback(
        installed, replace(ROLLBACK, revision=1, description="back to start")
    )
    assert (again.config, again.info.description) == ({}, "back to start")
    live = find(installed, "web-config")
    assert live is not None
    assert live["data"] == {"color": "blue", "revision": "1"}
    assert states(installed) == ["superseded"] * 4 + ["deployed"]


@pytest.mark.parametrize(
    ("options", "kind", "said"),
    [
        (replace(ROLLBACK, name="nope"), ReleaseNotFoundError, "release: not found"),
        (replace(ROLLBACK, revision=7), ReleaseNotFoundError, "release has no 7"),
        (ROLLBACK, ReleaseNotFoundError, "release has no 0 version"),
        (replace(ROLLBACK, revision=-1), ReleaseError, "invalid release revision"),
    ],
)
def test_a_revision_that_is_not_there_is_named(
    installed: Environment,
    options: RollbackOptions,
    kind: type[PypkgError],
    said: str,
) -> None:
    with pytest.raises(kind, match=said):
        rollback(installed, options)


def test_a_rollback_dry_run_changes_nothing(
    installed: Environment, chart: Chart
) -> None:
    upgrade(installed, chart, {"color": "red"}, OPTIONS)
    release = rollback(installed, replace(ROLLBACK, dry_run=DryRun.SERVER))
    assert release.revision == 3
    assert states(installed) == ["superseded", "deployed"]


@pytest.mark.faults
def test_a_rollback_that_fails_is_recorded(env: Environment, tmp_path: Path) -> None:
    chart = load_chart(web_folder(tmp_path / "web"))
    hook: dict[str, Any] = {"enabled": True, "sim": "job-fail"}
    options = InstallOptions(name="web", disable_hooks=True)
    install(env, chart, {"hook": hook}, options)
    upgrade(env, chart, {"color": "red"}, OPTIONS)
    with pytest.raises(PypkgError, match=r"^hook Job/\S+ of web/templates/hook"):
        rollback(env, ROLLBACK)
    failed = queries.get_release(env, "web")
    assert failed.status == Status.FAILED
    assert failed.info.description.startswith('Rollback "web" failed: resource Job/')
    assert queries.get_release(env, "web", 2).status == Status.DEPLOYED
