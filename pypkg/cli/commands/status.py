"""``pypkg status``."""

from __future__ import annotations

from typing import ClassVar

from pypkg.cli import connection
from pypkg.cli.display import release_text
from pypkg.cli.grammar import Arguments, command
from pypkg.cli.options import OutputFlags, RevisionFlags
from pypkg.cli.proposals import complete_release
from pypkg.cli.settings import Settings


class StatusFlags(RevisionFlags, OutputFlags):
    """The flags of status."""

    title: ClassVar = "Flags"


@command(usage="RELEASE", name="status", complete=complete_release)
def main(arguments: Arguments, settings: Settings, flags: StatusFlags) -> None:
    """Show the state of a release and of what it installed."""
    from pypkg.cli.display.resource_tables import tables  # noqa: PLC0415 - start-up time
    from pypkg.release.live_objects import status  # noqa: PLC0415 - start-up time

    with connection.environment(settings) as env:
        release = status(
            env, arguments[0], flags.revision, tables=flags.output == "table"
        )
    live = release.info.resources or {}
    resources = tables(live) if flags.output == "table" else ""
    release_text.show(
        release,
        form=flags.output,
        stored=True,
        resources=resources,
    )
