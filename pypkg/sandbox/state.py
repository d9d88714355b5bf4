"""The sandbox's folder: its database, credentials, and who serves it.

The serving process holds a lock on ``lock`` for as long as it lives, so that a
process id that was left behind, or has been given to another program, deceives
nobody.
"""

from __future__ import annotations

import base64
import contextlib
import fcntl
import json
import os
import secrets
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from pypkg import files
from pypkg.sandbox.certificates import make_certificate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CONTEXT = "pypkg-sandbox"
_KUBECONFIG = """\
apiVersion: v1
kind: Config
current-context: {name}
clusters:
- name: {name}
  cluster:
    server: https://127.0.0.1:{port}
    certificate-authority-data: {authority}
contexts:
- name: {name}
  context:
    cluster: {name}
    user: {name}
users:
- name: {name}
  user:
    token: {token}
"""


@dataclass(frozen=True, slots=True)
class Serving:
    """The process that serves a folder.

    Attributes:
        pid: Its id.
        port: Its port on 127.0.0.1.
        version: The pypkg that it runs.
    """

    pid: int
    port: int
    version: str


@dataclass(frozen=True, slots=True)
class StateFolder:
    """A sandbox's files.

    Attributes:
        path: The folder.
    """

    path: Path

    @property
    def database(self) -> Path:
        """The objects."""
        return self.path / "state.db"

    @property
    def certificate(self) -> Path:
        """The server's certificate, which clients trust."""
        return self.path / "tls.crt"

    @property
    def key(self) -> Path:
        """The certificate's private key."""
        return self.path / "tls.key"

    @property
    def log(self) -> Path:
        """What the server has to say."""
        return self.path / "sandbox.log"

    @property
    def kubeconfig(self) -> Path:
        """The kubeconfig that leads here."""
        return self.path / "kubeconfig"

    @property
    def _token(self) -> Path:
        return self.path / "token"

    @property
    def _serving(self) -> Path:
        return self.path / "serving.json"

    @property
    def _port(self) -> Path:
        return self.path / "port"

    def prepare(self) -> None:
        """Create the folder, and the credentials where they are missing."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not (self.certificate.exists() and self.key.exists()):
            make_certificate(self.certificate, self.key)
        if not self._token.exists():
            self._token.touch(mode=0o600)
            self._token.write_text(secrets.token_urlsafe(32))

    @property
    def token(self) -> str:
        """The bearer token."""
        return self._token.read_text()

    @property
    def port(self) -> int:
        """The port of last time, to keep kubeconfigs valid; 0 if there was none."""
        try:
            return int(self._port.read_text())
        except (OSError, ValueError):
            return 0

    @contextlib.contextmanager
    def exclusively(self) -> Iterator[None]:
        """Wait until nobody else starts or stops this sandbox."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self.path / "starting.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def hold(self) -> int | None:
        """Take the lock of the serving process.

        Returns:
            The open file that holds it until the process ends; None if another
            process serves this folder.
        """
        descriptor = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        return descriptor

    @property
    def held(self) -> bool:
        """Whether a process serves this folder, or is about to."""
        if not self.path.is_dir():
            return False
        descriptor = self.hold()
        if descriptor is None:
            return True
        os.close(descriptor)
        return False

    def withdraw(self) -> None:
        """Take back what an earlier process has announced."""
        self._serving.unlink(missing_ok=True)

    def announce(self, serving: Serving) -> None:
        """Say who serves, and where, to those who look at the folder."""
        files.write(self._serving, json.dumps(asdict(serving)).encode())
        files.write(self._port, str(serving.port).encode())
        files.write(self.kubeconfig, self.kubeconfig_text(serving.port).encode())

    def serving(self) -> Serving | None:
        """Who serves this folder now; None if nobody does."""
        if not self.held:
            return None
        try:
            return Serving(**json.loads(self._serving.read_text()))
        except (OSError, ValueError, TypeError):
            return None  # it is only just starting

    def forget_objects(self) -> None:
        """Remove the database, which nobody may be serving."""
        for suffix in ("", "-wal", "-shm"):
            self.database.with_name(self.database.name + suffix).unlink(missing_ok=True)

    def kubeconfig_text(self, port: int) -> str:
        """The kubeconfig for a port, complete in itself."""
        authority = base64.b64encode(self.certificate.read_bytes()).decode()
        return _KUBECONFIG.format(
            name=CONTEXT, port=port, authority=authority, token=self.token
        )
