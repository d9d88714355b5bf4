"""Attacks, each as an attacker would send it."""

from __future__ import annotations

import socket
import tarfile
from typing import TYPE_CHECKING

import pytest

from pypkg.errors import RepositoryError
from pypkg.repo.server import serving
from pypkg.repo.server.settings import Settings
from tests.repo.server.archives import archive, packed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.repo.server.running import Server


def raw(server: Server, text: bytes, *, end: bool = True) -> bytes:
    """Send bytes as they are, and give what comes back until the server closes."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as link:
        link.sendall(text)
        if end:
            link.shutdown(socket.SHUT_WR)
        received = b""
        while piece := link.recv(65536):
            received += piece
        return received


def get(server: Server, path: str, *headers: str) -> bytes:
    lines = [
        f"GET {path} HTTP/1.1",
        f"Host: 127.0.0.1:{server.port}",
        "Connection: close",
        *headers,
    ]
    return raw(server, "\r\n".join([*lines, "", ""]).encode())


def member(
    name: str, data: bytes = b"", **attributes: object
) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size = len(data)
    for attribute, value in attributes.items():
        setattr(info, attribute, value)
    return info, data


CHART = member("web/Chart.yaml", b"apiVersion: v2\nname: web\nversion: 1.0.0\n")


@pytest.mark.parametrize(
    "path",
    [
        "/charts/../../../../etc/passwd",
        "/charts/..%2f..%2f..%2fetc%2fpasswd",
        "/charts/%2e%2e/%2e%2e/etc/passwd",
        "/../.pypkg/catalogue.db",
        "/.pypkg/catalogue.db",
        "/.pypkg/index.yaml",
        "/charts/..\\..\\secret.tgz",
        "/charts/web-1.0.0.tgz%00.prov",
        "/%2e%2e/index.yaml",
        "//etc/passwd",
        "/api/../../x/charts",
        "/v2/../../x/manifests/1",
        "/v2/web/blobs/sha256:../../../../etc/passwd",
    ],
)
def test_no_path_leads_out_of_the_repository(server: Server, path: str) -> None:
    reply = get(server, path)
    status = int(reply.split(b" ", 2)[1])
    assert status in {400, 404}, reply
    assert b"root:" not in reply
    assert b"SQLite" not in reply


@pytest.mark.parametrize("name", ["../other/x", "..", "a/b", "/etc/x", "a\\\\b", "ü"])
def test_a_charts_name_never_becomes_a_path(server: Server, name: str) -> None:
    text = f'apiVersion: v2\nname: "{name}"\nversion: 1.0.0\n'.encode()
    data = packed([member("web/Chart.yaml", text)])
    assert server.push(data, "naming").status == 400
    assert server.versions("naming") == set()


@pytest.mark.parametrize("version", ["1.0.0/../../x", "..", "1.0", "v1.0.0", "latest"])
def test_an_uploads_version_is_strict(server: Server, version: str) -> None:
    assert server.push(archive(version=version)).status == 400


def test_two_charts_cannot_share_an_archives_name(server: Server) -> None:
    assert server.push(archive("a", "1.0.0-2.0.0"), "shared").status == 201
    reply = server.push(archive("a-1.0.0", "2.0.0"), "shared")
    assert reply.status == 409


@pytest.mark.parametrize(
    "bad",
    [
        member("web/link", type=tarfile.SYMTYPE, linkname="/etc/passwd"),
        member("web/link", type=tarfile.LNKTYPE, linkname="web/Chart.yaml"),
        member("web/device", type=tarfile.CHRTYPE),
        member("web/pipe", type=tarfile.FIFOTYPE),
        member("web/../../evil", b"x"),
        member("/etc/evil", b"x"),
        member("web/Chart.yaml", b"name: other\n"),
    ],
    ids=["symlink", "hardlink", "device", "pipe", "dots", "absolute", "twice"],
)
def test_archives_that_could_surprise_are_refused(
    server: Server, bad: tuple[tarfile.TarInfo, bytes]
) -> None:
    assert server.push(packed([CHART, bad]), "archives").status == 400


def test_a_small_archive_of_a_huge_chart_is_refused(server: Server) -> None:
    bomb = packed([CHART, member("web/zeros", bytes(6 * 2**20))])
    assert len(bomb) < 10_000
    reply = server.push(bomb, "bombs")
    assert reply.status == 400
    zeros = bytes(5 * 2**20)
    many = [member(f"web/{n}", zeros) for n in range(21)]
    reply = server.push(packed([CHART, *many]), "bombs")
    assert reply.status == 400
    assert b"100 MiB" in reply.data


def test_aliases_of_aliases_of_yaml_are_refused(server: Server) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    data = archive("laugh", files={"values.yaml": "\n".join(lines).encode()})
    assert server.push(data, "bombs").status == 400


def test_too_large_a_body_is_refused_before_it_has_come(
    serve: Callable[..., Server],
) -> None:
    server = serve(policy={"upload_bytes": 1000})
    declared = raw(
        server,
        b"POST /api/charts HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        b"Content-Length: 99999999999\r\n\r\n",
        end=False,
    )
    assert declared.startswith(b"HTTP/1.1 413")
    fields = {"chart": ("c.tgz", bytes(5000))}
    assert server.request("POST", "/api/charts", fields=fields).status == 413
    pieces = (bytes(100) for _ in range(50))
    chunked = server.pool.request(
        "POST", f"{server.url}/api/charts", body=pieces, chunked=True
    )
    assert chunked.status == 413
    assert not list((server.folder / ".pypkg/incoming").iterdir())


def test_a_form_with_very_many_parts_is_refused(server: Server) -> None:
    fields = {f"f{n}": "x" for n in range(100)}
    assert server.request("POST", "/api/charts", fields=fields).status == 400


def test_endless_headers_are_cut_off(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as link:
        link.sendall(b"GET / HTTP/1.1\r\n")
        reply = b""
        try:
            for _ in range(100):
                link.sendall(b"x: " + b"a" * 4096 + b"\r\n")
            while piece := link.recv(4096):
                reply += piece
        except OSError:
            pass  # the server has hung up while we were sending
    assert server.get("/health").status == 200
    assert not reply or reply.startswith(b"HTTP/1.1 400")


def test_a_request_cannot_hide_in_anothers_body(server: Server) -> None:
    host = f"Host: 127.0.0.1:{server.port}\r\n".encode()
    hidden = b"GET /index.yaml HTTP/1.1\r\n" + host + b"\r\n"
    # It is known by heart after this:
    server.get("/index.yaml")
    raw(server, hidden)
    head = (
        b"POST /api/charts HTTP/1.1\r\n" + host + b"Connection: close\r\n"
        b"Content-Length: " + str(len(hidden)).encode() + b"\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as link:
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        link.sendall(head)
        link.sendall(hidden)
        received = b""
        while piece := link.recv(65536):
            received += piece
    assert received.count(b"HTTP/1.1 ") == 1
    assert received.startswith(b"HTTP/1.1 400")


def test_headers_cannot_be_smuggled_into_replies(server: Server) -> None:
    for path in (
        "/v2/web/tags/list?n=1&last=x%0d%0aset-cookie:%20a",
        "/v2/web%0d%0ax:%20y/manifests/1",
        "/charts/x%0d%0aset-cookie:%20a.tgz",
    ):
        head = get(server, path).split(b"\r\n\r\n")[0].lower()
        assert b"set-cookie" not in head
        assert b"\nx: y" not in head


def test_strangers_cannot_write_where_others_can_reach_the_server(
    tmp_path: Path,
) -> None:
    settings = Settings(tmp_path, host="0.0.0.0", access="push")  # noqa: S104 - that is the point
    listener = serving.listen(Settings(tmp_path, port=0))
    with listener, pytest.raises(RepositoryError, match="anybody could write"):
        serving.serve(settings, listener)


def test_a_sleeping_client_is_let_go(
    serve: Callable[..., Server],
) -> None:
    server = serve(header_seconds=0.3)
    for beginning in (b"", b"GET /index.yaml HTTP/1.1\r\nHost: lo"):
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as link:
            link.sendall(beginning)
            assert link.recv(100) == b"", "the server hangs up"


def test_a_browser_cannot_take_an_archive_for_a_page(server: Server) -> None:
    page = b"<script>alert(1)</script>"
    server.push(archive("page", files={"x.html": page}, chart="description: '<b>'\n"))
    for path in ("/charts/page-1.0.0.tgz", "/api/charts/page", "/index.yaml"):
        reply = server.get(path)
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert "html" not in reply.headers["content-type"]


def test_errors_show_no_insides(server: Server) -> None:
    for reply in (
        server.push(b"no archive"),
        server.push(archive(chart="dependencies: 5\n")),
        server.request(
            "POST", "/api/charts", headers={"content-type": "multipart/form-data"}
        ),
    ):
        assert reply.status == 400
        assert b"Traceback" not in reply.data
        assert str(server.folder).encode() not in reply.data


def test_a_stream_that_is_no_http_gets_an_answer_and_nothing_breaks(
    server: Server,
) -> None:
    assert raw(server, b"\x16\x03\x01\x00\xff\x00" * 10).startswith(b"HTTP/1.1 400")
    assert raw(server, b"GET  HTTP/9.9\r\n\r\n").startswith(b"HTTP/1.1 400")
    assert server.get("/health").status == 200
