"""``pypkg sandbox``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pypkg.cli.flag_types import Duration
from pypkg.cli.flags import Flags, flag
from pypkg.cli.grammar import Group, command
from pypkg.cli.output import echo, write
from pypkg.sandbox import daemon

if TYPE_CHECKING:
    from pypkg.sandbox.daemon import Status


class UpFlags(Flags):
    """How the sandbox behaves."""

    ready_delay: float = flag(
        "--ready-delay",
        help="how long imagined containers take to start",
        metavar="DURATION",
        default=0.0,
        kind=Duration(),
    )


@command(name="up", examples="pypkg sandbox up\npypkg sandbox up --ready-delay 5s")
def _up(flags: UpFlags) -> None:
    """Start the sandbox, unless it runs, and say how to reach it."""
    _tell(daemon.up(ready_delay=flags.ready_delay))


@command(name="down")
def _down() -> None:
    """Stop the sandbox; what is in it stays."""
    was_running = daemon.down()
    echo("The sandbox is stopped." if was_running else "The sandbox did not run.")


@command(name="status")
def _status() -> None:
    """Say whether the sandbox runs, and where."""
    _tell(daemon.status())


@command(name="reset")
def _reset() -> None:
    """Remove everything from the sandbox: all objects, and all releases."""
    runs = daemon.reset()
    echo(f"The sandbox is empty{', and runs' if runs else ''}.")


@command(
    name="kubeconfig",
    examples="pypkg sandbox kubeconfig > sandbox.yaml\n"
    "KUBECONFIG=sandbox.yaml kubectl get pods",
)
def _kubeconfig() -> None:
    """Print the kubeconfig that leads kubectl, helm and others to the sandbox."""
    write(daemon.kubeconfig())


def _tell(status: Status) -> None:
    if not status.running:
        echo("The sandbox does not run: pypkg sandbox up")
        return
    echo(
        f"The sandbox runs at {status.server} (process {status.pid}).\n"
        f"  with pypkg:    pypkg --sandbox list\n"
        f"  with others:   export KUBECONFIG={status.kubeconfig}\n"
        f"  state:         {status.folder}"
    )


main = Group(
    "sandbox",
    [_up, _down, _status, _reset, _kubeconfig],
    help="Start, stop and reset the local sandbox cluster.\n\n"
    "It is a Kubernetes API in a process of its own, on this machine only. Its"
    " controllers play their part, so that releases become ready; containers do not"
    " run. Your kubeconfig is not touched.",
)
