"""The registry protocol, step by step, as its specification has it."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from pypkg.repo.digests import digest_of
from pypkg.repo.oci.manifest import CHART, CONFIG, MANIFEST, PROVENANCE
from tests.repo.server.archives import archive, provenance

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import urllib3

    from tests.repo.server.running import Server


def code(reply: urllib3.BaseHTTPResponse) -> str:
    return str(json.loads(reply.data)["errors"][0]["code"])


def put_blob(server: Server, name: str, data: bytes) -> str:
    begun = server.request("POST", f"/v2/{name}/blobs/uploads/")
    assert begun.status == 202
    digest = digest_of(data)
    where = f"{begun.headers['location']}?digest={digest}"
    ended = server.request("PUT", where, body=data)
    assert ended.status == 201
    assert ended.headers["docker-content-digest"] == digest
    return digest


def descriptor(media_type: str, data: bytes) -> dict[str, Any]:
    return {"mediaType": media_type, "digest": digest_of(data), "size": len(data)}


def manifest(
    config: bytes,
    *layers: tuple[str, bytes],
    kind: str = CONFIG,
    **more: Any,
) -> bytes:
    return json.dumps(
        {
            "schemaVersion": 2,
            "config": descriptor(kind, config),
            "layers": [descriptor(*layer) for layer in layers],
            **more,
        }
    ).encode()


def push(
    server: Server,
    full: str,
    tag: str,
    data: bytes,
    *,
    proof: bytes | None = None,
    **more: Any,
) -> urllib3.BaseHTTPResponse:
    """Push a chart as clients do."""
    layers = [(CHART, data)]
    if proof is not None:
        layers.append((PROVENANCE, proof))
    for blob in (b"{}", *(layer for _, layer in layers)):
        put_blob(server, full, blob)
    body = manifest(b"{}", *layers, **more)
    headers = {"content-type": MANIFEST}
    path = f"/v2/{full}/manifests/{tag}"
    return server.request("PUT", path, body=body, headers=headers)


def test_a_chart_is_pushed_and_pulled_by_its_digests(server: Server) -> None:
    data = archive(version="1.0.0+b1")
    pushed = push(server, "basic/web", "1.0.0_b1", data)
    assert pushed.status == 201
    digest = pushed.headers["docker-content-digest"]
    for reference in ("1.0.0_b1", digest):
        found = server.get(f"/v2/basic/web/manifests/{reference}")
        assert digest_of(found.data) == digest
        assert found.headers["docker-content-digest"] == digest
        assert found.headers["content-type"] == MANIFEST
        head = server.request("HEAD", f"/v2/basic/web/manifests/{reference}")
        assert (head.status, head.data) == (200, b"")
        assert head.headers["content-length"] == str(len(found.data))
    blob = server.get(f"/v2/basic/web/blobs/{digest_of(data)}")
    assert blob.data == data
    part = server.get(f"/v2/basic/web/blobs/{digest_of(data)}", range="bytes=3-5")
    assert (part.status, part.data) == (206, data[3:6])
    assert server.versions("basic") == {("web", "1.0.0+b1")}
    assert server.get("/basic/charts/web-1.0.0+b1.tgz").data == data


@pytest.mark.oracle
def test_an_uploaded_chart_has_the_manifest_that_helm_pushes(
    server: Server, helm: Path, tmp_path: Path
) -> None:
    about = (
        "description: less < more & more\nhome: https://example.com\n"
        "maintainers: [{name: Ann, email: ann@example.com}, {name: Bob}]\n"
        "annotations: {b: '2', a: '1'}\n"
    )
    data = archive("same", chart=about)
    path = tmp_path / "same-1.0.0.tgz"
    path.write_bytes(data)
    subprocess.run(
        [helm, "push", path, f"oci://{server.host}/pushed", "--plain-http"],
        env={"HOME": str(tmp_path)},
        check=True,
        capture_output=True,
    )
    assert server.push(data, "uploaded").status == 201
    manifests = []
    for repository in ("pushed", "uploaded"):
        reply = server.get(f"/v2/{repository}/same/manifests/1.0.0")
        manifests.append(json.loads(reply.data))
        del manifests[-1]["annotations"]["org.opencontainers.image.created"]
    assert manifests[0] == manifests[1]


def test_a_blob_may_come_in_pieces(server: Server) -> None:
    data = bytes(range(256)) * 100
    where = server.request("POST", "/v2/pieces/web/blobs/uploads/").headers["location"]
    for start in (0, 10_000):
        end = start + 9_999
        headers = {"content-range": f"{start}-{end}"}
        reply = server.request(
            "PATCH", where, body=data[start : end + 1], headers=headers
        )
        assert reply.status == 202
        assert reply.headers["range"] == f"0-{end}"
    gap = server.request("PATCH", where, body=b"x", headers={"content-range": "5-5"})
    assert gap.status == 416
    assert server.get(where).headers["range"] == "0-19999"
    done = f"{where}?digest={digest_of(data)}"
    assert server.request("PUT", done, body=data[20_000:]).status == 201
    assert server.get(f"/v2/pieces/web/blobs/{digest_of(data)}").data == data
    assert server.get(where).status == 404


def test_a_blob_may_come_at_once(server: Server) -> None:
    path = f"/v2/once/web/blobs/uploads/?digest={digest_of(b'all')}"
    assert server.request("POST", path, body=b"all").status == 201
    assert server.get(f"/v2/once/web/blobs/{digest_of(b'all')}").data == b"all"


def test_a_blob_with_another_digest_is_refused(server: Server) -> None:
    where = server.request("POST", "/v2/wrong/web/blobs/uploads/").headers["location"]
    path = f"{where}?digest={digest_of(b'other')}"
    reply = server.request("PUT", path, body=b"data")
    assert (reply.status, code(reply)) == (400, "DIGEST_INVALID")
    assert server.get(f"/v2/wrong/web/blobs/{digest_of(b'other')}").status == 404


def test_an_upload_belongs_to_the_name_it_was_begun_for(server: Server) -> None:
    where = server.request("POST", "/v2/mine/web/blobs/uploads/").headers["location"]
    other = where.replace("/mine/", "/yours/")
    assert server.request("PATCH", other, body=b"x").status == 404
    assert server.request("DELETE", where).status == 204


def test_a_manifest_of_what_was_not_pushed_is_refused(server: Server) -> None:
    body = manifest(b"{}", (CHART, b"never"))
    reply = server.request("PUT", "/v2/none/web/manifests/1.0.0", body=body)
    assert (reply.status, code(reply)) == (400, "MANIFEST_BLOB_UNKNOWN")


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"layers": 5}', b"[" * 5000])
def test_what_is_no_manifest_is_refused(server: Server, body: bytes) -> None:
    reply = server.request("PUT", "/v2/none/web/manifests/1.0.0", body=body)
    assert (reply.status, code(reply)) == (400, "MANIFEST_INVALID")


def test_a_chart_is_pushed_under_its_own_name(server: Server) -> None:
    reply = push(server, "own/other", "1.0.0", archive("web"))
    assert reply.status == 400
    assert server.versions("own") == set()


def test_a_version_is_not_replaced_by_a_push(server: Server) -> None:
    push(server, "kept/web", "1.0.0", archive())
    other = archive(chart="description: other\n")
    assert push(server, "kept/web", "1.0.0", other).status == 409
    assert server.get("/kept/charts/web-1.0.0.tgz").data == archive()
    again = push(server, "kept/web", "1.0.0", archive(), annotations={"a": "b"})
    assert again.status == 201, "the chart is the same"


def test_a_tag_that_is_a_version_leads_to_nothing_else(server: Server) -> None:
    push(server, "tags/web", "1.0.0", archive())
    put_blob(server, "tags/web", b"other")
    kind = "application/vnd.example"
    body = manifest(b"{}", ("text/plain", b"other"), kind=kind)
    reply = server.request("PUT", "/v2/tags/web/manifests/1.0.0", body=body)
    assert reply.status == 409
    reply = server.request("PUT", "/v2/tags/web/manifests/extra", body=body)
    assert reply.status == 201
    assert server.versions("tags") == {("web", "1.0.0")}


def test_a_provenance_layer_must_be_of_the_chart(server: Server) -> None:
    data = archive()
    wrong = provenance(data, digest="0" * 64)
    assert push(server, "signed/web", "1.0.0", data, proof=wrong).status == 400
    assert (
        push(server, "signed/web", "1.0.0", data, proof=provenance(data)).status == 201
    )
    assert server.get("/signed/charts/web-1.0.0.tgz.prov").data == provenance(data)


def test_deleting_a_manifest_deletes_the_version(server: Server) -> None:
    digest = push(server, "del/web", "1.0.0", archive()).headers[
        "docker-content-digest"
    ]
    assert server.request("DELETE", f"/v2/del/web/manifests/{digest}").status == 202
    assert server.get("/v2/del/web/manifests/1.0.0").status == 404
    assert server.versions("del") == set()
    other = archive(chart="description: other\n")
    assert push(server, "del/web", "1.0.0", other).status == 409


def test_tags_and_names_come_in_pages(serve: Callable[..., Server]) -> None:
    server = serve()
    for version in ("1.0.0", "1.1.0", "1.2.0"):
        server.push(archive(version=version), "team")
    server.push(archive("db"))
    path = "/v2/team/web/tags/list?n=2"
    reply = server.get(path)
    assert json.loads(reply.data) == {"name": "team/web", "tags": ["1.0.0", "1.1.0"]}
    path = reply.headers["link"].partition("<")[2].partition(">")[0]
    assert json.loads(server.get(path).data)["tags"] == ["1.2.0"]
    every = json.loads(server.get("/v2/_catalog").data)
    assert every == {"repositories": ["db", "team/web"]}
    reply = server.get("/v2/none/tags/list")
    assert (reply.status, code(reply)) == (404, "NAME_UNKNOWN")


def test_what_is_about_a_chart_is_found(server: Server) -> None:
    data = archive()
    subject = push(server, "sig/web", "1.0.0", data).headers["docker-content-digest"]
    found = server.get(f"/v2/sig/web/manifests/{subject}").data
    about = descriptor(MANIFEST, found)
    put_blob(server, "sig/web", b"signature")
    kind = "application/vnd.example.signature"
    body = manifest(b"{}", ("text/plain", b"signature"), kind=kind, subject=about)
    path = f"/v2/sig/web/manifests/{digest_of(body)}"
    reply = server.request("PUT", path, body=body)
    assert reply.headers["oci-subject"] == subject
    reply = server.get(f"/v2/sig/web/referrers/{subject}?artifactType={kind}")
    (one,) = json.loads(reply.data)["manifests"]
    assert (one["digest"], one["artifactType"]) == (digest_of(body), kind)
    assert reply.headers["oci-filters-applied"] == "artifactType"


@pytest.mark.parametrize(
    ("path", "status", "expected"),
    [
        ("/v2/UPPER/manifests/1", 400, "NAME_INVALID"),
        ("/v2/a//b/manifests/1", 400, "NAME_INVALID"),
        ("/v2/web/manifests/none", 404, "MANIFEST_UNKNOWN"),
        ("/v2/web/blobs/sha256:zz", 400, "DIGEST_INVALID"),
        (f"/v2/web/blobs/sha256:{'0' * 64}", 404, "BLOB_UNKNOWN"),
        (f"/v2/web/blobs/uploads/{'0' * 32}", 404, "BLOB_UPLOAD_UNKNOWN"),
    ],
)
def test_errors_are_the_protocols(
    server: Server, path: str, status: int, expected: str
) -> None:
    reply = server.get(path)
    assert (reply.status, code(reply)) == (status, expected)
