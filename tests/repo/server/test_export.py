"""Static export, served by the real nginx to the real helm."""

from __future__ import annotations

import contextlib
import getpass
import shutil
import subprocess
import time
from typing import TYPE_CHECKING

import pytest
import urllib3

from pypkg.repo.server import serving
from pypkg.repo.server.export import export
from pypkg.repo.server.settings import Settings
from pypkg.repo.server.store.clock import clock
from pypkg.repo.server.store.library import Library
from pypkg.repo.server.store.policy import Policy
from pypkg.repo.server.store.storage import incoming
from pypkg.repo.server.store.uploads import Uploads
from tests.repo.server.archives import archive, provenance

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import Command

CONFIG = """
user {user}; worker_processes 1; daemon off;
pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
  access_log off; client_body_temp_path {folder}; proxy_temp_path {folder};
  fastcgi_temp_path {folder}; uwsgi_temp_path {folder}; scgi_temp_path {folder};
  gzip_static on;
  server {{ listen 127.0.0.1:{port}; root {root}; }}
}}
"""


def put(
    library: Library, repository: str, data: bytes, proof: bytes | None = None
) -> None:
    path = incoming(library.folder)
    path.write_bytes(data)
    uploads = Uploads(library, Policy(), clock=clock)
    uploads.put(repository, path, provenance=proof)


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    folder = tmp_path / "served"
    folder.mkdir()
    with contextlib.closing(Library(folder)) as library:
        yield library


@pytest.fixture
def nginx(tmp_path: Path) -> Iterator[str]:
    """The real nginx for the folder ``public``: its address."""
    program = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin")
    if program is None:
        pytest.skip("nginx is not installed: make services")
    own = tmp_path / "nginx"
    own.mkdir()
    root = tmp_path / "public"
    root.mkdir()
    with contextlib.closing(serving.listen(Settings(tmp_path, port=0))) as free:
        port = free.getsockname()[1]
    config = own / "nginx.conf"
    config.write_text(
        # Its workers must be able to read a folder that is this user's alone.
        CONFIG.format(folder=own, root=root, port=port, user=getpass.getuser())
    )
    process = subprocess.Popen([program, "-c", config], stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    for _ in range(200):
        with contextlib.suppress(urllib3.exceptions.HTTPError):
            urllib3.request("GET", url, retries=False)
            break
        time.sleep(0.02)
    yield url
    process.terminate()
    process.wait(10)


def test_an_export_has_all_charts_and_leads_to_them(
    library: Library, tmp_path: Path
) -> None:
    data = archive()
    put(library, "", data, provenance(data))
    put(library, "team/one", archive("other", "2.0.0"))
    done = export(library, tmp_path / "out")
    found = {
        p.relative_to(tmp_path / "out").as_posix() for p in tmp_path.glob("out/**/*.*")
    }
    assert found == {
        "index.yaml",
        "index.yaml.gz",
        "charts/web-1.0.0.tgz",
        "charts/web-1.0.0.tgz.prov",
        "team/one/index.yaml",
        "team/one/index.yaml.gz",
        "team/one/charts/other-2.0.0.tgz",
    }
    assert done.written == len(found)


def test_an_export_writes_only_what_has_changed(
    library: Library, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    for version in ("1.0.0", "2.0.0"):
        put(library, "", archive(version=version))
    export(library, out)
    again = export(library, out)
    assert (again.written, again.kept, again.removed) == (0, 4, 0)
    Uploads(library, Policy(), clock=clock).delete("", "web", "1.0.0")
    after = export(library, out)
    assert (after.written, after.kept, after.removed) == (2, 1, 1)
    assert not (out / "charts/web-1.0.0.tgz").exists()


@pytest.mark.oracle
@pytest.mark.parametrize("client", ["helm", "pypkg"])
@pytest.mark.parametrize("form", ["json", "yaml"])
def test_clients_use_an_export_behind_nginx(
    library: Library,
    nginx: str,
    tmp_path: Path,
    form: str,
    client: str,
    request: pytest.FixtureRequest,
) -> None:
    fixture = "real_helm" if client == "helm" else "pypkg"
    command: Command = request.getfixturevalue(fixture)
    for version in ("1.0.0", "1.1.0"):
        put(library, "team", archive(version=version))
    export(library, tmp_path / "public", form="yaml" if form == "yaml" else "json")
    command.ok("repo", "add", "team", f"{nginx}/team")
    command.ok("repo", "update")
    found = command.ok("search", "repo", "team/web", "--versions")
    assert [line.split()[1] for line in found.splitlines()[1:]] == ["1.1.0", "1.0.0"]
    command.ok("pull", "team/web", "--version", "1.0.0")
    assert (tmp_path / "web-1.0.0.tgz").read_bytes() == archive(version="1.0.0")
    command.ok("template", "x", "team/web")
    shown = command.ok("show", "chart", "web", "--repo", f"{nginx}/team")
    assert "version: 1.1.0" in shown
