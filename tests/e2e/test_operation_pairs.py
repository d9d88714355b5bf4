"""One operation by helm or pypkg, the next by either: it must not matter which.

Each pair is played by helm alone first. Exit status, output, decoded records, live
objects and their managed fields must be the same, leaf by leaf, whoever does what.
docs/interoperation.md is the table of the pairs, and this file holds it.

Without PYPKG_TEST_ALL_PAIRS=1, which `make pairs` sets, each pair is played in one of
the two directions, so that of each row and each column both directions are played.
"""

from __future__ import annotations

import itertools
import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from pypkg.cluster.client import connect
from pypkg.cluster.config import Overrides, load_config
from tests.conftest import ROOT, Result
from tests.e2e.stage import Stage
from tests.e2e.state import State, anonymous, differences, look

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

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
# A list tells of the whole cluster's last change, of which helm's cache may not know.
LISTED = re.compile(r'"metadata":\{"resourceVersion":"\d+"\}|resourceVersion: "\d+"')
DIRECTIONS = [("helm", "pypkg"), ("pypkg", "helm")]
ALL = bool(os.environ.get("PYPKG_TEST_ALL_PAIRS"))
DOCUMENT = ROOT / "docs" / "interoperation.md"


@dataclass(frozen=True)
class Outcome:
    """What a pair of operations came to."""

    result: Result
    state: State


@pytest.fixture
def stage(sandbox: Status, real_helm: Command, chart: Path) -> Iterator[Stage]:
    config = load_config(Overrides(kubeconfig=str(sandbox.kubeconfig)), environ={})
    made = Stage(connect(config, environ={}), real_helm, {"CHART": chart})
    yield made
    made.close()


def played(stage: Stage, first: str, second: str, tools: tuple[str, str]) -> Outcome:
    """Play a pair of operations, each with its tool."""
    namespace = stage.set_up(tools[0], BEFORE[first])
    result = stage.run(tools[1], CHANGING[second], namespace)
    return Outcome(anonymous(result, namespace), look(stage.cluster, namespace))


@pytest.mark.parametrize("first", BEFORE)
def test_it_does_not_matter_who_did_what(stage: Stage, first: str) -> None:
    row = [*BEFORE].index(first)
    for column, second in enumerate(CHANGING):
        expected = played(stage, first, second, ("helm", "helm"))
        for tools in DIRECTIONS if ALL else [DIRECTIONS[(row + column) % 2]]:
            found = played(stage, first, second, tools)
            case = f"{first} by {tools[0]}, {second} by {tools[1]}"
            assert found.result.code == expected.result.code, (case, found.result)
            assert found.result.out == expected.result.out, case
            assert differences(found.state, expected.state) == [], case


@pytest.mark.parametrize("first", BEFORE)
def test_both_read_the_same(stage: Stage, first: str) -> None:
    row = [*BEFORE].index(first)
    for tools in DIRECTIONS if ALL else [DIRECTIONS[row % 2]]:
        namespace = stage.set_up(tools[0], BEFORE[first])
        for words in itertools.chain(*READING.values()):
            found, expected = read_by_both(stage, words, namespace)
            assert found.code == expected.code, (words, found)
            assert LISTED.sub("", found.out) == LISTED.sub("", expected.out), words


def read_by_both(stage: Stage, words: str, namespace: str) -> tuple[Result, Result]:
    """Read with pypkg and with helm, while the controllers leave things as they are."""
    expected = stage.run("helm", words, namespace)
    for _ in range(20):
        found, before = stage.run("pypkg", words, namespace), expected
        expected = stage.run("helm", words, namespace)
        if expected.out == before.out:
            break
    return found, expected


def table() -> Iterator[str]:
    """Give the table of the pairs."""
    seconds = [*CHANGING, *READING]
    yield f"| first \\ second | {' | '.join(seconds)} |"
    yield f"| --- |{' :---: |' * len(seconds)}"
    for first in BEFORE:
        yield f"| **{first}** |{' ✓ |' * len(seconds)}"


def test_the_document_has_the_table() -> None:
    assert "\n".join(table()) in DOCUMENT.read_text("utf-8")
