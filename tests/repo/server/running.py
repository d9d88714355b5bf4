"""A chart server in a process of its own: ``python -m tests.repo.server.running``."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import urllib3

from pypkg.repo.server import serving
from pypkg.repo.server.settings import Settings
from pypkg.repo.server.store.policy import Policy

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parents[3]


@dataclass
class Server:
    """A server that runs.

    Attributes:
        folder: What it serves.
        settings: How, as :class:`Settings` has it.
    """

    folder: Path
    settings: dict[str, Any] = field(default_factory=dict)
    port: int = 0
    pool: urllib3.PoolManager = field(
        default_factory=lambda: urllib3.PoolManager(maxsize=32, retries=False)
    )
    _process: subprocess.Popen[str] | None = None

    @property
    def scheme(self) -> str:
        return "https" if self.settings.get("certificate") else "http"

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.host}"

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> Server:
        given = {"port": self.port, **self.settings}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.repo.server.running", str(self.folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(given))
        self._process.stdin.close()
        line = self._process.stdout.readline()
        assert line, "the server did not start"
        self.port = int(line)
        return self

    def trust(self, certificate: Path) -> None:
        """Take a certificate as the authority's."""
        self.pool = urllib3.PoolManager(
            maxsize=32, retries=False, ca_certs=str(certificate)
        )

    def send(self, number: int, pid: int = 0) -> None:
        """Send a signal to the server, or to one of its workers."""
        os.kill(pid or self.pid, number)

    def children(self) -> list[int]:
        """The processes of its workers."""
        text = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text()
        return [int(pid) for pid in text.split()]

    def stop(self, number: int = signal.SIGTERM) -> int:
        """End it, and give its exit status."""
        self.send(number)
        return self.wait()

    def wait(self) -> int:
        """Wait for its end, and give its exit status."""
        assert self._process is not None
        assert self._process.stdout is not None
        code = self._process.wait(20)
        self._process.stdout.close()
        self.pool.clear()
        return code

    def request(
        self,
        method: str,
        path: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        fields: Mapping[str, Any] | None = None,
    ) -> urllib3.BaseHTTPResponse:
        """Send a request; the reply's body is read, and left as it came."""
        return self.pool.request(
            method,
            self.url + path,
            body=body,
            headers=headers,
            fields=fields,
            decode_content=False,
        )

    def get(self, path: str, **headers: str) -> urllib3.BaseHTTPResponse:
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        return self.request("GET", path, headers=named)

    def push(
        self, archive: bytes, repository: str = "", **headers: str
    ) -> urllib3.BaseHTTPResponse:
        path = f"/api/{repository}/charts" if repository else "/api/charts"
        return self.request("POST", path, body=archive, headers=headers)

    def index(self, repository: str = "") -> dict[str, Any]:
        path = f"/{repository}/index.yaml" if repository else "/index.yaml"
        reply = self.get(path)
        assert reply.status == 200, reply.data
        found: dict[str, Any] = json.loads(reply.data)
        return found

    def versions(self, repository: str = "") -> set[tuple[str, str]]:
        """Every name and version in an index."""
        return {
            (name, one["version"])
            for name, entries in self.index(repository)["entries"].items()
            for one in entries
        }


def main() -> None:
    given = json.load(sys.stdin)
    given["policy"] = Policy(**given.pop("policy", {}))
    for name in ("certificate", "key", "keyring"):
        if given.get(name):
            given[name] = Path(given[name])
    if "allowed_hosts" in given:
        given["allowed_hosts"] = tuple(given["allowed_hosts"])
    settings = Settings(folder=Path(sys.argv[1]), **given)
    listener = serving.listen(settings)
    serving.reindex(settings, thorough=False)
    port = listener.getsockname()[1]

    def ready() -> None:
        sys.stdout.write(f"{port}\n")
        sys.stdout.flush()

    serving.serve(settings, listener, ready=ready)


if __name__ == "__main__":
    main()
