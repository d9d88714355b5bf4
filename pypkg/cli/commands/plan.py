"""``pypkg plan``: an operation, shown and saved."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from pypkg import files
from pypkg.cli import connection
from pypkg.cli.commands.install import InstallFlags
from pypkg.cli.commands.rollback import RollbackFlags
from pypkg.cli.commands.uninstall import UninstallFlags
from pypkg.cli.commands.upgrade import UpgradeFlags
from pypkg.cli.comparing import ViewFlags
from pypkg.cli.flags import flag
from pypkg.cli.grammar import Arguments, Group, command
from pypkg.cli.intentions import install_meant, upgrade_meant
from pypkg.cli.output import echo
from pypkg.cli.proposals import complete_release, complete_release_then_chart
from pypkg.cli.settings import Settings
from pypkg.errors import PlanError, UsageError

if TYPE_CHECKING:
    from pypkg.release.environment import Environment
    from pypkg.release.intent import Intent


class PlanFlags(ViewFlags):
    """Where the plan goes, and how it is shown."""

    output: str = flag(
        "-o",
        "--output",
        help="the file to write the plan to; it holds what the release's Secrets hold",
        metavar="FILE",
    )


class PlanInstallFlags(PlanFlags, InstallFlags):
    """The flags of plan install: those of install."""

    title: ClassVar = "Flags"


class PlanUpgradeFlags(PlanFlags, UpgradeFlags):
    """The flags of plan upgrade: those of upgrade."""

    title: ClassVar = "Flags"


class PlanRollbackFlags(PlanFlags, RollbackFlags):
    """The flags of plan rollback: those of rollback."""

    title: ClassVar = "Flags"


class PlanUninstallFlags(PlanFlags, UninstallFlags):
    """The flags of plan uninstall: those of uninstall."""

    title: ClassVar = "Flags"


@command(
    usage="[NAME] CHART",
    name="install",
    examples="pypkg plan install web ./web -f prod.yaml -o web.plan",
)
def _install(arguments: Arguments, settings: Settings, flags: PlanInstallFlags) -> None:
    """Plan an install."""
    _check(flags)
    with connection.environment(settings) as env:
        _save(env, install_meant(env, arguments, settings, flags), flags)


@command(
    usage="RELEASE CHART",
    name="upgrade",
    examples=(
        "pypkg plan upgrade web ./web -f prod.yaml -o web.plan\n"
        "pypkg plan upgrade web ./web --install -o web.plan && pypkg apply web.plan"
    ),
    complete=complete_release_then_chart,
)
def _upgrade(arguments: Arguments, settings: Settings, flags: PlanUpgradeFlags) -> None:
    """Plan an upgrade."""
    _check(flags)
    with connection.environment(settings) as env:
        _save(env, upgrade_meant(env, arguments, settings, flags), flags)


@command(
    usage="RELEASE [REVISION]",
    name="rollback",
    examples="pypkg plan rollback web 2 -o web.plan",
    complete=complete_release,
)
def _rollback(
    arguments: Arguments, settings: Settings, flags: PlanRollbackFlags
) -> None:
    """Plan a rollback."""
    from pypkg.release.intent import to_rollback  # noqa: PLC0415 - start-up time

    _check(flags)
    name, *revision = arguments
    with connection.environment(settings) as env:
        intent = to_rollback(env, flags.rollback_options(name, revision))
        _save(env, intent, flags)


@command(
    usage="RELEASE",
    name="uninstall",
    examples="pypkg plan uninstall web -o web.plan",
    complete=complete_release,
)
def _uninstall(
    arguments: Arguments, settings: Settings, flags: PlanUninstallFlags
) -> None:
    """Plan an uninstall."""
    from pypkg.release.intent import to_uninstall  # noqa: PLC0415 - start-up time

    _check(flags)
    with connection.environment(settings) as env:
        intent = to_uninstall(env, flags.uninstall_options(arguments[0]))
        _save(env, intent, flags)


def _check(flags: PlanFlags) -> None:
    if not flags.output:
        raise UsageError(
            "a plan needs a file", hint="name one with -o; `pypkg diff` only shows"
        )


def _save(env: Environment, intent: Intent, flags: PlanFlags) -> None:
    """Show what would change, and write the plan.

    Raises:
        PlanError: The operation would fail.
        FileWriteError: The file cannot be written.
    """
    from pypkg.release.diffs import diff  # noqa: PLC0415 - start-up time
    from pypkg.release.plans import plan, plan_file  # noqa: PLC0415 - start-up time

    found = diff.survey(env, intent)
    comparison = diff.compare(env, intent, flags.diff_options(), found)
    if comparison.problems:
        flags.print(comparison)
        raise PlanError(
            "this would fail, so no plan is saved",
            hint="see the lines with an exclamation mark, and the end of the diff",
        )
    files.write(Path(flags.output), plan_file.encode(plan.make(env, intent, found)))
    flags.print(comparison)
    echo(f"Saved. Carry out exactly this with: pypkg apply {flags.output}")
    flags.end(comparison)


main = Group(
    "plan",
    [_install, _upgrade, _rollback, _uninstall],
    help="Show what an operation would change, and save it to be carried out so.",
)
