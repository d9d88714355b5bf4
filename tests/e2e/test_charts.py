"""What a chart's author does: create, lint, package, show."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Command


@pytest.mark.parametrize("flags", [[], ["--go-template"]])
def test_a_new_chart_is_ready_to_use(
    pypkg: Command, tmp_path: Path, flags: list[str]
) -> None:
    assert pypkg.ok("create", "mine", *flags) == "Creating mine\n"
    assert "0 chart(s) failed" in pypkg.ok("lint", "mine", "--strict")
    assert "kind: Deployment" in pypkg.ok("template", "mine")
    shown = pypkg.ok("template", "mine", "-s", "templates/service.yaml")
    assert shown.count("kind: ") == 1
    packed = pypkg.ok("package", "mine", "-d", "dist", "--version", "2.0.0")
    assert packed == (
        "Successfully packaged chart and saved it to: dist/mine-2.0.0.tgz\n"
    )
    assert pypkg.ok("template", "dist/mine-2.0.0.tgz", "--skip-tests")
    assert "version: 2.0.0" in pypkg.ok("show", "chart", "dist/mine-2.0.0.tgz")


def test_a_chart_is_not_written_over_another(pypkg: Command, chart: Path) -> None:
    before = (chart / "Chart.yaml").read_text()
    assert "web" in pypkg.fails("create", "web")
    assert (chart / "Chart.yaml").read_text() == before
    assert "invalid" in pypkg.fails("create", "a b")


def test_a_starter_is_found_by_its_name(pypkg: Command, tmp_path: Path) -> None:
    pypkg.ok("create", tmp_path / "data" / "starters" / "base", "--go-template")
    pypkg.environ["PYPKG_DATA_HOME"] = str(tmp_path / "data")
    assert pypkg.ok("create", "mine", "--starter", "base") == "Creating mine\n"
    assert "0 chart(s) failed" in pypkg.ok("lint", "mine")
    assert "there is no starter nope" in pypkg.fails("create", "other", "-p", "nope")


@pytest.mark.oracle
@pytest.mark.parametrize("part", ["all", "chart", "crds", "readme", "values"])
def test_show_prints_as_helm(
    pypkg: Command, real_helm: Command, chart: Path, part: str
) -> None:
    (chart / "README.md").write_text("# Web\n")
    (chart / "crds").mkdir()
    (chart / "crds/a.yaml").write_text("kind: A\n")
    (chart / "crds/b.yaml").write_text("---\nkind: B\n")
    assert pypkg.ok("show", part, chart) == real_helm.ok("show", part, chart)
    assert pypkg.ok("inspect", part, chart) == real_helm.ok("inspect", part, chart)


@pytest.mark.oracle
def test_an_archive_of_pypkg_is_a_chart_to_helm(
    pypkg: Command, real_helm: Command, chart: Path
) -> None:
    pypkg.ok("package", chart, "--app-version", "9")
    words = ["template", "web", "web-1.2.0.tgz"]
    assert real_helm.ok(*words) == pypkg.ok(*words)
    assert 'appVersion: "9"' in real_helm.ok("show", "chart", "web-1.2.0.tgz")


@pytest.mark.oracle
def test_lint_says_what_helm_says(
    pypkg: Command, real_helm: Command, chart: Path, tmp_path: Path
) -> None:
    assert pypkg.ok("lint", chart) == real_helm.ok("lint", chart)
    assert pypkg.ok("lint", chart, "--quiet") == real_helm.ok("lint", chart, "--quiet")
    (chart / "Chart.yaml").write_text("apiVersion: v2\nname: web\nversion: one\n")
    ours, theirs = pypkg("lint", chart), real_helm("lint", chart)
    assert ours.code == theirs.code == 1
    assert "Error: 1 chart(s) linted, 1 chart(s) failed" in ours.err
    assert "Error: 1 chart(s) linted, 1 chart(s) failed" in theirs.err
    assert "[ERROR] Chart.yaml:" in ours.out
