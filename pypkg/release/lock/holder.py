"""Who holds a release: a process, and whether it still lives."""

from __future__ import annotations

import getpass
import os
import socket
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Holder:
    """A process that works on a release.

    Attributes:
        identity: For people, and unlike any other: ``alice@laptop:4242/1f9a03c7``.
        process: For programs, ``MACHINE PID START``: where process numbers mean
            the same, the process's number, and when it started. "" where unknown.
    """

    identity: str
    process: str = ""

    @classmethod
    def this_process(cls) -> Holder:
        """Describe this process, as the holder of one lease among others."""
        pid = os.getpid()
        nonce = os.urandom(4).hex()
        return cls(
            f"{_user()}@{socket.gethostname()}:{pid}/{nonce}",
            f"{_machine()} {pid} {_start(pid)}",
        )

    @property
    def shown(self) -> str:
        """The identity without what makes it unlike any other."""
        return self.identity.rpartition("/")[0] or self.identity

    def is_dead(self) -> bool:
        """Tell whether the process ran on this machine, and runs no more.

        Of a process elsewhere nothing is known: it is not dead.
        """
        machine, _, rest = self.process.partition(" ")
        number, _, start = rest.partition(" ")
        if not machine or machine != _machine() or not number.isdigit():
            return False
        pid = int(number)
        return not _exists(pid) or _start(pid) != start


def _machine() -> str:
    """Name where process numbers mean the same: one boot, one PID namespace.

    A host's name would not do, for containers may share it. Where the system does
    not say, only the clock of a lease tells.
    """
    with suppress(OSError):
        boot = (_PROC / "sys/kernel/random/boot_id").read_text().strip()
        namespace = os.readlink(_PROC / "self/ns/pid")  # noqa: PTH115 - no path: "pid:[4026531836]"
        return f"{boot}/{namespace}"
    return ""


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _start(pid: int) -> str:
    """Give when a process started, in ticks since the boot; "" once it is dead.

    Its number may be given to another one; the two together are not.
    """
    try:
        stat = (_PROC / str(pid) / "stat").read_text()
    except OSError:
        return ""
    # After the program's name, which is in parentheses and may hold any of them,
    # come the state (field 3) and, as field 22, the start.
    fields = stat.rpartition(")")[2].split()
    return "" if fields[0] in {"Z", "X"} else fields[19]


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())
