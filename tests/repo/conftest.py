"""What tests of repositories ask for."""

from __future__ import annotations

import io
import tarfile
from typing import TYPE_CHECKING, Any

import pytest

from pypkg import yamlio
from tests.repo import servers

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def nginx_program() -> Path:
    """The real nginx, or the test is skipped."""
    if not servers.NGINX.exists():
        pytest.skip(f"there is no {servers.NGINX}: run `make services`")
    return servers.NGINX


def packed(name: str, version: str, **about: Any) -> bytes:
    """Give a chart's archive."""
    chart = {"apiVersion": "v2", "name": name, "version": version} | about
    files = {
        "Chart.yaml": yamlio.dump(chart),
        "values.yaml": f"from: {name}-{version}\n",
        "templates/map.yaml": "apiVersion: v1\nkind: ConfigMap\n"
        f"metadata: {{name: {name}}}\ndata: {{version: '{version}'}}\n",
        "README.md": f"# {name}\n",
    }
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for path, text in files.items():
            member = tarfile.TarInfo(f"{name}/{path}")
            member.size = len(text.encode())
            tar.addfile(member, io.BytesIO(text.encode()))
    return buffer.getvalue()


@pytest.fixture
def charts(tmp_path: Path) -> Path:
    """A folder of archives, without an index."""
    folder = tmp_path / "charts"
    (folder / "more").mkdir(parents=True)
    about: dict[str, dict[str, Any]] = {
        "web": {"description": "A server for the web", "keywords": ["http", "Nginx"]},
        "webhook": {"description": "Calls others", "appVersion": "2.10"},
        "db": {
            "description": "Keeps data; what the web server shows comes from here, and"
            " so much that the line is folded",
            "annotations": {
                "category": "Data",
                "images": "- name: db\n  image: db:1\n",
            },
            "maintainers": [{"name": "Ann", "email": "ann@example.com"}],
        },
    }
    for name, more in about.items():
        for version in ("0.9.0", "1.0.0", "1.2.0", "1.10.0", "2.0.0-rc.1"):
            path = folder / f"{name}-{version}.tgz"
            path.write_bytes(packed(name, version, **more))
    (folder / "more" / "web-3.0.0+build.1.tgz").write_bytes(
        packed("web", "3.0.0+build.1")
    )
    (folder / "broken-1.0.0.tgz").write_bytes(b"no archive")
    return folder


@pytest.fixture
def served(charts: Path, tmp_path: Path, nginx_program: Path) -> Iterator[str]:
    """The URL at which nginx serves ``charts``; it may have no index yet."""
    with servers.nginx(charts, tmp_path / "nginx") as url:
        yield url
