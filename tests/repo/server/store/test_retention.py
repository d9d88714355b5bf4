"""Which versions may go."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from pypkg.errors import RepositoryError
from pypkg.repo.server.store.library import Library
from pypkg.repo.server.store.policy import Policy
from pypkg.repo.server.store.retention import Retention, superfluous
from pypkg.repo.server.store.storage import incoming
from pypkg.repo.server.store.uploads import Uploads
from tests.repo.server.archives import archive

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import Command

NOW = datetime(2026, 6, 1, tzinfo=UTC)
VERSIONS = ["1.0.0", "1.1.0", "2.0.0", "2.1.0-rc.1", "2.1.0", "3.0.0-rc.1"]


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    """A chart whose versions came a month apart, the last one today."""
    folder = tmp_path / "served"
    folder.mkdir()
    with contextlib.closing(Library(folder)) as library:
        for age, version in enumerate(reversed(VERSIONS)):
            came = NOW - timedelta(days=30 * age)
            path = incoming(folder)
            path.write_bytes(archive(version=version))
            Uploads(library, Policy(), clock=lambda came=came: came).put("", path)  # type: ignore[misc] # mypy cannot infer it
        yield library


def gone(library: Library, **rules: object) -> list[str]:
    chosen = Retention(**rules)  # type: ignore[arg-type] # the test's own words
    return [one.version for one in superfluous(library, "", chosen, NOW)]


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ({"last": 3}, ["2.0.0", "1.1.0", "1.0.0"]),
        ({"last": 1}, ["2.1.0-rc.1", "2.0.0", "1.1.0", "1.0.0"]),
        ({"per_major": 1}, ["2.1.0-rc.1", "2.0.0", "1.0.0"]),
        ({"age": timedelta(days=100)}, ["1.1.0", "1.0.0"]),
        ({"last": 2, "age": timedelta(days=70)}, ["2.0.0", "1.1.0", "1.0.0"]),
        ({"prereleases": True}, ["2.1.0-rc.1"]),
        ({"last": 1, "charts": "other-*"}, []),
    ],
)
def test_each_rule_protects_what_it_names(
    library: Library, rules: dict[str, object], expected: list[str]
) -> None:
    assert gone(library, **rules) == expected


def test_rules_that_protect_nothing_are_refused(library: Library) -> None:
    with pytest.raises(RepositoryError, match="what to keep"):
        gone(library)


def test_the_command_says_what_would_go_before_it_goes(
    library: Library, pypkg: Command
) -> None:
    said = pypkg.ok(
        "repo", "retention", library.folder, "--keep-last", "4", "--dry-run"
    )
    assert said == "web 1.1.0\nweb 1.0.0\nVersions to remove: 2\n"
    assert len(library.versions("", "web")) == len(VERSIONS)
    pypkg.ok("repo", "retention", library.folder, "--keep-last", "4")
    assert [one.version for one in library.versions("", "web")] == VERSIONS[:1:-1]
