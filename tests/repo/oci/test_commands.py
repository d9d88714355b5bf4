"""The commands against a real registry: pypkg's own server."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pysequoia
import pytest

from pypkg.chart.packager import package
from pypkg.chart.scaffold import create
from pypkg.repo.provenance.sign import sign
from tests.repo.server.running import Server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import Command


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    started = Server(tmp_path_factory.mktemp("served")).start()
    yield started
    started.stop()


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    create("web", tmp_path)
    chart = tmp_path / "web" / "Chart.yaml"
    chart.write_text(
        chart.read_text()
        + """home: https://example.com
sources: [https://example.com/src, https://example.com/more]
maintainers:
  - {name: Ann, email: ann@example.com}
  - {name: Bob}
annotations: {org.opencontainers.image.title: no, "b": "1", "a": "<2>"}
"""
    )
    return package(tmp_path / "web", tmp_path, version="0.1.0+build.7")


def test_push_and_pull(
    pypkg: Command, server: Server, archive: Path, tmp_path: Path
) -> None:
    remote = f"oci://{server.host}/one"
    key = tmp_path / "key"
    key.write_bytes(bytes(pysequoia.Tsk.generate("Ann <ann@example.com>")))
    text = sign(archive, keys=key, name="ann", passphrase=str)
    (tmp_path / f"{archive.name}.prov").write_text(text)
    out = pypkg.ok("push", archive, remote, "--plain-http")
    assert out.startswith(
        f"Pushed: {server.host}/one/web:0.1.0_build.7\nDigest: sha256"
    )
    into = tmp_path / "into"
    into.mkdir()
    flags = ["--plain-http", "-d", str(into), "--prov"]
    pulled = pypkg("pull", f"{remote}/web", "--version", "0.1.0+build.7", *flags)
    assert f"Pulled: {server.host}/one/web:0.1.0_build.7" in pulled.err
    assert (into / archive.name).read_bytes() == archive.read_bytes()
    assert (into / f"{archive.name}.prov").read_text() == text
    assert "name: web" in pypkg.ok("show", "chart", f"{remote}/web", "--plain-http")


def test_search_lists_versions(pypkg: Command, server: Server, tmp_path: Path) -> None:
    create("web", tmp_path)
    for version in ("0.9.0", "1.0.0", "1.1.0-rc.1"):
        made = package(tmp_path / "web", tmp_path, version=version)
        pypkg.ok("push", made, f"oci://{server.host}/two", "--plain-http")
    where = f"oci://{server.host}/two/web"
    lines = pypkg.ok("search", where, "--plain-http").splitlines()
    assert [line.split() for line in lines] == [
        ["NAME", "CHART", "VERSION"],
        [where, "1.0.0"],
        [where, "0.9.0"],
    ]
    out = pypkg.ok("search", "oci", where, "--plain-http", "--devel", "-o", "json")
    assert [one["version"] for one in json.loads(out)] == [
        "1.1.0-rc.1",
        "1.0.0",
        "0.9.0",
    ]
    detailed = pypkg.ok("search", where, "--plain-http", "--details")
    assert "A Helm chart" in detailed or "1.16.0" in detailed


@pytest.mark.oracle
def test_pypkg_pushes_what_helm_pushes(
    pypkg: Command, real_helm: Command, server: Server, archive: Path, tmp_path: Path
) -> None:
    digests = set()
    for program, path in ((pypkg, "p"), (real_helm, "h")):
        remote = f"oci://{server.host}/{path}"
        done = program("push", archive, remote, "--plain-http")
        assert done.code == 0, done.err
        digests.add((done.out + done.err).split("Digest: ")[1].split()[0])
    assert len(digests) == 1


@pytest.mark.oracle
def test_each_pulls_what_the_other_pushed(
    pypkg: Command, real_helm: Command, server: Server, archive: Path, tmp_path: Path
) -> None:
    pairs = ((pypkg, real_helm), (real_helm, pypkg))
    for number, (pusher, puller) in enumerate(pairs):
        remote = f"oci://{server.host}/pair{number}"
        pusher.ok("push", archive, remote, "--plain-http")
        into = tmp_path / f"into{number}"
        into.mkdir()
        version = ["--version", "0.1.0+build.7"]
        puller.ok("pull", f"{remote}/web", *version, "--plain-http", "-d", into)
        assert (into / archive.name).read_bytes() == archive.read_bytes()


def test_a_file_that_was_renamed_is_not_pushed(
    pypkg: Command, server: Server, archive: Path, tmp_path: Path
) -> None:
    renamed = shutil.copy(archive, tmp_path / "other.tgz")
    found = pypkg.fails("push", renamed, f"oci://{server.host}/x", "--plain-http")
    assert "web-0.1.0+build.7.tgz" in found


def test_only_archives_go_to_registries(pypkg: Command, tmp_path: Path) -> None:
    assert "is no archive" in pypkg.fails("push", tmp_path, "oci://r.example.com/x")
    (tmp_path / "a.tgz").touch()
    found = pypkg.fails("push", tmp_path / "a.tgz", "https://r.example.com/x")
    assert "oci://HOST/PATH" in found


def test_login_asks_no_pipe(pypkg: Command) -> None:
    found = pypkg.fails("registry", "login", "r.example.com", "-u", "ann")
    assert "--password-stdin" in found
    assert "give its host: r.example.com" in pypkg.fails(
        "registry", "logout", "r.example.com/charts"
    )
