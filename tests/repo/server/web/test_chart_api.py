"""ChartMuseum's API, as its clients and pipelines use it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pysequoia
import pytest

from pypkg.repo.provenance.sign import sign
from tests.repo.server.archives import archive, provenance

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.repo.server.running import Server


def error(reply: object) -> str:
    return str(json.loads(reply.data)["error"])  # type: ignore[attr-defined] # any reply


def test_a_chart_is_pushed_as_a_body_or_in_a_form(server: Server) -> None:
    reply = server.push(archive("body"))
    assert (reply.status, reply.data) == (201, b'{"saved":true}')
    fields = {"chart": ("any-name.tgz", archive("form"))}
    reply = server.request("POST", "/api/charts", fields=fields)
    assert (reply.status, reply.data) == (201, b'{"saved":true}')
    assert {("body", "1.0.0"), ("form", "1.0.0")} <= server.versions()


def test_a_chart_comes_with_its_provenance_file(server: Server) -> None:
    data = archive("signed")
    proof = provenance(data, "signed")
    fields = {"chart": ("c.tgz", data), "prov": ("c.tgz.prov", proof)}
    assert server.request("POST", "/api/charts", fields=fields).status == 201
    reply = server.get("/charts/signed-1.0.0.tgz.prov")
    assert reply.data == proof
    assert reply.headers["content-type"] == "application/pgp-signature"


def test_a_provenance_file_may_come_later_but_not_twice(server: Server) -> None:
    data = archive("later")
    server.push(data)
    proof = provenance(data, "later")
    for expected in (201, 409):
        reply = server.request("POST", "/api/prov", body=proof)
        assert reply.status == expected
    missing = server.request("POST", "/api/prov", body=provenance(data, "nobody"))
    assert missing.status == 404


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"digest": "0" * 64}, "does not name"),
        ({"version": "9.9.9"}, "is of signed 9.9.9"),
        ({"name": "other"}, "is of other 1.0.0"),
    ],
)
def test_a_provenance_file_of_something_else_is_refused(
    server: Server, wrong: dict[str, str], said: str
) -> None:
    data = archive("signed")
    proof = provenance(data, **{"name": "signed", **wrong})
    fields = {"chart": ("c.tgz", data), "prov": ("c.tgz.prov", proof)}
    reply = server.request("POST", "/api/wrong/charts", fields=fields)
    assert reply.status == 400
    assert said in error(reply)
    assert server.versions("wrong") == set()


def test_charts_and_versions_are_described(server: Server) -> None:
    for name, version in (("b", "1.0.0"), ("a", "1.0.0"), ("a", "2.0.0-rc.1")):
        server.push(archive(name, version), "listed")
    every = json.loads(server.get("/api/listed/charts").data)
    assert [(n, [v["version"] for v in e]) for n, e in every.items()] == [
        ("a", ["2.0.0-rc.1", "1.0.0"]),
        ("b", ["1.0.0"]),
    ]
    page = json.loads(server.get("/api/listed/charts?offset=1&limit=1").data)
    assert list(page) == ["b"]
    one = json.loads(server.get("/api/listed/charts/a").data)
    assert len(one) == 2
    newest = json.loads(server.get("/api/listed/charts/a/latest").data)
    assert newest["version"] == "1.0.0"
    assert newest["urls"] == ["charts/a-1.0.0.tgz"]
    assert server.request("HEAD", "/api/listed/charts/a/1.0.0").status == 200


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/api/charts/nothing", 404, "chart not found"),
        ("/api/charts/nothing/1.0.0", 404, "no chart name found"),
        ("/api/charts?offset=-1", 400, "offset is not a valid non-negative integer"),
        ("/api/charts?limit=0", 400, "limit is not a valid positive integer"),
    ],
)
def test_errors_are_chartmuseums(
    server: Server, path: str, status: int, said: str
) -> None:
    reply = server.get(path)
    assert (reply.status, error(reply)) == (status, said)


def test_templates_and_values_of_a_version_can_be_read(server: Server) -> None:
    files = {"values.yaml": b"port: 80\n", "templates/x.yaml": b"kind: X\n"}
    server.push(archive("inside", files=files))
    found = json.loads(server.get("/api/charts/inside/1.0.0/templates").data)
    assert found["values"] == {"port": 80}
    assert [one["name"] for one in found["templates"]] == ["templates/x.yaml"]
    assert server.get("/api/charts/inside/1.0.0/values").data == b"port: 80\n"


def test_a_version_is_taken_once(server: Server) -> None:
    assert server.push(archive("once")).status == 201
    reply = server.push(archive("once", chart="description: other\n"))
    assert (reply.status, error(reply)) == (409, "file already exists")
    path = "/api/charts?force"
    assert server.request("POST", path, body=archive("once")).status == 409


def test_a_version_is_replaced_where_that_is_allowed(
    serve: Callable[..., Server],
) -> None:
    server = serve(policy={"overwrite": "forced"})
    other = archive(chart="description: other\n")
    assert server.push(archive()).status == 201
    assert server.push(other).status == 409
    assert server.request("POST", "/api/charts?force", body=other).status == 201
    assert server.get("/charts/web-1.0.0.tgz").data == other
    assert server.index()["entries"]["web"][0]["description"] == "other"


def test_a_deleted_version_keeps_its_place(server: Server) -> None:
    server.push(archive("gone"))
    reply = server.request("DELETE", "/api/charts/gone/1.0.0")
    assert (reply.status, reply.data) == (200, b'{"deleted":true}')
    assert server.get("/charts/gone-1.0.0.tgz").status == 404
    assert ("gone", "1.0.0") not in server.versions()
    assert server.request("DELETE", "/api/charts/gone/1.0.0").status == 404
    other = server.push(archive("gone", chart="description: other\n"))
    assert other.status == 409
    assert "was deleted" in error(other)
    assert server.push(archive("gone")).status == 201, "the same content may return"


def test_a_repository_is_full_at_some_point(serve: Callable[..., Server]) -> None:
    server = serve(policy={"charts": 3, "versions": 2})
    for version, expected in (("1.0.0", 201), ("2.0.0", 201), ("3.0.0", 507)):
        assert server.push(archive(version=version)).status == expected
    assert server.push(archive("other")).status == 201
    reply = server.push(archive("another"))
    assert (reply.status, error(reply)) == (507, "repo has reached storage limit")
    assert server.push(archive("another"), "elsewhere").status == 201


def test_an_address_may_change_only_so_much(serve: Callable[..., Server]) -> None:
    server = serve(policy={"writes": 2})
    statuses = [server.push(archive(version=f"1.0.{n}")).status for n in range(3)]
    assert statuses == [201, 201, 429]
    assert server.get("/index.yaml").status == 200


def test_the_server_tells_how_it_is(server: Server) -> None:
    assert json.loads(server.get("/health").data) == {"healthy": True}
    assert json.loads(server.get("/ready").data) == {"ready": True}
    assert json.loads(server.get("/info").data)["version"].startswith("v")


def test_requests_and_charts_are_counted(serve: Callable[..., Server]) -> None:
    server = serve()
    server.push(archive())
    for _ in range(5):
        server.get("/index.yaml")
    text = server.get("/metrics").data.decode()
    assert 'pypkg_http_requests_total{route="index",code="2xx"} 5' in text
    assert 'pypkg_http_requests_total{route="api",code="2xx"} 1' in text
    assert 'pypkg_events_total{event="push"} 1' in text
    assert 'pypkg_events_total{event="denied"} 0' in text
    assert 'pypkg_charts{repo=""} 1' in text


def test_who_did_what_is_noted_without_secrets(serve: Callable[..., Server]) -> None:
    server = serve()
    server.push(archive())
    server.push(archive("bad"), authorization="Basic YW5uOnMzY3IzdA==")
    server.request("DELETE", "/api/charts/web/1.0.0")
    text = (server.folder / ".pypkg/audit.log").read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    assert [line["action"] for line in lines] == ["push", "denied", "delete"]
    assert lines[0]["name"] == "web"
    assert lines[0]["address"] == "127.0.0.1"
    assert lines[1]["status"] == 401
    assert "s3cr3t" not in text
    assert "YW5u" not in text


def test_a_signature_is_checked_against_the_keyring(
    serve: Callable[..., Server], tmp_path: Path
) -> None:
    path = tmp_path / "web-1.0.0.tgz"
    path.write_bytes(archive())
    proofs, publics = {}, {}
    for name in ("ann", "eve"):
        key = pysequoia.Tsk.generate(name, cipher_suite=pysequoia.CipherSuite.RSA2k)
        secret = tmp_path / f"{name}.gpg"
        secret.write_bytes(bytes(key))
        publics[name] = bytes(key.extract_certificate())
        proofs[name] = sign(path, keys=secret, name=name, passphrase=lambda _: "")
    ring = tmp_path / "ring.gpg"
    ring.write_bytes(publics["ann"])
    server = serve(keyring=str(ring), policy={"require_provenance": True})
    assert server.push(archive()).status == 400, "not signed at all"
    for name, expected in (("eve", 400), ("ann", 201)):
        fields = {
            "chart": ("web-1.0.0.tgz", archive()),
            "prov": ("web-1.0.0.tgz.prov", proofs[name].encode()),
        }
        reply = server.request("POST", "/api/charts", fields=fields)
        assert reply.status == expected, reply.data
