"""Chart servers that run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.repo.server.running import Server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Start servers, each for a folder of its own unless told otherwise."""
    running: list[Server] = []

    def start(folder: Path | None = None, **settings: Any) -> Server:
        folder = folder or tmp_path / f"charts{len(running)}"
        folder.mkdir(exist_ok=True)
        running.append(Server(folder, settings).start())
        return running[-1]

    yield start
    for server in running:
        if server.running:
            server.stop()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server on loopback that anybody may write to, for a whole module."""
    server = Server(tmp_path_factory.mktemp("charts")).start()
    yield server
    server.stop()
