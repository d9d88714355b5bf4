"""The real clients against a running sandbox, and the sandbox without a process."""

from __future__ import annotations

import json
import ssl
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
import urllib3

from pypkg.sandbox.state import StateFolder
from tests.conftest import Command

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pypkg.sandbox.daemon import Status


@dataclass(frozen=True)
class Reply:
    """An answer of the server."""

    code: int
    headers: urllib3.HTTPHeaderDict
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Client:
    """A client that says exactly what a test wants said."""

    def __init__(self, server: str, token: str, authority: Path) -> None:
        context = ssl.create_default_context(cafile=str(authority))
        context.verify_flags |= ssl.VERIFY_X509_STRICT  # Python 3.13's default
        self._pool = urllib3.PoolManager(ssl_context=context, retries=False)
        self.server = server
        self.headers = {"Authorization": f"Bearer {token}"}

    def __call__(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: dict[str, str] | None = None,
        **query: Any,
    ) -> Reply:
        """Send a request.

        Args:
            method: GET, POST, …
            path: From ``/api`` on.
            body: JSON, or bytes as they are.
            headers: More headers; Content-Type is JSON unless given.
            **query: The query's parameters.
        """
        data = body if isinstance(body, bytes) or body is None else json.dumps(body)
        given = {"Content-Type": "application/json", **self.headers, **(headers or {})}
        parameters = f"?{urlencode(query)}" if query else ""
        reply = self._pool.request(
            method, f"{self.server}{path}{parameters}", body=data, headers=given
        )
        return Reply(reply.status, reply.headers, reply.data)

    def lines(self, path: str, **query: Any) -> Iterator[Any]:
        """Read a watch, an event at a time, until the server ends it."""
        reply = self._pool.request(
            "GET",
            f"{self.server}{path}?{urlencode(query)}",
            headers=self.headers,
            preload_content=False,
            timeout=30,
        )
        rest = b""
        for chunk in reply.stream(1024):
            *whole, rest = (rest + chunk).split(b"\n")
            yield from map(json.loads, whole)


@pytest.fixture(scope="session")
def api(sandbox: Status) -> Client:
    """The running sandbox, spoken to directly."""
    folder = StateFolder(sandbox.folder)
    return Client(sandbox.server, folder.token, folder.certificate)


@pytest.fixture
def kube(sandbox: Status, real_kubectl: Command, namespace: str) -> Command:
    """The real kubectl, in a namespace of the test's own."""
    return _within(real_kubectl, sandbox, namespace)


@pytest.fixture
def helm_here(sandbox: Status, real_helm: Command, namespace: str) -> Command:
    """The real helm, in a namespace of the test's own."""
    return _within(real_helm, sandbox, namespace)


def _within(command: Command, sandbox: Status, namespace: str) -> Command:
    environ = {**command.environ, "KUBECONFIG": str(sandbox.kubeconfig)}
    words = (*command.program, "--namespace", namespace)
    return Command(words, environ, command.folder)


@pytest.fixture
def space(api: Client) -> str:
    """A namespace of the test's own, for tests that need no kubectl."""
    name = f"test-{uuid.uuid4().hex[:8]}"
    assert api("POST", "/api/v1/namespaces", {"metadata": {"name": name}}).code == 201
    return name
