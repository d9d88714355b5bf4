"""Computed values: a chart's defaults under what the user and the parents set.

The rules are Helm's (``pkg/chart/common/util/coalesce.go``), with every consequence
of its working in place: an override of null deletes a default, but survives where
there is none; a default of null is nothing; a parent's defaults for a subchart are
merged with their nulls, which then delete the subchart's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pypkg.chart.warning import ignore
from pypkg.errors import ValuesError

if TYPE_CHECKING:
    from collections.abc import Callable

    from pypkg.chart.chart import Chart

    Warn = Callable[[str], None]

GLOBAL = "global"


def coalesce(
    chart: Chart, values: dict[str, Any], *, warn: Warn = ignore
) -> dict[str, Any]:
    """Compute the values that a chart and its subcharts are rendered with.

    Args:
        chart: The root, its dependencies processed.
        values: What the user set.
        warn: Hears where a table meets something else.

    Returns:
        The root's ``.Values``. Under each subchart's name stand that chart's
        ``.Values``, with the ``global`` of all charts above merged in. Maps are new;
        lists are shared with the arguments.

    Raises:
        ValuesError: The value under a subchart's name is no map.
    """
    computed: dict[str, Any] = copied(values)
    _Coalescing(warn, merge=False).chart(chart, computed, "")
    return computed


def merge_defaults(chart: Chart, *, warn: Warn = ignore) -> dict[str, Any]:
    """Merge the defaults of a chart and its subcharts, nulls included.

    Returns:
        A tree as :func:`coalesce` gives, for a later one to work on.

    Raises:
        ValuesError: The value under a subchart's name is no map.
    """
    merged: dict[str, Any] = {}
    _Coalescing(warn, merge=True).chart(chart, merged, "")
    return merged


def coalesce_tables(
    override: dict[str, Any], base: dict[str, Any], *, warn: Warn = ignore
) -> dict[str, Any]:
    """Lay values over others as ``helm upgrade --reuse-values`` does.

    A null deletes the base's value; without one it stays, as does a base's null.

    Returns:
        A new tree; lists are shared with the arguments.
    """
    tables: dict[str, Any] = copied(override)
    merge_tables(tables, copied(base), "", warn, merge=False)
    return tables


def copied(value: Any) -> Any:
    """Copy the maps of a tree; lists, which merging never changes, are shared."""
    if not isinstance(value, dict):
        return value
    # Most items are no maps: a call for each would take longer than all the rest.
    return {
        key: copied(item) if isinstance(item, dict) else item
        for key, item in value.items()
    }


def merge_tables(
    target: dict[str, Any],
    base: dict[str, Any],
    path: str,
    warn: Warn = ignore,
    *,
    merge: bool,
) -> None:
    """Fill a map in place from another, whose own parts end up in it.

    Args:
        target: The map that has precedence.
        base: What fills it. It is changed: Helm writes the target's nulls into it.
        path: Where both stand, for warnings.
        warn: Hears where a table meets something else.
        merge: Keep the target's nulls; otherwise they delete.
    """
    defaults = {key for key, value in base.items() if value is not None}
    base.update({key: None for key, value in target.items() if value is None})
    for key, value in base.items():
        if key not in target:
            target[key] = value
            continue
        present = target[key]
        if present is None:
            if not merge and key in defaults:
                del target[key]
        elif isinstance(value, dict):
            place = _joined(path, key)
            if isinstance(present, dict):
                merge_tables(present, value, place, warn, merge=merge)
            else:
                warn(f"{place} is a map by default, and set to something else")
        elif isinstance(present, dict) and value is not None:
            place = _joined(path, key)
            warn(f"{place} is set to a map, and is none by default")


class _Coalescing:
    """One pass over a tree of charts.

    Attributes:
        merge: Keep nulls, for a later pass; otherwise they delete.
    """

    def __init__(self, warn: Warn, *, merge: bool) -> None:
        self.warn = warn
        self.merge = merge

    def chart(self, chart: Chart, values: dict[str, Any], above: str) -> None:
        """Fill the values of a chart, in place, and those of its subcharts."""
        path = _joined(above, chart.name)
        self.fill(chart, values, path)
        for subchart in chart.dependencies:
            below = values.setdefault(subchart.name, {})
            if not isinstance(below, dict):
                raise ValuesError(
                    f"type mismatch on {subchart.name}: {_joined(path, subchart.name)}"
                    " holds the values of a subchart and must be a map"
                )
            self.hand_down_globals(values, below, path)
            self.chart(subchart, below, path)

    def fill(self, chart: Chart, values: dict[str, Any], path: str) -> None:
        """Fill what the values lack with the chart's own defaults."""
        subcharts = {subchart.name for subchart in chart.dependencies}
        for key, default in copied(chart.values).items():
            merge = self.merge or key in subcharts
            if key not in values:
                if self.merge:
                    values[key] = default
                elif default is not None:
                    values[key] = without_nulls(default)
                continue
            value = values[key]
            if value is None and not self.merge:
                del values[key]
            elif isinstance(value, dict):
                if isinstance(default, dict):
                    base = default if merge else without_nulls(default)
                    place = _joined(path, key)
                    merge_tables(value, base, place, self.warn, merge=merge)
                elif default is not None:
                    self.warn(
                        f"{_joined(path, key)} is set to a map, and is none by default"
                    )

    def hand_down_globals(
        self, values: dict[str, Any], below: dict[str, Any], path: str
    ) -> None:
        """Merge a chart's globals over those of its subchart."""
        given = values.get(GLOBAL, {})
        inner = below.get(GLOBAL, {})
        if not isinstance(inner, dict) or not isinstance(given, dict):
            self.warn(f"the globals of {path} are not handed down: they must be maps")
            return
        for key, value in given.items():
            present = inner.get(key)
            if isinstance(value, dict):
                if key not in inner:
                    inner[key] = dict(value)
                elif isinstance(present, dict):
                    # Maps further down stay those of the parent, which so gets to
                    # see what subcharts add: Helm copies one level, too.
                    merged = dict(value)
                    merge_tables(merged, present, key, self.warn, merge=True)
                    inner[key] = merged
                else:
                    self.warn(f"{path}: global.{key} is a map above, and none below")
            elif isinstance(present, dict):
                self.warn(f"{path}: global.{key} is a map below, and none above")
            else:
                inner[key] = value
        below[GLOBAL] = inner


def without_nulls(value: Any) -> Any:
    """Copy a tree without its nulls; those in lists stay."""
    if not isinstance(value, dict):
        return value
    return {
        key: without_nulls(item) if isinstance(item, dict) else item
        for key, item in value.items()
        if item is not None
    }


def _joined(above: str, name: str) -> str:
    return f"{above}.{name}" if above else name
