"""Charts in a bucket: against a real server of the S3 protocol, moto's."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import urllib3

from pypkg.errors import RepositoryError
from pypkg.repo.digests import digest_of
from pypkg.repo.server import serving
from pypkg.repo.server.settings import Settings
from pypkg.repo.server.store import s3
from pypkg.repo.server.store.clock import clock
from pypkg.repo.server.store.garbage import collect
from pypkg.repo.server.store.library import Library
from pypkg.repo.server.store.storage import blob_key
from tests.repo.server.archives import archive

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.repo.server.running import Server

pytest.importorskip("minio", reason="the extra s3 is not installed")
LARGE = bytes(range(256)) * 8192  # more than what is kept in memory


@pytest.fixture(scope="module")
def service() -> Iterator[str]:
    """Moto's server, from this environment or from one of its own."""
    places = [Path(sys.executable).parent, Path(".cache/moto/bin").absolute()]
    path = ":".join(map(str, places))
    program = shutil.which("moto_server", path=path)
    if program is None:
        pytest.skip("moto's server is not installed: make services")
    with contextlib.closing(serving.listen(Settings(Path(), port=0))) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [program, "-p", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    url = f"http://127.0.0.1:{port}"
    retries = urllib3.Retry(60, backoff_factor=0.05, backoff_max=0.2)
    urllib3.request("PUT", f"{url}/charts", retries=retries)
    yield url
    process.terminate()
    process.wait(10)


@pytest.fixture
def bucket(
    service: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> str:
    """A place in the bucket that no other test uses."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", service)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    return f"s3://charts/{request.node.name}"


def test_a_server_keeps_its_charts_in_the_bucket(
    serve: Callable[..., Server], bucket: str
) -> None:
    server = serve(storage=bucket)
    large = archive("large", files={"noise": LARGE})
    for data in (archive(), large):
        assert server.push(data, "team").status == 201
    assert server.versions("team") == {("web", "1.0.0"), ("large", "1.0.0")}
    assert server.get("/team/charts/large-1.0.0.tgz").data == large
    part = server.get("/team/charts/web-1.0.0.tgz", range="bytes=10-19")
    assert (part.status, part.data) == (206, archive()[10:20])
    assert not list((server.folder / ".pypkg/blobs").rglob("*/*/*"))
    server.stop()
    again = serve(server.folder, storage=bucket)
    assert again.get("/team/charts/web-1.0.0.tgz").data == archive()
    assert again.get("/v2/team/web/manifests/1.0.0").status == 200


def test_archives_put_into_the_bucket_by_hand_are_found(
    bucket: str, tmp_path: Path
) -> None:
    storage = s3.connect(bucket)
    for name in ("web.tgz", "team/web.tgz", ".hidden/web.tgz"):
        path = tmp_path / "upload"
        path.write_bytes(archive())
        storage.put(name, path)
    settings = Settings(tmp_path, storage=bucket)
    assert serving.reindex(settings).added == ["team/web.tgz", "web.tgz"]
    storage.delete("web.tgz")
    assert serving.reindex(settings).removed == ["web.tgz"]


def test_what_is_nobodys_is_collected_from_the_bucket(
    bucket: str, tmp_path: Path
) -> None:
    storage = s3.connect(bucket)
    path = tmp_path / "upload"
    path.write_bytes(b"orphan")
    key = blob_key(digest_of(b"orphan"))
    storage.put(key, path)
    assert storage.exists(key)
    assert b"".join(storage.read(key, 2, 3)) == b"pha"
    with contextlib.closing(Library(tmp_path, storage)) as library:
        later = clock().replace(year=2099)
        assert collect(library, later) == 1
    assert not storage.exists(key)
    with pytest.raises(FileNotFoundError):
        list(storage.read(key))


def test_a_bucket_that_is_not_there_is_named(bucket: str) -> None:
    with pytest.raises(RepositoryError, match="there is no bucket other"):
        s3.connect("s3://other/x")
    with pytest.raises(RepositoryError, match="is no s3://"):
        s3.connect("http://other/x")
