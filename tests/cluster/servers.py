"""A scripted API server in memory, for faults that no real one makes on demand."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pypkg.cluster.client import Cluster
from pypkg.cluster.config import ClusterConfig
from pypkg.cluster.session import Session
from pypkg.errors import ConnectionFailedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pypkg.cluster.transport import Request

URL = "https://scripted"


@dataclass(frozen=True)
class Answer:
    """What the server says: an object, lines of a stream, or a status."""

    body: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    stream: tuple[Any, ...] = ()
    breaks: bool = False

    def read(self) -> bytes:
        if isinstance(self.body, bytes):
            return self.body
        return json.dumps(self.body).encode()

    def lines(self) -> Iterator[bytes]:
        for item in self.stream:
            yield json.dumps(item).encode()
        if self.breaks:
            raise ConnectionFailedError(URL, "reset")

    def close(self) -> None:
        """There is nothing to close."""


LOST = Answer(status=0)
"""No answer: the connection broke."""
UNSENT = Answer(status=-1)
"""No answer: there was no connection."""


def refusal(code: int, reason: str = "", message: str = "no", **headers: str) -> Answer:
    body = {"kind": "Status", "code": code, "reason": reason, "message": message}
    return Answer(body, code, headers)


@dataclass
class ScriptedTransport:
    """Gives the answers of a script, one after another, and keeps the requests."""

    script: list[Answer] | Callable[[Request], Answer]
    requests: list[Request] = field(default_factory=list)

    def send(self, request: Request) -> Answer:
        self.requests.append(request)
        if callable(self.script):
            answer = self.script(request)
        else:
            assert self.script, f"unexpected request {request.method} {request.path}"
            answer = self.script.pop(0)
        if answer.status <= 0:
            raise ConnectionFailedError(URL, "reset", sent=answer is LOST)
        return answer

    def header(self, name: str, number: int = -1) -> str:
        return dict(self.requests[number].headers).get(name, "")


def session(transport: ScriptedTransport, **config: Any) -> Session:
    """A session that does not wait between its attempts."""
    made = ClusterConfig(server=URL, **config)
    return Session(made, transport, sleep=lambda seconds: None)  # noqa: ARG005 - no wait


def scripted(
    script: list[Answer] | Callable[[Request], Answer],
) -> tuple[Cluster, ScriptedTransport]:
    transport = ScriptedTransport(script)
    return Cluster(session(transport)), transport
