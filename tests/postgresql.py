"""A real PostgreSQL, on this machine only, with a database of its own."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

SECONDS = 30


def find() -> Path | None:
    """Give the folder of Debian's newest PostgreSQL, or of the one on the PATH."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    on_path = shutil.which("postgres")
    if installed:
        return installed[-1].parent
    return Path(on_path).parent if on_path else None


@contextmanager
def running(programs: Path) -> Iterator[str]:
    """Run a server with an empty database, and give its URL.

    Args:
        programs: Where ``initdb`` and ``postgres`` are.
    """
    # pytest's own folders are closed to others, and it does not run as root.
    folder = Path(tempfile.mkdtemp(prefix="pypkg-postgresql-"))
    who: dict[str, Any] = {}
    if os.getuid() == 0:
        account = pwd.getpwnam("postgres")
        who = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        os.chown(folder, account.pw_uid, account.pw_gid)
    data = folder / "data"
    port = _unused_port()
    subprocess.run(
        [programs / "initdb", "--no-sync", "-A", "trust", "-U", "helm", "-D", data],
        stdout=subprocess.DEVNULL,
        check=True,
        cwd=folder,
        **who,
    )
    options = ["-h", "127.0.0.1", "-p", str(port), "-k", str(folder), "-F"]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [programs / "postgres", "-D", data, *options],
            stdout=log,
            stderr=log,
            cwd=folder,
            **who,
        )
    try:
        _wait(server, port, folder)
        yield f"postgresql://helm@127.0.0.1:{port}/postgres?sslmode=disable"
    finally:
        server.terminate()
        server.wait(SECONDS)
        shutil.rmtree(folder)


def _wait(server: subprocess.Popen[bytes], port: int, folder: Path) -> None:
    import psycopg

    deadline = time.monotonic() + SECONDS
    while True:
        try:
            psycopg.connect(
                host="127.0.0.1", port=port, user="helm", dbname="postgres"
            ).close()
        except psycopg.OperationalError:
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((folder / "log").read_text()) from None
            time.sleep(0.05)
        else:
            return


def _unused_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port
