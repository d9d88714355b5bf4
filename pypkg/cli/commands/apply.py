"""``pypkg apply``: carry out a saved plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pypkg.cli import connection, inputs
from pypkg.cli.comparing import print_comparison
from pypkg.cli.display import release_text
from pypkg.cli.flags import flag
from pypkg.cli.grammar import Arguments, command
from pypkg.cli.options import OutputFlags
from pypkg.cli.output import echo
from pypkg.cli.release_options import ProgressFlags
from pypkg.cli.settings import Settings
from pypkg.errors import UsageError

if TYPE_CHECKING:
    from pypkg.release.plans.plan import Plan


class ApplyPlanFlags(OutputFlags, ProgressFlags):
    """The flags of apply."""

    title: ClassVar = "Flags"

    dry_run: bool = flag(
        "--dry-run",
        help="show what the plan changes and whether it still fits; change nothing",
        default=False,
    )
    hide_notes: bool = flag(
        "--hide-notes", help="do not print the chart's notes", default=False
    )


@command(
    usage="FILE",
    name="apply",
    failure="APPLY FAILED",
    examples=(
        "pypkg plan upgrade web ./web -o web.plan\n"
        "pypkg apply web.plan --dry-run\n"
        "pypkg apply web.plan"
    ),
)
def main(arguments: Arguments, settings: Settings, flags: ApplyPlanFlags) -> None:
    """Carry out a plan that "pypkg plan" has saved, exactly as it was shown.

    Nothing is rendered again. If the cluster is no longer as it was, nothing is
    changed, and what has moved is listed. FILE may be - for standard input.
    """
    from pypkg.release.diffs import diff  # noqa: PLC0415 - start-up time
    from pypkg.release.diffs.rendered_diff import (  # noqa: PLC0415 - start-up time
        DiffOptions,
    )
    from pypkg.release.plans import plan, plan_file  # noqa: PLC0415 - start-up time

    saved = plan_file.decode(inputs.reader(settings)(arguments[0]))
    _lead_to(settings, saved)
    with connection.environment(settings, telling=flags.telling()) as env:
        if flags.dry_run:
            intent = plan.checked(env, saved)
            found = diff.compare(env, intent, DiffOptions())
            print_comparison(found, form="diff", context=3)
            return
        release = plan.apply(env, saved)
    if saved.verb == "uninstall":
        echo(f'release "{release.name}" uninstalled')
        return
    release_text.show(
        release, form=flags.output, notes=not flags.hide_notes, debug=settings.debug
    )


def _lead_to(settings: Settings, saved: Plan) -> None:
    """Work in the namespace of the plan.

    Raises:
        UsageError: The user names another.
    """
    namespace = saved.release.namespace
    if settings.namespace not in {"", namespace}:
        raise UsageError(
            f"the plan is for the namespace {namespace}, not {settings.namespace}",
            hint="leave out --namespace, and unset PYPKG_NAMESPACE",
        )
    settings.namespace = namespace
