"""``pypkg sandbox``: a cluster of one's own, found again by every command."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import Command

pytestmark = pytest.mark.e2e


@pytest.fixture
def own(pypkg: Command, tmp_path: Path) -> Iterator[Command]:
    """The command with a sandbox of its own, which no other test uses."""
    for name in ("KUBECONFIG", "HELM_NAMESPACE"):
        pypkg.environ.pop(name)
    pypkg.environ["PYPKG_DATA_HOME"] = str(tmp_path / "data")
    yield pypkg
    pypkg.ok("sandbox", "down")


def test_a_sandbox_starts_by_itself_and_keeps_what_is_in_it(
    own: Command, chart: Path, tmp_path: Path
) -> None:
    assert "does not run" in own.ok("sandbox", "status")
    own.ok("--sandbox", "install", "web", chart, "--wait")
    assert "runs at https://127.0.0.1:" in own.ok("sandbox", "status")
    assert own.ok("sandbox", "down") == "The sandbox is stopped.\n"
    assert own.ok("sandbox", "down") == "The sandbox did not run.\n"
    own.environ["PYPKG_SANDBOX"] = "true"
    assert own.ok("list", "-q") == "web\n"
    assert own.ok("sandbox", "reset") == "The sandbox is empty, and runs.\n"
    assert own.ok("list", "-q") == ""


@pytest.mark.oracle
def test_its_kubeconfig_leads_others_to_it(
    own: Command, kubectl: Path, tmp_path: Path
) -> None:
    own.ok("sandbox", "up")
    config = tmp_path / "sandbox.yaml"
    config.write_text(own.ok("sandbox", "kubeconfig"))
    real = type(own)((str(kubectl),), {**own.environ, "KUBECONFIG": str(config)})
    assert "namespace/default" in real.ok("get", "namespaces", "-o", "name")
