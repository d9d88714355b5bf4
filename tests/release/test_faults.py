"""A server that answers badly, at random: no release is damaged by it."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from pypkg.cluster.client import Cluster
from pypkg.cluster.config import ClusterConfig, Overrides, load_config
from pypkg.cluster.connection import HttpTransport
from pypkg.cluster.session import Session
from pypkg.errors import ConnectionFailedError, PypkgError
from pypkg.release import queries
from pypkg.release.environment import Environment
from pypkg.release.install import install
from pypkg.release.options import InstallOptions, RollbackOptions, UpgradeOptions
from pypkg.release.records.record import Status
from pypkg.release.rollback import rollback
from pypkg.release.storage import SecretStorage
from pypkg.release.upgrade import upgrade
from tests.cluster.servers import refusal
from tests.release.charts import CONFIG_MAP, chart_of

if TYPE_CHECKING:
    from pathlib import Path

    from pypkg.chart.chart import Chart
    from pypkg.cluster.transport import Request, Response
    from pypkg.sandbox.daemon import Status as Sandbox


@dataclass
class Unreliable:
    """Breaks some requests: before they are sent, after, or with a refusal."""

    real: HttpTransport
    chance: random.Random
    rate: float = 0.0
    broken: int = field(default=0)

    def send(self, request: Request) -> Response:
        if self.chance.random() >= self.rate:
            return self.real.send(request)
        self.broken += 1
        match self.chance.choice(["before", "after", "busy", "error"]):
            case "before":
                raise ConnectionFailedError("https://unreliable", "refused")
            case "after":
                self.real.send(request)
                raise ConnectionFailedError("https://unreliable", "reset")
            case "busy":
                return refusal(429, message="slow down")
        return refusal(500, message="out of order")


@pytest.fixture
def transport(sandbox: Sandbox, cluster: Cluster) -> Unreliable:
    real = HttpTransport(_config(sandbox, cluster.namespace), {})
    return Unreliable(real, random.Random(20261121))  # noqa: S311 - a test's chance


def _config(sandbox: Sandbox, namespace: str) -> ClusterConfig:
    overrides = Overrides(kubeconfig=str(sandbox.kubeconfig), namespace=namespace)
    return load_config(overrides, environ={})


@pytest.fixture
def env(sandbox: Sandbox, cluster: Cluster, transport: Unreliable) -> Environment:
    session = Session(
        _config(sandbox, cluster.namespace), transport, sleep=lambda _: None
    )
    unreliable = Cluster(session, namespace=cluster.namespace)
    storage = SecretStorage(
        unreliable, cluster.namespace, clock=lambda: datetime.now(UTC)
    )
    return Environment(cluster=unreliable, storage=storage, namespace=cluster.namespace)


def go_on(env: Environment, chart: Chart, color: str) -> None:
    """Do what a user would: upgrade, or end what is pending by going back."""
    revisions = queries.history(env, "web")
    good = [r for r in revisions if r.status in {Status.DEPLOYED, Status.SUPERSEDED}]
    if revisions[-1].status.is_pending:
        back = RollbackOptions(name="web", revision=good[-1].revision, history_max=0)
        rollback(env, back)
    else:
        forth = UpgradeOptions(name="web", history_max=0)
        upgrade(env, chart, {"color": color}, forth)


def test_a_release_survives_an_unreliable_server(
    env: Environment, transport: Unreliable, tmp_path: Path
) -> None:
    chart = chart_of(tmp_path / "web", values="color: blue\n", config=CONFIG_MAP)
    install(env, chart, {}, InstallOptions(name="web"))
    failures = 0
    for number in range(25):
        # Bad, and now and then too bad for any patience.
        transport.rate = 0.15 if number % 3 else 0.6
        try:
            go_on(env, chart, f"color-{number}")
        except PypkgError:
            failures += 1
        transport.rate = 0.0
        revisions = [r.revision for r in queries.history(env, "web")]
        assert revisions == list(range(1, len(revisions) + 1))
    assert transport.broken > 25
    assert failures
    for _ in range(2):
        go_on(env, chart, "final")
    last = queries.get_release(env, "web")
    assert last.status == Status.DEPLOYED
    assert last.config == {"color": "final"}
    deployed = [r for r in queries.history(env, "web") if r.status == Status.DEPLOYED]
    assert [r.revision for r in deployed] == [last.revision]
