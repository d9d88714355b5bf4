"""Releases through a proxy that answers badly, at random: none is ever damaged.

``PYPKG_TEST_FAULT_SEEDS`` says how many runs there are.
"""

from __future__ import annotations

import os
import random
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from pypkg.cluster.client import Cluster
from pypkg.cluster.config import Overrides, load_config
from pypkg.cluster.connection import HttpTransport
from pypkg.cluster.session import Session
from pypkg.cluster.tls import client_context
from pypkg.errors import PypkgError, ReleaseError
from pypkg.objects.manifest import read_documents
from pypkg.release import history
from pypkg.release.applying import resources
from pypkg.release.applying.ownership import RELEASE_NAME
from pypkg.release.environment import Environment
from pypkg.release.install import install
from pypkg.release.operation import Operation
from pypkg.release.options import (
    InstallOptions,
    RollbackOptions,
    UninstallOptions,
    UpgradeOptions,
)
from pypkg.release.records.record import Status
from pypkg.release.rollback import rollback
from pypkg.release.storage import SecretStorage
from pypkg.release.uninstall import uninstall
from pypkg.release.upgrade import upgrade
from tests.release.charts import SERVICE, chart_of
from tests.release.fault_proxy import Chance, FaultProxy, fault_proxy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pypkg.chart.chart import Chart
    from pypkg.cluster.config import ClusterConfig
    from pypkg.sandbox.daemon import Status as Sandbox

SEEDS = int(os.environ.get("PYPKG_TEST_FAULT_SEEDS", "8"))
RATE = 25
PARTS = """
{{- range $n := until (int .Values.parts) }}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ $.Release.Name }}-{{ $n }}
data:
  color: {{ $.Values.color | quote }}
{{- end }}
"""
ALWAYS = """
apiVersion: v1
kind: Secret
metadata:
  name: {{ .Release.Name }}
stringData:
  revision: "{{ .Release.Revision }}"
"""


@pytest.fixture
def chart(tmp_path: Path) -> Chart:
    values = "color: blue\nparts: 3\n"
    parts = {"parts": PARTS, "always": ALWAYS, "service": SERVICE}
    return chart_of(tmp_path / "web", values=values, **parts)


@pytest.fixture
def config(sandbox: Sandbox, cluster: Cluster) -> ClusterConfig:
    overrides = Overrides(
        kubeconfig=str(sandbox.kubeconfig), namespace=cluster.namespace
    )
    return load_config(overrides, environ={})


@pytest.fixture
def proxy(config: ClusterConfig, seed: int) -> Iterator[FaultProxy]:
    with fault_proxy(config.server, client_context(config), Chance(seed)) as proxy:
        yield proxy


@pytest.fixture
def env(config: ClusterConfig, proxy: FaultProxy) -> Environment:
    """Operations through the proxy, with the patience of a test."""
    through = config.replace(server=proxy.url)
    session = Session(through, HttpTransport(through, {}), sleep=lambda _: None)
    return environment(Cluster(session, namespace=config.namespace))


def environment(cluster: Cluster) -> Environment:
    warnings: list[str] = []
    storage = SecretStorage(
        cluster,
        cluster.namespace,
        clock=lambda: datetime.now(UTC),
        warn=warnings.append,
    )
    return Environment(cluster=cluster, storage=storage, namespace=cluster.namespace)


def work(env: Environment, chart: Chart, chance: random.Random) -> None:
    """Do one of the things that people do with releases."""
    values = {"color": f"c{chance.randrange(9)}", "parts": chance.randrange(1, 6)}
    revisions = history.revisions(env.storage, "web")
    usable = [r for r in revisions if r.status != Status.UNINSTALLED]
    verb = chance.choice(["upgrade", "upgrade", "rollback", "uninstall"])
    if not usable:
        replacing = InstallOptions(name="web", replace=True)
        install(env, chart, values, replacing)
    elif verb == "rollback" and len(usable) > 1:
        back = RollbackOptions(name="web", revision=chance.choice(usable).revision)
        rollback(env, back)
    elif verb == "uninstall":
        uninstall(env, UninstallOptions(name="web", keep_history=chance.random() < 0.5))
    else:
        upgrade(env, chart, values, UpgradeOptions(name="web"))


def finish(env: Environment, chart: Chart) -> None:
    """Do what must succeed, whatever has happened before."""
    values = {"color": "final", "parts": 2}
    revisions = history.revisions(env.storage, "web")
    if not revisions or revisions[-1].status == Status.UNINSTALLED:
        install(env, chart, values, InstallOptions(name="web", replace=True))
        return
    try:
        upgrade(env, chart, values, UpgradeOptions(name="web", recover=True))
    except ReleaseError:
        # As with Helm, nothing is upgraded of which nothing was ever deployed, or
        # which is half uninstalled.
        uninstall(env, UninstallOptions(name="web"))
        install(env, chart, values, InstallOptions(name="web"))


@pytest.mark.parametrize("seed", range(SEEDS))
def test_whatever_goes_wrong_a_release_can_go_on(
    env: Environment, cluster: Cluster, proxy: FaultProxy, chart: Chart, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - a test's chance
    for _ in range(6):
        proxy.chance.rate = RATE
        with suppress(PypkgError):  # a clean failure
            work(env, chart, chance)
        proxy.chance.rate = 0
        check_records(cluster)
    assert sum(proxy.chance.counts.values()) > 5
    finish(env, chart)
    check_cluster(cluster)


def check_records(cluster: Cluster) -> None:
    """All records can be read, and no revision is there twice."""
    warnings: list[str] = []
    storage = SecretStorage(
        cluster,
        cluster.namespace,
        clock=lambda: datetime.now(UTC),
        warn=warnings.append,
    )
    numbers = [r.revision for r in storage.find({"name": "web"})]
    assert not warnings
    assert numbers == sorted(set(numbers))


def check_cluster(cluster: Cluster) -> None:
    """One revision is deployed, the last, and what it says is what there is."""
    env = environment(cluster)
    revisions = history.revisions(env.storage, "web")
    deployed = [r for r in revisions if r.status == Status.DEPLOYED]
    assert deployed == revisions[-1:]
    (release,) = deployed
    wanted = resources.build(
        Operation(env, release).cluster,
        read_documents(release.manifest),
        release.namespace,
    )
    for obj in wanted:
        live = cluster.get(obj.ref)
        assert live["metadata"]["annotations"][RELEASE_NAME] == "web"
        if obj.ref.kind == "ConfigMap":
            assert live["data"] == {"color": "final"}
    path = f"/api/v1/namespaces/{cluster.namespace}/configmaps"
    there, _ = cluster.list_at(path, label_selector="app.kubernetes.io/managed-by=Helm")
    assert {one["metadata"]["name"] for one in there} == {"web-0", "web-1"}
