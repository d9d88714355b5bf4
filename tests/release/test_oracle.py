"""The same operations by Helm and by pypkg leave the same records and objects."""

from __future__ import annotations

import base64
import gzip
import json
import re
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from pypkg.chart.loader import load_chart
from pypkg.cluster.client import Cluster, connect
from pypkg.cluster.config import Overrides, load_config
from pypkg.cluster.reference import ObjectRef
from pypkg.errors import PypkgError
from pypkg.release.environment import Environment
from pypkg.release.install import install
from pypkg.release.options import (
    ApplyOptions,
    InstallOptions,
    ReuseValues,
    RollbackOptions,
    TestOptions,
    UninstallOptions,
    UpgradeOptions,
    WaitOptions,
    WaitStrategy,
)
from pypkg.release.rollback import rollback
from pypkg.release.storage import SecretStorage
from pypkg.release.testing import run_tests
from pypkg.release.uninstall import uninstall
from pypkg.release.upgrade import upgrade
from tests.conftest import leave
from tests.release.charts import web_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pypkg.sandbox.daemon import Status
    from tests.conftest import Command

pytestmark = pytest.mark.oracle

KINDS = (
    ("v1", "ConfigMap"),
    ("v1", "Service"),
    ("v1", "PersistentVolumeClaim"),
    ("v1", "Pod"),
    ("apps/v1", "Deployment"),
    ("batch/v1", "Job"),
)
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
# Given by the server, by chance or in its own time.
SERVERS = ("uid", "resourceVersion", "creationTimestamp", "generation")
CHANCE = ("clusterIP", "clusterIPs", "volumeName", "nodeName")
# What the controllers of the two sides write when they come to it.
CONTROLLERS = ("deployment.kubernetes.io/", "pv.kubernetes.io/", "volume.")


@dataclass(frozen=True)
class Side:
    """One of the two: a namespace, and how to look into it."""

    cluster: Cluster

    def records(self) -> list[dict[str, Any]]:
        """Give every record, decoded, with its labels."""
        found = []
        secret = self.cluster.discovery.resource("v1", "Secret")
        for item in self.cluster.list(
            secret, self.cluster.namespace, label_selector="owner=helm"
        ):
            packed = base64.b64decode(base64.b64decode(item["data"]["release"]))
            record = json.loads(gzip.decompress(packed))
            labels = dict(item["metadata"]["labels"])
            for name in ("createdAt", "modifiedAt"):
                if name in labels:
                    labels[name] = "SECONDS"
            found.append(
                {
                    "secret": item["metadata"]["name"],
                    "type": item["type"],
                    "labels": labels,
                    "record": record,
                }
            )
        return [self.plain(item) for item in found]

    def objects(self) -> dict[str, Any]:
        """Give what was applied, and by whom; not what controllers made of it."""
        found = {}
        for api_version, kind in KINDS:
            resource = self.cluster.discovery.resource(api_version, kind)
            for item in self.cluster.list(resource, self.cluster.namespace):
                metadata = item["metadata"]
                if "ownerReferences" in metadata or metadata["name"].startswith("kube"):
                    continue
                for name in SERVERS:
                    metadata.pop(name, None)
                for name in CHANCE:
                    item.get("spec", {}).pop(name, None)
                metadata["annotations"] = {
                    name: text
                    for name, text in metadata.get("annotations", {}).items()
                    if not name.startswith(CONTROLLERS)
                }
                metadata["managedFields"] = [
                    {k: e.get(k) for k in ("manager", "operation", "fieldsV1")}
                    for e in metadata.get("managedFields", ())
                    if e["manager"] == "helm"
                ]
                for entry in metadata["managedFields"]:
                    # Before Kubernetes 1.21 the first status is its author's, too.
                    entry["fieldsV1"].pop("f:status", None)
                item.pop("status", None)
                found[f"{kind}/{metadata['name']}"] = self.plain(item)
        return found

    def plain(self, value: Any) -> Any:
        """Take the namespace, times and random suffixes out of data."""
        text = json.dumps(value).replace(self.cluster.namespace, "NAMESPACE")
        text = re.sub(r"(kube-api-access|default-token)-\w{5}", r"\1", text)
        text = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "UID", text)
        return json.loads(TIME.sub("TIME", text))


def flat(value: Any, path: str = "") -> dict[str, Any]:
    """Give every leaf under its path, so that a failure shows what differs."""
    if isinstance(value, list):
        value = dict(enumerate(value))
    if not isinstance(value, dict):
        return {path: value}
    found: dict[str, Any] = {}
    for key, item in value.items():
        found |= flat(item, f"{path}/{key}")
    return found or {path: value}


@pytest.fixture
def make_side(sandbox: Status) -> Iterator[Callable[[], Side]]:
    made: list[Cluster] = []

    def make() -> Side:
        name = f"oracle-{uuid.uuid4().hex[:8]}"
        overrides = Overrides(kubeconfig=str(sandbox.kubeconfig), namespace=name)
        cluster = connect(load_config(overrides, environ={}), environ={})
        namespace = {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {"name": name},
        }
        cluster.create(namespace)
        made.append(cluster)
        return Side(cluster)

    yield make
    for cluster in made:
        leave(cluster, cluster.namespace)


class Pair:
    """Helm and pypkg, each in a namespace of its own."""

    def __init__(
        self, helm: Command, chart: Path, make_side: Callable[[], Side]
    ) -> None:
        self.helm_side = make_side()
        self.pypkg_side = make_side()
        self.folder = chart
        self.chart = load_chart(chart)
        self._helm = helm
        namespace = self.pypkg_side.cluster.namespace
        self.env = Environment(
            cluster=self.pypkg_side.cluster,
            storage=SecretStorage(
                self.pypkg_side.cluster, namespace, clock=lambda: datetime.now(UTC)
            ),
            namespace=namespace,
        )

    def helm(self, *words: str | Path, fails: bool = False) -> str:
        done = self._helm(
            *words, "--namespace", self.helm_side.cluster.namespace, seconds=90
        )
        assert (done.code != 0) == fails, done.err + done.out
        return done.out + done.err

    def agree(self) -> None:
        ours, theirs = self.pypkg_side, self.helm_side
        assert flat(ours.records()) == flat(theirs.records())
        assert flat(ours.objects()) == flat(theirs.objects())


@pytest.fixture
def pair(
    real_helm: Command, sandbox: Status, tmp_path: Path, make_side: Callable[[], Side]
) -> Pair:
    real_helm.environ["KUBECONFIG"] = str(sandbox.kubeconfig)
    return Pair(real_helm, web_folder(tmp_path / "web"), make_side)


WATCH = WaitOptions(strategy=WaitStrategy.WATCHER, timeout=30)
SET = {"color": "red", "replicas": 1}


def start(pair: Pair, **options: Any) -> None:
    pair.helm("install", "web", pair.folder)
    install(pair.env, pair.chart, {}, InstallOptions(name="web", **options))


def test_install(pair: Pair) -> None:
    pair.helm(
        *("install", "web", pair.folder, "--set-string=color=red"),
        *("--set-json=replicas=1", "--labels=team=web", "--description=first"),
    )
    options = InstallOptions(name="web", labels={"team": "web"}, description="first")
    install(pair.env, pair.chart, SET, options)
    pair.agree()


def test_upgrade_and_rollback(pair: Pair) -> None:
    start(pair)
    pair.helm("upgrade", "web", pair.folder, "--set=color=red,extra=true", "--wait")
    upgrade(
        pair.env,
        pair.chart,
        {"color": "red", "extra": True},
        UpgradeOptions(name="web", wait=WATCH),
    )
    pair.agree()
    pair.helm("rollback", "web", "--wait")
    rollback(pair.env, RollbackOptions(name="web", wait=WATCH))
    pair.agree()


@pytest.mark.parametrize(
    ("flag", "mode"),
    [
        ("--reuse-values", ReuseValues.REUSE),
        ("--reset-values", ReuseValues.RESET),
        ("--reset-then-reuse-values", ReuseValues.RESET_THEN_REUSE),
        ("--debug=false", ReuseValues.DEFAULT),
    ],
)
def test_values_are_reused(pair: Pair, flag: str, mode: ReuseValues) -> None:
    pair.helm("install", "web", pair.folder, "--set=color=red,replicas=1")
    install(pair.env, pair.chart, SET, InstallOptions(name="web"))
    (pair.folder / "values.yaml").write_text(
        (pair.folder / "values.yaml").read_text().replace('tag: "1"', 'tag: "2"')
    )
    chart = load_chart(pair.folder)
    pair.helm("upgrade", "web", pair.folder, flag, "--set=replicas=3")
    upgrade(pair.env, chart, {"replicas": 3}, UpgradeOptions(name="web", reuse=mode))
    pair.agree()


def test_reusing_values_does_not_change_the_old_record(pair: Pair) -> None:
    # Helm writes the null into revision 1 as well.
    install(pair.env, pair.chart, SET, InstallOptions(name="web"))
    options = UpgradeOptions(name="web", reuse=ReuseValues.RESET_THEN_REUSE)
    release = upgrade(pair.env, pair.chart, {"replicas": None}, options)
    assert release.config == {"color": "red"}
    assert pair.env.storage.get("web", 1).config == SET


def test_hooks(pair: Pair) -> None:
    words = ("--set=hook.enabled=true", "--set=hook.delete=hook-failed")
    values = {"hook": {"enabled": True, "delete": "hook-failed"}}
    pair.helm("install", "web", pair.folder, *words)
    install(pair.env, pair.chart, values, InstallOptions(name="web"))
    pair.agree()


def test_hooks_that_are_deleted(pair: Pair) -> None:
    pair.helm("install", "web", pair.folder, "--set=hook.enabled=true")
    values: dict[str, Any] = {"hook": {"enabled": True}}
    install(pair.env, pair.chart, values, InstallOptions(name="web"))
    pair.agree()
    pair.helm("uninstall", "web", "--keep-history")
    uninstall(pair.env, UninstallOptions(name="web", keep_history=True))
    pair.agree()


@pytest.mark.faults
def test_a_failed_hook(pair: Pair) -> None:
    words = "--set=hook.enabled=true,hook.sim=job-fail"
    said = pair.helm("install", "web", pair.folder, words, fails=True)
    values = {"hook": {"enabled": True, "sim": "job-fail"}}
    with pytest.raises(PypkgError, match="failed pre-install") as caught:
        install(pair.env, pair.chart, values, InstallOptions(name="web"))
    assert "failed pre-install" in said
    assert "failed pre-install" in str(caught.value)
    pair.agree()


@pytest.mark.faults
def test_a_failed_wait(pair: Pair) -> None:
    start(pair)
    words = ("--set=sim=imagepull", "--wait", "--timeout=2s")
    pair.helm("upgrade", "web", pair.folder, *words, fails=True)
    wait = WaitOptions(strategy=WaitStrategy.WATCHER, timeout=2)
    with pytest.raises(PypkgError):
        upgrade(
            pair.env,
            pair.chart,
            {"sim": "imagepull"},
            UpgradeOptions(name="web", wait=wait),
        )
    pair.agree()


@pytest.mark.faults
def test_rollback_on_failure(pair: Pair) -> None:
    start(pair)
    words = ("--set=sim=imagepull", "--rollback-on-failure", "--timeout=3s")
    pair.helm("upgrade", "web", pair.folder, *words, fails=True)
    wait = WaitOptions(timeout=3)
    options = UpgradeOptions(name="web", wait=wait, rollback_on_failure=True)
    with pytest.raises(PypkgError, match="has been rolled back due to"):
        upgrade(pair.env, pair.chart, {"sim": "imagepull"}, options)
    pair.agree()


@pytest.mark.faults
def test_an_install_that_fails_and_is_undone(pair: Pair) -> None:
    words = ("--set=sim=imagepull", "--rollback-on-failure", "--timeout=3s")
    pair.helm("install", "web", pair.folder, *words, fails=True)
    options = InstallOptions(
        name="web", wait=WaitOptions(timeout=3), rollback_on_failure=True
    )
    with pytest.raises(PypkgError, match="has been uninstalled due to"):
        install(pair.env, pair.chart, {"sim": "imagepull"}, options)
    pair.agree()


def test_a_refused_object(pair: Pair) -> None:
    start(pair)
    pair.helm("upgrade", "web", pair.folder, "--set-json=replicas=-1", fails=True)
    with pytest.raises(PypkgError):
        upgrade(pair.env, pair.chart, {"replicas": -1}, UpgradeOptions(name="web"))
    pair.agree()


def test_uninstall(pair: Pair) -> None:
    start(pair)
    said = pair.helm("uninstall", "web")
    done = uninstall(pair.env, UninstallOptions(name="web"))
    assert done is not None
    assert done.info.strip() in said
    assert "[PersistentVolumeClaim] web-data" in done.info
    pair.agree()


def test_replacing_an_uninstalled_release(pair: Pair) -> None:
    start(pair)
    pair.helm("uninstall", "web", "--keep-history")
    uninstall(pair.env, UninstallOptions(name="web", keep_history=True))
    pair.agree()
    pair.helm("install", "web", pair.folder, "--replace")
    install(pair.env, pair.chart, {}, InstallOptions(name="web", replace=True))
    pair.agree()


def test_client_side_apply(pair: Pair) -> None:
    pair.helm("install", "web", pair.folder, "--server-side=false")
    apply = ApplyOptions(server_side="false")
    install(pair.env, pair.chart, {}, InstallOptions(name="web", apply=apply))
    pair.agree()
    pair.helm("upgrade", "web", pair.folder, "--set=color=red,extra=true")
    values = {"color": "red", "extra": True}
    upgrade(pair.env, pair.chart, values, UpgradeOptions(name="web"))
    pair.agree()
    pair.helm("upgrade", "web", pair.folder, "--server-side=true")
    apply = ApplyOptions(server_side="true")
    upgrade(pair.env, pair.chart, values, UpgradeOptions(name="web", apply=apply))
    pair.agree()


def foreign_config_map(side: Side) -> None:
    metadata = {"name": "web-config", "labels": {"mine": "yes"}}
    side.cluster.create(
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": metadata,
            "data": {"other": "x"},
        },
        fieldManager="someone",
    )


def test_an_object_of_someone_else(pair: Pair) -> None:
    for side in (pair.helm_side, pair.pypkg_side):
        foreign_config_map(side)
    said = pair.helm("install", "web", pair.folder, fails=True)
    with pytest.raises(PypkgError) as caught:
        install(pair.env, pair.chart, {}, InstallOptions(name="web"))
    ours = pair.pypkg_side.plain(str(caught.value))
    assert ours in pair.helm_side.plain(said)
    pair.agree()
    pair.helm("install", "web", pair.folder, "--take-ownership")
    apply = ApplyOptions(take_ownership=True)
    install(pair.env, pair.chart, {}, InstallOptions(name="web", apply=apply))
    pair.agree()


def test_an_object_that_is_no_longer_ours(pair: Pair) -> None:
    start(pair)
    for side in (pair.helm_side, pair.pypkg_side):
        ref = ObjectRef("v1", "ConfigMap", "web-config", side.cluster.namespace)
        label = {"metadata": {"labels": {"app.kubernetes.io/managed-by": "me"}}}
        side.cluster.patch(
            ref, label, "application/merge-patch+json", fieldManager="me"
        )
    said = pair.helm("uninstall", "web")
    done = uninstall(pair.env, UninstallOptions(name="web"))
    assert done is not None
    assert "not owned by this release:\n[ConfigMap] web-config" in done.info
    assert done.info.strip() in said
    pair.agree()


def test_cleaning_up_after_a_failure(pair: Pair) -> None:
    start(pair)
    words = ("--set=extra=true", "--set-json=replicas=-1", "--cleanup-on-fail")
    pair.helm("upgrade", "web", pair.folder, *words, fails=True)
    values = {"extra": True, "replicas": -1}
    with pytest.raises(PypkgError):
        upgrade(
            pair.env,
            pair.chart,
            values,
            UpgradeOptions(name="web", cleanup_on_fail=True),
        )
    pair.agree()


def test_replacing_objects(pair: Pair) -> None:
    # The claim is bound, and cannot be replaced.
    pair.helm("install", "web", pair.folder, "--server-side=false")
    apply = ApplyOptions(server_side="false")
    install(pair.env, pair.chart, {}, InstallOptions(name="web", apply=apply))
    words = ("--set=color=red", "--set-json=replicas=1", "--force-replace")
    pair.helm("upgrade", "web", pair.folder, *words, fails=True)
    apply = ApplyOptions(force_replace=True)
    with pytest.raises(PypkgError, match="failed to replace object"):
        upgrade(pair.env, pair.chart, SET, UpgradeOptions(name="web", apply=apply))
    pair.agree()


def test_history_is_pruned(pair: Pair) -> None:
    start(pair)
    for number in range(4):
        pair.helm(
            *("upgrade", "web", pair.folder, f"--set-string=color={number}"),
            "--history-max=3",
        )
        values = {"color": str(number)}
        upgrade(pair.env, pair.chart, values, UpgradeOptions(name="web", history_max=3))
    pair.agree()


@pytest.mark.parametrize(
    "sim", ["", pytest.param("job-fail", marks=pytest.mark.faults)]
)
def test_tests(pair: Pair, sim: str) -> None:
    pair.helm("install", "web", pair.folder, f"--set-string=test.sim={sim}")
    values = {"test": {"sim": sim}}
    install(pair.env, pair.chart, values, InstallOptions(name="web"))
    pair.helm("test", "web", "--timeout=10s", fails=bool(sim))
    try:
        run_tests(pair.env, TestOptions(name="web", timeout=10))
    except PypkgError:
        assert sim
    else:
        assert not sim
    pair.agree()
