"""What a chart renders to with its default values, for people who compare versions."""

from __future__ import annotations

from datetime import UTC, datetime
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pypkg.chart.chart import Chart

# Strangers' charts, on a machine that has others to serve.
_SECONDS = 10.0
_OUTPUT_BYTES = 8 * 1024 * 1024
_MOMENT = datetime(2000, 1, 1, tzinfo=UTC)


def preview(chart: Chart) -> Mapping[str, str]:
    """Render a chart; dates and passwords are the same each time.

    Returns:
        The text of each object, by its kind and name.

    Raises:
        PypkgError: It does not render.
    """
    from pypkg.cli.rendering import code_cache  # noqa: PLC0415 - start-up time
    from pypkg.render.engine import Limits  # noqa: PLC0415 - start-up time
    from pypkg.render.functions.host import Host  # noqa: PLC0415 - start-up time
    from pypkg.render.renderer import Settings, render  # noqa: PLC0415 - start-up time

    settings = Settings(
        host=Host(
            clock=lambda: _MOMENT,
            zone=UTC,
            random=Random(0),  # noqa: S311 - sameness is what is wanted
            max_string=_OUTPUT_BYTES,
        ),
        limits=Limits(output_bytes=_OUTPUT_BYTES, seconds=_SECONDS),
        cache=code_cache(),
    )
    rendered = render(chart, settings=settings)
    objects = {f"{one.kind} {one.name}": one.content for one in rendered.manifests}
    hooks = {f"hook {one.kind} {one.name}": one.manifest for one in rendered.hooks}
    return objects | hooks
