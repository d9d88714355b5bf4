from __future__ import annotations

import json
from base64 import b64encode
from typing import TYPE_CHECKING, Any

import pytest

from pypkg.errors import RegistryError
from pypkg.repo.oci.credentials import CredentialFiles, Login

if TYPE_CHECKING:
    from pathlib import Path

HOST = "registry.example.com"
LOGIN = Login("ann", "s3cret")


def config(path: Path, **content: Any) -> Path:
    path.write_text(json.dumps(content))
    return path


def auth(text: str) -> dict[str, str]:
    return {"auth": b64encode(text.encode()).decode()}


@pytest.fixture
def helper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A credential helper that keeps one secret a host in a file."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "docker-credential-fake"
    program.write_text(
        """#!/bin/sh
cd "$(dirname "$0")" || exit 1
input=$(cat)
case $1 in
  store) printf %s "$input" >kept ;;
  get) [ -e kept ] && cat kept || { echo 'credentials not found'; exit 1; } ;;
  erase) rm -f kept ;;
esac
"""
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=":")
    return folder / "kept"


def test_a_password_is_kept_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "config.json"
    files = CredentialFiles(path)
    assert files.store(HOST, LOGIN) == str(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert files.get(HOST) == LOGIN
    assert not files.get("other.example.com")
    assert not files.get(f"{HOST}:5000")


def test_what_else_is_in_the_file_stays(tmp_path: Path) -> None:
    path = config(tmp_path / "c.json", auths={"a": auth("x:y")}, proxies={"b": 1})
    CredentialFiles(path).store(HOST, LOGIN)
    assert json.loads(path.read_text()) == {
        "auths": {"a": auth("x:y"), HOST: auth("ann:s3cret")},
        "proxies": {"b": 1},
    }


def test_a_password_is_forgotten(tmp_path: Path) -> None:
    files = CredentialFiles(tmp_path / "config.json")
    assert not files.remove(HOST)
    files.store(HOST, LOGIN)
    assert files.remove(HOST)
    assert not files.get(HOST)


@pytest.mark.parametrize("key", [HOST, f"https://{HOST}", f"https://{HOST}/v1/"])
def test_keys_may_be_urls(tmp_path: Path, key: str) -> None:
    path = config(tmp_path / "c.json", auths={key: auth("ann:pass:word")})
    assert CredentialFiles(path).get(HOST) == Login("ann", "pass:word")


def test_dockers_own_registry_has_two_names(tmp_path: Path) -> None:
    path = config(
        tmp_path / "c.json", auths={"https://index.example.com/v1/": auth("ann:x")}
    )
    assert CredentialFiles(path).get("registry-1.example.com") == Login("ann", "x")


def test_other_files_are_read_and_not_written(tmp_path: Path) -> None:
    docker = config(tmp_path / "docker.json", auths={HOST: auth("bob:b")})
    files = CredentialFiles(tmp_path / "own.json", [tmp_path / "missing", docker])
    assert files.get(HOST) == Login("bob", "b")
    before = docker.read_bytes()
    files.store(HOST, LOGIN)
    assert files.get(HOST) == LOGIN
    assert docker.read_bytes() == before


def test_a_refresh_token_is_one(tmp_path: Path) -> None:
    path = config(tmp_path / "c.json", auths={HOST: {"identitytoken": "t0k"}})
    assert CredentialFiles(path).get(HOST) == Login(token="t0k")


@pytest.mark.parametrize(
    "named", [{"credsStore": "fake"}, {"credHelpers": {HOST: "fake"}}]
)
def test_a_credential_helper_keeps_passwords(
    helper: Path, tmp_path: Path, named: dict[str, Any]
) -> None:
    path = config(tmp_path / "c.json", **named)
    files = CredentialFiles(path)
    assert not files.get(HOST)
    assert files.store(HOST, LOGIN) == "docker-credential-fake"
    assert files.get(HOST) == LOGIN
    assert "s3cret" not in path.read_text()
    assert files.remove(HOST)
    assert not helper.exists()


def test_a_helper_may_give_a_token(helper: Path, tmp_path: Path) -> None:
    helper.write_text(json.dumps({"Username": "<token>", "Secret": "t0k"}))
    path = config(tmp_path / "c.json", credsStore="fake")
    assert CredentialFiles(path).get(HOST) == Login(token="t0k")


@pytest.mark.parametrize("name", ["missing", "../../bin/sh", "a b"])
def test_a_helper_that_is_none_is_named(tmp_path: Path, name: str) -> None:
    path = config(tmp_path / "c.json", credsStore=name)
    with pytest.raises(RegistryError, match="is not installed"):
        CredentialFiles(path).get(HOST)


@pytest.mark.parametrize("text", ["[]", "{", "null"])
def test_a_broken_file_is_named_and_stays(tmp_path: Path, text: str) -> None:
    path = tmp_path / "config.json"
    path.write_text(text)
    with pytest.raises(RegistryError, match=r"config.json is no JSON object"):
        CredentialFiles(path).store(HOST, LOGIN)
    assert path.read_text() == text


def test_passwords_are_not_shown() -> None:
    assert "s3cret" not in repr(LOGIN)
    assert "t0k" not in repr(Login(token="t0k"))
