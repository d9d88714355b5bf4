"""Kills a server while charts are pushed, again and again.

``python -m tests.repo.server.crash --kills 200`` tells what was lost: nothing may be.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import signal
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import urllib3

from pypkg.repo.server.store.clock import clock
from pypkg.repo.server.store.garbage import collect
from pypkg.repo.server.store.library import Library
from tests.repo.server.archives import archive
from tests.repo.server.running import Server

if TYPE_CHECKING:
    from collections.abc import Iterator


class Pushing:
    """Pushes charts until the server is gone, and remembers what it took."""

    def __init__(self, server: Server, clients: int, first: int) -> None:
        self.acknowledged: dict[str, str] = {}
        self._server = server
        self._numbers = self._counted(first)
        self._lock = threading.Lock()
        self._taken = threading.Condition()
        self._pool = ThreadPoolExecutor(clients)
        self._futures = [self._pool.submit(self._push) for _ in range(clients)]

    def wait_for(self, count: int) -> None:
        """Wait until so many pushes are acknowledged."""
        with self._taken:
            self._taken.wait_for(lambda: len(self.acknowledged) >= count, timeout=60)

    def join(self) -> int:
        """Wait for every client to notice; the next number that was not used."""
        for future in self._futures:
            future.result()
        self._pool.shutdown()
        return next(self._numbers)

    def _counted(self, first: int) -> Iterator[int]:
        while True:
            yield first
            first += 1

    def _push(self) -> None:
        while True:
            with self._lock:
                version = f"1.0.{next(self._numbers)}"
            data = archive(version=version)
            try:
                reply = self._server.push(data)
            except (urllib3.exceptions.HTTPError, OSError):
                return
            assert reply.status == 201, reply.data
            with self._taken:
                self.acknowledged[version] = hashlib.sha256(data).hexdigest()
                self._taken.notify()


def kill_while_pushing(
    folder: Path, *, kills: int, seed: int, clients: int = 4, workers: int = 1
) -> int:
    """Kill a server so many times; how many pushes it had acknowledged.

    Raises:
        AssertionError: Something acknowledged is lost, or the index names what is
            not there.
    """
    # Where it is killed is chance; that it can be chosen again is not needed.
    chance = random.Random(seed)  # noqa: S311 - no secret
    acknowledged: dict[str, str] = {}
    number = 0
    for _ in range(kills):
        server = Server(folder, {"workers": workers}).start()
        pushing = Pushing(server, clients, number)
        pushing.wait_for(chance.randint(1, 20))
        time.sleep(chance.uniform(0, 0.02))
        server.stop(signal.SIGKILL)
        number = pushing.join()
        acknowledged |= pushing.acknowledged
    server = Server(folder).start()
    indexed = {
        entry["version"]: entry["digest"]
        for entry in server.index()["entries"].get("web", [])
    }
    lost = acknowledged.items() - indexed.items()
    assert not lost, f"{len(lost)} acknowledged pushes are lost: {sorted(lost)[:3]}"
    for version, digest in indexed.items():
        data = server.get(f"/charts/web-{version}.tgz").data
        assert hashlib.sha256(data).hexdigest() == digest, version
    server.stop()
    check_leftovers(folder, len(indexed))
    return len(acknowledged)


def check_leftovers(folder: Path, charts: int) -> None:
    """Collect what was half done, and see that nothing else is gone or left."""
    library = Library(folder)
    collect(library, clock() + timedelta(seconds=1), grace=timedelta(0))
    blobs = sum(1 for _ in library.storage.blobs())
    library.close()
    assert blobs == charts, f"{blobs} blobs for {charts} charts"
    assert not list((folder / ".pypkg/incoming").iterdir())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        kept = kill_while_pushing(Path(name), kills=given.kills, seed=given.seed)
    sys.stdout.write(f"{given.kills} kills, {kept} acknowledged pushes, none lost\n")
