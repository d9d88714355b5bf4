"""``pypkg create``."""

from __future__ import annotations

from pathlib import Path

from pypkg import paths
from pypkg.cli.flags import Flags, flag
from pypkg.cli.grammar import Arguments, command
from pypkg.cli.output import echo
from pypkg.errors import ChartError


class CreateFlags(Flags):
    """Which chart."""

    go_template: bool = flag(
        "--go-template",
        help="write Go templates, as Helm does, instead of Jinja2",
        default=False,
    )
    starter: str = flag(
        "-p",
        "--starter",
        help="a chart to start from: its path, or its name in the folder starters of"
        " PYPKG_DATA_HOME or of Helm's",
        metavar="CHART",
    )


@command(
    usage="NAME",
    name="create",
    examples="pypkg create web\npypkg create charts/web --go-template",
)
def main(arguments: Arguments, options: CreateFlags) -> None:
    """Write a new chart to start from.

    NAME may be a path; its last part names the chart. The chart is ready to be
    installed: a Deployment, a Service, an Ingress, an autoscaler and a test, in Jinja2.
    """
    from pypkg.chart import scaffold  # noqa: PLC0415 - start-up time

    path = Path(arguments[0])
    if options.starter:
        scaffold.create_from(_starter(options.starter), path.name, path.parent)
    else:
        scaffold.create(
            path.name,
            path.parent,
            engine="gotemplate" if options.go_template else "jinja",
        )
    echo(f"Creating {arguments[0]}")


def _starter(given: str) -> Path:
    """Find the chart that ``--starter`` means."""
    homes = paths.data_home(), paths.helm_data_home()
    places = [*(home / "starters" / given for home in homes), Path(given)]
    for place in places:
        if place.exists():
            return place
    raise ChartError(
        f"there is no starter {given}",
        hint=f"give a chart's path, or put it into {homes[0] / 'starters'}",
    )
