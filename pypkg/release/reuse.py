"""Which values an upgrade renders with: new ones, old ones, or both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pypkg.chart.coalesce import coalesce, coalesce_tables
from pypkg.release.options import ReuseValues

if TYPE_CHECKING:
    from pypkg.chart.chart import Chart
    from pypkg.release.records.record import Release


def reused_values(
    chart: Chart, current: Release, given: dict[str, Any], mode: ReuseValues
) -> tuple[Chart, dict[str, Any]]:
    """Combine the user's values with those of the revision that is deployed.

    Args:
        chart: The chart to upgrade to.
        current: The revision that is deployed.
        given: What the user sets now.
        mode: What to take over.

    Returns:
        The chart, with other defaults where the old ones are reused, and the values
        to render with, which the new revision records as the user's.
    """
    match mode:
        case ReuseValues.RESET:
            return chart, given
        case ReuseValues.REUSE:
            # A stored chart has no subcharts: their defaults are the new chart's.
            defaults = coalesce(current.chart, current.config)
            values = coalesce_tables(given, current.config)
            return chart.replace(values=defaults), values
        case ReuseValues.RESET_THEN_REUSE:
            return chart, coalesce_tables(given, current.config)
        case ReuseValues.DEFAULT:
            return chart, given or current.config


def merged_labels(current: dict[str, str], given: dict[str, str]) -> dict[str, str]:
    """Change the labels of a record; the value "null" removes one, as in Helm."""
    merged = {**current, **given}
    return {name: value for name, value in merged.items() if value != "null"}
