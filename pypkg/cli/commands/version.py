"""``pypkg version``."""

from __future__ import annotations

import sys
from typing import ClassVar

import click

from pypkg import __version__
from pypkg.cli.flags import Flags, flag
from pypkg.cli.grammar import command


class VersionFlags(Flags):
    """How to print it."""

    title: ClassVar = "Flags"
    short: bool = flag("--short", help="print the version number only", default=False)


@command(name="version")
def main(options: VersionFlags) -> None:
    """Print pypkg's version, and what it runs on."""
    if options.short:
        click.echo(f"v{__version__}")
        return
    python = ".".join(map(str, sys.version_info[:3]))
    click.echo(
        f"pypkg v{__version__} (as Helm v4.3.1, Kubernetes v1.37),"
        f" Python {python} on {sys.platform}"
    )
