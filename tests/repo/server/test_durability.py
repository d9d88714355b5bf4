"""Nothing acknowledged is lost: many clients, several workers, kill -9."""

from __future__ import annotations

import os
import signal
import socket
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from pypkg.repo.digests import digest_of
from pypkg.repo.server.store.clock import clock
from pypkg.repo.server.store.library import Library
from pypkg.repo.server.store.policy import Policy
from pypkg.repo.server.store.storage import FolderStorage, blob_key, incoming
from pypkg.repo.server.store.uploads import Uploads
from pypkg.sandbox.certificates import make_certificate
from tests.repo.server.archives import archive
from tests.repo.server.crash import check_leftovers, kill_while_pushing

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.repo.server.running import Server


def test_a_killed_server_has_lost_nothing_acknowledged(tmp_path: Path) -> None:
    assert kill_while_pushing(tmp_path, kills=3, seed=2) > 0


def test_many_clients_push_at_once_to_several_workers(
    serve: Callable[..., Server],
) -> None:
    server = serve(workers=2)
    versions = [f"1.0.{n}" for n in range(96)]

    def push(version: str) -> int:
        status = server.push(archive(version=version)).status
        # Whichever worker answers knows of it already.
        assert ("web", version) in server.versions()
        return status

    with ThreadPoolExecutor(16) as pool:
        assert set(pool.map(push, versions)) == {201}
    assert server.versions() == {("web", version) for version in versions}
    assert server.stop() == 0
    check_leftovers(server.folder, len(versions))


def test_one_of_many_who_push_the_same_version_wins(server: Server) -> None:
    different = [archive("race", chart=f"description: '{n}'\n") for n in range(8)]
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda data: server.push(data).status, different))
    assert sorted(statuses) == [201] + [409] * 7
    won = different[statuses.index(201)]
    assert server.get("/charts/race-1.0.0.tgz").data == won


def test_a_request_that_runs_is_answered_before_the_server_stops(
    serve: Callable[..., Server],
) -> None:
    server = serve()
    data = archive()
    head = (
        f"POST /api/charts HTTP/1.1\r\nHost: {server.host}\r\n"
        f"Expect: 100-continue\r\nContent-Length: {len(data)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as link:
        link.sendall(head.encode())
        assert link.recv(100).startswith(b"HTTP/1.1 100")
        server.send(signal.SIGTERM)
        link.sendall(data)
        assert link.recv(1000).startswith(b"HTTP/1.1 201")
    assert server.wait() == 0


@pytest.mark.parametrize("workers", [1, 2])
def test_a_server_stops_although_a_tls_client_keeps_its_connection(
    serve: Callable[..., Server],
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    workers: int,
) -> None:
    certificate, key = tmp_path / "tls.crt", tmp_path / "tls.key"
    make_certificate(certificate, key)
    server = serve(certificate=str(certificate), key=str(key), workers=workers)
    server.trust(certificate)
    assert server.push(archive(files={"noise": os.urandom(4_000_000)})).status == 201
    reading = server.pool.request(
        "GET", f"{server.url}/charts/web-1.0.0.tgz", preload_content=False
    )
    first = reading.read(1000)
    assert server.get("/health").status == 200  # another connection, idle by now
    server.send(signal.SIGTERM)
    size = int(reading.headers["Content-Length"])
    assert len(first) + len(reading.read()) == size
    assert server.wait() == 0
    assert "timeout" not in capfd.readouterr().err


def test_a_worker_that_dies_is_replaced(serve: Callable[..., Server]) -> None:
    server = serve(workers=2)
    server.push(archive())
    for child in server.children():
        server.send(signal.SIGKILL, child)
    server.pool.clear()
    assert server.versions() == {("web", "1.0.0")}


class TornStorage(FolderStorage):
    """A storage whose machine fails once the bytes are there."""

    def put(self, key: str, source: Path) -> None:
        super().put(key, source)
        raise OSError("the power is gone")


def test_bytes_without_a_row_are_nobodys(tmp_path: Path) -> None:
    data = archive()
    library = Library(tmp_path, TornStorage(tmp_path))
    path = incoming(tmp_path)
    path.write_bytes(data)
    with pytest.raises(OSError, match="power"):
        Uploads(library, Policy(), clock=clock).put("", path)
    assert library.storage.exists(blob_key(digest_of(data)))
    assert library.names("") == []
    library.close()
    check_leftovers(tmp_path, 0)
