"""Helm works on what pypkg made, pypkg on what helm made, and both say the same."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Command

pytestmark = [pytest.mark.e2e, pytest.mark.oracle]

READING = [
    ["list"],
    ["list", "-o", "json"],
    ["list", "-o", "yaml"],
    ["list", "-q"],
    ["list", "--no-headers"],
    ["history", "web"],
    ["history", "web", "-o", "json"],
    ["history", "web", "-o", "yaml"],
    ["history", "web", "--show-rollback-revision"],
    ["get", "values", "web"],
    ["get", "values", "web", "--all"],
    ["get", "values", "web", "--revision", "1"],
    ["get", "values", "web", "-o", "json"],
    ["get", "manifest", "web"],
    ["get", "notes", "web"],
    ["get", "hooks", "web"],
    ["get", "all", "web"],
]


def same(pypkg: Command, real_helm: Command) -> None:
    """Compare what both print of a release, byte for byte."""
    for words in READING:
        assert pypkg.ok(*words) == real_helm.ok(*words), words


def test_both_read_a_release_of_pypkg_alike(
    pypkg: Command, real_helm: Command, chart: Path
) -> None:
    pypkg.ok("install", "web", chart, "--set", "replicas=2", "--description", "first")
    pypkg.ok("upgrade", "web", chart, "--set", "image.tag=x,replicas=3")
    pypkg.ok("rollback", "web", "1")
    same(pypkg, real_helm)


def test_both_read_a_release_of_helm_alike(
    pypkg: Command, real_helm: Command, chart: Path
) -> None:
    real_helm.ok("install", "web", chart, "--set", "replicas=2")
    real_helm.ok("upgrade", "web", chart, "--set", "image.tag=x,replicas=3")
    real_helm.ok("rollback", "web", "1")
    same(pypkg, real_helm)


def test_helm_carries_on_with_a_release_of_pypkg(
    pypkg: Command, real_helm: Command, chart: Path
) -> None:
    pypkg.ok("install", "web", chart, "--set", "replicas=2", "--wait")
    real_helm.ok("upgrade", "web", chart, "--set", "replicas=3", "--wait")
    real_helm.ok("rollback", "web", "1", "--wait")
    history = json.loads(pypkg.ok("history", "web", "-o", "json"))
    assert [entry["description"] for entry in history] == [
        "Install complete",
        "Upgrade complete",
        "Rollback to 1",
    ]
    real_helm.ok("test", "web")
    real_helm.ok("uninstall", "web")
    assert pypkg.ok("list", "-q") == ""


def test_pypkg_carries_on_with_a_release_of_helm(
    pypkg: Command, real_helm: Command, real_kubectl: Command, chart: Path
) -> None:
    real_helm.ok("install", "web", chart, "--set", "replicas=2", "--wait")
    pypkg.ok("upgrade", "web", chart, "--set", "replicas=3", "--wait")
    pypkg.ok("rollback", "web", "1", "--wait")
    namespace = pypkg.environ["HELM_NAMESPACE"]
    replicas = "jsonpath={.spec.replicas}"
    query = ["get", "deployment", "web", "-n", namespace, "-o", replicas]
    assert real_kubectl.ok(*query) == "2"
    history = json.loads(real_helm.ok("history", "web", "-o", "json"))
    assert [entry["status"] for entry in history] == [
        "superseded",
        "superseded",
        "deployed",
    ]
    pypkg.ok("test", "web")
    pypkg.ok("uninstall", "web")
    assert real_helm.ok("list", "-q") == ""
    # What a hook made outlives its release, with helm too.
    left = real_kubectl.ok("get", "all", "-n", namespace, "-o", "name")
    assert left == "pod/web-test\n"


def test_a_chart_of_jinja_is_a_release_to_helm(
    pypkg: Command, real_helm: Command
) -> None:
    pypkg.ok("create", "mine")
    pypkg.ok("install", "mine", "mine", "--wait")
    assert "deployed" in real_helm.ok("list")
    pypkg.ok("upgrade", "mine", "mine", "--set", "replicas=2")
    real_helm.ok("rollback", "mine", "1")
    assert real_helm.ok("get", "manifest", "mine") == pypkg.ok(
        "get", "manifest", "mine"
    )


def test_both_refuse_and_fail_alike(
    pypkg: Command, real_helm: Command, chart: Path
) -> None:
    pypkg.ok("install", "web", chart)
    refused: list[tuple[list[str], str]] = [
        (["install", "web", str(chart)], "cannot reuse a name that is still in use"),
        (["upgrade", "nope", str(chart)], '"nope" has no deployed releases'),
        (["status", "nope"], "release: not found"),
        (["uninstall", "nope"], "release: not found"),
        (["rollback", "web", "9"], "release has no 9 version"),
    ]
    for words, message in refused:
        assert message in real_helm.fails(*words)
        assert message in pypkg.fails(*words), words


TEMPLATE = """
{{.Release.Name}} {{.Release.Namespace}} {{.Release.Version}}
{{.Release.Info.Status}}: {{.Release.Info.Description}} {{.Release.Info.Notes}}
{{.Release.Info.LastDeployed}} {{.Release.Info.FirstDeployed}}
{{.Release.Chart.Metadata.Name}}-{{.Release.Chart.Metadata.Version}}
{{range .Release.Chart.Templates}}{{.Name}} {{end}}
{{.Release.Config}} {{.Release.Chart.Values}}
{{range .Release.Hooks}}{{.Name}} {{.Path}} {{.Events}}{{end}}
{{len .Release.Manifest}} {{.Release.ApplyMethod}}
"""


def test_both_print_a_release_by_a_template(
    pypkg: Command, real_helm: Command, chart: Path
) -> None:
    real_helm.ok("install", "web", chart, "--set", "big=1234567,replicas=2")
    words = ["get", "all", "web", "--template", TEMPLATE]
    assert pypkg.ok(*words) == real_helm.ok(*words)
