"""Reading: validators, compression, ranges, HEAD, caching."""

from __future__ import annotations

import gzip
import hashlib
import json
from typing import TYPE_CHECKING

import pytest

from tests.repo.server.archives import archive

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.repo.server.running import Server


@pytest.fixture(scope="module")
def filled(server: Server) -> Server:
    for version in ("1.0.0", "1.10.0", "1.9.0", "2.0.0-rc.1"):
        assert server.push(archive(version=version)).status == 201
    return server


def test_an_index_lists_the_newest_version_first(filled: Server) -> None:
    entries = filled.index()["entries"]["web"]
    assert [one["version"] for one in entries] == [
        "2.0.0-rc.1",
        "1.10.0",
        "1.9.0",
        "1.0.0",
    ]


def test_an_entry_says_where_the_archive_is_and_what_it_hashes_to(
    filled: Server,
) -> None:
    (entry,) = [e for e in filled.index()["entries"]["web"] if e["version"] == "1.9.0"]
    assert entry["urls"] == ["charts/web-1.9.0.tgz"]
    data = filled.get("/charts/web-1.9.0.tgz").data
    assert hashlib.sha256(data).hexdigest() == entry["digest"]


def test_an_index_keeps_its_bytes_until_a_chart_changes(server: Server) -> None:
    server.push(archive(), "changing")
    first = server.get("/changing/index.yaml").data
    assert server.get("/changing/index.yaml").data == first
    server.push(archive(version="3.0.0"), "changing")
    assert server.get("/changing/index.yaml").data != first


def test_an_index_that_is_known_is_not_sent_again(filled: Server) -> None:
    reply = filled.get("/index.yaml")
    tag = reply.headers["etag"]
    for known in (tag, f'"other", {tag}', "*", f"W/{tag}"):
        again = filled.get("/index.yaml", if_none_match=known)
        assert (again.status, again.data) == (304, b""), known
        assert again.headers["etag"] == tag
    assert filled.get("/index.yaml", if_none_match='"other"').status == 200


def test_an_index_not_modified_since_is_not_sent_again(filled: Server) -> None:
    when = filled.get("/index.yaml").headers["last-modified"]
    assert filled.get("/index.yaml", if_modified_since=when).status == 304
    assert filled.get("/index.yaml", if_modified_since="yesterday").status == 200


def test_compression_has_its_own_validator(filled: Server) -> None:
    plain = filled.get("/index.yaml")
    packed = filled.get("/index.yaml", accept_encoding="gzip")
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert packed.headers["etag"] != plain.headers["etag"]
    assert "Accept-Encoding" in plain.headers["vary"]
    refused = filled.get("/index.yaml", accept_encoding="gzip;q=0, br")
    assert "content-encoding" not in refused.headers


def test_archives_are_never_compressed_again(filled: Server) -> None:
    reply = filled.get("/charts/web-1.0.0.tgz", accept_encoding="gzip")
    assert "content-encoding" not in reply.headers
    assert reply.data == archive()


@pytest.mark.parametrize("path", ["/index.yaml", "/charts/web-1.0.0.tgz"])
def test_head_gives_the_headers_of_get_without_the_body(
    filled: Server, path: str
) -> None:
    get, head = filled.get(path), filled.request("HEAD", path)
    assert head.status == 200
    assert head.data == b""
    drop = {"date"}
    assert {k: v for k, v in head.headers.items() if k.lower() not in drop} == {
        k: v for k, v in get.headers.items() if k.lower() not in drop
    }


@pytest.mark.parametrize(
    ("header", "start", "end"),
    [("bytes=0-9", 0, 10), ("bytes=5-", 5, None), ("bytes=-7", -7, None)],
)
def test_a_part_of_an_archive_can_be_had(
    filled: Server, header: str, start: int, end: int | None
) -> None:
    whole = archive()
    reply = filled.get("/charts/web-1.0.0.tgz", range=header)
    assert reply.status == 206
    assert reply.data == whole[start:end]
    first = start % len(whole)
    last = first + len(reply.data) - 1
    assert reply.headers["content-range"] == f"bytes {first}-{last}/{len(whole)}"


def test_a_part_that_does_not_exist_is_refused(filled: Server) -> None:
    reply = filled.get("/charts/web-1.0.0.tgz", range="bytes=999999-")
    assert reply.status == 416
    assert reply.headers["content-range"] == f"bytes */{len(archive())}"


@pytest.mark.parametrize(
    "header", ["bytes=9-2", "lines=1-2", "bytes=-", "bytes=0-1,4-5"]
)
def test_a_range_that_cannot_be_read_is_ignored(filled: Server, header: str) -> None:
    assert filled.get("/charts/web-1.0.0.tgz", range=header).status == 200


def test_a_download_is_resumed_only_if_the_file_is_the_same(filled: Server) -> None:
    tag = filled.get("/charts/web-1.0.0.tgz").headers["etag"]
    same = filled.get("/charts/web-1.0.0.tgz", range="bytes=5-", if_range=tag)
    other = filled.get("/charts/web-1.0.0.tgz", range="bytes=5-", if_range='"other"')
    assert (same.status, other.status) == (206, 200)


def test_what_never_changes_may_be_kept_by_everyone(
    serve: Callable[..., Server],
) -> None:
    fixed, changing = serve(), serve(policy={"overwrite": "forced"})
    for server in (fixed, changing):
        server.push(archive())
        assert server.get("/index.yaml").headers["cache-control"] == "no-cache"
    keep = fixed.get("/charts/web-1.0.0.tgz").headers["cache-control"]
    assert keep == "public, max-age=31536000, immutable"
    keep = changing.get("/charts/web-1.0.0.tgz").headers["cache-control"]
    assert keep == "private, no-cache"


def test_an_index_can_be_yaml(serve: Callable[..., Server]) -> None:
    server = serve(form="yaml")
    server.push(archive())
    text = server.get("/index.yaml").data
    assert text.startswith(b"apiVersion: v1\nentries:\n  web:\n  - apiVersion: v2\n")


def test_archives_may_be_elsewhere(serve: Callable[..., Server]) -> None:
    server = serve(chart_url="https://charts.example.com/files/")
    server.push(archive(), "team")
    (entry,) = server.index("team")["entries"]["web"]
    assert entry["urls"] == [
        "https://charts.example.com/files/team/charts/web-1.0.0.tgz"
    ]


def test_repositories_know_nothing_of_each_other(server: Server) -> None:
    server.push(archive("a"), "team/one")
    server.push(archive("b"), "team/two")
    assert server.versions("team/one") == {("a", "1.0.0")}
    assert ("a", "1.0.0") not in server.versions()
    assert server.get("/team/two/charts/a-1.0.0.tgz").status == 404
    assert json.loads(server.get("/team/two/charts/a-1.0.0.tgz").data)["error"]
