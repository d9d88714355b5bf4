"""Starting, stopping and finding the sandbox, from the command line's side.

The sandbox is a process in the background, on loopback, with a folder of its own.
The user's kubeconfig is never touched.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pypkg import paths
from pypkg._version import __version__
from pypkg.errors import SandboxError
from pypkg.sandbox.state import StateFolder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pypkg.sandbox.state import Serving

_START_SECONDS = 30.0
_STOP_SECONDS = 10.0
_POLL_SECONDS = 0.02
_LOG_TAIL = 2000  # characters
_LOG_LIMIT = 2**20  # bytes, after which a start begins a new log


@dataclass(frozen=True, slots=True)
class Status:
    """How a sandbox fares.

    Attributes:
        folder: Where its state is.
        running: Whether a process serves it.
        server: Its URL; "" where it does not run.
        pid: Its process; 0 where it does not run.
        kubeconfig: The file that leads to it; it exists once it has run.
        log: The file in which it writes.
    """

    folder: Path
    running: bool
    server: str
    pid: int
    kubeconfig: Path
    log: Path


def default_folder() -> Path:
    """Where the sandbox keeps its state if nobody says otherwise."""
    return paths.data_home() / "sandbox"


def up(folder: Path | None = None, *, ready_delay: float = 0.0) -> Status:
    """Start the sandbox, unless it runs.

    Args:
        folder: Its state folder.
        ready_delay: How long imagined containers take to start, in seconds; a
            sandbox that runs keeps its own.

    Returns:
        Its status; it answers requests by then.

    Raises:
        SandboxError: It does not start.
    """
    state = StateFolder(folder or default_folder())
    with _explained(state), state.exclusively():
        serving = state.serving()
        if serving is not None and serving.version != __version__:
            _stop(state, serving)
            serving = None
        if serving is None:
            state.prepare()
            _start(state, ready_delay)
    return status(state.path)


def down(folder: Path | None = None) -> bool:
    """Stop the sandbox; its state stays.

    Returns:
        Whether it ran.

    Raises:
        SandboxError: It does not stop.
    """
    state = StateFolder(folder or default_folder())
    if not state.path.is_dir():
        return False
    with _explained(state), state.exclusively():
        serving = state.serving()
        if serving is not None:
            _stop(state, serving)
    return serving is not None


def reset(folder: Path | None = None) -> bool:
    """Remove all objects; a sandbox that ran is started again, on the same port.

    Returns:
        Whether it runs.
    """
    state = StateFolder(folder or default_folder())
    ran = down(state.path)
    if state.path.is_dir():
        with _explained(state), state.exclusively():
            state.forget_objects()
    if ran:
        up(state.path)
    return ran


def status(folder: Path | None = None) -> Status:
    """Tell how the sandbox fares."""
    state = StateFolder(folder or default_folder())
    serving = state.serving()
    return Status(
        folder=state.path,
        running=serving is not None,
        server=f"https://127.0.0.1:{serving.port}" if serving else "",
        pid=serving.pid if serving else 0,
        kubeconfig=state.kubeconfig,
        log=state.log,
    )


def kubeconfig(folder: Path | None = None) -> str:
    """The kubeconfig that leads to the sandbox, complete in itself.

    Raises:
        SandboxError: The sandbox has never run.
    """
    state = StateFolder(folder or default_folder())
    try:
        return state.kubeconfig.read_text("utf-8")
    except FileNotFoundError as error:
        raise SandboxError(
            f"there is no sandbox in {state.path}",
            hint="start it with: pypkg sandbox up",
        ) from error


@contextmanager
def _explained(state: StateFolder) -> Iterator[None]:
    """Turn what the file system refuses into an error that says so."""
    try:
        yield
    except OSError as error:
        raise SandboxError(
            f"the sandbox cannot use its folder {state.path}: {error}",
            hint="PYPKG_DATA_HOME chooses another place",
        ) from error


def _start(state: StateFolder, ready_delay: float) -> None:
    reading, writing = os.pipe()
    mode = "w" if _size(state.log) > _LOG_LIMIT else "a"
    with state.log.open(mode, encoding="utf-8") as log:
        # -P: a folder named pypkg where the user stands is not this package.
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "pypkg.sandbox.server"],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            cwd="/",
            pass_fds=(writing,),
            start_new_session=True,
        )
    os.close(writing)
    settings = {
        "folder": str(state.path.absolute()),
        "ready": writing,
        "ready_delay": ready_delay,
    }
    with os.fdopen(reading, "rb", buffering=0) as pipe:
        # It forks, so that the server is nobody's child, and ends at once.
        process.communicate(json.dumps(settings).encode())
        _await_ready(pipe.fileno(), state)


def _await_ready(pipe: int, state: StateFolder) -> None:
    ends = time.monotonic() + _START_SECONDS
    readable, _, _ = select.select([pipe], [], [], _START_SECONDS)
    if readable and (said := os.read(pipe, 4096)):
        if said.startswith(b"{"):
            told = json.loads(said)
            raise SandboxError(told["message"], hint=told["hint"])
        return
    # It gave up; but one whose starter was interrupted may be about to serve.
    while state.held and time.monotonic() < ends:
        if state.serving() is not None:
            return
        time.sleep(_POLL_SECONDS)
    text = state.log.read_text("utf-8", errors="replace")[-_LOG_TAIL:]
    raise SandboxError(
        f"the sandbox did not start:\n{text.strip()}",
        hint=f"its whole log is {state.log}",
    )


def _stop(state: StateFolder, serving: Serving) -> None:
    for sign in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.kill(serving.pid, sign)
        except ProcessLookupError:
            return
        ends = time.monotonic() + _STOP_SECONDS
        while time.monotonic() < ends:
            if state.serving() is None:
                return
            time.sleep(_POLL_SECONDS)
    raise SandboxError(f"the sandbox, process {serving.pid}, does not stop")


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
