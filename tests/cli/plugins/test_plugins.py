"""Helm's plugins: installed by either program, and used by both."""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pypkg import yamlio
from pypkg.cli.plugins import installed
from pypkg.cli.plugins.definition import Plugin
from pypkg.errors import PluginError
from tests.cli.test_completion import proposed

if TYPE_CHECKING:
    from tests.conftest import Command

DEFINITION = """\
apiVersion: v1
type: postrenderer/v1
name: shout
version: 0.2.0
sourceURL: https://example.com/shout
runtime: subprocess
runtimeConfig:
  platformCommand:
    - command: sh $HELM_PLUGIN_DIR/run.sh
      args: [Hello, $GREETED]
  platformHooks:
    install: [{command: sh, args: ["-c", "echo hello from $HELM_PLUGIN_NAME"]}]
    delete: [{command: echo, args: ["bye from $HELM_PLUGIN_NAME"]}]
"""
SCRIPT = 'echo "# $*, by $HELM_PLUGIN_NAME"; sed s/quiet/LOUD/\n'
TEMPLATE = """\
# What it is for
apiVersion: v1
kind: ConfigMap
metadata:
  name: one  # of them
data:
  say: quiet
---
# nothing but this
---
apiVersion: v1
kind: Secret
metadata: {name: two}
"""
HOOK = """\
apiVersion: v1
kind: Pod
metadata: {name: quiet, annotations: {helm.sh/hook: test}}
spec: {containers: [{name: a, image: b}]}
"""


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    folder = tmp_path / "shout"
    folder.mkdir()
    (folder / "plugin.yaml").write_text(DEFINITION)
    (folder / "run.sh").write_text(SCRIPT)
    return folder


@pytest.fixture
def chart(tmp_path: Path) -> Path:
    templates = tmp_path / "web" / "templates"
    templates.mkdir(parents=True)
    (tmp_path / "web" / "Chart.yaml").write_text(
        "{apiVersion: v2, name: web, version: 0.1.0}"
    )
    (templates / "config.yaml").write_text(TEMPLATE)
    (templates / "test.yaml").write_text(HOOK)
    return tmp_path / "web"


def definition(**config: Any) -> Plugin:
    about = {"name": "x", "apiVersion": "v1", "runtime": "subprocess"}
    return Plugin(Path("/p"), {**about, "runtimeConfig": config})


def test_the_command_is_that_of_the_system_and_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")
    commands = [
        {"command": "any"},
        {"os": "linux", "command": "linux"},
        {"os": "Linux", "arch": "arm64", "command": "arm  $A ${B}-$C", "args": ["$A"]},
        {"arch": "arm64", "command": "never"},
    ]
    exact = definition(platformCommand=commands)
    assert exact.command({"A": "1", "B": "2"}) == ["arm", "", "1", "2-", "1"]
    assert definition(platformCommand=commands[:2]).command({}) == ["linux"]
    assert definition(platformCommand=commands[:1]).command({}) == ["any"]
    with pytest.raises(PluginError, match="no command for this machine"):
        definition(platformCommand=commands[3:]).command({})


def test_a_plugin_of_another_runtime_is_refused() -> None:
    wasm = Plugin(Path("/p"), {"name": "x", "apiVersion": "v1", "runtime": "extism/v1"})
    with pytest.raises(PluginError, match="needs the runtime extism/v1"):
        wasm.command({})


def test_the_folders_are_pypkgs_and_helms_unless_others_are_named(home: Path) -> None:
    own, helms = installed.folders({"HOME": str(home)})
    assert (own.parent.name, helms.parent.name) == ("pypkg", "helm")
    given = {"HELM_PLUGINS": f"/a{os.pathsep}/b"}
    assert installed.folders(given) == [Path("/a"), Path("/b")]


def test_a_plugin_that_cannot_be_read_is_left_out_with_a_warning(
    pypkg: Command, plugin: Path
) -> None:
    pypkg.environ["PYPKG_PLUGINS"] = str(plugin.parent)
    (plugin.parent / "bad").mkdir()
    for text in (
        "- a\n",
        "version: 1\n",
        "name: a/b\n",
        "name: a\nversion: ../../b\n",
        "name: a\ndownloaders: {command: b}\n",
        "name: a\napiVersion: v1\nruntimeConfig: {platformCommand: [run.sh]}\n",
    ):
        (plugin.parent / "bad" / "plugin.yaml").write_text(text)
        done = pypkg("plugin", "list")
        assert "shout\t0.2.0" in done.out
        assert "no plugin's definition" in done.err
        assert "Traceback" not in done.err


def test_a_program_that_fails_says_what_it_said(pypkg: Command, chart: Path) -> None:
    script = chart.parent / "fail.sh"
    script.write_text("#!/bin/sh\ncat > /dev/null; echo no such luck >&2; exit 3\n")
    script.chmod(0o755)
    told = pypkg.fails("template", chart, "--post-renderer", script)
    assert f"the post-renderer {script} ended with 3: no such luck" in told
    told = pypkg.fails("template", chart, "--post-renderer", "nope")
    assert "the post-renderer nope cannot be run" in told
    assert "pypkg plugin list" in told


@pytest.mark.oracle
def test_plugins_are_shared_with_helm(
    pypkg: Command, real_helm: Command, plugin: Path
) -> None:
    greeting = pypkg.ok("plugin", "install", plugin)
    assert "already exists" in pypkg.fails("plugin", "install", plugin)
    ours = pypkg.ok("plugin", "list")
    assert proposed(pypkg, "pypkg template . --post-renderer s") == ["plain,shout"]
    assert proposed(pypkg, "pypkg plugin uninstall ") == ["plain,shout"]
    assert pypkg.ok("plugin", "uninstall", "shout").startswith("bye from $HELM_")
    assert real_helm.ok("plugin", "install", plugin) == greeting
    assert "hello from shout" in greeting
    assert pypkg.ok("plugin", "list") == ours == real_helm.ok("plugin", "list")
    head = pypkg.ok("plugin", "list", "--type", "cli/v1")
    assert head == real_helm.ok("plugin", "list", "--type", "cli/v1")
    pypkg.ok("plugin", "uninstall", "shout")
    assert real_helm.ok("plugin", "list") == head
    assert "shout not found" in pypkg.fails("plugin", "uninstall", "shout")
    assert (plugin / "plugin.yaml").exists()


@pytest.mark.oracle
def test_a_post_renderer_does_the_same_as_with_helm(
    pypkg: Command, real_helm: Command, plugin: Path, chart: Path
) -> None:
    more = "--post-renderer-args"
    words = ("template", "r", chart, "--post-renderer", "shout", more, "and", more, "a")
    for tool in (pypkg, real_helm):
        tool.environ["HELM_PLUGINS"] = str(plugin.parent)
        tool.environ["GREETED"] = "you"
    theirs, ours = real_helm.ok(*words), pypkg.ok(*words)
    assert yamlio.load_all(ours) == yamlio.load_all(theirs)
    sources = [line for line in theirs.splitlines() if line.startswith("# ")]
    assert [line for line in ours.splitlines() if line.startswith("# ")] == sources
    assert "# Hello you and a, by shout" in sources
    assert "say: LOUD" in ours
    assert "  name: one  # of them" in ours  # where Helm closes the gap
    assert "postrender" not in ours
