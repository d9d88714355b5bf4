"""A chart's dependencies: which take part, under which name, giving what upwards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pypkg.chart.coalesce import coalesce, copied, merge_defaults, merge_tables
from pypkg.chart.warning import ignore
from pypkg.errors import DependencyError
from pypkg.versions import satisfies

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pypkg.chart.chart import Chart
    from pypkg.chart.metadata import Dependency

    Warn = Callable[[str], None]

_MISSING = object()


def check_dependencies(chart: Chart) -> None:
    """Make sure that every chart that Chart.yaml names is in ``charts/``.

    Raises:
        DependencyError: Naming all that are missing.
    """
    present = {subchart.name for subchart in chart.dependencies}
    missing = [d.name for d in chart.metadata.dependencies if d.name not in present]
    if missing:
        raise DependencyError(
            "found in Chart.yaml, but missing in charts/ directory: "
            + ", ".join(missing),
            hint=f"run: pypkg dependency build {chart.name}",
        )


def process(chart: Chart, values: dict[str, Any], *, warn: Warn = ignore) -> Chart:
    """Apply what Chart.yaml says of the dependencies, at every depth.

    Charts whose condition or tags are false are removed, aliases become names, and
    values are imported from subcharts. Charts in ``charts/`` that Chart.yaml does
    not name take part as they are.

    Args:
        chart: The root; it is not changed.
        values: What the user set.
        warn: Hears of conditions that are no booleans, and of missing tables.

    Returns:
        A new tree. Where values can be imported, a parent's ``values`` then hold the
        defaults of its subcharts too.

    Raises:
        ValuesError: The value under a subchart's name is no map.
    """
    return _with_imports(_with_enabled(chart, values, "", warn), warn)


def _with_enabled(chart: Chart, values: dict[str, Any], path: str, warn: Warn) -> Chart:
    required = chart.metadata.dependencies
    if not required:
        return chart
    chart = chart.replace(dependencies=_chosen(chart.dependencies, required))
    # Below the root this lays the subchart's defaults at the root of the values,
    # where its tags are then looked for. So does Helm.
    computed = coalesce(chart, values, warn=warn)
    decided = [_decided(dependency, computed, path, warn) for dependency in required]
    disabled = {dependency.name for dependency in decided if not dependency.enabled}
    return chart.replace(
        metadata=chart.metadata.replace(
            dependencies=tuple(d for d in decided if d.name not in disabled),
        ),
        dependencies=tuple(
            _with_enabled(subchart, computed, f"{path}{subchart.name}.", warn)
            for subchart in chart.dependencies
            if subchart.name not in disabled
        ),
    )


def _chosen(
    present: Sequence[Chart], required: Sequence[Dependency]
) -> tuple[Chart, ...]:
    """Match the charts in ``charts/`` with the entries of Chart.yaml.

    A chart is taken once for every entry that fits it, under the entry's alias.
    """
    charts: dict[str, list[Chart]] = {}
    entries: dict[str, list[Dependency]] = {}
    for chart in present:
        charts.setdefault(chart.name, []).append(chart)
    for dependency in required:
        entries.setdefault(dependency.name, []).append(dependency)
    unlisted = (
        chart
        for chart in present
        if not any(_fits(chart, entry) for entry in entries.get(chart.name, ()))
    )
    listed = []
    for dependency in required:
        candidates = charts.get(dependency.name, ())
        if fitting := next((c for c in candidates if _fits(c, dependency)), None):
            listed.append(_renamed(fitting, dependency.alias))
    return (*unlisted, *listed)


def _renamed(chart: Chart, alias: str) -> Chart:
    if not alias:
        return chart
    return chart.replace(metadata=chart.metadata.replace(name=alias))


def _fits(chart: Chart, dependency: Dependency) -> bool:
    return satisfies(dependency.version, chart.version)


def _decided(
    dependency: Dependency, computed: dict[str, Any], path: str, warn: Warn
) -> Dependency:
    """Give the entry under its final name, with ``enabled`` decided."""
    name = dependency.key
    enabled = _tags_allow(dependency, name, computed, warn)
    for condition in dependency.condition.strip().split(","):
        value = lookup(computed, path + condition) if condition else _MISSING
        if isinstance(value, bool):
            enabled = value
            break
        if value is not _MISSING and not isinstance(value, dict):
            warn(f"the condition {condition} of chart {name} is no boolean")
    return dependency.replace(name=name, enabled=enabled)


def _tags_allow(
    dependency: Dependency, name: str, computed: dict[str, Any], warn: Warn
) -> bool:
    tags = computed.get("tags")
    if not isinstance(tags, dict):
        return True
    found = []
    for tag in dependency.tags:
        if isinstance(value := tags.get(tag), bool):
            found.append(value)
        elif tag in tags:
            warn(f"the tag {tag} of chart {name} is no boolean")
    return True in found or False not in found


def lookup(values: dict[str, Any], path: str) -> Any:
    """Follow a path of keys with dots between; a marker where it leads nowhere."""
    value: Any = values
    for key in path.split("."):
        if not isinstance(value, dict) or key not in value:
            return _MISSING
        value = value[key]
    return value


def _with_imports(chart: Chart, warn: Warn) -> Chart:
    """Lay imported values under the defaults of each parent, from the leaves up."""
    subcharts = tuple(_with_imports(c, warn) for c in chart.dependencies)
    chart = chart.replace(dependencies=subcharts)
    if not chart.metadata.dependencies:
        return chart
    # The imported tables stay parts of this tree while they are merged with each
    # other, so that one import may show in another subchart's values, as in Helm.
    defaults = merge_defaults(chart, warn=warn)
    imported: dict[str, Any] = {}
    listed = []
    for dependency in chart.metadata.dependencies:
        mappings = [m for entry in dependency.import_values if (m := _mapping(entry))]
        # What a release records, and templates see, are the mappings spelt out.
        listed.append(dependency.replace(import_values=tuple(mappings)))
        for mapping in mappings:
            child = mapping["child"]
            table = lookup(defaults, f"{dependency.name}.{child}")
            if isinstance(table, dict):
                # An empty table is left behind: only others stay parts of the tree.
                base = _nested(mapping["parent"], table or {})
                merge_tables(imported, base, "", warn, merge=True)
            else:
                warn(f"chart {dependency.name} has no table {child} to import")
    if imported:
        defaults = copied(defaults)
        merge_tables(defaults, imported, "", warn, merge=True)
    metadata = chart.metadata.replace(dependencies=tuple(listed))
    return chart.replace(metadata=metadata, values=defaults)


def _mapping(entry: Any) -> dict[str, str] | None:
    """Read an entry of ``import-values``: where from, and where to."""
    match entry:
        case str():
            return {"child": f"exports.{entry}", "parent": "."}
        case dict():
            return {name: _text(entry.get(name)) for name in ("child", "parent")}
        case _:
            return None


def _text(value: Any) -> str:
    return "<nil>" if value is None else str(value)


def _nested(path: str, table: dict[str, Any]) -> dict[str, Any]:
    if path == ".":
        return table
    for key in reversed(path.split(".")):
        table = {key: table}
    return table
