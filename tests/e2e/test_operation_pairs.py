"""One operation by helm or pypkg, the next by either: it must not matter which.

Each pair is played by helm alone first. Exit status, output, decoded records, live
objects and their managed fields must be the same, leaf by leaf, whoever does what.
docs/interoperation.md is the table of the pairs, and this file holds it.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from pypkg.cluster.client import connect
from pypkg.cluster.config import Overrides, load_config
from tests.conftest import ROOT, Result, new_namespace
from tests.e2e.state import State, anonymous, differences, in_process, look

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pypkg.cluster.client import Cluster
    from pypkg.sandbox.daemon import Status
    from tests.conftest import Command

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.oracle,
    # The command line leaves its connections to the end of its process.
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

INSTALL = "install web CHART --set replicas=2"
UPGRADE = "upgrade web CHART --set replicas=3,image.tag=x"
BEFORE = {
    "install": (INSTALL,),
    "upgrade": (INSTALL, UPGRADE),
    "rollback": (INSTALL, UPGRADE, "rollback web 1"),
    "uninstall": (INSTALL, "uninstall web"),
    "uninstall --keep-history": (INSTALL, "uninstall web --keep-history"),
    "test": (INSTALL, "test web"),
}
CHANGING = {
    "install": "install web CHART --set replicas=4 -o json",
    "upgrade": "upgrade web CHART --set replicas=4 -o json",
    "rollback": "rollback web",
    "uninstall": "uninstall web",
    "uninstall --keep-history": "uninstall web --keep-history",
    "test": "test web",
}
READING = {
    "status": ("status web -o json", "status web -o yaml"),
    "get": ("get all web", "get values web -o json", "get metadata web -o json"),
    "list": ("list -o json", "list --superseded -q"),
    "history": ("history web -o json",),
}
# A label that `helm get metadata` shows of records that were written twice.
MODIFIED = re.compile(r'"modifiedAt":"\d+",')
PAIRS = [("helm", "pypkg"), ("pypkg", "helm")]
DOCUMENT = ROOT / "docs" / "interoperation.md"


@dataclass(frozen=True)
class Outcome:
    """What a pair of operations came to."""

    result: Result
    state: State


class Stage:
    """Namespaces of the sandbox, and the tools to play in them."""

    def __init__(self, cluster: Cluster, helm: Command, chart: Path) -> None:
        self.cluster = cluster
        self._chart = chart
        self._tools: dict[str, Callable[..., Result]] = {
            "helm": helm,
            "pypkg": in_process,
        }

    def set_up(self, first: str, tool: str) -> str:
        """Play the first operation in a namespace of its own, and name that."""
        namespace = new_namespace(self.cluster)
        for words in BEFORE[first]:
            done = self.run(tool, words, namespace)
            assert done.code == 0, (tool, words, done)
        return namespace

    def run(self, tool: str, words: str, namespace: str) -> Result:
        """Run a command with a tool."""
        chart = str(self._chart)
        arguments = [chart if word == "CHART" else word for word in words.split()]
        return self._tools[tool](*arguments, "-n", namespace)

    def play(self, first: str, second: str, tools: tuple[str, str]) -> Outcome:
        """Play a pair of operations, each with its tool."""
        namespace = self.set_up(first, tools[0])
        result = self.run(tools[1], CHANGING[second], namespace)
        return Outcome(anonymous(result, namespace), look(self.cluster, namespace))


@pytest.fixture
def stage(sandbox: Status, real_helm: Command, chart: Path) -> Stage:
    config = load_config(Overrides(kubeconfig=str(sandbox.kubeconfig)), environ={})
    return Stage(connect(config, environ={}), real_helm, chart)


@pytest.mark.parametrize("first", BEFORE)
def test_it_does_not_matter_who_did_what(stage: Stage, first: str) -> None:
    for second in CHANGING:
        expected = stage.play(first, second, ("helm", "helm"))
        for tools in PAIRS:
            found = stage.play(first, second, tools)
            case = f"{first} by {tools[0]}, {second} by {tools[1]}"
            assert found.result.code == expected.result.code, (case, found.result)
            assert found.result.out == expected.result.out, case
            assert differences(found.state, expected.state) == [], case


@pytest.mark.parametrize("tool", ["helm", "pypkg"])
@pytest.mark.parametrize("first", BEFORE)
def test_both_read_the_same(stage: Stage, first: str, tool: str) -> None:
    namespace = stage.set_up(first, tool)
    for words in itertools.chain(*READING.values()):
        expected = stage.run("helm", words, namespace)
        found = stage.run("pypkg", words, namespace)
        assert found.code == expected.code, (words, found)
        assert found.out == MODIFIED.sub("", expected.out), words


def table() -> Iterator[str]:
    """Give the table of the pairs."""
    seconds = [*CHANGING, *READING]
    yield f"| first \\ second | {' | '.join(seconds)} |"
    yield f"| --- |{' :---: |' * len(seconds)}"
    for first in BEFORE:
        yield f"| **{first}** |{' ✓ |' * len(seconds)}"


def test_the_document_has_the_table() -> None:
    assert "\n".join(table()) in DOCUMENT.read_text("utf-8")
