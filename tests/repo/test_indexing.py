from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from pypkg.repo import indexing
from pypkg.repo import packed as reading
from pypkg.repo.indexing import Indexer
from tests.repo.conftest import packed

if TYPE_CHECKING:
    from pathlib import Path

    from pypkg.repo.index_text import Form
    from tests.conftest import Command

TIMES = re.compile(r'("?created"?|"?generated"?): .*')
LATER = datetime(2027, 1, 1, tzinfo=UTC)


def indexed(charts: Path, url: str = "", form: Form = "yaml", **more: object) -> str:
    memory = charts.parent / "memory"
    indexer = Indexer(charts, memory, url=url, form=form, **more)  # type: ignore[arg-type] # as given
    return indexer.write().read_text()


@pytest.mark.oracle
@pytest.mark.parametrize(
    "url", ["", "https://example.com/charts", "https://example.com/"]
)
@pytest.mark.parametrize("form", ["yaml", "json"])
def test_the_index_is_helms(
    charts: Path, real_helm: Command, url: str, form: Form
) -> None:
    arguments = [
        *(["--url", url] if url else []),
        *(["--json"] if form == "json" else []),
    ]
    real_helm.ok("repo", "index", charts, *arguments)
    theirs = (charts / "index.yaml").read_text()
    for _ in range(2):  # read from the archives, and from what was kept
        ours = indexed(charts, url, form)
        assert TIMES.sub("", ours) == TIMES.sub("", theirs)


@pytest.mark.oracle
@pytest.mark.parametrize("form", ["yaml", "json"])
def test_a_merged_index_is_helms(charts: Path, real_helm: Command, form: Form) -> None:
    new = charts.parent / "new"
    new.mkdir()
    for name, version in (("web", "1.0.0"), ("web", "4.0.0"), ("app", "1.0.0")):
        (new / f"{name}-{version}.tgz").write_bytes(packed(name, version))
    old = charts.parent / "old.yaml"
    old.write_text(indexed(charts, "https://old.example.com"))
    arguments = ["--json"] if form == "json" else []
    real_helm.ok("repo", "index", new, "--merge", old, *arguments)
    theirs = (new / "index.yaml").read_text()
    Indexer(new, charts.parent / "memory", form=form).write(old)
    ours = (new / "index.yaml").read_text()
    assert TIMES.sub("", ours) == TIMES.sub("", theirs)


def test_an_index_to_merge_with_is_made_if_it_is_missing(charts: Path) -> None:
    missing = charts.parent / "missing.yaml"
    Indexer(charts, charts.parent / "memory").write(missing)
    assert "entries: {}" in missing.read_text()


def test_only_new_archives_are_read(
    charts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    real = reading.read_metadata

    def noted(data: bytes, *, name: str) -> object:
        asked.append(name.rpartition("/")[2])
        return real(data, name=name)

    monkeypatch.setattr("pypkg.repo.indexing.read_metadata", noted)
    first = indexed(charts)
    asked.clear()
    (charts / "app-1.0.0.tgz").write_bytes(packed("app", "1.0.0"))
    (charts / "db-0.9.0.tgz").unlink()
    (charts / "web-0.9.0.tgz").write_bytes(packed("web", "0.9.0", description="new"))
    (charts / "broken-1.0.0.tgz").unlink()
    second = indexed(charts, clock=lambda: LATER)
    assert sorted(asked) == ["app-1.0.0.tgz", "web-0.9.0.tgz"]
    assert second.count("created:") == first.count("created:")
    assert second.count("2027-01-01") == 3  # both that were read, and generated


def test_what_is_no_chart_is_left_out_and_named(charts: Path) -> None:
    told: list[str] = []
    text = indexed(charts, warn=told.append)
    assert "broken" not in text
    assert [line.split()[0] for line in told] == ["broken-1.0.0.tgz"]


def test_a_broken_memory_begins_anew(charts: Path) -> None:
    first = indexed(charts)
    (memory,) = (charts.parent / "memory").glob("*.db")
    memory.write_bytes(b"no database" * 100)
    assert TIMES.sub("", indexed(charts)) == TIMES.sub("", first)


@pytest.mark.parametrize(
    "damage",
    [lambda data: data[: len(data) // 2], lambda data: data[:-8] + b"\0" * 8],
    ids=["cut off", "wrong checksum"],
)
def test_a_damaged_archive_is_not_indexed(charts: Path, damage: object) -> None:
    path = charts / "web-1.0.0.tgz"
    path.write_bytes(damage(path.read_bytes()))  # type: ignore[operator] # a function
    assert "web-1.0.0.tgz" not in indexed(charts)


def test_many_archives_are_read_by_several_processes(
    charts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (charts / "broken-1.0.0.tgz").write_bytes(b"broken")
    heard: list[list[str]] = [[], []]
    one = indexed(charts, clock=lambda: LATER, warn=heard[0].append)
    for path in (charts.parent / "memory").iterdir():
        path.unlink()
    (charts / "index.yaml").unlink()
    monkeypatch.setattr(indexing, "_MANY", 2)
    monkeypatch.setattr(indexing, "_SHARE", 1)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    assert indexed(charts, clock=lambda: LATER, warn=heard[1].append) == one
    assert heard[0] == heard[1] != []
