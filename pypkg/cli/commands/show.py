"""``pypkg show``."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pypkg.cli import inputs
from pypkg.cli.flags import flag
from pypkg.cli.grammar import Arguments, Group, command
from pypkg.cli.output import structured, warn, write
from pypkg.cli.proposals import complete_charts
from pypkg.cli.repository_options import ChartFlags
from pypkg.cli.settings import Settings
from pypkg.errors import ValuesError

if TYPE_CHECKING:
    from collections.abc import Callable

    from pypkg.chart.chart import Chart

READMES = {"readme.md", "readme.txt", "readme"}


class ValuesFlags(ChartFlags):
    """The flags of show values."""

    title: ClassVar = "Flags"

    jsonpath: str = flag(
        "--jsonpath",
        help="only what this JSONPath template selects, such as '{.image.tag}'",
        metavar="TEMPLATE",
    )


def _definition(chart: Chart) -> list[str]:
    return [structured("yaml", chart.metadata.to_dict())]


def _values(chart: Chart) -> list[str]:
    text = chart.values_text
    return [] if text is None else [text.decode(errors="replace")]


def _readme(chart: Chart) -> list[str]:
    found = (file for file in chart.files if file.name.lower() in READMES)
    return [file.data.decode(errors="replace") for file in found][:1]


def _crds(chart: Chart) -> list[str]:
    texts = [file.data.decode(errors="replace") for file in chart.crds()]
    return [t if t.startswith("---") else f"---\n{t}" for t in texts]


def _print(
    arguments: Arguments,
    settings: Settings,
    flags: ChartFlags,
    *parts: Callable[[Chart], list[str]],
) -> None:
    """Print parts of a chart, set apart as Helm does."""
    chart = inputs.load_chart(arguments[0], settings, flags)
    texts: list[str] = []
    for part in parts:
        found = part(chart)
        if texts and found and part is not _crds:
            texts.append("---")
        texts += found
    write("".join(f"{text}\n" for text in texts))


@command(usage="CHART", name="all", complete=complete_charts)
def _all(arguments: Arguments, settings: Settings, flags: ChartFlags) -> None:
    """Show a chart's definition, values, README and CRDs."""
    _print(arguments, settings, flags, _definition, _values, _readme, _crds)


@command(usage="CHART", name="chart", complete=complete_charts)
def _chart(arguments: Arguments, settings: Settings, flags: ChartFlags) -> None:
    """Show a chart's definition: its Chart.yaml."""
    _print(arguments, settings, flags, _definition)


@command(usage="CHART", name="crds", complete=complete_charts)
def _only_crds(arguments: Arguments, settings: Settings, flags: ChartFlags) -> None:
    """Show a chart's CustomResourceDefinitions."""
    _print(arguments, settings, flags, _crds)


@command(usage="CHART", name="readme", complete=complete_charts)
def _only_readme(arguments: Arguments, settings: Settings, flags: ChartFlags) -> None:
    """Show a chart's README."""
    _print(arguments, settings, flags, _readme)


@command(
    usage="CHART",
    name="values",
    examples=(
        "pypkg show values ./web > my.yaml\n"
        "pypkg show values ./web --jsonpath '{.image.tag}'"
    ),
    complete=complete_charts,
)
def _only_values(arguments: Arguments, settings: Settings, flags: ValuesFlags) -> None:
    """Show a chart's values.yaml, comments included."""
    if not flags.jsonpath:
        _print(arguments, settings, flags, _values)
        return
    from pypkg.render.context import as_float64  # noqa: PLC0415 - start-up time
    from pypkg.render.jsonpath import render  # noqa: PLC0415 - start-up time

    chart = inputs.load_chart(arguments[0], settings, flags)
    try:
        write(render(flags.jsonpath, as_float64(chart.values)))
    except ValuesError as error:
        # To Helm a path that leads nowhere is no failure.
        warn(str(error))


main = Group(
    "show",
    [_all, _chart, _only_crds, _only_readme, _only_values],
    help="Print parts of a chart.",
    aliases=["inspect"],
)
