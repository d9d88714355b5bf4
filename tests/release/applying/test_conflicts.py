from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from pypkg.cluster.reference import ObjectRef
from pypkg.errors import FieldConflictError
from pypkg.release import queries
from pypkg.release.applying.conflicts import shown
from pypkg.release.applying.field_policy import ANNOTATION, parse_rules
from pypkg.release.install import install
from pypkg.release.options import (
    ApplyOptions,
    InstallOptions,
    RollbackOptions,
    UpgradeOptions,
)
from pypkg.release.rollback import rollback
from pypkg.release.upgrade import upgrade
from tests.release.charts import CONFIG_MAP, DEPLOYMENT, chart_of

if TYPE_CHECKING:
    from pathlib import Path

    from pypkg.chart.chart import Chart
    from pypkg.cluster.client import Cluster
    from pypkg.release.environment import Environment

SECRET = """
apiVersion: v1
kind: Secret
metadata:
  name: {{ .Release.Name }}
data:
  token: {{ .Values.token | b64enc }}
"""
AUTOSCALER = "autoscaler"
VALUES = 'color: blue\nreplicas: 2\ntag: "1"\nsim: ""\nannotation: ""\ntoken: abcde\n'


@pytest.fixture
def chart(tmp_path: Path) -> Chart:
    deployment = DEPLOYMENT.replace(
        "  labels:\n    app: {{ .Release.Name }}\nspec:",
        "  annotations:\n"
        f"    {ANNOTATION}: {{{{ .Values.annotation | quote }}}}\nspec:",
        1,
    )
    assert ANNOTATION in deployment
    return chart_of(
        tmp_path / "web",
        values=VALUES,
        config=CONFIG_MAP,
        deployment=deployment,
        secret=SECRET,
    )


@pytest.fixture
def moved(env: Environment, chart: Chart) -> Environment:
    """A release of which an autoscaler, and a person, have changed fields."""
    install(env, chart, {}, InstallOptions(name="web"))
    scale(env, 5)
    assert env.cluster is not None
    env.cluster.patch(
        ref(env, "ConfigMap", "web-config"),
        {"data": {"color": "pink"}},
        "application/merge-patch+json",
        fieldManager="kubectl-edit",
    )
    return env


def ref(env: Environment, kind: str, name: str) -> ObjectRef:
    version = "apps/v1" if kind == "Deployment" else "v1"
    return ObjectRef(version, kind, name, env.namespace)


def scale(env: Environment, replicas: int) -> None:
    """Change the replicas as an autoscaler does: through the subresource."""
    assert env.cluster is not None
    path = f"/apis/apps/v1/namespaces/{env.namespace}/deployments/web"
    set_replicas(env.cluster, f"{path}/scale", replicas)
    if not has_manager(live(env, "Deployment", "web"), AUTOSCALER):
        # Before Kubernetes 1.22 nobody notes who scales.
        set_replicas(env.cluster, path, replicas + 1)
        set_replicas(env.cluster, path, replicas)


def set_replicas(cluster: Cluster, path: str, replicas: int) -> None:
    cluster.request(
        "PATCH",
        path,
        {"fieldManager": AUTOSCALER},
        {"spec": {"replicas": replicas}},
        "application/merge-patch+json",
    )


def has_manager(found: dict[str, Any], manager: str) -> bool:
    return any(e["manager"] == manager for e in found["metadata"]["managedFields"])


def live(env: Environment, kind: str, name: str) -> dict[str, Any]:
    assert env.cluster is not None
    return env.cluster.get(ref(env, kind, name))


def replicas(env: Environment) -> int:
    found: int = live(env, "Deployment", "web")["spec"]["replicas"]
    return found


def color(env: Environment) -> str:
    found: str = live(env, "ConfigMap", "web-config")["data"]["color"]
    return found


def options(*rules: str, **apply: Any) -> UpgradeOptions:
    chosen = ApplyOptions(field_rules=parse_rules(rules), **apply)
    return UpgradeOptions(name="web", apply=chosen)


def test_all_conflicts_of_all_objects_are_named_and_nothing_is_changed(
    moved: Environment, chart: Chart
) -> None:
    before = live(moved, "Secret", "web")
    with pytest.raises(FieldConflictError) as caught:
        upgrade(moved, chart, {"color": "red", "token": "12345"}, options())
    config, deployment = caught.value.conflicts
    assert '.data.color: "pink" -> "red", conflict with "kubectl-edit"' in config
    assert ".spec.replicas: 5 -> 2" in deployment
    scaled = live(moved, "Deployment", "web")["metadata"]["managedFields"]
    (entry,) = (e for e in scaled if e["manager"] == AUTOSCALER)
    through = ' with subresource "scale"' if "subresource" in entry else ""
    assert f'conflict with "autoscaler"{through} since' in deployment
    assert "web-config:.data.color=keep" in str(caught.value.hint)
    assert live(moved, "Secret", "web") == before
    assert len(queries.history(moved, "web")) == 1


def test_a_field_is_kept_and_another_taken(moved: Environment, chart: Chart) -> None:
    chosen = options("Deployment:.spec.replicas=keep", "/data/color=take")
    upgrade(moved, chart, {"color": "red", "tag": "2"}, chosen)
    assert (replicas(moved), color(moved)) == (5, "red")
    template = live(moved, "Deployment", "web")["spec"]["template"]["spec"]
    assert template["containers"][0]["image"] == "nginx:2"
    # The record keeps what the chart says.
    assert "replicas: 2" in queries.get_release(moved, "web").manifest


def test_what_was_kept_stays_with_its_manager(moved: Environment, chart: Chart) -> None:
    keeping = options(".spec.replicas=keep", ".data=take")
    upgrade(moved, chart, {"tag": "2"}, keeping)
    scale(moved, 7)
    upgrade(moved, chart, {"tag": "3"}, keeping)
    assert replicas(moved) == 7
    with pytest.raises(FieldConflictError, match=r"\.spec\.replicas: 7 -> 2"):
        upgrade(moved, chart, {"tag": "4"}, options())
    upgrade(moved, chart, {"tag": "4"}, options(force_conflicts=True))
    assert replicas(moved) == 2


def test_the_chart_may_say_so_itself_and_a_flag_overrides_it(
    moved: Environment, chart: Chart
) -> None:
    values = {"annotation": ".spec.replicas=keep"}
    upgrade(moved, chart, values, options(".data=take"))
    assert replicas(moved) == 5
    with pytest.raises(FieldConflictError):
        upgrade(moved, chart, values, options(".spec.replicas=fail"))
    upgrade(moved, chart, values, options("*=take"))
    assert replicas(moved) == 2


def test_keeping_goes_before_forcing(moved: Environment, chart: Chart) -> None:
    chosen = options(".spec.replicas=keep", force_conflicts=True)
    upgrade(moved, chart, {"color": "red"}, chosen)
    assert (replicas(moved), color(moved)) == (5, "red")


def test_a_value_that_is_the_same_is_no_conflict(
    moved: Environment, chart: Chart
) -> None:
    upgrade(moved, chart, {"color": "pink", "replicas": 5}, options())
    assert (replicas(moved), color(moved)) == (5, "pink")


def test_a_rollback_forecasts_as_an_upgrade_does(
    moved: Environment, chart: Chart
) -> None:
    upgrade(moved, chart, {"tag": "2"}, options("*=take"))
    scale(moved, 4)
    back = RollbackOptions(name="web")
    with pytest.raises(FieldConflictError, match=r"\.spec\.replicas: 4 -> 2"):
        rollback(moved, back)
    keep = ApplyOptions(field_rules=parse_rules(["*=keep"]))
    rollback(moved, replace(back, apply=keep))
    assert replicas(moved) == 4
    assert len(queries.history(moved, "web")) == 3


def test_adopting_by_an_install_forecasts_too(env: Environment, chart: Chart) -> None:
    assert env.cluster is not None
    body = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "web-config"},
        "data": {"color": "grey"},
    }
    env.cluster.create(body, fieldManager="kubectl-create")
    adopting = ApplyOptions(take_ownership=True)
    with pytest.raises(FieldConflictError, match='"grey" -> "blue"'):
        install(env, chart, {}, InstallOptions(name="web", apply=adopting))
    assert env.cluster.find(ref(env, "Deployment", "web")) is None
    keep = replace(adopting, field_rules=parse_rules([".data.color=keep"]))
    install(env, chart, {}, InstallOptions(name="web", apply=keep))
    assert color(env) == "grey"


def test_client_side_apply_keeps_what_it_is_told_to(
    env: Environment, chart: Chart
) -> None:
    client_side = ApplyOptions(server_side="false")
    install(env, chart, {}, InstallOptions(name="web", apply=client_side))
    scale(env, 5)
    upgrade(env, chart, {"replicas": 3}, options(".spec.replicas=keep"))
    assert replicas(env) == 5
    with pytest.raises(FieldConflictError):
        upgrade(env, chart, {"replicas": 4}, options(".spec.replicas=fail"))
    # Helm's client-side apply knows no conflicts.
    upgrade(env, chart, {"replicas": 4}, options())
    assert replicas(env) == 4


def test_the_contents_of_secrets_are_not_in_the_message(
    env: Environment, chart: Chart
) -> None:
    install(env, chart, {}, InstallOptions(name="web"))
    assert env.cluster is not None
    env.cluster.patch(
        ref(env, "Secret", "web"),
        {"data": {"token": "c2VjcmV0LW9uZQ=="}},
        "application/merge-patch+json",
        fieldManager="vault",
    )
    with pytest.raises(FieldConflictError) as caught:
        upgrade(env, chart, {"token": "secret-two"}, options())
    (said,) = caught.value.conflicts
    assert ".data.token: -------- (10 bytes) -> ++++++++ (10 bytes)" in said
    assert "c2Vj" not in str(caught.value)


def test_long_values_are_cut() -> None:
    assert shown("x" * 100) == f'"{"x" * 56}...'
