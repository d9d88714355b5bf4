"""An HTTP proxy before an API server, which makes what networks and servers do wrong.

It takes requests over plain HTTP and sends them on over TLS. What goes wrong with which
request comes from a seed, so that a run can be repeated as far as threads allow.
"""

from __future__ import annotations

import http.client
import json
import random
import socket
import struct
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator

FAULTS = (
    "busy",  # 429 with Retry-After
    "unavailable",  # 503 with Retry-After
    "error",  # 500, and nothing was done
    "error after",  # 500, and it was done all the same
    "reset before",  # the connection breaks, and nothing was done
    "reset after",  # the connection breaks, and it was done
    "reset amid",  # the connection breaks in the middle of the answer
    "slow",  # the answer takes its time
)
SLOWNESS = 0.02  # seconds
# What belongs to one connection, and is not passed on.
HOP = {"connection", "transfer-encoding", "keep-alive", "host", "content-length"}


@dataclass
class Chance:
    """Decides what goes wrong.

    Attributes:
        rate: With how many requests of a hundred something goes wrong.
        counts: How often what has gone wrong.
    """

    seed: int
    rate: int = 0
    counts: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)  # noqa: S311 - repeatable faults
        self._lock = threading.Lock()

    def fault(self) -> str:
        """Give the fault of the next request, "" for none."""
        with self._lock:
            if self._random.randrange(100) >= self.rate:
                return ""
            chosen = self._random.choice(FAULTS)
            self.counts[chosen] = self.counts.get(chosen, 0) + 1
            return chosen


class FaultProxy(ThreadingHTTPServer):
    """The proxy: ``url`` leads to it."""

    daemon_threads = True

    def __init__(self, server: str, context: ssl.SSLContext, chance: Chance) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.behind = urlsplit(server)
        self.context = context
        self.chance = chance
        self.url = f"http://127.0.0.1:{self.server_address[1]}"


@contextmanager
def fault_proxy(
    server: str, context: ssl.SSLContext, chance: Chance
) -> Iterator[FaultProxy]:
    """Run a proxy before a server."""
    with FaultProxy(server, context, chance) as proxy:
        thread = threading.Thread(target=proxy.serve_forever, args=(0.01,))
        thread.start()
        yield proxy
        proxy.shutdown()
        thread.join()


class Handler(BaseHTTPRequestHandler):
    """Serves one connection."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True
    server: FaultProxy
    _answers: ClassVar[dict[str, tuple[int, dict[str, str]]]] = {
        "busy": (429, {"Retry-After": "1"}),
        "unavailable": (503, {"Retry-After": "1"}),
        "error": (500, {}),
    }

    def handle(self) -> None:
        with suppress(ConnectionError):
            super().handle()

    def pass_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fault = self.server.chance.fault()
        if fault in self._answers:
            self.refuse(*self._answers[fault])
        elif fault == "reset before":
            self.reset()
        else:
            self.ask(body, fault)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = pass_on  # noqa: N815 - the base class's names

    def ask(self, body: bytes, fault: str) -> None:
        """Let the server answer."""
        behind = self.server.behind
        connection = http.client.HTTPSConnection(
            behind.hostname or "", behind.port, context=self.server.context
        )
        try:
            headers = {k: v for k, v in self.headers.items() if k.lower() not in HOP}
            connection.request(self.command, self.path, body or None, headers)
            response = connection.getresponse()
            if "watch=true" in self.path:
                self.stream(response)
                return
            self.answer(response, response.read(), fault)
        finally:
            connection.close()

    def answer(
        self, response: http.client.HTTPResponse, data: bytes, fault: str
    ) -> None:
        if fault == "reset after":
            self.reset()
            return
        if fault == "error after":
            self.refuse(500, {})
            return
        if fault == "slow":
            time.sleep(SLOWNESS)
        self.send_response(response.status)
        for name, value in response.headers.items():
            if name.lower() not in HOP:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data[: len(data) // 2] if fault == "reset amid" else data)
        self.wfile.flush()
        if fault == "reset amid":
            self.reset()

    def stream(self, response: http.client.HTTPResponse) -> None:
        """Pass an answer on as it comes; it ends with the connection."""
        self.send_response(response.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Connection", "close")
        self.end_headers()
        with suppress(OSError, http.client.HTTPException):
            while data := response.read1(4096):
                self.wfile.write(data)
                self.wfile.flush()
        self.close_connection = True

    def refuse(self, code: int, headers: dict[str, str]) -> None:
        status: dict[str, Any] = {"kind": "Status", "code": code, "message": "a fault"}
        data = json.dumps(status).encode()
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def reset(self) -> None:
        """Break the connection off, without the goodbye of TCP."""
        self.close_connection = True
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.connection.close()

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""
