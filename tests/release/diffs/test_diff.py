from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from pypkg.chart.loader import load_chart
from pypkg.cluster.reference import ObjectRef
from pypkg.errors import ApiError, PypkgError
from pypkg.objects.field_set import show
from pypkg.release import queries
from pypkg.release.applying.field_policy import parse_rules
from pypkg.release.diffs.comparison import Basis, Change, Comparison, ObjectComparison
from pypkg.release.diffs.diff import compare
from pypkg.release.diffs.rendered_diff import (
    DiffOptions,
    compare_manifests,
    compare_releases,
)
from pypkg.release.install import install
from pypkg.release.intent import to_install, to_rollback, to_uninstall, to_upgrade
from pypkg.release.options import (
    ApplyOptions,
    InstallOptions,
    RollbackOptions,
    UninstallOptions,
    UpgradeOptions,
    WaitOptions,
    WaitStrategy,
)
from pypkg.release.upgrade import upgrade
from tests.release.charts import CONFIG_MAP, web_folder, write_chart

if TYPE_CHECKING:
    from pathlib import Path

    from pypkg.chart.chart import Chart
    from pypkg.release.environment import Environment

CONTAINER = "/spec/template/spec/containers/0"
UPGRADE = UpgradeOptions(name="web")
WAIT = WaitOptions(strategy=WaitStrategy.WATCHER, timeout=60)
CRD = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: gadgets.diff.example.com
spec:
  group: diff.example.com
  scope: Namespaced
  names: {kind: Gadget, plural: gadgets, singular: gadget}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}
"""
NAMESPACE = """
apiVersion: v1
kind: Namespace
metadata:
  name: not-there-yet
"""
GADGET = """
apiVersion: diff.example.com/v1
kind: Gadget
metadata:
  name: one
spec:
  size: 3
"""


SECRET = """
apiVersion: v1
kind: Secret
metadata: {name: web-secret}
stringData: {token: abc}
---
"""
JOB = """
apiVersion: batch/v1
kind: Job
metadata: {name: web-migrate-now}
spec:
  template:
    spec:
      restartPolicy: Never
      containers: [{name: main, image: busybox, args: [{{ .Values.color }}]}]
"""


@pytest.fixture
def chart(tmp_path: Path) -> Chart:
    return load_chart(web_folder(tmp_path / "web"))


@pytest.fixture
def installed(env: Environment, chart: Chart) -> Environment:
    install(env, chart, {}, InstallOptions(name="web"))
    return env


def upgraded(
    env: Environment, chart: Chart, values: dict[str, Any], **apply: Any
) -> Comparison:
    options = UpgradeOptions(name="web", apply=ApplyOptions(**apply))
    return compare(env, to_upgrade(env, chart, values, options), DiffOptions())


def by_name(found: Comparison) -> dict[str, ObjectComparison]:
    return {f"{one.ref.kind}/{one.ref.name}": one for one in found.objects}


def fields(one: ObjectComparison) -> dict[str, tuple[Any, Any]]:
    return {show(found.path): (found.old, found.new) for found in one.fields}


def patch(env: Environment, kind: str, name: str, body: dict[str, Any]) -> None:
    version = "apps/v1" if kind == "Deployment" else "v1"
    assert env.cluster is not None
    env.cluster.patch(
        ObjectRef(version, kind, name, env.namespace),
        body,
        "application/merge-patch+json",
        fieldManager="kubectl-patch",
    )


def edit(env: Environment, ref: ObjectRef, path: str, value: Any) -> None:
    assert env.cluster is not None
    env.cluster.patch(
        ObjectRef(ref.api_version, ref.kind, ref.name, env.namespace),
        [{"op": "replace", "path": path, "value": value}],
        "application/json-patch+json",
        fieldManager="kubectl-edit",
    )


def test_an_upgrade_to_the_same_changes_only_what_depends_on_the_revision(
    installed: Environment, chart: Chart
) -> None:
    found = upgraded(installed, chart, {})
    (changed,) = found.changes
    assert fields(changed) == {".data.revision": ("1", "2")}
    assert (found.old, found.new) == (1, 2)
    assert found.counts()["unchanged"] == 3


def test_what_is_added_changed_and_removed_is_told(
    installed: Environment, chart: Chart, tmp_path: Path
) -> None:
    folder = web_folder(tmp_path / "next")
    (folder / "templates/service.yaml").unlink()
    found = by_name(upgraded(installed, load_chart(folder), {"extra": True, "tag": 2}))
    assert found["ConfigMap/web-extra"].change is Change.ADDED
    assert found["Service/web"].change is Change.REMOVED
    image = '.spec.template.spec.containers[name="main"].image'
    assert fields(found["Deployment/web"]) == {image: ("nginx:1", "nginx:2")}
    assert found["Deployment/web"].basis is Basis.SERVER
    assert installed.cluster is not None
    live = installed.cluster.find(
        ObjectRef("v1", "Service", "web", installed.namespace)
    )
    assert live is not None


def test_an_object_that_asks_to_be_kept_is_not_removed(
    installed: Environment, chart: Chart, tmp_path: Path
) -> None:
    folder = web_folder(tmp_path / "next")
    (folder / "templates/kept.yaml").unlink()
    found = by_name(upgraded(installed, load_chart(folder), {}))
    kept = found["PersistentVolumeClaim/web-data"]
    assert kept.change is Change.UNCHANGED
    assert "resource-policy" in kept.notes[0]


def test_drift_names_who_set_the_field_and_what_the_release_had(
    installed: Environment, chart: Chart
) -> None:
    patch(installed, "ConfigMap", "web-config", {"data": {"color": "pink"}})
    found = upgraded(installed, chart, {"color": "pink"})
    config = by_name(found)["ConfigMap/web-config"]
    (drift,) = config.drift
    assert (show(drift.path), drift.recorded, drift.live) == (
        ".data.color",
        "blue",
        "pink",
    )
    assert drift.owner is not None
    assert drift.owner.manager == "kubectl-patch"
    # The new values agree with the drift: it stays, and nothing of it changes.
    assert fields(config) == {".data.revision": ("1", "2")}
    assert not found.problems


def test_an_object_that_someone_deleted_comes_back(
    installed: Environment, chart: Chart
) -> None:
    assert installed.cluster is not None
    installed.cluster.delete(ObjectRef("v1", "Service", "web", installed.namespace))
    service = by_name(upgraded(installed, chart, {}))["Service/web"]
    assert service.change is Change.ADDED
    assert service.notes == ("drift: it was deleted since the last revision",)


def test_a_conflict_is_a_problem_until_it_is_decided(
    installed: Environment, chart: Chart
) -> None:
    patch(installed, "ConfigMap", "web-config", {"data": {"color": "pink"}})
    found = upgraded(installed, chart, {})
    assert 'conflict with "kubectl-patch"' in found.problems[0]
    forced = upgraded(installed, chart, {}, force_conflicts=True)
    assert not forced.problems
    assert fields(by_name(forced)["ConfigMap/web-config"])[".data.color"] == (
        "pink",
        "blue",
    )


def test_what_the_server_would_refuse_is_a_problem(
    installed: Environment, tmp_path: Path
) -> None:
    folder = web_folder(tmp_path / "next")
    path = folder / "templates/deployment.yaml"
    path.write_text(path.read_text().replace("replicas: {{", "replicas: -{{"))
    found = upgraded(installed, load_chart(folder), {})
    assert by_name(found)["Deployment/web"].basis is Basis.RENDERED
    assert "the server would refuse it" in found.problems[0]


def test_what_cannot_be_changed_says_how_to_make_it_anew(
    env: Environment, tmp_path: Path
) -> None:
    folder = web_folder(tmp_path / "web")
    (folder / "templates/job.yaml").write_text(JOB)
    install(env, load_chart(folder), {}, InstallOptions(name="web"))
    found = upgraded(env, load_chart(folder), {"color": "red"})
    (problem,) = by_name(found)["Job/web-migrate-now"].problems
    assert problem.startswith("the server would refuse it: spec.template: Invalid")
    assert problem.endswith(": field is immutable")
    assert " ... " in problem
    assert f"kubectl delete job web-migrate-now -n {env.namespace}" in found.hints[0]


def test_what_the_last_revision_failed_at_is_no_problem_of_the_next(
    env: Environment, tmp_path: Path
) -> None:
    folder = web_folder(tmp_path / "web")
    (folder / "templates/job.yaml").write_text(JOB)
    chart = load_chart(folder)
    install(env, chart, {"color": "red"}, InstallOptions(name="web"))
    with pytest.raises(PypkgError, match="immutable"):
        upgrade(env, chart, {"color": "pink"}, UPGRADE)
    back = to_rollback(env, RollbackOptions(name="web", revision=1))
    assert not compare(env, back, DiffOptions()).problems


def test_an_object_of_someone_else_is_a_problem(
    installed: Environment, chart: Chart
) -> None:
    assert installed.cluster is not None
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "web-extra"}}
    installed.cluster.create(body, fieldManager="someone")
    found = upgraded(installed, chart, {"extra": True})
    assert "belongs to someone else" in found.problems[0]
    assert "--take-ownership" in found.hints[0]
    taken = upgraded(installed, chart, {"extra": True}, take_ownership=True)
    assert not taken.problems


def test_kinds_and_namespaces_that_are_not_there_yet_are_shown_as_rendered(
    env: Environment, tmp_path: Path
) -> None:
    folder = write_chart(
        tmp_path / "gadgets",
        {
            "crds/gadget.yaml": CRD,
            "gadget.yaml": GADGET,
            "far.yaml": CONFIG_MAP.replace(
                "metadata:", "metadata:\n  namespace: not-there-yet"
            ),
            "namespace.yaml": NAMESPACE,
        },
    )
    options = InstallOptions(name="web")
    found = by_name(
        compare(
            env,
            to_install(env, load_chart(folder), {}, options),
            DiffOptions(),
        )
    )
    assert (
        "crds/gadget.yaml"
        in found["CustomResourceDefinition/gadgets.diff.example.com"].notes[0]
    )
    assert "no Gadget" in found["Gadget/one"].notes[0]
    assert "not-there-yet" in found["ConfigMap/web-config"].notes[0]
    assert found["Namespace/not-there-yet"].basis is Basis.SERVER
    assert not any(one.problems for one in found.values())


def test_kinds_and_namespaces_that_nobody_creates_are_problems(
    env: Environment, tmp_path: Path
) -> None:
    far = CONFIG_MAP.replace("metadata:", "metadata:\n  namespace: nowhere")
    files = {"gadget.yaml": GADGET, "far.yaml": far}
    folder = write_chart(tmp_path / "gadgets", files)
    intent = to_install(env, load_chart(folder), {}, InstallOptions(name="web"))
    gadget, config = sorted(compare(env, intent, DiffOptions()).problems)[::-1]
    assert "Gadget" in gadget
    assert 'namespaces "nowhere" not found' in config


def test_a_definition_in_a_version_that_is_not_served_is_a_problem(
    env: Environment, tmp_path: Path
) -> None:
    folder = web_folder(tmp_path / "web")
    (folder / "crds").mkdir()
    text = CRD.replace("apiextensions.k8s.io/v1", "apiextensions.k8s.io/v0")
    (folder / "crds/gadget.yaml").write_text(text)
    intent = to_install(env, load_chart(folder), {}, InstallOptions(name="web"))
    (problem,) = compare(env, intent, DiffOptions()).problems
    assert 'no matches for kind "CustomResourceDefinition"' in problem


def test_a_namespace_to_be_created_is_shown(env: Environment, chart: Chart) -> None:
    options = InstallOptions(name="web", create_namespace=True)
    there = replace(env, namespace="diff-not-there")
    found = compare(there, to_install(there, chart, {}, options), DiffOptions())
    assert found.objects[0].ref.kind == "Namespace"
    assert found.objects[1].notes[0].startswith("the namespace diff-not-there is not")
    assert not found.problems


def test_who_may_only_look_sees_conflicts_and_manifests(
    installed: Environment, chart: Chart, monkeypatch: pytest.MonkeyPatch
) -> None:
    patch(installed, "ConfigMap", "web-config", {"data": {"color": "pink"}})

    def forbidden(*_: Any, **__: Any) -> None:
        raise ApiError(
            'configmaps "web-config" is forbidden: User "jane" cannot patch resource',
            code=403,
            reason="Forbidden",
        )

    monkeypatch.setattr(installed.cluster, "patch", forbidden)
    config = by_name(upgraded(installed, chart, {}))["ConfigMap/web-config"]
    assert config.basis is Basis.RENDERED
    assert "may not try it out" in config.notes[0]
    assert "kubectl-patch" in config.problems[0]


def test_what_admission_forbids_is_a_problem(
    installed: Environment, chart: Chart, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = 'admission webhook "policy" denied the request: no tags'

    def forbidden(*_: Any, **__: Any) -> None:
        raise ApiError(said, code=403, reason="Forbidden")

    monkeypatch.setattr(installed.cluster, "patch", forbidden)
    image = by_name(upgraded(installed, chart, {"tag": 2}))["Deployment/web"]
    assert image.problems == (f"the server would refuse it: {said}",)


def test_hooks_are_compared_as_they_are_rendered(
    env: Environment, chart: Chart
) -> None:
    values = {"hook": {"enabled": True}}
    install(env, chart, values, InstallOptions(name="web"))
    changed = {"hook": {"enabled": True, "sim": "slow"}}
    intent = to_upgrade(env, chart, changed, UPGRADE)
    hook = by_name(compare(env, intent, DiffOptions()))["Job/web-migrate"]
    assert hook.change is Change.CHANGED
    assert hook.events[:2] == ("pre-install", "pre-upgrade")
    assert "Job/web-migrate" not in by_name(
        compare(env, intent, DiffOptions(hooks=False))
    )
    tests = by_name(compare(env, intent, DiffOptions(tests=True)))
    assert tests["Pod/web-test"].change is Change.UNCHANGED


def test_a_client_side_release_is_compared_by_its_own_patches(
    env: Environment, chart: Chart
) -> None:
    client_side = ApplyOptions(server_side="false")
    install(env, chart, {}, InstallOptions(name="web", apply=client_side))
    patch(env, "Deployment", "web", {"spec": {"replicas": 6}})
    found = by_name(upgraded(env, chart, {"tag": 2}))["Deployment/web"]
    assert set(fields(found)) == {
        ".spec.replicas",
        '.spec.template.spec.containers[name="main"].image',
    }
    assert [show(drift.path) for drift in found.drift] == [".spec.replicas"]
    keeping = parse_rules([".spec.replicas=keep"])
    kept = by_name(upgraded(env, chart, {"replicas": 3}, field_rules=keeping))
    assert kept["Deployment/web"].change is Change.UNCHANGED


def test_the_change_to_server_side_apply_removes_what_client_side_had_set(
    env: Environment, chart: Chart, tmp_path: Path
) -> None:
    client_side = ApplyOptions(server_side="false")
    install(env, chart, {}, InstallOptions(name="web", apply=client_side))
    folder = web_folder(tmp_path / "next")
    path = folder / "templates/config.yaml"
    text = path.read_text().replace("color: {{ .Values.color | quote }}", "colour: red")
    path.write_text(text)
    found = by_name(upgraded(env, load_chart(folder), {}, server_side="true"))
    before = fields(found["ConfigMap/web-config"])
    apply = ApplyOptions(server_side="true")
    upgrade(env, load_chart(folder), {}, UpgradeOptions(name="web", apply=apply))
    assert env.cluster is not None
    live = env.cluster.get(ObjectRef("v1", "ConfigMap", "web-config", env.namespace))
    assert live["data"] == {"colour": "red", "revision": "2"}
    assert set(before) == {".data.color", ".data.colour", ".data.revision"}


def test_the_change_to_server_side_apply_leaves_defaults_and_secrets_alone(
    env: Environment, chart: Chart, tmp_path: Path
) -> None:
    folder = web_folder(tmp_path / "next")
    (folder / "templates/more.yaml").write_text(SECRET + JOB)
    client_side = ApplyOptions(server_side="false")
    options = InstallOptions(name="web", apply=client_side, wait=WAIT)
    install(env, load_chart(folder), {}, options)
    found = upgraded(env, load_chart(folder), {}, server_side="true")
    assert [str(one.ref) for one in found.changes] == [
        f"ConfigMap/{env.namespace}/web-config"
    ]
    assert not found.problems
    assert not any(one.drift for one in found.objects)


def test_a_rollback_is_compared_with_the_cluster(
    installed: Environment, chart: Chart
) -> None:
    upgrade(installed, chart, {"color": "red"}, UPGRADE)
    intent = to_rollback(installed, RollbackOptions(name="web"))
    found = compare(installed, intent, DiffOptions())
    (changed,) = found.changes
    assert fields(changed)[".data.color"] == ("red", "blue")
    assert (found.old, found.new) == (2, 3)


def test_an_uninstall_removes_what_is_the_releases(installed: Environment) -> None:
    intent = to_uninstall(installed, UninstallOptions(name="web"))
    found = by_name(compare(installed, intent, DiffOptions()))
    assert found["Service/web"].change is Change.REMOVED
    assert found["PersistentVolumeClaim/web-data"].change is Change.UNCHANGED


def test_revisions_are_compared_without_the_cluster(
    installed: Environment, chart: Chart
) -> None:
    upgrade(installed, chart, {"color": "red", "extra": True}, UPGRADE)
    old, new = installed.storage.find({"name": "web"})
    found = compare_manifests(old, new, DiffOptions())
    changes = {one.ref.name: one.change for one in found.changes}
    assert changes == {"web-config": Change.CHANGED, "web-extra": Change.ADDED}
    back = compare_manifests(new, old, DiffOptions())
    assert back.counts()["removed"] == 1


def test_releases_are_compared_template_by_template(
    installed: Environment, chart: Chart
) -> None:
    web = queries.get_release(installed, "web")
    api = install(installed, chart, {"color": "red"}, InstallOptions(name="api"))
    found = compare_releases(web, api, DiffOptions())
    assert {one.change for one in found.objects} == {Change.CHANGED}
    config = by_name(found)["ConfigMap/api-config"]
    assert fields(config)[".data.color"] == ("blue", "red")


def test_the_json_holds_everything(installed: Environment, chart: Chart) -> None:
    patch(installed, "ConfigMap", "web-config", {"data": {"color": "pink"}})
    wire = upgraded(installed, chart, {"extra": True}).to_dict()
    assert wire["format"] == "pypkg.dev/diff/v1"
    assert wire["release"] == {
        "name": "web",
        "namespace": installed.namespace,
        "old": 1,
        "new": 2,
    }
    assert wire["summary"] == {"added": 1, "changed": 1, "removed": 0, "unchanged": 3}
    config = next(one for one in wire["objects"] if one["name"] == "web-config")
    assert config["fields"][0] == {
        "path": ".data.color",
        "old": "pink",
        "new": "blue",
    }
    assert config["drift"][0]["owner"]["manager"] == "kubectl-patch"
    assert config["conflicts"][0]["policy"] == "fail"
    extra = next(one for one in wire["objects"] if one["name"] == "web-extra")
    assert extra["object"]["data"]["color"] == "blue"


def test_a_plain_list_drifts_as_a_whole(env: Environment, tmp_path: Path) -> None:
    folder = web_folder(tmp_path / "web")
    path = folder / "templates/deployment.yaml"
    main = "- name: main\n"
    path.write_text(path.read_text().replace(main, f"{main}        args: [a]\n"))
    install(env, load_chart(folder), {}, InstallOptions(name="web"))
    edit(
        env, ObjectRef("apps/v1", "Deployment", "web"), f"{CONTAINER}/args", ["b", "a"]
    )
    found = by_name(upgraded(env, load_chart(folder), {}))["Deployment/web"]
    args = '.spec.template.spec.containers[name="main"].args'
    (drift,) = found.drift
    assert (show(drift.path), drift.recorded, drift.live) == (args, ["a"], ["b", "a"])


def test_what_is_kept_has_one_name_in_drift_and_conflicts(
    env: Environment, tmp_path: Path
) -> None:
    folder = web_folder(tmp_path / "web")
    path = folder / "templates/service.yaml"
    path.write_text(
        path.read_text().replace("port: 80", "port: 80\n    targetPort: 8080")
    )
    install(env, load_chart(folder), {}, InstallOptions(name="web"))
    edit(env, ObjectRef("v1", "Service", "web"), "/spec/ports/0/targetPort", 9090)
    rules = parse_rules(["/spec/ports=keep"])
    found = upgraded(env, load_chart(folder), {}, field_rules=rules)
    service = by_name(found)["Service/web"]
    kept = [one.path for one in service.conflicts]
    assert kept == ['.spec.ports[port=80,protocol="TCP"].targetPort']
    assert [show(one.path) for one in service.drift] == kept
