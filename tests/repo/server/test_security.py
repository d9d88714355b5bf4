"""Attacks, each as an attacker would send it."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import hmac
import json
import socket
import tarfile
from typing import TYPE_CHECKING
from unittest.mock import Mock

import pytest

from pypkg.errors import RepositoryError
from pypkg.repo.server import serving
from pypkg.repo.server.access import gate
from pypkg.repo.server.access.accounts import Accounts
from pypkg.repo.server.access.limits import Rate
from pypkg.repo.server.access.passwords import check_password, hash_password
from pypkg.repo.server.access.rights import Grant, anonymous
from pypkg.repo.server.refusals import RefusedError
from pypkg.repo.server.settings import Settings
from pypkg.repo.server.store.clock import clock
from pypkg.repo.server.store.library import Library
from tests.repo.server.archives import archive, packed
from tests.repo.server.running import Server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


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


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", ""])
def test_another_name_for_loopback_is_refused(server: Server, host: str) -> None:
    reply = server.get("/index.yaml", host=host)
    assert reply.status in {400, 403}


def test_a_host_may_be_allowed(serve: Callable[..., Server]) -> None:
    server = serve(allowed_hosts=["charts.local"])
    assert server.get("/index.yaml", host="charts.local:80").status == 200
    assert server.get("/index.yaml", host="other.local").status == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_another_sites_page_cannot_push(
    server: Server, headers: dict[str, str]
) -> None:
    fields = {"chart": ("c.tgz", archive("forged"))}
    reply = server.request("POST", "/api/charts", fields=fields, headers=headers)
    assert reply.status == 403
    assert server.request("DELETE", "/api/charts/x/1", headers=headers).status == 403
    assert ("forged", "1.0.0") not in server.versions()


def test_strangers_cannot_write_where_others_can_reach_the_server(
    tmp_path: Path,
) -> None:
    settings = Settings(tmp_path, host="0.0.0.0", access="push")  # noqa: S104 - that is the point
    listener = serving.listen(Settings(tmp_path, port=0))
    with listener, pytest.raises(RepositoryError, match="anybody could write"):
        serving.serve(settings, listener)


def basic(name: str, password: str) -> str:
    return f"Basic {base64.b64encode(f'{name}:{password}'.encode()).decode()}"


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("guarded")
    library = Library(folder)
    accounts = Accounts(library.catalogue, clock)
    accounts.add("ann", "s3cret", [Grant.parse("pull,push:team/*")])
    accounts.add("root", "t0p", [Grant.parse("pull,push,delete")])
    library.close()
    server = Server(folder, {"access": "none", "failures": 0}).start()
    for repository in ("team/web", "private"):
        reply = server.push(archive(), repository, authorization=basic("root", "t0p"))
        assert reply.status == 201
    yield server
    server.stop()


@pytest.mark.parametrize(
    "path",
    [
        "/team/web/index.yaml",
        "/team/web/charts/web-1.0.0.tgz",
        "/api/team/web/charts",
        "/v2/",
        "/v2/_catalog",
        "/v2/team/web/web/tags/list",
        "/v2/team/web/web/manifests/1.0.0",
        "/metrics",
    ],
)
def test_nothing_is_told_to_strangers(guarded: Server, path: str) -> None:
    for wrong in (None, basic("ann", "wrong"), basic("nobody", "x"), "Bearer x", "x"):
        headers = {"authorization": wrong} if wrong else {}
        reply = guarded.get(path, **headers)
        assert reply.status == 401, (path, wrong)
        assert reply.headers["www-authenticate"].startswith("Basic ")
        assert b"web" not in reply.data.replace(b"/web", b"").replace(b"team/web", b"")


def test_a_validator_tells_strangers_nothing(guarded: Server) -> None:
    path = "/private/index.yaml"
    own = guarded.get(path, authorization=basic("root", "t0p"))
    for tag in (own.headers["etag"], "*"):
        assert guarded.get(path, if_none_match=tag).status == 401
        known = guarded.get(
            path, if_none_match=tag, authorization=basic("ann", "s3cret")
        )
        assert known.status == 403
        assert "etag" not in known.headers


def test_rights_end_where_they_are_given(guarded: Server) -> None:
    ann = {"authorization": basic("ann", "s3cret")}
    assert guarded.get("/team/web/index.yaml", **ann).status == 200
    assert guarded.get("/private/index.yaml", **ann).status == 403
    assert guarded.push(archive("a"), "team/web", **ann).status == 201
    assert guarded.push(archive("a"), "private", **ann).status == 403
    path = "/api/team/web/charts/web/1.0.0"
    assert guarded.request("DELETE", path, headers=ann).status == 403
    names = json.loads(guarded.get("/v2/_catalog", **ann).data)["repositories"]
    assert names == ["team/web/a", "team/web/web"]
    assert 'repo="private"' not in guarded.get("/metrics", **ann).data.decode()


def test_another_repositorys_blob_cannot_be_had_by_its_digest(guarded: Server) -> None:
    root, ann = basic("root", "t0p"), basic("ann", "s3cret")
    guarded.push(archive("secret"), "private", authorization=root)
    (entry,) = json.loads(guarded.get("/private/index.yaml", authorization=root).data)[
        "entries"
    ]["secret"]
    digest = f"sha256:{entry['digest']}"
    blob = f"/v2/team/web/web/blobs/{digest}"
    assert guarded.get(blob, authorization=ann).status == 404
    mount = f"/v2/team/web/web/blobs/uploads/?mount={digest}&from=private/secret"
    reply = guarded.request("POST", mount, headers={"authorization": ann})
    assert reply.status == 202, "an upload begins, as if the blob were unknown"
    assert guarded.get(blob, authorization=ann).status == 404


def test_what_was_answered_to_one_is_not_repeated_to_another(guarded: Server) -> None:
    path = "/private/index.yaml"
    for _ in range(3):
        assert guarded.get(path, authorization=basic("root", "t0p")).status == 200
        assert guarded.get(path).status == 401
        assert guarded.get(path, authorization=basic("ann", "s3cret")).status == 403


def test_a_revoked_token_is_refused_at_once(guarded: Server) -> None:
    library = Library(guarded.folder)
    accounts = Accounts(library.catalogue, clock)
    token = accounts.add_token("ci", [Grant.parse("pull")])
    for header in (f"Bearer {token}", basic("anyone", token)):
        for _ in range(3):
            reply = guarded.get("/private/index.yaml", authorization=header)
            assert reply.status == 200
    accounts.remove_token("ci")
    library.close()
    for header in (f"Bearer {token}", basic("anyone", token)):
        assert guarded.get("/private/index.yaml", authorization=header).status == 401


def test_a_token_has_a_name_of_its_own(tmp_path: Path) -> None:
    with contextlib.closing(Library(tmp_path)) as library:
        accounts = Accounts(library.catalogue, clock)
        accounts.add_token("ci", [])
        with pytest.raises(RepositoryError, match="a token named 'ci' already"):
            accounts.add_token("ci", [])
        with pytest.raises(RepositoryError, match="a token needs a name"):
            accounts.add_token("", [])


def test_guessing_passwords_is_slowed_down(tmp_path: Path) -> None:
    library = Library(tmp_path)
    accounts = Accounts(library.catalogue, clock)
    token = accounts.add_token("ci", [Grant.parse("pull")])
    now = [0.0]
    guarding = gate.Gate(
        accounts,
        anonymous("none"),
        hosts=(),
        failures=Rate(3, monotonic=lambda: now[0]),
        writes=Rate(0, monotonic=lambda: now[0]),
        monotonic=lambda: now[0],
    )

    def attempt(secret: str, address: str = "10.0.0.1") -> str:
        headers = {b"authorization": f"Bearer {secret}".encode()}
        try:
            return asyncio.run(guarding.identify(headers, address)).name
        except RefusedError as error:
            return str(error.status)

    assert [attempt(f"guess{n}") for n in range(5)] == ["401"] * 3 + ["429"] * 2
    assert attempt(token) == "429", "whether a guess was right is not told"
    assert attempt(token, "10.0.0.2") == "ci"
    now[0] = 20.0
    assert attempt("guess") == "401"
    library.close()


def test_secrets_are_not_kept_as_they_are(guarded: Server) -> None:
    library = Library(guarded.folder)
    token = Accounts(library.catalogue, clock).add_token("t", [])
    library.close()
    for path in (guarded.folder / ".pypkg").rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert b"s3cret" not in data
            assert token.encode() not in data
    assert (guarded.folder / ".pypkg").stat().st_mode & 0o077 == 0


def test_passwords_are_compared_in_constant_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stored = hash_password("right")
    assert check_password("right", stored)
    compare = Mock(side_effect=hmac.compare_digest)
    monkeypatch.setattr(hmac, "compare_digest", compare)
    assert not check_password("wrong", stored)
    (call,) = compare.call_args_list
    assert [len(one) for one in call.args] == [64, 64]


def test_an_unknown_name_costs_as_much_as_a_wrong_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = Library(tmp_path)
    accounts = Accounts(library.catalogue, clock)
    accounts.add("ann", "right", [])
    scrypt = Mock(side_effect=hashlib.scrypt)
    monkeypatch.setattr(hashlib, "scrypt", scrypt)
    assert accounts.by_password("ann", "wrong") is None
    assert accounts.by_password("nobody", "wrong") is None
    known, unknown = (
        {name: call.kwargs[name] for name in ("n", "r", "p")}
        for call in scrypt.call_args_list
    )
    assert known == unknown
    library.close()


def test_the_rate_recovers() -> None:
    now = [0.0]
    rate = Rate(6, monotonic=lambda: now[0])
    for _ in range(6):
        assert rate.allows("a")
        rate.count("a")
    assert not rate.allows("a")
    assert rate.allows("b")
    now[0] = 10.0
    assert rate.allows("a")


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


def test_names_of_hosts_are_read_as_browsers_do() -> None:
    assert gate._hostname("LocalHost:80") == "localhost"
    assert gate._hostname("[::1]:80") == "::1"
