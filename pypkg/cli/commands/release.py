"""``pypkg release``."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, ClassVar

from pypkg.cli import connection
from pypkg.cli.flag_types import Duration
from pypkg.cli.flags import flag
from pypkg.cli.grammar import Arguments, Group, command
from pypkg.cli.options import OutputFlags
from pypkg.cli.output import echo, structured, table, warn, write
from pypkg.cli.proposals import complete_release
from pypkg.cli.settings import Settings

if TYPE_CHECKING:
    from pypkg.release.recovery import Finding


class RecoverFlags(OutputFlags):
    """The flags of recover."""

    title: ClassVar = "Flags"

    dry_run: bool = flag(
        "--dry-run", help="only say what is out of order", default=False
    )
    lock_timeout: float = flag(
        "--lock-timeout",
        help="how long to wait for an operation that may have died elsewhere",
        metavar="DURATION",
        default=45.0,
        kind=Duration(),
        envvar="LOCK_TIMEOUT",
    )


@command(
    usage="[RELEASE]...",
    name="recover",
    examples="pypkg release recover --dry-run\npypkg release recover web",
    complete=complete_release,
)
def _recover(arguments: Arguments, settings: Settings, flags: RecoverFlags) -> None:
    """Bring releases in order whose operation was killed.

    A pending revision is recorded as failed, so that the next command can go on; an
    uninstall is finished; of several deployed revisions the newest stays. Without
    RELEASE that is done for all releases of the namespace whose operation is known to
    have died; what else is unfinished is named.

    Operations of pypkg do this by themselves with what other operations of pypkg have
    left. Of a pending revision that helm has left, only you know that nothing works
    on it any more: it is given up if its RELEASE is given.
    """
    from pypkg.release.recovery import (  # noqa: PLC0415 - start-up time
        Survey,
        diagnose,
        recover,
        survey,
    )

    with connection.environment(settings) as env:
        found: list[Finding] = []
        seen = Survey([*arguments], []) if arguments else survey(env)
        for name in seen.dead:
            if flags.dry_run:
                found += diagnose(env, name)
            else:
                found += recover(env, name, timeout=flags.lock_timeout)
    for told in seen.unsure:
        warn(f"not looked at: {told}")
    if flags.output != "table":
        data = [asdict(finding) for finding in found]
        write(structured(flags.output, data, sort_keys=False))
    elif found:
        becomes = "WOULD BECOME" if flags.dry_run else "IS NOW"
        head = ["NAME", "REVISION", "WAS LEFT", becomes, "BY"]
        echo(table(head, map(_row, found), status_column=2), nl=False)
    else:
        echo(f"Nothing {'else ' if seen.unsure else ''}is out of order.")


def _row(finding: Finding) -> list[str]:
    return [
        finding.name,
        str(finding.revision),
        finding.status,
        finding.remedy,
        finding.left_by,
    ]


main = Group(
    "release", [_recover], help="Bring releases in order that were left behind."
)
