"""Archives that people put into the folder by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pypkg.repo.server import serving
from pypkg.repo.server.settings import Settings
from tests.repo.server.archives import archive, provenance

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pypkg.repo.server.store.scan import Scan
    from tests.repo.server.running import Server


def reindex(server: Server, *, thorough: bool = False) -> Scan:
    return serving.reindex(Settings(server.folder), thorough=thorough)


def test_what_lies_in_the_folder_is_served_at_the_start(
    serve: Callable[..., Server], tmp_path: Path
) -> None:
    folder = tmp_path / "mine"
    (folder / "team").mkdir(parents=True)
    (folder / "any-name.tgz").write_bytes(archive())
    (folder / "team/web.tgz").write_bytes(archive(version="2.0.0"))
    (folder / "team/web.tgz.prov").write_bytes(
        provenance(archive(version="2.0.0"), version="2.0.0")
    )
    server = serve(folder)
    assert server.versions() == {("web", "1.0.0")}
    assert server.versions("team") == {("web", "2.0.0")}
    assert server.get("/charts/web-1.0.0.tgz").data == archive()
    assert server.get("/team/charts/web-2.0.0.tgz.prov").status == 200
    assert server.get("/v2/team/web/manifests/2.0.0").status == 200


def test_a_running_server_serves_what_reindex_finds(
    serve: Callable[..., Server],
) -> None:
    server = serve()
    path = server.folder / "web.tgz"
    path.write_bytes(archive())
    assert server.versions() == set()
    assert reindex(server).added == ["web.tgz"]
    assert server.versions() == {("web", "1.0.0")}
    path.write_bytes(archive(version="1.5.0"))
    assert reindex(server).added == ["web.tgz"]
    assert server.versions() == {("web", "1.5.0")}
    path.unlink()
    assert reindex(server).removed == ["web.tgz"]
    assert server.versions() == set()


def test_unchanged_archives_are_not_read_again(serve: Callable[..., Server]) -> None:
    server = serve()
    (server.folder / "web.tgz").write_bytes(archive())
    (server.folder / "bad.tgz").write_bytes(b"no archive")
    first, second = reindex(server), reindex(server)
    assert (first.added, first.unchanged) == (["web.tgz"], 0)
    assert (second.added, second.unchanged) == ([], 2)
    assert first.faults.keys() == second.faults.keys() == {"bad.tgz"}


def test_reading_everything_again_changes_no_byte(serve: Callable[..., Server]) -> None:
    server = serve()
    (server.folder / "web.tgz").write_bytes(archive())
    reindex(server)
    before = server.get("/index.yaml").data
    assert reindex(server, thorough=True).faults == {}
    assert server.get("/index.yaml").data == before


def test_an_upload_wins_over_a_file_of_the_same_version(
    serve: Callable[..., Server],
) -> None:
    server = serve()
    server.push(archive())
    (server.folder / "web.tgz").write_bytes(archive(chart="description: other\n"))
    assert "already exists" in reindex(server).faults["web.tgz"]
    assert server.get("/charts/web-1.0.0.tgz").data == archive()


def test_deleting_a_version_deletes_its_file(serve: Callable[..., Server]) -> None:
    server = serve()
    (server.folder / "web.tgz").write_bytes(archive())
    reindex(server)
    assert server.request("DELETE", "/api/charts/web/1.0.0").status == 200
    assert not (server.folder / "web.tgz").exists()


def test_a_file_that_is_gone_or_changed_is_not_served_as_it_was(
    serve: Callable[..., Server],
) -> None:
    server = serve()
    path = server.folder / "web.tgz"
    path.write_bytes(archive())
    reindex(server)
    path.write_bytes(archive(version="9.9.9"))
    assert server.get("/charts/web-1.0.0.tgz").status == 404
    path.unlink()
    assert server.get("/charts/web-1.0.0.tgz").status == 404


def test_links_in_the_folder_are_not_followed(
    serve: Callable[..., Server], tmp_path: Path
) -> None:
    server = serve()
    (tmp_path / "outside.tgz").write_bytes(archive("outside"))
    (server.folder / "link.tgz").symlink_to(tmp_path / "outside.tgz")
    (server.folder / "linked").symlink_to(tmp_path)
    assert reindex(server).added == []
