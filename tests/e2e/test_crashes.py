"""Operations that are killed, interrupted, or begun many at once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import leave
from tests.crashes import VERBS, Laboratory
from tests.release.charts import CONFIG_MAP, DEPLOYMENT, write_chart

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pypkg.sandbox.daemon import Status
    from tests.conftest import Command

pytestmark = pytest.mark.e2e

# `make crash` does many more, each time others.
KILLS = 3
UPGRADES = 20


@pytest.fixture
def slow(tmp_path: Path) -> Path:
    """A chart whose Deployment is never ready if the values say so."""
    values = "color: blue\nreplicas: 1\ntag: '1'\nsim: ''\n"
    return write_chart(
        tmp_path / "slow",
        {
            "values.yaml": values,
            "config.yaml": CONFIG_MAP,
            "deployment.yaml": DEPLOYMENT,
        },
    )


def history(pypkg: Command) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(pypkg.ok("history", "web", "-o", "json"))
    return found


def leases(kubectl: Command) -> str:
    namespace = kubectl.environ["HELM_NAMESPACE"]
    return kubectl.ok("get", "leases", "-n", namespace, "-o", "name")


@pytest.mark.parametrize("verb", VERBS)
def test_an_operation_that_was_killed_stops_nothing(
    sandbox: Status, tmp_path: Path, verb: str
) -> None:
    laboratory = Laboratory(sandbox.kubeconfig, tmp_path, dict(os.environ), seed=4)
    for _ in range(KILLS):
        trial = laboratory.run(verb)
        assert not trial.faults, trial
    for env in laboratory.environments:
        assert env.cluster is not None
        leave(env.cluster, env.namespace)


def start(pypkg: Command, *words: str | Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*pypkg.program, *map(str, words)],
        env=pypkg.environ,
        cwd=pypkg.folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        # Where the tests run in the background, they ignore what they send here.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - the tests have no threads
    )


@pytest.fixture
def stopped(
    pypkg: Command, real_kubectl: Command, slow: Path
) -> Iterator[subprocess.Popen[str]]:
    """An upgrade that waits for what never comes."""
    pypkg.ok("install", "web", slow)
    waiting = start(
        pypkg, "upgrade", "web", slow, "--wait", "--set", "sim=never-ready,tag=2"
    )
    deadline = time.monotonic() + 30
    while len(history(pypkg)) < 2:
        assert time.monotonic() < deadline
    assert leases(real_kubectl) == "lease.coordination.k8s.io/pypkg.web\n"
    yield waiting
    waiting.kill()
    waiting.communicate()


@pytest.mark.oracle
@pytest.mark.parametrize(
    ("number", "code", "reason"),
    [
        (signal.SIGINT, 130, "context canceled: interrupted"),
        (signal.SIGTERM, 143, "context canceled: terminated by SIGTERM"),
    ],
)
@pytest.mark.faults
def test_a_signal_leaves_a_failed_revision_and_no_lease(
    stopped: subprocess.Popen[str],
    pypkg: Command,
    real_kubectl: Command,
    slow: Path,
    number: signal.Signals,
    code: int,
    reason: str,
) -> None:
    stopped.send_signal(number)
    _, told = stopped.communicate(timeout=30)
    assert stopped.returncode == code, told
    assert "Traceback" not in told
    states = [(entry["status"], entry["description"]) for entry in history(pypkg)]
    assert states == [
        ("deployed", "Install complete"),
        ("failed", f'Upgrade "web" failed: {reason}'),
    ]
    assert leases(real_kubectl) == ""
    pypkg.ok("upgrade", "web", slow, "--wait")


@pytest.mark.oracle
@pytest.mark.faults
def test_who_has_a_release_is_told(
    stopped: subprocess.Popen[str], pypkg: Command, slow: Path
) -> None:
    told = pypkg.fails("upgrade", "web", slow, "--lock-timeout=0s")
    assert "another operation (install/upgrade/rollback) is in progress" in told
    assert f":{stopped.pid} since 20" in told
    assert "upgrade of web by" in told
    looked = pypkg("release", "recover")
    assert looked.out == "Nothing else is out of order.\n"
    assert "not looked at: upgrade of web by" in looked.err
    assert "`pypkg release recover web` notices it after 30 s" in looked.err
    assert "in progress" in pypkg.fails("release", "recover", "web", "--dry-run")
    stopped.kill()
    stopped.wait()
    shown = pypkg.ok("release", "recover", "--dry-run")
    assert "pending-upgrade" in shown
    done = pypkg.ok("release", "recover")
    assert done.split("\n")[1].split() == shown.split("\n")[1].split()
    assert [entry["status"] for entry in history(pypkg)] == ["deployed", "failed"]
    assert pypkg.ok("release", "recover") == "Nothing is out of order.\n"


def test_a_second_operation_waits_for_the_first(pypkg: Command, slow: Path) -> None:
    pypkg.ok("install", "web", slow)
    words = [f"--set=color=color-{number}" for number in range(UPGRADES)]
    running = [
        start(pypkg, "upgrade", "web", slow, word, "--history-max=0") for word in words
    ]
    ended = [(process.communicate()[1], process.returncode) for process in running]
    assert [code for _, code in ended] == [0] * UPGRADES, ended
    found = history(pypkg)
    assert [entry["revision"] for entry in found] == list(range(1, UPGRADES + 2))
    assert [entry["status"] for entry in found] == [
        *["superseded"] * UPGRADES,
        "deployed",
    ]
    colors = {
        json.loads(
            pypkg.ok("get", "values", "web", f"--revision={revision}", "-o", "json")
        )["color"]
        for revision in (2, UPGRADES // 2, UPGRADES + 1)
    }
    assert len(colors) == 3


@pytest.mark.faults
@pytest.mark.oracle
def test_what_helm_left_pending_is_given_up_on_demand(
    pypkg: Command, real_helm: Command, real_kubectl: Command, slow: Path
) -> None:
    pypkg.ok("install", "web", slow)
    waiting = start(
        real_helm, "upgrade", "web", slow, "--wait", "--set=sim=never-ready,tag=3"
    )
    deadline = time.monotonic() + 30
    while len(history(pypkg)) < 2:
        assert time.monotonic() < deadline
    waiting.kill()
    waiting.communicate()
    told = pypkg.fails("upgrade", "web", slow)
    assert "revision 2 of web is pending-upgrade since" in told
    assert "pypkg release recover web" in told
    left = pypkg("release", "recover")
    assert left.out == "Nothing else is out of order.\n"
    assert "not looked at: web is pending-upgrade, and pypkg knows of no" in left.err
    assert [entry["status"] for entry in history(pypkg)][-1] == "pending-upgrade"
    pypkg.ok("upgrade", "web", slow, "--recover")
    assert [entry["status"] for entry in history(pypkg)] == [
        "superseded",
        "failed",
        "deployed",
    ]
