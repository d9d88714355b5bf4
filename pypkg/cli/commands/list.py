"""``pypkg list``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from pypkg.cli import connection
from pypkg.cli.flags import Flags, flag
from pypkg.cli.grammar import command
from pypkg.cli.options import OutputFlags
from pypkg.cli.output import echo, go_time, structured, table, write
from pypkg.cli.settings import Settings, variable
from pypkg.errors import ReleaseError
from pypkg.paths import cache_folder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pypkg.release.listing import ListOptions, Records
    from pypkg.release.records.summaries import Summary

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
        from pypkg.release.records.status import Status  # noqa: PLC0415 - start-up time

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
        "-m", "--max", help="at most N; 0 is no limit", metavar="N", default=256
    )
    offset: int = flag("--offset", help="leave out the first N", metavar="N", default=0)
    short: bool = flag("-q", "--short", help="names only", default=False)
    no_headers: bool = flag("--no-headers", help="without the head", default=False)
    time_format: str = flag(
        "--time-format",
        help="the form of times, by Go's example: 2006-01-02 15:04:05",
        metavar="LAYOUT",
    )

    def list_options(self) -> ListOptions:
        """Give them in the form that the query takes."""
        from pypkg.release.listing import (  # noqa: PLC0415 - start-up time
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
    if flags.short:
        _print_names(_names(settings, flags), flags.output)
        return
    rows = [_row(one, flags.time_format) for one in _summaries(settings, flags)]
    if flags.output != "table":
        names = [name.lower().replace(" ", "_") for name in HEAD]
        data = [dict(zip(names, row, strict=True)) for row in rows]
        write(structured(flags.output, data, sort_keys=False))
        return
    head = [] if flags.no_headers else HEAD
    echo(table(head, rows, status_column=4), nl=False)


def _names(settings: Settings, flags: ListFlags) -> list[str]:
    from pypkg.release import listing  # noqa: PLC0415 - start-up time

    if (records := _records(settings, flags)) is None:
        return [one.name for one in _decoded(settings, flags)]
    return listing.list_names(records, flags.list_options())


def _summaries(settings: Settings, flags: ListFlags) -> list[Summary]:
    from pypkg.release import listing  # noqa: PLC0415 - start-up time

    if (records := _records(settings, flags)) is None:
        return _decoded(settings, flags)
    try:
        return listing.list_summaries(records, flags.list_options())
    except ReleaseError:
        # A record is damaged: as Helm does, take the one before, which may be older
        # than what the metadata were read of.
        return _decoded(settings, flags)


def _records(settings: Settings, flags: ListFlags) -> Records | None:
    """Give the records if they are in the cluster, where they need not be decoded."""
    from pypkg.release import listing  # noqa: PLC0415 - start-up time
    from pypkg.release.records import summaries  # noqa: PLC0415 - start-up time

    driver = (variable("DRIVER") or "secret").removesuffix("s")
    if driver not in listing.RESOURCES:
        return None
    cluster = connection.connect(settings)
    where = "" if flags.all_namespaces else cluster.namespace
    folder = cache_folder("releases")
    cache = summaries.SummaryCache.of_server(folder, cluster.server)
    return listing.Records(cluster, driver, where, cache)


def _decoded(settings: Settings, flags: ListFlags) -> list[Summary]:
    """Read whole records."""
    from pypkg.release.queries import list_releases  # noqa: PLC0415 - start-up time
    from pypkg.release.records.summaries import Summary  # noqa: PLC0415 - start-up time

    with connection.environment(settings, everywhere=flags.all_namespaces) as env:
        found = list_releases(env, flags.list_options())
    return [
        Summary(
            one.name,
            one.namespace,
            one.revision,
            one.status,
            one.info.last_deployed.rfc3339() if one.info.last_deployed else "",
            one.chart.metadata.name,
            one.chart.metadata.version,
            one.chart.metadata.app_version,
        )
        for one in found
    ]


def _print_names(names: Sequence[str], form: str) -> None:
    if form != "table":
        write(structured(form, names))
        return
    for name in names:
        echo(name)


def _row(one: Summary, layout: str) -> list[str]:
    from pypkg.release.records.timestamps import Timestamp  # noqa: PLC0415 - start-up time

    updated = Timestamp.parse(one.updated)
    return [
        one.name,
        one.namespace,
        str(one.revision),
        go_time(updated, layout) if updated else "-",
        one.status,
        f"{one.chart}-{one.chart_version}",
        one.app_version,
    ]
