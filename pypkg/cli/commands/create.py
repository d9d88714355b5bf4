"""``pypkg create``."""

from __future__ import annotations

from pathlib import Path

from pypkg.cli.flags import Flags, flag
from pypkg.cli.grammar import Arguments, command
from pypkg.cli.output import echo


class CreateFlags(Flags):
    """Which chart."""

    go_template: bool = flag(
        "--go-template",
        help="write Go templates, as Helm does, instead of Jinja2",
        default=False,
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
    scaffold.create(
        path.name,
        path.parent,
        engine="gotemplate" if options.go_template else "jinja",
    )
    echo(f"Creating {arguments[0]}")
