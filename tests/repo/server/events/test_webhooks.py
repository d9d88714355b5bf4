"""Telling others what has happened."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

import pytest

from pypkg.errors import RepositoryError
from pypkg.repo.server.events.happening import Happening
from pypkg.repo.server.events.webhooks import MAX_ATTEMPTS, Hook, Webhooks, resolved
from pypkg.repo.server.store.library import Library

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PUSH = Happening("push", "team", "web", "1.0.0", "ann", "10.1.2.3")


class Receiver:
    """A service that is told."""

    def __init__(self) -> None:
        self.status = 200
        self.received: list[tuple[dict[str, str], bytes]] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.received.append((dict(self.headers), body))
                self.send_response(receiver.status)
                self.send_header("Location", "/elsewhere")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook?a=b"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with contextlib.closing(Receiver()) as receiver:
        yield receiver


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with contextlib.closing(Library(tmp_path)) as library:
        yield library


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


def test_a_push_is_told_with_a_signature(library: Library, receiver: Receiver) -> None:
    hook = Hook(receiver.url, "s3cret", private=True)
    hooks = Webhooks(library.catalogue, [hook], Clock())
    hooks(PUSH)
    assert hooks.deliver() == 1
    ((headers, body),) = receiver.received
    told = json.loads(body)
    assert (told["action"], told["repository"], told["name"]) == ("push", "team", "web")
    assert "10.1.2.3" not in body.decode()
    made = hmac.new(b"s3cret", body, hashlib.sha256).hexdigest()
    assert headers["X-Pypkg-Signature"] == f"sha256={made}"
    assert hooks.deliver() == 0


@pytest.mark.parametrize("status", [500, 404, 302])
def test_what_is_not_taken_is_told_again_later(
    library: Library, receiver: Receiver, status: int
) -> None:
    clock = Clock()
    hooks = Webhooks(library.catalogue, [Hook(receiver.url, private=True)], clock)
    hooks(PUSH)
    receiver.status = status
    hooks.deliver()
    assert hooks.deliver() == 0, "not at once"
    clock.now += timedelta(seconds=6)
    receiver.status = 204
    assert hooks.deliver() == 1
    clock.now += timedelta(days=1)
    assert hooks.deliver() == 0
    assert len(receiver.received) == 2


def test_a_message_is_given_up_in_the_end(library: Library) -> None:
    clock = Clock()
    nobody = Hook("http://127.0.0.1:9/", private=True)
    hooks = Webhooks(library.catalogue, [nobody], clock)
    hooks(PUSH)
    attempts = 0
    while hooks.deliver():
        attempts += 1
        clock.now += timedelta(days=1)
    assert attempts == MAX_ATTEMPTS


def test_messages_survive_a_restart(library: Library, receiver: Receiver) -> None:
    hook = Hook(receiver.url, private=True)
    Webhooks(library.catalogue, [hook], Clock())(PUSH)
    assert Webhooks(library.catalogue, [hook], Clock()).deliver() == 1
    assert len(receiver.received) == 1


def test_an_address_within_the_network_is_not_called(
    library: Library, receiver: Receiver
) -> None:
    hooks = Webhooks(library.catalogue, [Hook(receiver.url)], Clock())
    hooks(PUSH)
    hooks.deliver()
    assert receiver.received == []


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "10.0.0.1", "169.254.169.254", "::1", "0.0.0.0"],  # noqa: S104 - an attack
)
def test_private_addresses_are_known(host: str) -> None:
    with pytest.raises(RepositoryError, match="private network"):
        resolved(host, 80, private=False)


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://x/", "http://a:b@c/", "x"]
)
def test_only_addresses_of_the_web_are_called(library: Library, url: str) -> None:
    with pytest.raises(RepositoryError, match="webhook's address"):
        Webhooks(library.catalogue, [Hook(url)], Clock())
