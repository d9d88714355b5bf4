from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from pypkg.cluster.reference import ObjectRef
from pypkg.cluster.tracker import Tracker
from pypkg.errors import (
    ConnectionFailedError,
    HookFailedError,
    NameInUseError,
    NotFoundError,
    NotReadyError,
    OwnershipError,
    ReleaseError,
    ReleaseNameError,
    TemplateExecutionError,
    UsageError,
)
from pypkg.release import events as told
from pypkg.release import queries
from pypkg.release.applying import rollout as rollout_module
from pypkg.release.environment import Environment
from pypkg.release.events import ObjectChanged, Outcome
from pypkg.release.install import install
from pypkg.release.listing import ListOptions
from pypkg.release.options import (
    ApplyOptions,
    DryRun,
    InstallOptions,
    RenderOptions,
    UninstallOptions,
    WaitOptions,
    WaitStrategy,
)
from pypkg.release.records import codec
from pypkg.release.records.record import Release, Status
from pypkg.release.storage import MemoryStorage
from pypkg.release.uninstall import uninstall
from tests.cluster.servers import LOST, scripted
from tests.release.charts import (
    CONFIG_MAP,
    HOOK,
    KEPT,
    chart_of,
    web_folder,
    write_chart,
)

if TYPE_CHECKING:
    from pathlib import Path

    from pypkg.chart.chart import Chart
    from pypkg.release.events import Event

OPTIONS = InstallOptions(name="web")
SECRET = """
apiVersion: v1
kind: Secret
metadata:
  name: {{ .Release.Name }}-key
stringData:
  key: s3cret
"""
DEFINITION = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: KIND.releases.example
spec:
  group: releases.example
  names: {kind: KIND, plural: KIND, singular: KIND}
  scope: Namespaced
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        x-kubernetes-preserve-unknown-fields: true
"""
CUSTOM = """
apiVersion: releases.example/v1
kind: KIND
metadata:
  name: {{ .Release.Name }}
spec:
  served: {{ .Capabilities.APIVersions.Has "releases.example/v1/KIND" }}
"""


@pytest.fixture
def chart(tmp_path: Path) -> Chart:
    return chart_of(tmp_path / "web", values="color: blue\n", config=CONFIG_MAP)


def config_map(env: Environment) -> dict[str, Any] | None:
    assert env.cluster is not None
    ref = ObjectRef("v1", "ConfigMap", "web-config", env.namespace)
    return env.cluster.find(ref)


def outcomes(events: list[Event]) -> dict[str, Outcome]:
    return {
        f"{e.ref.kind}/{e.ref.name}": e.outcome
        for e in events
        if isinstance(e, ObjectChanged)
    }


def test_a_release_is_recorded_as_pending_before_anything_is_created(
    env: Environment, events: list[Event], chart: Chart
) -> None:
    release = install(env, chart, {"color": "red"}, OPTIONS)
    assert release.status == Status.DEPLOYED
    assert release.info.description == "Install complete"
    recorded, created = events
    assert recorded == told.RevisionRecorded("web", 1, "pending-install")
    assert outcomes([created]) == {"ConfigMap/web-config": Outcome.CREATED}
    stored = queries.get_release(env, "web")
    assert codec.to_dict(stored) == codec.to_dict(release)
    live = config_map(env)
    assert live is not None
    assert live["data"] == {"color": "red", "revision": "1"}
    assert live["metadata"]["labels"] == {"app.kubernetes.io/managed-by": "Helm"}
    assert live["metadata"]["annotations"] == {
        "meta.helm.sh/release-name": "web",
        "meta.helm.sh/release-namespace": env.namespace,
    }
    assert "managed-by" not in release.manifest


def test_a_name_is_used_once(env: Environment, chart: Chart) -> None:
    install(env, chart, {}, OPTIONS)
    with pytest.raises(NameInUseError, match=r"^cannot reuse a name that is still in"):
        install(env, chart, {}, replace(OPTIONS, replace=True))


@pytest.mark.parametrize("dry_run", [DryRun.CLIENT, DryRun.SERVER])
def test_a_dry_run_leaves_nothing(
    env: Environment, chart: Chart, dry_run: DryRun
) -> None:
    options = replace(OPTIONS, dry_run=dry_run, create_namespace=True)
    release = install(env, chart, {}, options)
    assert release.status == Status.PENDING_INSTALL
    assert release.info.description == "Dry run complete"
    assert "color" in release.manifest
    assert config_map(env) is None
    assert queries.list_releases(env, ListOptions()) == []


def test_a_client_dry_run_needs_no_cluster(chart: Chart) -> None:
    env = Environment(cluster=None, storage=MemoryStorage())
    options = replace(
        OPTIONS,
        dry_run=DryRun.CLIENT,
        render=RenderOptions(kube_version="1.30", api_versions=("a.b/v1",)),
    )
    assert "color" in install(env, chart, {}, options).manifest


def test_only_a_server_dry_run_looks_up(env: Environment, tmp_path: Path) -> None:
    text = CONFIG_MAP.replace(
        "{{ .Values.color | quote }}",
        '{{ (lookup "v1" "Namespace" "" "default").metadata.name | quote }}',
    )
    asking = chart_of(tmp_path / "asking", config=text)
    server = install(env, asking, {}, replace(OPTIONS, dry_run=DryRun.SERVER))
    assert 'color: "default"' in server.manifest


def test_secrets_are_hidden_in_a_dry_run_only(env: Environment, tmp_path: Path) -> None:
    chart = chart_of(tmp_path / "secret", key=SECRET)
    render = RenderOptions(hide_secret=True)
    options = replace(OPTIONS, dry_run=DryRun.SERVER, render=render)
    manifest = install(env, chart, {}, options).manifest
    assert manifest == (
        "---\n# Source: web/templates/key.yaml\n"
        "# HIDDEN: The Secret output has been suppressed\n"
    )
    with pytest.raises(UsageError, match="requires a dry-run mode"):
        install(env, chart, {}, replace(OPTIONS, render=render))


def test_labels_of_helm_are_refused(env: Environment, chart: Chart) -> None:
    with pytest.raises(UsageError, match=r"System labels: \[name owner status version"):
        install(env, chart, {}, replace(OPTIONS, labels={"owner": "me"}))


def test_a_name_that_kubernetes_would_refuse_is_refused(
    env: Environment, chart: Chart
) -> None:
    with pytest.raises(ReleaseNameError):
        install(env, chart, {}, replace(OPTIONS, name="Web"))


def test_the_namespace_is_created_if_that_is_asked_for(
    env: Environment, events: list[Event], chart: Chart
) -> None:
    assert env.cluster is not None
    name = f"{env.namespace}-new"
    storage = type(env.storage)(env.cluster, name, clock=env.clock)  # type: ignore[call-arg] # SecretStorage
    there = replace(env, namespace=name, storage=storage)
    with pytest.raises(Exception, match="not found"):
        install(there, chart, {}, OPTIONS)
    install(there, chart, {}, replace(OPTIONS, create_namespace=True))
    assert outcomes(events)[f"Namespace/{name}"] == Outcome.CREATED
    namespace = env.cluster.get(ObjectRef("v1", "Namespace", name))
    assert namespace["metadata"]["labels"]["name"] == name


def test_definitions_come_before_the_chart_that_uses_them(
    env: Environment, events: list[Event], tmp_path: Path
) -> None:
    assert env.cluster is not None
    files = {
        "crds/one.yaml": DEFINITION.replace("KIND", "widget"),
        "custom.yaml": CUSTOM.replace("KIND", "widget"),
    }
    from pypkg.chart.loader import load_chart

    chart = load_chart(write_chart(tmp_path / "crds", files))
    release = install(env, chart, {}, OPTIONS)
    assert "served: true" in release.manifest
    assert "CustomResourceDefinition" not in release.manifest
    definition = "CustomResourceDefinition/widget.releases.example"
    assert outcomes(events)[definition] == Outcome.CREATED
    install(env, chart, {}, replace(OPTIONS, name="two"))
    assert outcomes(events)[definition] == Outcome.SKIPPED
    # Its kind is gone, and all objects with it: that must not keep the release.
    ref = ObjectRef(
        "apiextensions.k8s.io/v1",
        "CustomResourceDefinition",
        "widget.releases.example",
    )
    env.cluster.delete(ref)
    with suppress(NotFoundError):  # the API server's own clean-up was faster
        bare = {"metadata": {"finalizers": None}}
        env.cluster.patch(ref, bare, "application/merge-patch+json")
    Tracker(cluster=env.cluster, report=lambda _: None).wait_gone([ref], 10)
    env.cluster.discovery.refresh()
    uninstall(env, UninstallOptions(name="web"))
    assert outcomes(events)["widget/web"] == Outcome.MISSING


def test_an_unknown_kind_is_named_before_anything_is_done(
    env: Environment, tmp_path: Path
) -> None:
    chart = chart_of(tmp_path / "x", custom=CUSTOM.replace("KIND", "Gadget"))
    with pytest.raises(ReleaseError, match="no matches for kind") as caught:
        install(env, chart, {}, OPTIONS)
    assert "custom.yaml" in str(caught.value)
    assert "CustomResourceDefinition of Gadget" in str(caught.value.hint)
    assert queries.list_releases(env, ListOptions()) == []


def test_a_definition_among_the_objects_that_need_it_is_said_to_be_too_late(
    env: Environment, tmp_path: Path
) -> None:
    definition = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: zoos.example.com}
spec: {group: example.com, names: {kind: Zoo, plural: zoos}}
"""
    zoo = "apiVersion: example.com/v1\nkind: Zoo\nmetadata: {name: x}\n"
    chart = chart_of(tmp_path / "x", definition=definition, zoo=zoo)
    with pytest.raises(ReleaseError, match="no matches for kind") as caught:
        install(env, chart, {}, OPTIONS)
    assert str(caught.value.hint) == (
        "web/templates/definition.yaml defines Zoo in the same release: move that to"
        " the chart's crds/, which is installed first"
    )


def test_an_object_without_a_name_is_refused(env: Environment, tmp_path: Path) -> None:
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {}\n"
    with pytest.raises(ReleaseError, match=r"nameless.yaml: the ConfigMap has no"):
        install(env, chart_of(tmp_path / "x", nameless=text), {}, OPTIONS)


def test_items_of_a_list_are_objects_of_the_release(
    env: Environment, events: list[Event], tmp_path: Path
) -> None:
    text = """
    apiVersion: v1
    kind: List
    items:
    - {apiVersion: v1, kind: ConfigMap, metadata: {name: one}}
    - {apiVersion: v1, kind: ConfigMap, metadata: {name: two}}
    """
    install(env, chart_of(tmp_path / "x", list=text), {}, OPTIONS)
    assert outcomes(events) == dict.fromkeys(
        ["ConfigMap/one", "ConfigMap/two"], Outcome.CREATED
    )
    uninstall(env, UninstallOptions(name="web"))
    assert set(outcomes(events).values()) == {Outcome.DELETED}


def test_what_belongs_to_another_release_is_not_touched(
    env: Environment, events: list[Event], chart: Chart, tmp_path: Path
) -> None:
    install(env, chart, {}, OPTIONS)
    events.clear()
    other = chart_of(
        tmp_path / "o",
        config=CONFIG_MAP.replace("{{ .Release.Name }}", "web"),
        values="color: x\n",
    )
    with pytest.raises(OwnershipError, match='current value is "web"') as caught:
        install(env, other, {}, replace(OPTIONS, name="other"))
    assert "--take-ownership" in str(caught.value.hint)
    assert events == []
    assert [r.name for r in queries.list_releases(env, ListOptions())] == ["web"]


def test_a_template_that_fails_leaves_no_record(
    env: Environment, tmp_path: Path
) -> None:
    chart = chart_of(tmp_path / "x", bad='{{ fail "no" }}')
    with pytest.raises(TemplateExecutionError):
        install(env, chart, {}, OPTIONS)
    assert queries.list_releases(env, ListOptions()) == []


def test_a_refused_object_leaves_a_failed_release(
    env: Environment, tmp_path: Path
) -> None:
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: UPPER}\n"
    chart = chart_of(tmp_path / "x", bad=text, config=CONFIG_MAP, values="color: c\n")
    with pytest.raises(Exception, match="UPPER"):
        install(env, chart, {}, OPTIONS)
    release = queries.get_release(env, "web")
    assert release.status == Status.FAILED
    assert release.info.description.startswith('Release "web" failed: ')
    assert config_map(env) is not None
    # The way on that Helm offers too.
    good = chart_of(tmp_path / "good", config=CONFIG_MAP, values="color: c\n")
    again = install(env, good, {}, replace(OPTIONS, replace=True))
    assert (again.revision, again.status) == (2, Status.DEPLOYED)


@pytest.mark.faults
def test_a_timeout_says_why(env: Environment, tmp_path: Path) -> None:
    from pypkg.chart.loader import load_chart

    chart = load_chart(web_folder(tmp_path / "web"))
    wait = WaitOptions(strategy=WaitStrategy.WATCHER, timeout=2)
    with pytest.raises(NotReadyError) as caught:
        install(env, chart, {"sim": "imagepull"}, replace(OPTIONS, wait=wait))
    assert "ImagePull" in str(caught.value)
    release = queries.get_release(env, "web")
    assert release.status == Status.FAILED
    assert "ImagePull" not in release.info.description
    assert release.info.description.endswith("\ncontext deadline exceeded")


@pytest.mark.parametrize(
    "strategy", [WaitStrategy.WATCHER, WaitStrategy.LEGACY, WaitStrategy.HOOK_ONLY]
)
def test_every_strategy_comes_to_an_end(
    env: Environment, events: list[Event], tmp_path: Path, strategy: WaitStrategy
) -> None:
    from pypkg.chart.loader import load_chart

    chart = load_chart(web_folder(tmp_path / "web"))
    wait = WaitOptions(strategy=strategy, jobs=True, timeout=20)
    install(env, chart, {}, replace(OPTIONS, wait=wait))
    waited = any(isinstance(event, told.WaitFinished) for event in events)
    assert waited == (strategy != WaitStrategy.HOOK_ONLY)


def test_a_key_press_leaves_a_failed_release(
    env: Environment, chart: Chart, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(rollout_module, "wait_ready", interrupt)
    with pytest.raises(KeyboardInterrupt):
        install(env, chart, {}, OPTIONS)
    release = queries.get_release(env, "web")
    assert release.status == Status.FAILED
    assert (
        release.info.description
        == 'Release "web" failed: context canceled: interrupted'
    )


def test_the_record_is_pending_while_hooks_run(
    env: Environment, tmp_path: Path
) -> None:
    seen: list[Release] = []

    def look(event: Event) -> None:
        if isinstance(event, told.HookStarted):
            seen.append(queries.get_release(env, "web"))

    chart = chart_of(
        tmp_path / "x", hook=HOOK, values="hook: {sim: '', delete: hook-failed}\n"
    )
    install(replace(env, report=look), chart, {}, OPTIONS)
    (during,) = seen
    assert during.status == Status.PENDING_INSTALL
    assert during.hooks[0].last_run.phase == "Running"
    assert queries.get_release(env, "web").hooks[0].last_run.phase == "Succeeded"


def test_a_hooks_output_is_told(
    env: Environment, events: list[Event], tmp_path: Path
) -> None:
    values = "hook: {sim: '', delete: hook-succeeded}\n"
    chart = chart_of(tmp_path / "x", hook=HOOK, values=values)
    install(env, chart, {}, OPTIONS)
    (log,) = [event for event in events if isinstance(event, told.HookLog)]
    assert (log.container, log.text) == ("main", "migrated\n")
    finished = [e.phase for e in events if isinstance(e, told.HookFinished)]
    assert finished == ["Succeeded"]
    assert env.cluster is not None
    assert (
        env.cluster.find(ObjectRef("batch/v1", "Job", "web-migrate", env.namespace))
        is None
    )


@pytest.mark.faults
def test_a_failed_hook_says_why_and_stops_the_install(
    env: Environment, events: list[Event], tmp_path: Path
) -> None:
    values = "color: x\nhook: {sim: job-fail, delete: before-hook-creation}\n"
    chart = chart_of(tmp_path / "x", hook=HOOK, config=CONFIG_MAP, values=values)
    with pytest.raises(HookFailedError, match="failed pre-install: hook") as caught:
        install(env, chart, {}, OPTIONS)
    assert "ended with status" in str(caught.value)
    assert config_map(env) is None
    assert any(isinstance(event, told.HookLog) for event in events)
    description = queries.get_release(env, "web").info.description
    assert "failed pre-install: resource Job/" in description


@pytest.mark.faults
def test_a_hook_that_does_not_end_is_named_with_the_time_and_its_place(
    env: Environment, tmp_path: Path
) -> None:
    values = "color: x\nhook: {sim: imagepull, delete: before-hook-creation}\n"
    chart = chart_of(tmp_path / "x", hook=HOOK, config=CONFIG_MAP, values=values)
    hasty = replace(OPTIONS, wait=replace(OPTIONS.wait, timeout=1.5))
    with pytest.raises(
        HookFailedError, match=r"hook Job/\S+ of web/\S+ has not finished after 1.5s\n"
    ) as caught:
        install(env, chart, {}, hasty)
    assert str(caught.value.hint).endswith(f" -n {env.namespace}")


@pytest.mark.faults
def test_a_hook_that_is_deleted_as_it_fails_is_not_to_be_looked_at(
    env: Environment, tmp_path: Path
) -> None:
    values = "color: x\nhook: {sim: job-fail, delete: hook-failed}\n"
    chart = chart_of(tmp_path / "x", hook=HOOK, config=CONFIG_MAP, values=values)
    with pytest.raises(HookFailedError) as caught:
        install(env, chart, {}, OPTIONS)
    assert caught.value.hint is None


def test_no_hooks_run_if_they_are_disabled(
    env: Environment, events: list[Event], tmp_path: Path
) -> None:
    values = "hook: {sim: job-fail, delete: hook-failed}\n"
    chart = chart_of(tmp_path / "x", hook=HOOK, values=values)
    install(env, chart, {}, replace(OPTIONS, disable_hooks=True))
    assert not any(isinstance(event, told.HookStarted) for event in events)


def test_kept_objects_stay(
    env: Environment, events: list[Event], tmp_path: Path
) -> None:
    chart = chart_of(tmp_path / "x", kept=KEPT)
    install(env, chart, {}, OPTIONS)
    done = uninstall(env, UninstallOptions(name="web"))
    assert done is not None
    assert done.info == (
        "These resources were kept due to the resource policy:\n"
        "[PersistentVolumeClaim] web-data\n"
    )
    assert outcomes(events)["PersistentVolumeClaim/web-data"] == Outcome.KEPT


def test_options_that_exclude_each_other_leave_no_record(
    env: Environment, chart: Chart
) -> None:
    apply = ApplyOptions(server_side="false", force_conflicts=True)
    with pytest.raises(UsageError, match="forceConflicts enabled"):
        install(env, chart, {}, replace(OPTIONS, apply=apply))
    assert queries.list_releases(env, ListOptions()) == []


def test_a_cluster_that_does_not_answer_is_named(chart: Chart) -> None:
    cluster, _ = scripted([LOST] * 4)
    env = Environment(cluster=cluster, storage=MemoryStorage())
    with pytest.raises(ConnectionFailedError, match="cannot be reached"):
        install(env, chart, {}, OPTIONS)


def test_a_post_renderer_changes_objects_and_hooks(
    env: Environment, tmp_path: Path
) -> None:
    values = "color: x\nhook: {sim: '', delete: hook-failed}\n"
    chart = chart_of(tmp_path / "x", hook=HOOK, config=CONFIG_MAP, values=values)
    render = RenderOptions(post_renderer=lambda text: text.replace("web-", "app-"))
    release = install(env, chart, {}, replace(OPTIONS, render=render))
    assert "name: app-config" in release.manifest
    assert release.hooks[0].name == "app-migrate"
