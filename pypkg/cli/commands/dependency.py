"""``pypkg dependency``."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from pypkg.cli import dependencies
from pypkg.cli.flags import Flags, flag
from pypkg.cli.grammar import Arguments, Group, command
from pypkg.cli.output import echo, table, warn
from pypkg.cli.repository_options import FetchFlags
from pypkg.cli.settings import Settings

HEAD = ["NAME", "VERSION", "REPOSITORY", "STATUS"]


class RefreshFlags(FetchFlags):
    """The flags of dependency update and build."""

    title: ClassVar = "Flags"

    skip_refresh: bool = flag(
        "--skip-refresh",
        help="use the indexes that are here; with what is cached, no network is needed",
        default=False,
    )


@command(
    usage="CHART",
    name="update",
    aliases=["up"],
    examples="pypkg dependency update ./web",
)
def _update(arguments: Arguments, settings: Settings, flags: RefreshFlags) -> None:
    """Fetch the newest charts that Chart.yaml allows, and lock them."""
    with dependencies.opened(settings, flags, refresh=not flags.skip_refresh) as opened:
        opened.update(Path(arguments[0]))


@command(usage="CHART", name="build", examples="pypkg dependency build ./web")
def _build(arguments: Arguments, settings: Settings, flags: RefreshFlags) -> None:
    """Fetch exactly the charts that Chart.lock names.

    Without a Chart.lock this is dependency update.
    """
    with dependencies.opened(settings, flags, refresh=not flags.skip_refresh) as opened:
        opened.build(Path(arguments[0]))


class ListFlags(Flags):
    """The flags of dependency list."""

    max_col_width: int = flag(
        "--max-col-width",
        help="the most characters in a column; 0 is no limit",
        metavar="N",
        default=80,
    )


@command(
    usage="CHART",
    name="list",
    aliases=["ls"],
    examples="pypkg dependency list ./web",
)
def _list(arguments: Arguments, flags: ListFlags) -> None:
    """List the charts that a chart depends on, and whether they are in charts/."""
    from pypkg.chart.loader import load_chart  # noqa: PLC0415 - start-up time
    from pypkg.repo.inventory import statuses, unlisted  # noqa: PLC0415 - start-up time

    path = Path(arguments[0])
    chart = load_chart(path, warn=warn)
    if not chart.metadata.dependencies:
        echo(f"WARNING: no dependencies at {path / 'charts'}")
        return
    rows = [
        [one.name, one.version, one.repository, status]
        for one, status in statuses(path, chart)
    ]
    echo(table(HEAD, rows, widest=flags.max_col_width))
    for extra in unlisted(path, chart):
        echo(f'WARNING: "{extra}" is not in Chart.yaml.')


main = Group(
    "dependency",
    [_update, _build, _list],
    help="List and fetch the charts that a chart depends on.",
    aliases=["dep", "dependencies"],
)
