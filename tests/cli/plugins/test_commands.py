"""Commands that plugins add: the same program sees the same with Helm and pypkg."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from tests.cli.test_completion import proposed

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Command

MODERN = """\
apiVersion: v1
type: cli/v1
name: greet
version: 0.1.0
runtime: subprocess
config:
  usage: greet [flags] NAME
  shortHelp: greet someone
  longHelp: Greets NAME as they like it.
runtimeConfig:
  platformCommand: [{command: sh, args: [$HELM_PLUGIN_DIR/run.sh, Hello]}]
"""
LEGACY = """\
name: greet
version: 0.1.0
usage: greet someone
description: Greets NAME as they like it.
command: sh $HELM_PLUGIN_DIR/run.sh Hello
"""
# Of the variables those whose values both programs must agree on.
SCRIPT = """\
for word; do echo "- $word"; done
env | sort | grep -E '^(HELM_(NAMESPACE|DEBUG|KUBE.*|PLUGIN.*|QPS)|KUBECONFIG)='
exit 7
"""


@pytest.fixture(params=[MODERN, LEGACY], ids=["modern", "legacy"])
def plugins(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return written(tmp_path / "plugins", request.param)


def written(plugins: Path, definition: str, script: str = SCRIPT) -> Path:
    folder = plugins / "greet"
    folder.mkdir(parents=True)
    (folder / "plugin.yaml").write_text(definition)
    (folder / "run.sh").write_text(script)
    return plugins


@pytest.mark.oracle
@pytest.mark.parametrize(
    "line",
    [
        "greet",
        "greet you -f x --other=y -- z",
        "greet --help",
        "--namespace a greet you --namespace b -n=c --debug",
        "--kube-context one greet --kube-as-group a you --kubeconfig /there",
        "greet you --qps 4 --kube-token=t",
    ],
)
def test_a_program_gets_the_words_and_variables_that_helm_gives_it(
    pypkg: Command, real_helm: Command, plugins: Path, line: str
) -> None:
    for tool in (pypkg, real_helm):
        tool.environ["HELM_PLUGINS"] = str(plugins)
    ours, theirs = pypkg(*line.split()), real_helm(*line.split())
    assert _alike(ours.out) == _alike(theirs.out)
    assert ours.code == theirs.code == 7


def _alike(text: str) -> str:
    # Helm's parser sees groups twice, and what it leaves to the plugin as well.
    text = text.replace("HELM_KUBEASGROUPS=a,a", "HELM_KUBEASGROUPS=a")
    lines = [line for line in text.splitlines() if not line.startswith("HELM_QPS=")]
    return "\n".join(lines)


def test_a_plugin_calls_pypkg_with_the_same_settings(
    pypkg: Command, tmp_path: Path
) -> None:
    script = '"$HELM_BIN" env PYPKG_NAMESPACE; "$HELM_BIN" env PYPKG_REPOSITORY_CACHE\n'
    plugins = written(tmp_path / "plugins", MODERN, script)
    pypkg.environ.update({"PYPKG_PLUGINS": str(plugins), "PYPKG_NAMESPACE": "other"})
    said = pypkg.ok("greet", "-n", "web", "--repository-cache", "/cache")
    assert said == "web\n/cache\n"


def test_a_plugin_that_ignores_flags_gets_none(pypkg: Command, tmp_path: Path) -> None:
    definition = LEGACY + "ignoreFlags: true\n"
    pypkg.environ["PYPKG_PLUGINS"] = str(written(tmp_path / "plugins", definition))
    done = pypkg("greet", "you", "--loud")
    assert done.out.startswith("- Hello\nHELM_")


def test_a_plugin_of_helm_3_may_add_a_command_and_fetch(
    pypkg: Command, tmp_path: Path
) -> None:
    definition = LEGACY + "downloaders: [{command: run.sh, protocols: [greet]}]\n"
    pypkg.environ["PYPKG_PLUGINS"] = str(written(tmp_path / "plugins", definition))
    assert pypkg("greet", "you").out.startswith("- Hello\n- you\n")
    assert "greet\t0.1.0  \tgetter/v1\tlegacy" in pypkg.ok("plugin", "list")


def test_plugins_are_in_the_help_and_in_advice(pypkg: Command, plugins: Path) -> None:
    pypkg.environ["PYPKG_PLUGINS"] = str(plugins)
    assert "Plugins:\n  greet  greet someone\n" in pypkg.ok("--help")
    page = pypkg.ok("help", "greet")
    assert page.startswith("Greets NAME as they like it.\n\nUsage:\n  pypkg greet")
    assert "did you mean greet?" in pypkg.fails("great")
    assert proposed(pypkg, "pypkg gr") == ["plain,greet"]


def test_a_command_of_pypkg_comes_before_a_plugin_of_its_name(
    pypkg: Command, tmp_path: Path
) -> None:
    definition = MODERN.replace("name: greet", "name: version")
    pypkg.environ["PYPKG_PLUGINS"] = str(written(tmp_path / "plugins", definition))
    assert pypkg.ok("version", "--short").startswith("v")


def test_plugins_can_be_turned_off(pypkg: Command, plugins: Path) -> None:
    pypkg.environ.update({"PYPKG_PLUGINS": str(plugins), "HELM_NO_PLUGINS": "1"})
    assert 'unknown command "greet"' in pypkg.fails("greet")
    assert "Plugins:" not in pypkg.ok("--help")


def test_a_signal_that_ends_the_program_is_the_status(
    pypkg: Command, tmp_path: Path
) -> None:
    plugins = written(tmp_path / "plugins", MODERN, "kill -TERM $$\n")
    pypkg.environ["PYPKG_PLUGINS"] = str(plugins)
    assert pypkg("greet").code == 128 + signal.SIGTERM


def test_what_cannot_be_run_or_read_is_an_error(pypkg: Command, tmp_path: Path) -> None:
    definition = LEGACY.replace("command: sh", "command: /no/such/sh")
    pypkg.environ["PYPKG_PLUGINS"] = str(written(tmp_path / "plugins", definition))
    told = pypkg.fails("greet")
    assert "greet cannot be run: No such file or directory: /no/such/sh" in told
    assert "flag needs an argument: -n" in pypkg.fails("greet", "-n")
