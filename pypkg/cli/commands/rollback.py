"""``pypkg rollback``."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pypkg.cli import connection
from pypkg.cli.flags import flag
from pypkg.cli.grammar import Arguments, command
from pypkg.cli.output import echo
from pypkg.cli.proposals import complete_release_then_revision
from pypkg.cli.release_options import (
    DryRunFlags,
    HistoryMaxFlags,
    ProgressFlags,
    UpgradeApplyFlags,
    WaitForJobsFlags,
)
from pypkg.cli.settings import Settings
from pypkg.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pypkg.release.options import RollbackOptions


class RollbackFlags(
    DryRunFlags, HistoryMaxFlags, UpgradeApplyFlags, WaitForJobsFlags, ProgressFlags
):
    """The flags of rollback."""

    title: ClassVar = "Flags"

    description: str = flag(
        "--description", help="what the history says", metavar="TEXT"
    )

    def rollback_options(self, name: str, revision: Sequence[str]) -> RollbackOptions:
        """Give them in the form that the operation takes.

        Args:
            name: The release.
            revision: Where to go back to, or nothing.
        """
        from pypkg.release.options import (  # noqa: PLC0415 - start-up time
            RollbackOptions,
        )

        return RollbackOptions(
            name=name,
            revision=revision_number(revision[0]) if revision else 0,
            description=self.description,
            history_max=self.history_max,
            cleanup_on_fail=self.cleanup_on_fail,
            disable_hooks=self.no_hooks,
            dry_run=self.dry_run_mode,
            wait=self.wait_options(),
            apply=self.apply_options(),
        )


@command(
    usage="RELEASE [REVISION]",
    name="rollback",
    examples="pypkg rollback web\npypkg rollback web 2 --wait",
    complete=complete_release_then_revision,
)
def main(arguments: Arguments, settings: Settings, flags: RollbackFlags) -> None:
    """Go back to an earlier revision of a release.

    Without REVISION, or with 0, to the one before the current one. The result is a
    new revision; "pypkg history RELEASE" lists those there are.
    """
    from pypkg.release.rollback import rollback  # noqa: PLC0415 - start-up time

    name, *revision = arguments
    options = flags.rollback_options(name, revision)
    with connection.environment(settings, telling=flags.telling()) as env:
        rollback(env, options)
    echo("Rollback was a success! Happy Helming!")


def revision_number(text: str) -> int:
    """Read a revision.

    Raises:
        UsageError: The text is no number.
    """
    try:
        return int(text)
    except ValueError:
        raise UsageError(
            f"could not convert revision to a number: {text!r} is none",
            hint="`pypkg history RELEASE` lists the revisions",
        ) from None
