"""``pypkg uninstall``."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pypkg.cli import connection
from pypkg.cli.flag_types import OneOf
from pypkg.cli.flags import flag
from pypkg.cli.grammar import Arguments, command
from pypkg.cli.output import echo
from pypkg.cli.proposals import complete_release
from pypkg.cli.release_options import ProgressFlags, WaitFlags
from pypkg.cli.settings import Settings

if TYPE_CHECKING:
    from pypkg.release.options import UninstallOptions


class UninstallFlags(WaitFlags, ProgressFlags):
    """The flags of uninstall."""

    title: ClassVar = "Flags"

    keep_history: bool = flag(
        "--keep-history",
        help="keep the record, so that the release can be rolled back",
        default=False,
    )
    ignore_not_found: bool = flag(
        "--ignore-not-found",
        help="a release that is not there is no error",
        default=False,
    )
    dry_run: bool = flag("--dry-run", help="delete nothing", default=False)
    description: str = flag(
        "--description", help="what the history says", metavar="TEXT"
    )
    no_hooks: bool = flag("--no-hooks", help="do not run hooks", default=False)
    cascade: str = flag(
        "--cascade",
        help="how objects go that others own",
        default="background",
        kind=OneOf("background", "foreground", "orphan"),
    )

    def uninstall_options(self, name: str) -> UninstallOptions:
        """Give them in the form that the operation takes."""
        from pypkg.release.options import (  # noqa: PLC0415 - start-up time
            Cascade,
            UninstallOptions,
        )

        return UninstallOptions(
            name=name,
            description=self.description,
            keep_history=self.keep_history,
            ignore_not_found=self.ignore_not_found,
            cascade=Cascade(self.cascade),
            disable_hooks=self.no_hooks,
            dry_run=self.dry_run,
            wait=self.wait_options(),
        )


@command(
    usage="RELEASE...",
    name="uninstall",
    aliases=["del", "delete", "un"],
    examples="pypkg uninstall web\npypkg uninstall web --keep-history --wait",
    complete=complete_release,
)
def main(arguments: Arguments, settings: Settings, flags: UninstallFlags) -> None:
    """Remove releases, with everything that they installed.

    Objects annotated "helm.sh/resource-policy: keep" stay, and so do
    CustomResourceDefinitions from crds/.
    """
    from pypkg.release.uninstall import uninstall  # noqa: PLC0415 - start-up time

    with connection.environment(settings, telling=flags.telling()) as env:
        for name in arguments:
            done = uninstall(env, flags.uninstall_options(name))
            if done is not None and done.info:
                echo(done.info)
            echo(f'release "{name}" uninstalled')
