"""``pypkg rollback``."""

from __future__ import annotations

from typing import ClassVar

import click

from pypkg.cli import connection
from pypkg.cli.flags import flag
from pypkg.cli.grammar import Arguments, command
from pypkg.cli.proposals import complete_release
from pypkg.cli.release_options import (
    DryRunFlags,
    HistoryMaxFlags,
    ProgressFlags,
    UpgradeApplyFlags,
    WaitForJobsFlags,
)
from pypkg.cli.settings import Settings
from pypkg.errors import UsageError


class RollbackFlags(
    DryRunFlags, HistoryMaxFlags, UpgradeApplyFlags, WaitForJobsFlags, ProgressFlags
):
    """The flags of rollback."""

    title: ClassVar = "Flags"

    description: str = flag(
        "--description", help="what the history says", metavar="TEXT"
    )


@command(
    usage="RELEASE [REVISION]",
    name="rollback",
    examples="pypkg rollback web\npypkg rollback web 2 --wait",
    complete=complete_release,
)
def main(arguments: Arguments, settings: Settings, flags: RollbackFlags) -> None:
    """Go back to an earlier revision of a release.

    Without REVISION, or with 0, to the one before the current one. The result is a
    new revision; "pypkg history RELEASE" lists those there are.
    """
    from pypkg.release.options import RollbackOptions  # noqa: PLC0415 - start-up time
    from pypkg.release.rollback import rollback  # noqa: PLC0415 - start-up time

    name, *revision = arguments
    options = RollbackOptions(
        name=name,
        revision=_number(revision[0]) if revision else 0,
        description=flags.description,
        history_max=flags.history_max,
        cleanup_on_fail=flags.cleanup_on_fail,
        disable_hooks=flags.no_hooks,
        dry_run=flags.dry_run_mode(),
        wait=flags.wait_options(),
        apply=flags.apply_options(),
    )
    with connection.environment(settings, telling=flags.telling()) as env:
        rollback(env, options)
    click.echo("Rollback was a success! Happy Helming!")


def _number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise UsageError(
            f"could not convert revision to a number: {text!r} is none",
            hint="`pypkg history RELEASE` lists the revisions",
        ) from None
