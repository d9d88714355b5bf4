"""Accounts and tokens: what each may do, and what strangers may not."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
from typing import TYPE_CHECKING
from unittest.mock import Mock

import pytest

from pypkg.errors import RepositoryError
from pypkg.repo.server.access.accounts import Accounts
from pypkg.repo.server.access.rights import Grant
from pypkg.repo.server.store.clock import clock
from pypkg.repo.server.store.library import Library
from tests.repo.server.archives import archive
from tests.repo.server.running import Server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


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
