"""``pypkg history``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from pypkg.cli import connection
from pypkg.cli.flags import flag
from pypkg.cli.grammar import Arguments, command
from pypkg.cli.options import OutputFlags
from pypkg.cli.output import ansic, echo, structured, table, write
from pypkg.cli.proposals import complete_release
from pypkg.cli.settings import Settings

if TYPE_CHECKING:
    from pypkg.release.records.record import Release


class HistoryFlags(OutputFlags):
    """The flags of history."""

    title: ClassVar = "Flags"

    max: int = flag("--max", help="only the newest N", metavar="N", default=256)
    show_rollback_revision: bool = flag(
        "--show-rollback-revision",
        help="say which revision a rollback went back to",
        default=False,
    )


@command(
    usage="RELEASE",
    name="history",
    aliases=["hist"],
    complete=complete_release,
)
def main(arguments: Arguments, settings: Settings, flags: HistoryFlags) -> None:
    """Show the revisions of a release, the oldest first."""
    from pypkg.release.queries import history  # noqa: PLC0415 - start-up time

    with connection.environment(settings) as env:
        found = history(env, arguments[0], limit=flags.max)
    if flags.output != "table":
        write(structured(flags.output, [_fields(r) for r in found], sort_keys=False))
        return
    head = ["REVISION", "UPDATED", "STATUS", "CHART", "APP VERSION", "DESCRIPTION"]
    rows = [_row(release) for release in found]
    if flags.show_rollback_revision:
        head.insert(5, "ROLLBACK")
        for row, release in zip(rows, found, strict=True):
            row.insert(5, str(release.info.rollback_revision or ""))
    echo(table(head, rows, status_column=2), nl=False)


def _row(release: Release) -> list[str]:
    chart = release.chart.metadata
    return [
        str(release.revision),
        ansic(release.info.last_deployed),
        release.status,
        f"{chart.name}-{chart.version}",
        chart.app_version,
        release.info.description,
    ]


def _fields(release: Release) -> dict[str, Any]:
    chart = release.chart.metadata
    updated = release.info.last_deployed
    wire: dict[str, Any] = {
        "revision": release.revision,
        "updated": updated.rfc3339() if updated else "",
        "status": str(release.status),
        "chart": f"{chart.name}-{chart.version}",
        "app_version": chart.app_version,
    }
    if release.info.rollback_revision:
        wire["rollback_revision"] = release.info.rollback_revision
    return {**wire, "description": release.info.description}
