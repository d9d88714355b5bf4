"""Plugins that fetch URLs of schemes of their own, such as ``s3://``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Command

MODERN = """\
apiVersion: v1
type: getter/v1
name: shelf
version: 0.1.0
runtime: subprocess
config: {protocols: [shelf]}
runtimeConfig:
  protocolCommands:
    - protocols: [shelf]
      platformCommand: [{command: run.sh, args: [fetch]}]
"""
LEGACY = """\
name: shelf
version: 0.1.0
usage: take charts from a shelf
description: Takes charts from a shelf.
downloaders: [{command: run.sh fetch, protocols: [shelf, shelves]}]
"""
# It keeps a record of what it was told, and serves the files beside it.
SCRIPT = """\
#!/bin/sh
cd "$HELM_PLUGIN_DIR"
echo "$* as $HELM_PLUGIN_USERNAME:$HELM_PLUGIN_PASSWORD in $HELM_NAMESPACE" >> told
exec cat "${5#shelf://*/}"
"""


@pytest.fixture(params=[MODERN, LEGACY], ids=["modern", "legacy"])
def shelf(request: pytest.FixtureRequest, tmp_path: Path, pypkg: Command) -> Path:
    folder = tmp_path / "plugins" / "shelf"
    folder.mkdir(parents=True)
    (folder / "plugin.yaml").write_text(request.param)
    (folder / "run.sh").write_text(SCRIPT)
    (folder / "run.sh").chmod(0o755)
    pypkg.environ["HELM_PLUGINS"] = str(folder.parent)
    pypkg.ok("create", folder / "web", "--go-template")
    pypkg.ok("package", folder / "web", "-d", folder)
    pypkg.ok("repo", "index", folder)
    (folder / "values.yaml").write_text("replicaCount: 5\n")
    return folder


def test_charts_come_from_a_repository_of_the_scheme(
    pypkg: Command, shelf: Path
) -> None:
    pypkg.ok(
        "repo", "add", "mine", "shelf://here", "--username", "ann", "--password", "x"
    )
    assert "mine/web" in pypkg.ok("search", "repo", "web")
    pypkg.ok("pull", "mine/web", "-d", shelf.parent)
    assert (shelf.parent / "web-0.1.0.tgz").exists()
    assert "name: web" in pypkg.ok("show", "chart", "shelf://here/web-0.1.0.tgz")
    assert "name: web" in pypkg.ok("show", "chart", "web", "--repo", "shelf://here")
    told = (shelf / "told").read_text().splitlines()
    assert told[:2] == [
        "fetch    shelf://here/index.yaml as ann:x in default",
        "fetch    shelf://here/web-0.1.0.tgz as ann:x in default",
    ]


def test_dependencies_come_from_it_too(
    pypkg: Command, shelf: Path, tmp_path: Path
) -> None:
    chart = tmp_path / "app"
    chart.mkdir()
    (chart / "Chart.yaml").write_text(
        "{apiVersion: v2, name: app, version: 0.1.0, dependencies:"
        " [{name: web, version: 0.1.0, repository: 'shelf://here'}]}"
    )
    pypkg.ok("dependency", "update", chart)
    assert (chart / "charts" / "web-0.1.0.tgz").exists()
    assert (shelf / "told").exists()


def test_credentials_stay_with_their_origin(pypkg: Command, shelf: Path) -> None:
    index = shelf / "index.yaml"
    there = index.read_text().replace("web-0.1.0.tgz", "shelf://there/web-0.1.0.tgz")
    index.write_text(there)
    given = ("--repo", "shelf://here", "--username", "ann", "--password", "x")
    pypkg.ok("show", "chart", "web", *given)
    anew = ("--content-cache", shelf.parent / "cache")
    pypkg.ok("show", "chart", "web", *given, *anew, "--pass-credentials")
    told = (shelf / "told").read_text()
    assert "here/index.yaml as ann:x in" in told
    assert "there/web-0.1.0.tgz as : in" in told
    assert "there/web-0.1.0.tgz as ann:x in" in told


@pytest.mark.oracle
def test_values_are_read_as_with_helm(
    pypkg: Command, real_helm: Command, shelf: Path
) -> None:
    values = "shelf://any/values.yaml"
    words = ["template", "r", str(shelf / "web"), "-n", "over-here", "-f", values]
    words += ["--set-file", f"podAnnotations.a={values}"]
    real_helm.environ["HELM_PLUGINS"] = str(shelf.parent)
    ours = pypkg.ok(*words)
    assert ours == real_helm.ok(*words)
    told = (shelf / "told").read_text().splitlines()
    assert "  replicas: 5\n" in ours
    assert set(told) == {"fetch    shelf://any/values.yaml as : in over-here"}


def test_the_flags_of_tls_are_passed_on(pypkg: Command, shelf: Path) -> None:
    files = ("--cert-file", "/cert", "--key-file", "/key", "--ca-file", "/ca")
    pypkg.ok("repo", "add", "mine", "shelf://here", *files)
    told = (shelf / "told").read_text()
    assert told.startswith("fetch /cert /key /ca shelf://here/index.yaml as ")


def test_what_is_not_there_is_an_error(pypkg: Command, shelf: Path) -> None:
    url = "shelf://here/nothing.tgz"
    told = pypkg.fails("pull", url)
    assert f"cannot fetch {url}: the plugin shelf ended with 1" in told
    assert "cat: nothing.tgz: No such file" in told
    (shelf / "run.sh").chmod(0o644)
    assert "shelf cannot be run: Permission denied" in pypkg.fails("pull", url)
    told = pypkg.fails("pull", "other://here/web.tgz")
    assert "no plugin fetches other:// URLs, such as other://here/web.tgz" in told
    told = pypkg.fails("template", shelf / "web", "-f", "other://values.yaml")
    assert "cannot read other://values.yaml: No such file or directory" in told
