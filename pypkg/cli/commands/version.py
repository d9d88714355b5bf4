"""``pypkg version``."""

from __future__ import annotations

import sys
from typing import ClassVar

from pypkg import __version__
from pypkg.cli.flags import Flags, flag
from pypkg.cli.grammar import command
from pypkg.cli.output import echo


class VersionFlags(Flags):
    """How to print it."""

    title: ClassVar = "Flags"
    short: bool = flag("--short", help="print the version number only", default=False)


@command(name="version")
def main(options: VersionFlags) -> None:
    """Print pypkg's version, and what it runs on."""
    if options.short:
        echo(f"v{__version__}")
        return
    python = ".".join(map(str, sys.version_info[:3]))
    echo(
        f"pypkg v{__version__} (as Helm v4.3.1, Kubernetes v1.37),"
        f" Python {python} on {sys.platform}"
    )
