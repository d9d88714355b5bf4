"""The name of a new release: given, made up, or from a template."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from pypkg.cli.flags import Flags, flag
from pypkg.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable


class NameFlags(Flags):
    """What names a new release."""

    generate_name: bool = flag(
        "-g",
        "--generate-name",
        help="make up a name from the chart's and the time; NAME is left out",
        default=False,
    )
    name_template: str = flag(
        "--name-template",
        help="a Go template that gives the name, such as 'web-{{randAlpha 5 | lower}}'",
        metavar="TEMPLATE",
    )

    def read(
        self,
        arguments: tuple[str, ...],
        *,
        default: str = "",
        clock: Callable[[], float] = time.time,
    ) -> tuple[str, str]:
        """Give the release's name, and the chart that ``[NAME] CHART`` means.

        Args:
            arguments: One or two words.
            default: The name where none is given, or "" where there must be one.
            clock: Gives seconds since 1970.

        Raises:
            UsageError: There is no name, or there are two.
        """
        *names, chart = arguments
        given = {
            "--generate-name": self.generate_name,
            "--name-template": bool(self.name_template),
        }
        if names:
            for flag_name, is_given in given.items():
                if is_given:
                    raise UsageError(
                        f"cannot set {flag_name} and also specify a name",
                        hint=f"leave out {names[0]!r}, or the flag",
                    )
            return names[0], chart
        if self.name_template:
            return _rendered(self.name_template), chart
        if default:
            return default, chart
        if self.generate_name:
            return f"{_stem(chart)}-{int(clock())}", chart
        raise UsageError(
            "must either provide a name or specify --generate-name",
            hint=f"for example: pypkg install {_stem(chart)} {chart}",
        )


def _stem(chart: str) -> str:
    """Give a chart reference's last part up to its first dot."""
    name = os.path.basename(chart.rstrip("/"))
    return name.partition(".")[0] or "chart"


def _rendered(template: str) -> str:
    from pypkg.render.renderer import render_text  # noqa: PLC0415 - start-up time

    return render_text("name-template", template)
