"""The real helm, and pypkg, against the server: HTTP and registry, accounts, TLS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
import urllib3

from pypkg.repo.server.access.accounts import Accounts
from pypkg.repo.server.access.rights import Grant
from pypkg.repo.server.store.clock import clock
from pypkg.repo.server.store.library import Library
from pypkg.sandbox.certificates import make_certificate
from tests.repo.server.archives import archive

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Command
    from tests.repo.server.running import Server

pytestmark = pytest.mark.oracle
USER, PASSWORD = "ann", "correct horse"
CASES = [
    *("helm, open", "helm, accounts and tls"),
    *("pypkg, open", "pypkg, accounts and tls"),
]


@dataclass(frozen=True)
class Site:
    """A server, and what a client must say to use it.

    Attributes:
        server: The server.
        ca: The certificate to trust, or None.
        accounts: Whether one must sign in.
    """

    server: Server
    ca: Path | None
    accounts: bool

    @property
    def repo_flags(self) -> list[str]:
        """Flags that lead a command to the repository."""
        flags = ["--username", USER, "--password", PASSWORD] if self.accounts else []
        return flags + (["--ca-file", str(self.ca)] if self.ca else [])

    @property
    def registry_flags(self) -> list[str]:
        """Flags that lead a command to the registry, once one has signed in."""
        return ["--ca-file", str(self.ca)] if self.ca else ["--plain-http"]

    @property
    def registry(self) -> str:
        return f"oci://localhost:{self.server.port}/team"


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest) -> str:
    """Who uses the server, and how it is protected."""
    return str(request.param)


@pytest.fixture
def site(case: str, serve: Callable[..., Server], tmp_path: Path) -> Site:
    folder = tmp_path / "served"
    settings = {}
    ca = None
    if "tls" in case:
        ca, key = tmp_path / "tls.crt", tmp_path / "tls.key"
        make_certificate(ca, key)
        settings = {"certificate": str(ca), "key": str(key)}
    if "accounts" in case:
        folder.mkdir()
        library = Library(folder)
        Accounts(library.catalogue, clock).add(
            USER, PASSWORD, [Grant.parse("pull,push,delete")]
        )
        library.close()
        settings["access"] = "none"
    server = serve(folder, **settings)
    if ca is not None:
        server.trust(ca)
    return Site(server, ca, "accounts" in case)


@pytest.fixture
def client(case: str, request: pytest.FixtureRequest) -> Command:
    """The program that is used: their command lines are the same."""
    name = "real_helm" if case.startswith("helm") else "pypkg"
    found: Command = request.getfixturevalue(name)
    return found


def upload(site: Site, data: bytes) -> None:
    """Push a chart as pipelines do, in a form."""
    headers = {}
    if site.accounts:
        headers = urllib3.make_headers(basic_auth=f"{USER}:{PASSWORD}")
    fields = {"chart": ("chart.tgz", data)}
    reply = site.server.request(
        "POST", "/api/team/charts", fields=fields, headers=headers
    )
    assert reply.status == 201, reply.data


def test_helm_finds_pulls_and_renders_charts(
    site: Site, client: Command, tmp_path: Path
) -> None:
    template = (
        b"kind: ConfigMap\napiVersion: v1\nmetadata:\n  name: {{ .Release.Name }}\n"
    )
    for version in ("1.0.0", "1.1.0", "2.0.0-rc.1"):
        upload(site, archive(version=version, files={"templates/c.yaml": template}))
    url = f"{site.server.url}/team"
    client.ok("repo", "add", "team", url, *site.repo_flags)
    client.ok("repo", "update")
    found = client.ok("search", "repo", "team/", "--versions")
    assert [line.split()[:2] for line in found.splitlines()[1:]] == [
        ["team/web", "1.1.0"],
        ["team/web", "1.0.0"],
    ]
    client.ok("pull", "team/web", "--version", "1.0.0")
    assert (tmp_path / "web-1.0.0.tgz").read_bytes() == archive(
        version="1.0.0", files={"templates/c.yaml": template}
    )
    assert "name: mine" in client.ok("template", "mine", "team/web")
    assert "name: mine" in client.ok(
        "install", "mine", "team/web", "--dry-run=client", "--devel"
    )
    shown = client.ok("show", "chart", "web", "--repo", url, *site.repo_flags)
    assert "version: 1.1.0" in shown


def test_helm_pushes_and_pulls_over_the_registry(
    site: Site, client: Command, tmp_path: Path
) -> None:
    host = f"localhost:{site.server.port}"
    path = tmp_path / "web-1.0.0+b1.tgz"
    path.write_bytes(archive(version="1.0.0+b1"))
    flags = site.registry_flags
    if site.accounts:
        denied = client("push", path, site.registry, *flags)
        assert denied.code == 1
        client.ok("registry", "login", host, "-u", USER, "-p", PASSWORD, *flags)
    client.ok("push", path, site.registry, *flags)
    for way in (["--version", "1.0.0+b1"], []):
        path.unlink()
        client.ok("pull", f"{site.registry}/web", *way, *flags)
        assert path.read_bytes() == archive(version="1.0.0+b1")
    client.ok("push", path, site.registry, *flags)  # again: nothing changes
    path.write_bytes(archive(version="1.0.0+b1", chart="description: other\n"))
    assert client("push", path, site.registry, *flags).code == 1


def test_what_is_pushed_one_way_is_found_the_other(
    site: Site, client: Command, tmp_path: Path
) -> None:
    host = f"localhost:{site.server.port}"
    flags = site.registry_flags
    if site.accounts:
        client.ok("registry", "login", host, "-u", USER, "-p", PASSWORD, *flags)
    upload(site, archive("posted"))
    path = tmp_path / "pushed-2.0.0.tgz"
    path.write_bytes(archive("pushed", "2.0.0"))
    client.ok("push", path, site.registry, *flags)
    client.ok("pull", f"{site.registry}/posted", "--version", "1.0.0", *flags)
    assert (tmp_path / "posted-1.0.0.tgz").read_bytes() == archive("posted")
    client.ok("repo", "add", "team", f"{site.server.url}/team", *site.repo_flags)
    found = client.ok("search", "repo", "team/")
    assert {line.split()[0] for line in found.splitlines()[1:]} == {
        "team/posted",
        "team/pushed",
    }


def test_helm_builds_dependencies_from_both_sides(
    site: Site, client: Command, tmp_path: Path
) -> None:
    flags = site.registry_flags
    host = f"localhost:{site.server.port}"
    if site.accounts:
        client.ok("registry", "login", host, "-u", USER, "-p", PASSWORD, *flags)
    upload(site, archive("posted"))
    upload(site, archive("other", "3.1.0"))
    client.ok("repo", "add", "team", f"{site.server.url}/team", *site.repo_flags)
    chart = tmp_path / "parent"
    chart.mkdir()
    (chart / "Chart.yaml").write_text(
        "apiVersion: v2\nname: parent\nversion: 1.0.0\ndependencies:\n"
        "- {name: posted, version: ^1, repository: '@team'}\n"
        f"- {{name: other, version: 3.1.0, repository: '{site.registry}'}}\n"
    )
    client.ok("dependency", "update", chart, *flags)
    client.ok("dependency", "build", chart, *flags)
    assert sorted(path.name for path in (chart / "charts").iterdir()) == [
        "other-3.1.0.tgz",
        "posted-1.0.0.tgz",
    ]
