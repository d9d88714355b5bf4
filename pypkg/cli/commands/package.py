"""``pypkg package``."""

from __future__ import annotations

from pathlib import Path

import click

from pypkg.cli.flags import Flags, flag
from pypkg.cli.grammar import Arguments, command
from pypkg.cli.output import warn


class PackageFlags(Flags):
    """What goes into the archive, and where that goes."""

    destination: str = flag(
        "-d",
        "--destination",
        help="the folder to write to",
        metavar="FOLDER",
        default=".",
    )
    version: str = flag(
        "--version", help="the chart's version, instead of its own", metavar="SEMVER"
    )
    app_version: str = flag(
        "--app-version", help="likewise for appVersion", metavar="TEXT"
    )


@command(
    usage="PATH...",
    name="package",
    examples="pypkg package ./web\npypkg package ./web --version 1.2.0 -d dist",
)
def main(arguments: Arguments, options: PackageFlags) -> None:
    """Pack a chart's folder into an archive, NAME-VERSION.tgz.

    The archive has Helm's layout. With SOURCE_DATE_EPOCH set, the same chart gives
    the same bytes.
    """
    from pypkg.chart import packager  # noqa: PLC0415 - start-up time

    folder = Path(options.destination)
    for path in arguments:
        made = packager.package(
            Path(path),
            folder.resolve() if options.destination == "." else folder,
            version=options.version or None,
            app_version=options.app_version or None,
            warn=warn,
        )
        click.echo(f"Successfully packaged chart and saved it to: {made}")
