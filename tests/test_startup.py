"""What commands must not import: Helm starts in 50 ms, and each of these takes some.

Where a command does need one of them, it is imported in the function that does.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Command

SLOW = {
    "argparse",
    "asyncio",
    "click",  # 20 ms
    "dataclasses",  # 9 ms: inspect
    "datetime",
    "email",
    "hashlib",  # OpenSSL
    "http.client",
    "importlib.metadata",
    "inspect",  # 8 ms
    "json",
    "logging",
    "pathlib",  # 5 ms
    "random",
    "shutil",
    "socket",
    "ssl",
    "subprocess",
    "tarfile",
    "tempfile",
    "urllib.parse",
    "uuid",
}
LIBRARIES = {
    "bcrypt",
    "cryptography",
    "google",
    "jinja2",
    "jsonschema",
    "kubernetes",
    "kubernetes_validate",
    "re2",
    "requests",
    "rich",
    "semver",
    "starlette",
    "urllib3",
    "uvicorn",
    "yaml",  # 15 ms
}
PARTS = {"pypkg.cluster", "pypkg.repo", "pypkg.sandbox"}
RENDERING = {"pypkg.chart", "pypkg.render", "pypkg.values", "pypkg.yamlio"}
# Bytecode of the templates, YAML that is known: a second run needs none of this.
COMPILING = {
    "pypkg.chart.lock",
    "pypkg.render.gotemplate.compiler",
    "pypkg.render.gotemplate.lexer",
    "pypkg.render.gotemplate.parser",
    "pypkg.render.gotemplate.printf",
    "pypkg.render.jinja",
    "pypkg.values.strvals",
    "pypkg.yamlio.reader",
    "pypkg.yamlio.writer",
}


def loaded(pypkg: Command, *words: str) -> set[str]:
    """Run a command in a process of its own, and name what it imports."""
    script = (
        "import sys; before = set(sys.modules)\n"
        "from pypkg.cli.main import run\n"
        f"assert run({[*words]!r}) == 0\n"
        "print(*(set(sys.modules) - before), file=sys.stderr)"
    )
    python = type(pypkg)((sys.executable, "-c", script), pypkg.environ, pypkg.folder)
    done = python()
    assert done.code == 0, done.err
    return set(done.err.splitlines()[-1].split())


@pytest.mark.parametrize("words", [["version"], ["version", "--short"], ["--version"]])
def test_a_command_that_needs_nothing_loads_nothing(
    pypkg: Command, words: list[str]
) -> None:
    assert not loaded(pypkg, *words) & (SLOW | LIBRARIES | PARTS | RENDERING)


@pytest.mark.parametrize("command", ["list", "install", "lint", "sandbox", "template"])
def test_help_loads_click_and_none_of_the_work(pypkg: Command, command: str) -> None:
    got = loaded(pypkg, command, "--help")
    assert "pypkg.cli.help_text" in got
    assert not got & (LIBRARIES | RENDERING)


def test_rendering_a_known_chart_parses_and_compiles_nothing(
    pypkg: Command, tmp_path: Path
) -> None:
    chart = tmp_path / "plain"
    (chart / "templates").mkdir(parents=True)
    (chart / "Chart.yaml").write_text("apiVersion: v2\nname: plain\nversion: 1.0.0\n")
    (chart / "values.yaml").write_text("replicas: 1\n")
    (chart / "templates" / "map.yaml").write_text(
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n"
        "  name: {{ .Release.Name | quote }}\n"
        "data:\n  replicas: {{ .Values.replicas | toString | quote }}\n"
    )
    first = loaded(pypkg, "template", "rel", str(chart))
    assert {"pypkg.render.gotemplate.compiler", "pypkg.yamlio.reader"} <= first
    assert not first & (LIBRARIES | PARTS)
    again = loaded(pypkg, "template", "rel", str(chart))
    assert "pypkg.render.gotemplate.engine" in again
    assert not again & (SLOW | LIBRARIES | PARTS | COMPILING)
