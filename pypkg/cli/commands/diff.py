"""``pypkg diff``: in the words of the helm-diff plugin."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pypkg.cli import connection
from pypkg.cli.commands.rollback import RollbackFlags, revision_number
from pypkg.cli.commands.upgrade import UpgradeFlags
from pypkg.cli.comparing import ComparisonFlags
from pypkg.cli.flags import Flags, flag
from pypkg.cli.grammar import Arguments, Group, command
from pypkg.cli.intentions import upgrade_meant
from pypkg.cli.proposals import complete_release, complete_release_then_chart
from pypkg.cli.settings import Settings

if TYPE_CHECKING:
    from pypkg.release.diffs.comparison import Comparison
    from pypkg.release.environment import Environment
    from pypkg.release.intent import Intent


class ThreeWayFlags(Flags):
    """``--three-way-merge``."""

    title: ClassVar = "Comparing"

    three_way_merge: bool = flag(
        "--three-way-merge",
        help="compare with the live objects; =false compares the rendered manifests",
        default=True,
    )


class DiffUpgradeFlags(ComparisonFlags, ThreeWayFlags, UpgradeFlags):
    """The flags of diff upgrade: those of upgrade, and how to show it."""

    title: ClassVar = "Flags"

    allow_unreleased: bool = flag(
        "--allow-unreleased",
        help="as --install: compare with nothing if there is no such release",
        default=False,
    )


class DiffRollbackFlags(ComparisonFlags, ThreeWayFlags, RollbackFlags):
    """The flags of diff rollback: those of rollback, and how to show it."""

    title: ClassVar = "Flags"


@command(
    usage="RELEASE CHART",
    name="upgrade",
    examples=(
        "pypkg diff upgrade web ./web -f prod.yaml\n"
        "pypkg diff upgrade web ./web --detailed-exitcode -o simple"
    ),
    complete=complete_release_then_chart,
)
def _upgrade(arguments: Arguments, settings: Settings, flags: DiffUpgradeFlags) -> None:
    """Show what an upgrade would change in the cluster.

    Every object is applied in a dry run of the server, and compared with the live one:
    what others have changed since the last revision is marked as drift.
    """
    flags.install = flags.install or flags.allow_unreleased
    with connection.environment(settings) as env:
        intent = upgrade_meant(env, arguments, settings, flags)
        found = _compared(env, intent, flags, live=flags.three_way_merge)
    flags.show(found)


@command(
    usage="RELEASE [REVISION]",
    name="rollback",
    examples="pypkg diff rollback web\npypkg diff rollback web 2 -C -1",
    complete=complete_release,
)
def _rollback(
    arguments: Arguments, settings: Settings, flags: DiffRollbackFlags
) -> None:
    """Show what a rollback would change in the cluster."""
    from pypkg.release.intent import to_rollback  # noqa: PLC0415 - start-up time

    name, *revision = arguments
    with connection.environment(settings) as env:
        intent = to_rollback(env, flags.rollback_options(name, revision))
        found = _compared(env, intent, flags, live=flags.three_way_merge)
    flags.show(found)


@command(
    usage="RELEASE REVISION [REVISION]",
    name="revision",
    examples="pypkg diff revision web 2\npypkg diff revision web 2 3",
    complete=complete_release,
)
def _revision(arguments: Arguments, settings: Settings, flags: ComparisonFlags) -> None:
    """Show how two revisions of a release differ, as they were rendered.

    With one REVISION, that one and the latest.
    """
    from pypkg.release.diffs.rendered_diff import (  # noqa: PLC0415 - start-up time
        compare_manifests,
    )
    from pypkg.release.queries import get_release  # noqa: PLC0415 - start-up time

    name, *revisions = arguments
    old, *rest = map(revision_number, revisions)
    new = rest[0] if rest else 0
    if rest and old > new:
        old, new = new, old
    with connection.environment(settings) as env:
        before, after = get_release(env, name, old), get_release(env, name, new)
    flags.show(compare_manifests(before, after, flags.diff_options()))


@command(
    usage="RELEASE RELEASE",
    name="release",
    examples="pypkg diff release web-blue web-green",
)
def _release(arguments: Arguments, settings: Settings, flags: ComparisonFlags) -> None:
    """Show how two releases of one chart differ, as they were rendered."""
    from pypkg.release.diffs.rendered_diff import (  # noqa: PLC0415 - start-up time
        compare_releases,
    )
    from pypkg.release.queries import get_release  # noqa: PLC0415 - start-up time

    with connection.environment(settings) as env:
        before, after = (get_release(env, name) for name in arguments)
    flags.show(compare_releases(before, after, flags.diff_options()))


def _compared(
    env: Environment, intent: Intent, flags: ComparisonFlags, *, live: bool
) -> Comparison:
    from pypkg.release.diffs import diff, rendered_diff  # noqa: PLC0415 - start-up time

    if live:
        return diff.compare(env, intent, flags.diff_options())
    proposal = intent.proposal
    return rendered_diff.compare_manifests(
        proposal.current, proposal.release, flags.diff_options()
    )


main = Group(
    "diff",
    [_upgrade, _rollback, _revision, _release],
    help="Show what would change, and change nothing.",
)
