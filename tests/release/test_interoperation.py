"""Helm works on the releases of pypkg, and pypkg on those of Helm."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from pypkg.chart.loader import load_chart
from pypkg.errors import OperationInProgressError
from pypkg.release import queries
from pypkg.release.install import install
from pypkg.release.listing import ListOptions
from pypkg.release.options import (
    InstallOptions,
    RollbackOptions,
    TestOptions,
    UninstallOptions,
    UpgradeOptions,
    WaitOptions,
    WaitStrategy,
)
from pypkg.release.records.record import Status
from pypkg.release.rollback import rollback
from pypkg.release.testing import run_tests
from pypkg.release.uninstall import uninstall
from pypkg.release.upgrade import upgrade
from tests.release.charts import web_folder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pypkg.release.environment import Environment
    from pypkg.sandbox.daemon import Status as Sandbox
    from tests.conftest import Command

pytestmark = pytest.mark.oracle
WATCH = WaitOptions(strategy=WaitStrategy.WATCHER, timeout=30)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return web_folder(tmp_path / "web")


@pytest.fixture
def helm_here(
    real_helm: Command, sandbox: Sandbox, env: Environment
) -> Callable[..., str]:
    """The real helm, in the namespace that ``env`` works in."""
    real_helm.environ["KUBECONFIG"] = str(sandbox.kubeconfig)

    def run(*words: str | Path) -> str:
        return real_helm.ok(*words, "--namespace", env.namespace)

    return run


def states(env: Environment) -> list[tuple[int, str, str]]:
    return [
        (r.revision, str(r.status), r.info.description)
        for r in queries.history(env, "web")
    ]


def test_helm_goes_on_with_a_release_of_pypkg(
    env: Environment, folder: Path, helm_here: Callable[..., str]
) -> None:
    chart = load_chart(folder)
    values: dict[str, Any] = {"color": "red", "hook": {"enabled": True}}
    install(env, chart, values, InstallOptions(name="web", wait=WATCH))
    upgrade(env, chart, {"color": "green"}, UpgradeOptions(name="web", wait=WATCH))

    (listed,) = json.loads(helm_here("list", "-o", "json"))
    assert (listed["revision"], listed["status"]) == ("2", "deployed")
    assert listed["chart"] == "web-1.2.3"
    assert listed["app_version"] == "9"
    told = json.loads(helm_here("history", "web", "-o", "json"))
    assert [(r["revision"], r["status"]) for r in told] == [
        (1, "superseded"),
        (2, "deployed"),
    ]
    assert json.loads(helm_here("get", "values", "web", "-o", "json")) == {
        "color": "green"
    }
    release = queries.get_release(env, "web")
    assert helm_here("get", "manifest", "web").strip() == release.manifest.strip()
    assert "Revision 2 of web" in helm_here("get", "notes", "web")
    assert "web-migrate" in helm_here("get", "hooks", "web", "--revision", "1")
    assert "STATUS: deployed" in helm_here("status", "web")

    helm_here("rollback", "web", "1", "--wait")
    helm_here("upgrade", "web", folder, "--reuse-values", "--set=color=black")
    helm_here("test", "web")
    assert states(env)[2:] == [
        (3, "superseded", "Rollback to 1"),
        (4, "deployed", "Upgrade complete"),
    ]
    helm_here("uninstall", "web")
    assert queries.list_releases(env, ListOptions()) == []


def test_pypkg_goes_on_with_a_release_of_helm(
    env: Environment, folder: Path, helm_here: Callable[..., str]
) -> None:
    helm_here("install", "web", folder, "--set=color=red", "--labels=team=a")
    helm_here("upgrade", "web", folder, "--set=color=green,replicas=1")

    (listed,) = queries.list_releases(env, ListOptions(selector="team=a"))
    assert (listed.revision, listed.status) == (2, Status.DEPLOYED)
    assert listed.labels == {"team": "a"}
    assert queries.get_release(env, "web", 1).config == {"color": "red"}
    computed = queries.computed_values(queries.get_release(env, "web"))
    assert (computed["replicas"], computed["tag"]) == (1, "1")

    first = queries.get_release(env, "web", 1)
    rollback(env, RollbackOptions(name="web", wait=WATCH))
    # Rewritten as superseded, its times are still those of Helm, to the nanosecond.
    again = queries.get_release(env, "web", 1)
    assert again.info.first_deployed is not None
    assert first.info.first_deployed is not None
    assert again.info.first_deployed.rfc3339() == first.info.first_deployed.rfc3339()
    chart = load_chart(folder)
    upgrade(env, chart, {"color": "black"}, UpgradeOptions(name="web", wait=WATCH))
    run_tests(env, TestOptions(name="web", timeout=20))
    assert states(env)[2:] == [
        (3, "superseded", "Rollback to 1"),
        (4, "deployed", "Upgrade complete"),
    ]
    uninstall(env, UninstallOptions(name="web", wait=WATCH))
    assert json.loads(helm_here("list", "-o", "json")) == []


def test_a_pending_release_is_refused_and_rolled_back_by_both(
    env: Environment, folder: Path, helm_here: Callable[..., str]
) -> None:
    chart = load_chart(folder)
    helm_here("install", "web", folder)
    release = upgrade(env, chart, {}, UpgradeOptions(name="web"))
    env.storage.update(release.with_status(Status.PENDING_UPGRADE))
    with pytest.raises(OperationInProgressError, match="another operation") as caught:
        upgrade(env, chart, {}, UpgradeOptions(name="web"))
    assert "release recover web" in str(caught.value.hint)
    rollback(env, RollbackOptions(name="web", revision=1))
    assert states(env)[-1] == (3, "deployed", "Rollback to 1")
    helm_here("upgrade", "web", folder)


def test_values_that_helm_typed_are_kept(
    env: Environment, folder: Path, helm_here: Callable[..., str]
) -> None:
    document = {"n": 1, "f": 1.5, "big": 1e20, "s": "1", "none": None, "l": [1, "a"]}
    helm_here("install", "web", folder, f"--set-json={json.dumps({'x': document})}")
    assert queries.get_release(env, "web").config == {"x": document}
    upgrade(env, load_chart(folder), {}, UpgradeOptions(name="web"))
    assert json.loads(helm_here("get", "values", "web", "-o", "json")) == {
        "x": document
    }
