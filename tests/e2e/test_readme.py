"""What the README tells people to type works."""

from __future__ import annotations

import re
import shlex
import sys
from typing import TYPE_CHECKING

import pytest

from pypkg.cli.main import SECTIONS
from tests.conftest import ROOT

if TYPE_CHECKING:
    from tests.conftest import Command

README = (ROOT / "README.md").read_text()
pytestmark = pytest.mark.e2e


def test_the_quick_start_works(pypkg: Command) -> None:
    start = README.split("## Quick start")[1].split("```")[1]
    lines = re.findall(r"^\$ pypkg (.*?)(?:\s+#.*)?$", start, re.MULTILINE)
    assert len(lines) > 5
    for name in ("KUBECONFIG", "HELM_NAMESPACE"):
        pypkg.environ.pop(name)
    try:
        for line in lines:
            assert pypkg.ok(*shlex.split(line))
    finally:
        pypkg.ok("sandbox", "down")


def test_the_library_works(pypkg: Command) -> None:
    pypkg.ok("create", "web")
    code = README.split("```python\n")[1].split("```")[0].replace("\n  ", "\n")
    python = type(pypkg)((sys.executable, "-"), pypkg.environ, pypkg.folder)
    assert "Deployment shop-web\n" in python.ok(text=code.strip())


def test_every_command_is_told_of() -> None:
    table = README.split("## Commands")[1].split("## ")[0]
    told = set(re.findall(r"`([a-z]+)", table))
    for section in SECTIONS.values():
        assert told >= set(section)


def test_what_it_links_to_is_there() -> None:
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", README):
        assert (ROOT / target).exists(), target
