from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from pypkg.chart.loader import load_chart
from pypkg.errors import DependencyError, PypkgError, RepositoryError
from pypkg.repo.archives import Archive, ArchiveCache
from pypkg.repo.cache import IndexCache
from pypkg.repo.dependencies import Dependencies
from pypkg.repo.downloader import Downloader, Query
from pypkg.repo.inventory import statuses
from pypkg.repo.repositories import Repository, RepositoryFile
from pypkg.repo.transport.session import Session
from pypkg.repo.updates import Updater
from tests.repo.conftest import packed
from tests.repo.servers import Answer, Asked, scripted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Any

    from tests.repo.servers import Scripted

WEB = packed("web", "1.0.0")
INDEX = (
    b"apiVersion: v1\nentries:\n  web:\n  - name: web\n    version: 1.0.0\n"
    b"    urls:\n    - web-1.0.0.tgz\n"
)


class Registry:
    """A registry with one chart."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []

    def pull(self, query: Query) -> Archive:
        self.asked.append((query.reference, query.version))
        return Archive(f"web-{query.version}.tgz", WEB, query.reference)

    def versions(self, query: Query) -> list[str]:
        self.asked.append((query.reference, "?"))
        return ["3.0.0-rc.1", "2.1.0", "2.0.0", "1.0.0"]


@pytest.fixture
def server() -> Iterator[Scripted]:
    def answer(asked: Asked) -> Answer:
        return Answer(INDEX if asked.path.endswith("/index.yaml") else WEB)

    with scripted(answer) as state:
        yield state


@pytest.fixture
def dependencies(tmp_path: Path) -> Dependencies:
    def hurried(**options: Any) -> Session:
        return Session(sleep=lambda _: None, **options)

    downloader = Downloader(
        RepositoryFile(tmp_path / "repositories.yaml"),
        Updater(IndexCache(tmp_path / "indexes"), open_session=hurried),
        ArchiveCache(tmp_path / "content"),
        Registry(),
    )
    return Dependencies(
        downloader, Query(""), clock=lambda: datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    )


def app(folder: Path, *needed: str, api: str = "v2") -> Path:
    """Write a chart that depends on others, each a YAML mapping."""
    path = folder / "app"
    (path / "charts").mkdir(parents=True, exist_ok=True)
    listed = "dependencies:\n" + "".join(f"- {{{one}}}\n" for one in needed)
    head = f"apiVersion: {api}\nname: app\nversion: 0.1.0\n"
    (path / "Chart.yaml").write_text(head + (listed if api == "v2" else ""))
    if api == "v1":
        (path / "requirements.yaml").write_text(listed)
    return path


def test_old_charts_have_their_own_files(
    dependencies: Dependencies, server: Scripted, tmp_path: Path
) -> None:
    path = app(
        tmp_path, f"name: web, version: '1', repository: '{server.url}'", api="v1"
    )
    dependencies.update(path)
    assert (path / "requirements.lock").exists()
    assert not (path / "Chart.lock").exists()
    dependencies.build(path)


def test_a_lock_that_has_not_changed_is_not_written(
    dependencies: Dependencies, server: Scripted, tmp_path: Path
) -> None:
    path = app(tmp_path, f"name: web, version: '1', repository: '{server.url}'")
    dependencies.update(path)
    lock = path / "Chart.lock"
    assert 'generated: "2026-01-02T03:04:05Z"' in lock.read_text()
    lock.write_text(lock.read_text().replace("2026-", "2025-"))
    dependencies.update(path)
    assert "2025-" in lock.read_text()


def test_registries_are_asked_for_a_constraint_only(
    dependencies: Dependencies, tmp_path: Path
) -> None:
    registry = dependencies.downloader.registry
    assert isinstance(registry, Registry)
    path = app(
        tmp_path,
        "name: web, version: ^2, repository: 'oci://h/charts'",
        "name: web, version: 1.0.0, repository: 'oci://h/charts/', alias: other",
    )
    dependencies.update(path)
    asked = sorted(registry.asked)
    name = "oci://h/charts/web"
    assert asked == [(name, "1.0.0"), (name, "2.1.0"), (name, "?")]
    assert "version: 2.1.0" in (path / "Chart.lock").read_text()


@pytest.mark.parametrize(
    ("needed", "message"),
    [
        ("name: web, version: ^9, repository: URL", "can't get a valid version for 1"),
        ("name: no, version: ^1, repository: URL", "can't get a valid version for 1"),
        ("name: web, version: '>>1', repository: URL", "invalid version/constraint"),
        (
            "name: web, version: '1', repository: '@no'",
            "no repository definition for @no",
        ),
        ("name: web, version: '1', repository: 'ftp://h'", r"is no http\(s\) URL"),
        (
            "name: web, version: '1', repository: 'file://../no'",
            "directory .* not found",
        ),
        ("name: web, version: '1'", "directory charts/web not found"),
        (
            "name: web, version: ^9, repository: 'oci://h/c'",
            "can't get a valid version",
        ),
    ],
)
def test_what_cannot_be_had_is_named_and_nothing_changes(
    dependencies: Dependencies,
    server: Scripted,
    tmp_path: Path,
    needed: str,
    message: str,
) -> None:
    path = app(tmp_path, needed.replace("URL", f"'{server.url}'"))
    (path / "charts" / "web-0.1.0.tgz").write_bytes(packed("old", "0.1.0"))
    with pytest.raises(PypkgError, match=message):
        dependencies.update(path)
    assert [p.name for p in (path / "charts").iterdir()] == ["web-0.1.0.tgz"]
    assert not (path / "Chart.lock").exists()


def test_an_archive_that_is_refused_changes_nothing(
    dependencies: Dependencies, server: Scripted, tmp_path: Path
) -> None:
    def refuse(_: Archive) -> None:
        raise RepositoryError("not signed")

    path = app(tmp_path, f"name: web, version: '1', repository: '{server.url}'")
    strict = Dependencies(dependencies.downloader, dependencies.query, check=refuse)
    with pytest.raises(RepositoryError, match="not signed"):
        strict.update(path)
    assert list((path / "charts").iterdir()) == []


def test_a_lock_of_other_requirements_is_refused(
    dependencies: Dependencies, server: Scripted, tmp_path: Path
) -> None:
    path = app(tmp_path, f"name: web, version: '1', repository: '{server.url}'")
    dependencies.update(path)
    app(tmp_path, f"name: web, version: '>=1', repository: '{server.url}'")
    with pytest.raises(DependencyError, match=r"Chart\.lock\) is out of sync"):
        dependencies.build(path)


def test_a_url_that_was_added_is_asked_with_its_credentials(
    dependencies: Dependencies, server: Scripted, tmp_path: Path
) -> None:
    known = Repository("team", server.url, "ann", "pw")
    dependencies.downloader.repositories.change(lambda _: [known])
    path = app(tmp_path, f"name: web, version: '1', repository: '{server.url}/'")
    dependencies.update(path)
    assert {asked.user for asked in server.asked} == {"ann:pw"}


def test_states_are_helms_words(tmp_path: Path) -> None:
    names = "ok", "wrong", "missing", "corrupt", "misnamed", "many", "folder"
    path = app(tmp_path, *(f"name: {name}, version: ^1" for name in names))
    charts = path / "charts"
    for name, version in (("ok", "1.5.0"), ("wrong", "2.0.0"), ("many", "1.0.0")):
        (charts / f"{name}-{version}.tgz").write_bytes(packed(name, version))
    (charts / "many-1.1.0.tgz").write_bytes(packed("many", "1.1.0"))
    (charts / "misnamed-1.0.0.tgz").write_bytes(packed("other", "1.0.0"))
    (charts / "folder").mkdir()
    (charts / "folder" / "Chart.yaml").write_text(
        "apiVersion: v2\nname: folder\nversion: 1.0.0\n"
    )
    chart = load_chart(path)
    (charts / "corrupt-1.0.0.tgz").write_bytes(b"no archive")
    assert {one.name: state for one, state in statuses(path, chart)} == {
        "ok": "ok",
        "wrong": "wrong version",
        "missing": "missing",
        "corrupt": "corrupt",
        "misnamed": "misnamed",
        "many": "too many matches",
        "folder": "unpacked",
    }
