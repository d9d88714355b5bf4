"""Runs a program and measures it: its time, its processor time, its memory.

On Linux the peak memory of a process begins with that of the one that forked it, so
the programs are started by a small one: this file, as a script.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Usage(NamedTuple):
    """What one run of a program took.

    Attributes:
        seconds: The time on the clock.
        busy: Its processor time, in seconds.
        megabytes: Peak resident memory.
    """

    seconds: float
    busy: float
    megabytes: float


def run(
    command: Sequence[str], environ: Mapping[str, str], *, quiet: bool = False
) -> Usage:
    """Run a program, whose standard output goes nowhere; end this one if it fails.

    Args:
        command: The program's path, and its arguments.
        environ: Its environment.
        quiet: Let its standard error go nowhere, too.
    """
    reader, writer = os.pipe()
    # Neither site-packages nor Python's variables are read twice.
    launcher = [sys.executable, "-I", "-S", __file__, str(writer)]
    child = subprocess.Popen(
        [*launcher, *command],
        env=environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL if quiet else None,
        pass_fds=[writer],
    )
    os.close(writer)
    with os.fdopen(reader) as told:
        status, *numbers = told.read().split()
    child.wait()
    if status != "0":
        sys.exit(f"this fails: {' '.join(command)}")
    return Usage(*map(float, numbers))


def _launch(report: int, program: str, *arguments: str) -> None:
    os.set_inheritable(report, False)  # noqa: FBT003 - it takes no keywords
    start = time.perf_counter()
    child = os.posix_spawn(program, [program, *arguments], os.environ)
    _, status, usage = os.wait4(child, 0)
    seconds = time.perf_counter() - start
    busy = usage.ru_utime + usage.ru_stime
    code = os.waitstatus_to_exitcode(status)
    told = f"{code} {seconds} {busy} {usage.ru_maxrss / 1024}"
    os.write(report, told.encode())


if __name__ == "__main__":
    _launch(int(sys.argv[1]), *sys.argv[2:])
