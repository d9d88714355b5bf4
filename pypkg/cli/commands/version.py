"""``pypkg version``."""

from __future__ import annotations

import sys
from typing import ClassVar

from pypkg._version import __version__
from pypkg.cli.flags import Flags, flag
from pypkg.cli.grammar import command
from pypkg.cli.output import echo, write


class VersionFlags(Flags):
    """How to print it."""

    title: ClassVar = "Flags"
    short: bool = flag("--short", help="print the version number only", default=False)
    template: str = flag(
        "--template",
        help="a Go template to print it by, such as '{{.Version}}'; it sees Version and"
        " KubeClientVersion",
        metavar="TEMPLATE",
    )


@command(name="version")
def main(options: VersionFlags) -> None:
    """Print pypkg's version, and what it runs on."""
    if options.template:
        from pypkg.cli.display.go_struct import go_struct  # noqa: PLC0415 - start-up time
        from pypkg.render.renderer import render_text  # noqa: PLC0415 - start-up time

        about = go_struct(
            "version.BuildInfo",
            Version=f"v{__version__}",
            GitCommit="",
            GitTreeState="",
            GoVersion="",
            KubeClientVersion="v1.37",
        )
        write(render_text("version", options.template, about))
        return
    if options.short:
        echo(f"v{__version__}")
        return
    python = ".".join(map(str, sys.version_info[:3]))
    echo(
        f"pypkg v{__version__} (as Helm v4.3.1, Kubernetes v1.37),"
        f" Python {python} on {sys.platform}"
    )
