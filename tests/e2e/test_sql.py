"""Releases in a database: helm and pypkg share them there, too."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Command

pytestmark = pytest.mark.e2e


@pytest.fixture
def shared(
    postgresql: str, monkeypatch: pytest.MonkeyPatch, pypkg: Command, real_helm: Command
) -> None:
    """Let both keep their records in the same database."""
    for command in (pypkg, real_helm):
        command.environ["HELM_DRIVER"] = "sql"
        command.environ["HELM_DRIVER_SQL_CONNECTION_STRING"] = postgresql


@pytest.mark.oracle
@pytest.mark.usefixtures("shared")
@pytest.mark.parametrize("first", ["pypkg", "helm"])
def test_helm_and_pypkg_share_a_database(
    pypkg: Command, real_helm: Command, chart: Path, first: str
) -> None:
    one, other = (pypkg, real_helm) if first == "pypkg" else (real_helm, pypkg)
    one.ok("install", "web", chart, "--set", "replicas=2", "--labels", "team=web")
    other.ok("upgrade", "web", chart, "--set", "replicas=3")
    one.ok("rollback", "web", "1")
    for words in (["list"], ["history", "web"], ["get", "values", "web"]):
        assert pypkg.ok(*words) == real_helm.ok(*words), words
    states = [e["status"] for e in json.loads(pypkg.ok("history", "web", "-o=json"))]
    assert states == ["superseded", "superseded", "deployed"]
    assert pypkg.ok("list", "-q", "-l", "team=web") == "web\n"
    other.ok("uninstall", "web")
    assert one.ok("list", "-q") == ""


def test_a_release_lives_in_sqlite(pypkg: Command, chart: Path, tmp_path: Path) -> None:
    pypkg.environ["PYPKG_DRIVER"] = "sql"
    assert "PYPKG_DRIVER_SQL_CONNECTION_STRING" in pypkg.fails("list")
    database = f"sqlite:///{tmp_path}/releases.db"
    pypkg.environ["PYPKG_DRIVER_SQL_CONNECTION_STRING"] = database
    pypkg.ok("install", "web", chart)
    pypkg.ok("upgrade", "web", chart, "--set", "replicas=2")
    assert pypkg.ok("list", "-q") == "web\n"
    del pypkg.environ["PYPKG_DRIVER"]
    assert pypkg.ok("list", "-q") == ""
