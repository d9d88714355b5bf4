"""``pypkg list``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from pypkg.cli import connection
from pypkg.cli.flags import Flags, flag
from pypkg.cli.grammar import command
from pypkg.cli.options import OutputFlags
from pypkg.cli.output import echo, go_time, structured, table, write
from pypkg.cli.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pypkg.release.options import ListOptions
    from pypkg.release.record import Release

HEAD = ["NAME", "NAMESPACE", "REVISION", "UPDATED", "STATUS", "CHART", "APP VERSION"]


class StatusFlags(Flags):
    """Releases in which states; without any of them, in all."""

    title: ClassVar = "Only releases that are"

    deployed: bool = flag("--deployed", help="deployed", default=False)
    failed: bool = flag("--failed", help="failed", default=False)
    pending: bool = flag("--pending", help="in the middle of something", default=False)
    superseded: bool = flag(
        "--superseded", help="revisions that a later one took over from", default=False
    )
    uninstalled: bool = flag(
        "--uninstalled", help="uninstalled with --keep-history", default=False
    )
    uninstalling: bool = flag("--uninstalling", help="being uninstalled", default=False)

    def statuses(self) -> frozenset[Any]:
        """Give the states; none means all."""
        from pypkg.release.record import Status  # noqa: PLC0415 - start-up time

        return frozenset(
            status
            for status in Status
            if getattr(self, "pending" if status.is_pending else status, False)
        )


class ListFlags(OutputFlags, StatusFlags):
    """The flags of list."""

    title: ClassVar = "Flags"

    all_namespaces: bool = flag(
        "-A", "--all-namespaces", help="of every namespace", default=False
    )
    filter: str = flag(
        "-f",
        "--filter",
        help="only those whose name this regular expression finds",
        metavar="REGEX",
    )
    selector: str = flag(
        "-l",
        "--selector",
        help="only those with these labels: key=value,key!=value",
        metavar="SELECTOR",
    )
    date: bool = flag("-d", "--date", help="sort by date", default=False)
    reverse: bool = flag("-r", "--reverse", help="in reverse order", default=False)
    max: int = flag(
        "-m", "--max", help="at most so many; 0 is no limit", metavar="N", default=256
    )
    offset: int = flag(
        "--offset", help="leave out so many first", metavar="N", default=0
    )
    short: bool = flag("-q", "--short", help="names only", default=False)
    no_headers: bool = flag("--no-headers", help="without the head", default=False)
    time_format: str = flag(
        "--time-format",
        help="the form of times, by Go's example: 2006-01-02 15:04:05",
        metavar="LAYOUT",
    )

    def list_options(self) -> ListOptions:
        """Give them in the form that the query takes."""
        from pypkg.release.options import (  # noqa: PLC0415 - start-up time
            ListOptions,
            SortBy,
        )

        return ListOptions(
            statuses=self.statuses(),
            name_filter=self.filter,
            selector=self.selector,
            sort=SortBy.DATE if self.date else SortBy.NAME,
            reverse=self.reverse,
            limit=self.max,
            offset=self.offset,
        )


@command(
    name="list",
    aliases=["ls"],
    examples="pypkg list -A\npypkg list --failed -o json",
)
def main(settings: Settings, flags: ListFlags) -> None:
    """List releases, whatever their state."""
    from pypkg.release.queries import list_releases  # noqa: PLC0415 - start-up time

    with connection.environment(settings, everywhere=flags.all_namespaces) as env:
        found = list_releases(env, flags.list_options())
    if flags.short:
        _print_names([release.name for release in found], flags.output)
        return
    rows = [_row(release, flags.time_format) for release in found]
    if flags.output != "table":
        names = [name.lower().replace(" ", "_") for name in HEAD]
        data = [dict(zip(names, row, strict=True)) for row in rows]
        write(structured(flags.output, data, sort_keys=False))
        return
    head = [] if flags.no_headers else HEAD
    echo(table(head, rows, status_column=4), nl=False)


def _print_names(names: Sequence[str], form: str) -> None:
    if form != "table":
        write(structured(form, names))
        return
    for name in names:
        echo(name)


def _row(release: Release, layout: str) -> list[str]:
    chart = release.chart.metadata
    return [
        release.name,
        release.namespace,
        str(release.revision),
        go_time(release.info.last_deployed, layout),
        release.status,
        f"{chart.name}-{chart.version}",
        chart.app_version,
    ]
