"""Plugins from archives and git repositories, installed beside Helm."""

from __future__ import annotations

import io
import subprocess
import tarfile
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING

import pytest

from tests.cli.plugins.test_commands import MODERN
from tests.conftest import PASSPHRASE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import Command

HOOKS = """\
  platformHooks:
    install: [{command: echo, args: [installing]}]
    update: [{command: echo, args: [updating]}]
    delete: [{command: echo, args: [deleting]}]
"""
UNVERIFIED = "--verify=false"


@pytest.fixture
def greet(tmp_path: Path) -> Path:
    """The folder of a plugin, which is a git repository with two versions."""
    folder = tmp_path / "greet"
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch", "main")
    git(folder, "config", "user.name", "Ann")
    git(folder, "config", "user.email", "ann@example.com")
    release(folder, "0.1.0")
    release(folder, "0.2.0")
    return folder


def release(folder: Path, version: str) -> None:
    (folder / "plugin.yaml").write_text(MODERN.replace("0.1.0", version) + HOOKS)
    (folder / "run.sh").write_text(f"echo greetings by {version}\n")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", version)
    git(folder, "tag", f"v{version}")


def git(folder: Path, *words: str) -> None:
    subprocess.run(["git", "-C", folder, *words], check=True)  # noqa: S607 - the user's own


@pytest.fixture
def served(greet: Path, tmp_path: Path) -> Iterator[str]:
    """Its URL on a server of files, which is enough for git."""
    bare = tmp_path / "www" / "greet.git"
    git(greet, "clone", "--quiet", "--bare", ".", str(bare))
    git(bare, "update-server-info")
    handler = partial(_Quiet, directory=str(bare.parent))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/greet.git"
    server.shutdown()
    server.server_close()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.mark.oracle
@pytest.mark.parametrize("version", ["", "0.1.0", "^0.1", ">=0.1", "main", "v0.1.0"])
def test_a_repository_is_installed_as_by_helm(
    pypkg: Command, real_helm: Command, served: str, version: str, tmp_path: Path
) -> None:
    install = ["plugin", "install", served, UNVERIFIED]
    install += ["--version", version] if version else []
    pypkg.environ["HOME"] = str(tmp_path / "another")
    for words in (install, ["greet"], ["plugin", "update", "greet"]):
        ours, theirs = pypkg(*words), real_helm(*words)
        assert ours.code == theirs.code
        # Helm prints warnings among its results.
        assert ours.out == theirs.out.removeprefix(ours.err)
    assert _row(pypkg) == _row(real_helm)


def _row(tool: Command) -> list[str]:
    # Helm looks for the signature by the name of the repository.
    return tool.ok("plugin", "list").splitlines()[1].split("\t")[:4]


def test_an_update_takes_what_is_new(pypkg: Command, greet: Path) -> None:
    url = greet.as_uri()
    assert pypkg.ok("plugin", "install", url, UNVERIFIED).startswith("installing\n")
    assert "already exists" in pypkg.fails("plugin", "install", url, UNVERIFIED)
    release(greet, "0.3.0")
    assert pypkg.ok("plugin", "update", "greet") == "updating\nUpdated plugin: greet\n"
    assert pypkg.ok("greet", "you") == "greetings by 0.3.0\n"
    assert pypkg.ok("plugin", "uninstall", "greet").startswith("deleting\n")
    assert "greet not found" in pypkg.fails("plugin", "update", "greet")


def test_a_plugin_that_was_changed_is_not_updated(
    pypkg: Command, greet: Path, home: Path
) -> None:
    pypkg.ok("plugin", "install", greet.as_uri(), UNVERIFIED)
    (installed,) = home.rglob("greet/run.sh")
    installed.write_text("echo my own\n")
    assert "greet has been changed in" in pypkg.fails("plugin", "update", "greet")
    assert pypkg.ok("greet") == "my own\n"


def test_what_is_no_source_is_refused_and_leaves_nothing(
    pypkg: Command, greet: Path, tmp_path: Path, home: Path
) -> None:
    url = greet.as_uri()
    install = partial(pypkg.fails, "plugin", "install")
    assert "does not support verification" in install(url)
    assert '"9" does not exist' in install(url, UNVERIFIED, "--version", "9")
    assert "git has failed" in install((tmp_path / "no").as_uri(), UNVERIFIED)
    assert "there is no plugin in ./no" in install("./no", UNVERIFIED)
    assert "cannot read no.tgz" in install("no.tgz")
    (greet / "plugin.yaml").write_text("name: a/b\n")
    git(greet, "commit", "--quiet", "--all", "--message", "bad")
    assert "no plugin's definition" in install(url, UNVERIFIED)
    release(greet, "0.4.0")
    definition = (greet / "plugin.yaml").read_text()
    (greet / "plugin.yaml").write_text(definition.replace(": echo", ": 'false'"))
    git(greet, "commit", "--quiet", "--all", "--message", "fails")
    assert "install hook for greet failed" in install(url, UNVERIFIED)
    assert not [*home.rglob("plugin.yaml")]


@pytest.mark.oracle
def test_a_signed_archive_is_shared_with_helm(
    pypkg: Command, real_helm: Command, greet: Path, gnupg: Path, tmp_path: Path
) -> None:
    sign = ["--key", "bob", "--keyring", str(gnupg / "secring.gpg")]
    sign += ["--passphrase-file", "-"]
    real_helm.ok("plugin", "package", greet, "-d", tmp_path, *sign, text=PASSPHRASE)
    archive, ring = tmp_path / "greet-0.2.0.tgz", str(gnupg / "pubring.kbx")
    verify = ["plugin", "verify", str(archive), "--keyring", ring]
    assert pypkg.ok(*verify) == real_helm.ok(*verify)
    install = ["plugin", "install", str(archive), "--keyring", ring]
    said = pypkg.ok(*install)
    ours = pypkg.ok("plugin", "list")
    assert "signed" in ours
    assert pypkg.ok("greet") == "greetings by 0.2.0\n"
    pypkg.ok("plugin", "uninstall", "greet")
    assert real_helm.ok(*install) == said
    assert real_helm.ok("plugin", "list") == ours == pypkg.ok("plugin", "list")


def test_an_archive_that_nobody_signed_is_refused(
    pypkg: Command, keys: Path, tmp_path: Path, home: Path
) -> None:
    archive = packed(tmp_path / "greet.tgz", {"greet/plugin.yaml": MODERN})
    ring = str(keys / "pubring.gpg")
    install = ["plugin", "install", str(archive), "--keyring", ring]
    assert "no .prov file" in pypkg.fails(*install)
    assert not [*home.rglob("plugin.yaml")]
    pypkg.ok(*install, UNVERIFIED)
    assert "unsigned" in pypkg.ok("plugin", "list")


def test_an_archive_cannot_write_elsewhere(
    pypkg: Command, tmp_path: Path, home: Path
) -> None:
    install = partial(pypkg.fails, "plugin", "install", UNVERIFIED)
    files = {"greet/plugin.yaml": MODERN, "../../evil": "x"}
    assert "cannot unpack" in install(packed(tmp_path / "out.tgz", files))
    link = packed(tmp_path / "link.tgz", {"greet/plugin.yaml": MODERN}, link="/etc")
    assert "cannot unpack" in install(link)
    assert "holds no plugin" in install(packed(tmp_path / "none.tgz", {"a/b": "c"}))
    (tmp_path / "bad.tgz").write_bytes(b"nothing")
    assert "cannot unpack" in install(tmp_path / "bad.tgz")
    assert not [*tmp_path.rglob("evil"), *home.rglob("plugin.yaml")]


def packed(path: Path, files: dict[str, str], link: str = "") -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))
        if link:
            member = tarfile.TarInfo("greet/link")
            member.type, member.linkname = tarfile.SYMTYPE, link
            archive.addfile(member)
    return path
