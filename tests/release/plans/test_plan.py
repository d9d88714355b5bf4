from __future__ import annotations

import gzip
import hashlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from pypkg.chart.loader import load_chart
from pypkg.cluster.reference import ObjectRef
from pypkg.errors import PlanError, PlanOutdatedError
from pypkg.release import queries
from pypkg.release.applying.field_policy import parse_rules
from pypkg.release.diffs import diff
from pypkg.release.install import install
from pypkg.release.intent import to_install, to_rollback, to_uninstall, to_upgrade
from pypkg.release.options import (
    ApplyOptions,
    Cascade,
    InstallOptions,
    RollbackOptions,
    UninstallOptions,
    UpgradeOptions,
    WaitOptions,
    WaitStrategy,
)
from pypkg.release.plans import plan_file
from pypkg.release.plans.plan import Plan, apply, make
from pypkg.release.records.record import Status
from pypkg.release.uninstall import uninstall
from pypkg.release.upgrade import upgrade
from tests.release.charts import web_folder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pypkg.chart.chart import Chart
    from pypkg.release.environment import Environment
    from pypkg.release.intent import Intent

UPGRADE = UpgradeOptions(name="web")
RED = {"color": "red", "extra": True}


@pytest.fixture
def chart(tmp_path: Path) -> Chart:
    return load_chart(web_folder(tmp_path / "web"))


@pytest.fixture
def installed(env: Environment, chart: Chart) -> Environment:
    install(env, chart, {}, InstallOptions(name="web", labels={"team": "shop"}))
    return env


def saved(env: Environment, intent: Intent) -> Plan:
    """Make a plan, write it, and read it."""
    made = make(env, intent, diff.survey(env, intent))
    return plan_file.decode(plan_file.encode(made))


def ref(env: Environment, kind: str, name: str) -> ObjectRef:
    version = "apps/v1" if kind == "Deployment" else "v1"
    return ObjectRef(version, kind, name, env.namespace)


def live(env: Environment, kind: str, name: str) -> dict[str, Any] | None:
    assert env.cluster is not None
    return env.cluster.find(ref(env, kind, name))


def patch(
    env: Environment,
    kind: str,
    name: str,
    body: dict[str, Any],
    manager: str = "kubectl-patch",
) -> None:
    assert env.cluster is not None
    env.cluster.patch(
        ref(env, kind, name),
        body,
        "application/merge-patch+json",
        fieldManager=manager,
    )


def test_an_upgrade_is_carried_out_as_it_was_planned(
    installed: Environment, chart: Chart
) -> None:
    plan = saved(installed, to_upgrade(installed, chart, RED, UPGRADE))
    done = apply(installed, plan)
    assert (done.revision, done.status) == (2, Status.DEPLOYED)
    config = live(installed, "ConfigMap", "web-config")
    assert config is not None
    assert config["data"] == {"color": "red", "revision": "2"}
    first, second = installed.storage.find({"name": "web"})
    assert first.status == Status.SUPERSEDED
    assert second.config == RED
    assert second.labels == {"team": "shop"}
    assert second.info.first_deployed == first.info.first_deployed
    assert second.info.description == "Upgrade complete"


def test_the_record_is_that_of_an_upgrade_without_a_plan(
    installed: Environment, chart: Chart
) -> None:
    plan = saved(installed, to_upgrade(installed, chart, RED, UPGRADE))
    planned = apply(installed, plan)
    direct = upgrade(installed, chart, RED, UPGRADE)
    stored = queries.get_release(installed, "web", 2)
    assert stored.manifest == direct.manifest.replace('"3"', '"2"')
    assert stored.hooks == planned.hooks == direct.hooks
    assert (
        stored.chart.templates == queries.get_release(installed, "web").chart.templates
    )
    assert stored.apply_method == direct.apply_method


def test_an_install_a_rollback_and_an_uninstall_are_planned_too(
    env: Environment, chart: Chart
) -> None:
    first = to_install(env, chart, {}, InstallOptions(name="web"))
    assert apply(env, saved(env, first)).info.description == "Install complete"
    upgrade(env, chart, RED, UPGRADE)
    back = to_rollback(env, RollbackOptions(name="web"))
    done = apply(env, saved(env, back))
    assert done.info.description == "Rollback to 1"
    assert live(env, "ConfigMap", "web-extra") is None
    removal = to_uninstall(env, UninstallOptions(name="web"))
    apply(env, saved(env, removal))
    assert live(env, "Deployment", "web") is None
    assert live(env, "PersistentVolumeClaim", "web-data") is not None


def drift(env: Environment, chart: Chart) -> None:
    del chart
    patch(env, "ConfigMap", "web-config", {"data": {"color": "pink"}})


def loss(env: Environment, chart: Chart) -> None:
    del chart
    assert env.cluster is not None
    env.cluster.delete(ref(env, "Service", "web"))


def remaking(env: Environment, chart: Chart) -> None:
    loss(env, chart)
    body = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "web"},
        "spec": {
            "ports": [{"port": 80, "protocol": "TCP"}],
            "selector": {"app": "web"},
        },
    }
    assert env.cluster is not None
    env.cluster.create(body)


def coming(env: Environment, chart: Chart) -> None:
    del chart
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "web-extra"}}
    assert env.cluster is not None
    env.cluster.create(body)


def reinstall(env: Environment, chart: Chart) -> None:
    uninstall(env, UninstallOptions(name="web"))
    install(env, chart, {}, InstallOptions(name="web"))


def another_upgrade(env: Environment, chart: Chart) -> None:
    upgrade(env, chart, {"color": "green"}, UPGRADE)


@pytest.mark.parametrize(
    ("move", "said"),
    [
        (drift, r'web-config: \.data\.color: "blue" -> "pink", set by kubectl-patch'),
        (loss, r"Service/.*/web is gone"),
        (remaking, r"Service/.*/web was deleted, and made again"),
        (coming, r"web-extra was not there, and is now"),
        (another_upgrade, r"was revision 1 \(deployed\) of .*, and is revision 2"),
        (reinstall, r"was revision 1 \(deployed\) of .*, and is revision 1"),
    ],
)
def test_a_plan_is_refused_when_the_cluster_has_moved(
    installed: Environment,
    chart: Chart,
    move: Callable[[Environment, Chart], None],
    said: str,
) -> None:
    plan = saved(installed, to_upgrade(installed, chart, RED, UPGRADE))
    move(installed, chart)
    before = len(queries.history(installed, "web"))
    with pytest.raises(PlanOutdatedError, match=said):
        apply(installed, plan)
    assert len(queries.history(installed, "web")) == before


def test_all_that_has_moved_is_listed(installed: Environment, chart: Chart) -> None:
    plan = saved(installed, to_upgrade(installed, chart, RED, UPGRADE))
    loss(installed, chart)
    drift(installed, chart)
    with pytest.raises(PlanOutdatedError) as caught:
        apply(installed, plan)
    assert len(caught.value.moved) == 2


def test_a_release_that_came_or_went_is_noticed(env: Environment, chart: Chart) -> None:
    plan = saved(env, to_install(env, chart, {}, InstallOptions(name="web")))
    apply(env, plan)
    with pytest.raises(PlanOutdatedError, match="was not there, and is revision 1"):
        apply(env, plan)


def test_status_and_what_is_kept_for_others_may_change(
    installed: Environment, chart: Chart
) -> None:
    rules = parse_rules([".spec.replicas=keep"])
    options = UpgradeOptions(name="web", apply=ApplyOptions(field_rules=rules))
    patch(installed, "Deployment", "web", {"spec": {"replicas": 5}})
    plan = saved(installed, to_upgrade(installed, chart, RED, options))
    patch(installed, "Deployment", "web", {"spec": {"replicas": 6}})
    assert installed.cluster is not None
    path = f"/apis/apps/v1/namespaces/{installed.namespace}/deployments/web/status"
    installed.cluster.request(
        "PATCH",
        path,
        body={"status": {"observedGeneration": 99}},
        content_type="application/merge-patch+json",
    )
    apply(installed, plan)
    deployment = live(installed, "Deployment", "web")
    assert deployment is not None
    assert deployment["spec"]["replicas"] == 6


def test_what_kubernetes_itself_completes_may_come(
    installed: Environment, chart: Chart
) -> None:
    plan = saved(installed, to_upgrade(installed, chart, RED, UPGRADE))
    claim = "PersistentVolumeClaim", "web-data"
    bound = {"metadata": {"annotations": {"pv.kubernetes.io/bind-completed": "yes"}}}
    patch(installed, *claim, bound, "kube-controller-manager")
    scaled = {"spec": {"revisionHistoryLimit": 3}}
    patch(installed, "Deployment", "web", scaled, "kube-controller-manager")
    apply(installed, plan)
    plan = saved(installed, to_upgrade(installed, chart, RED, UPGRADE))
    patch(installed, *claim, {"metadata": {"annotations": {"mine": "yes"}}})
    with pytest.raises(PlanOutdatedError, match=r"\.metadata\.annotations\.mine"):
        apply(installed, plan)


def test_what_a_controller_notes_on_an_object_may_come(
    installed: Environment, chart: Chart
) -> None:
    plan = saved(installed, to_upgrade(installed, chart, RED, UPGRADE))
    noted = {
        "annotations": {"acme.example/hash": "1"},
        "finalizers": ["acme.example/x"],
    }
    patch(installed, "Service", "web", {"metadata": noted}, "acme-controller")
    apply(installed, plan)
    for metadata in (
        {"annotations": {"helm.sh/resource-policy": "keep"}},
        {"labels": {"acme.example/tier": "1"}},
    ):
        plan = saved(installed, to_upgrade(installed, chart, {}, UPGRADE))
        patch(installed, "Service", "web", {"metadata": metadata}, "acme-controller")
        with pytest.raises(PlanOutdatedError, match="acme-controller"):
            apply(installed, plan)


def test_another_cluster_is_refused(installed: Environment, chart: Chart) -> None:
    plan = saved(installed, to_upgrade(installed, chart, RED, UPGRADE))
    assert plan.cluster
    with pytest.raises(PlanOutdatedError, match="another cluster"):
        apply(installed, replace(plan, cluster="3b9c7d8e"))


def test_a_file_that_was_altered_is_refused(
    installed: Environment, chart: Chart
) -> None:
    intent = to_upgrade(installed, chart, RED, UPGRADE)
    data = plan_file.encode(make(installed, intent, diff.survey(installed, intent)))
    wire = json.loads(gzip.decompress(data))
    wire["plan"]["release"]["manifest"] += "\n# more"
    with pytest.raises(PlanError, match="has been altered"):
        plan_file.decode(gzip.compress(json.dumps(wire).encode()))
    for broken in (b"", b"{}", data[:-20], gzip.compress(b"[]"), b"\x1f\x8b"):
        with pytest.raises(PlanError, match="no plan, or it is damaged"):
            plan_file.decode(broken)
    with pytest.raises(PlanError, match="no plan, or it is damaged"):
        plan_file.decode(data + data)
    wire["format"] = "pypkg.dev/plan/v9"
    with pytest.raises(PlanError, match="of the form pypkg"):
        plan_file.decode(gzip.compress(json.dumps(wire).encode()))


def test_a_plan_of_another_version_says_so(
    installed: Environment, chart: Chart
) -> None:
    intent = to_upgrade(installed, chart, RED, UPGRADE)
    data = plan_file.encode(make(installed, intent, diff.survey(installed, intent)))
    wire = json.loads(gzip.decompress(data))
    wire["plan"]["options"]["soon"] = True
    text = json.dumps(wire["plan"], sort_keys=True, separators=(",", ":"))
    wire["digest"] = f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
    with pytest.raises(PlanError, match="of another version"):
        plan_file.decode(gzip.compress(json.dumps(wire).encode()))


@pytest.mark.parametrize(
    "options",
    [
        InstallOptions(name="web", labels={"a": "b"}, create_namespace=True),
        UpgradeOptions(
            name="web",
            history_max=3,
            cleanup_on_fail=True,
            wait=WaitOptions(strategy=WaitStrategy.WATCHER, jobs=True, timeout=7.5),
            apply=ApplyOptions(
                server_side="true",
                force_conflicts=True,
                field_rules=parse_rules(["Deployment/web:.spec.replicas=keep"]),
            ),
        ),
        RollbackOptions(name="web", revision=1, description="back"),
        UninstallOptions(name="web", cascade=Cascade.ORPHAN, keep_history=True),
    ],
)
def test_the_options_are_saved(
    installed: Environment, chart: Chart, options: Any
) -> None:
    intent = to_upgrade(installed, chart, {}, UPGRADE)
    plan = make(installed, intent, diff.survey(installed, intent))
    plan = replace(plan, options=options)
    assert plan_file.decode(plan_file.encode(plan)).options == options
