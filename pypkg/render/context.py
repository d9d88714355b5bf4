"""The top-level objects of templates: ``.Values``, ``.Release``, ``.Chart``, ..."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pypkg.render.files import Files
from pypkg.render.functions.goprint import NilStringMap, StringMap

if TYPE_CHECKING:
    from pypkg.chart.chart import Chart
    from pypkg.chart.metadata import Dependency, Maintainer
    from pypkg.render.capabilities import Capabilities
    from pypkg.render.release import ReleaseInfo

Context = dict[str, Any]


def build(
    chart: Chart,
    values: dict[str, Any],
    release: ReleaseInfo,
    capabilities: Capabilities,
) -> dict[str, Context]:
    """Build the objects for each chart of a tree.

    Args:
        chart: The root, its dependencies processed.
        values: Its computed values. Subcharts see parts of this very tree, so a
            template of a parent that changes them changes what a subchart sees.
        release: What is installed.
        capabilities: Where to.

    Returns:
        For the path of each chart (``web``, ``web/charts/cache``), its objects. Before
        a template is rendered, its ``Template`` is to be put in.
    """
    shared = {"Release": _release(release), "Capabilities": capabilities}
    contexts: dict[str, Context] = {}
    _add(contexts, chart, chart.name, {**shared, "Values": values, "Subcharts": {}})
    return contexts


def template_object(name: str, base_path: str) -> dict[str, str]:
    """Give ``.Template``.

    Args:
        name: ``web/templates/service.yaml``.
        base_path: ``web/templates``.
    """
    return {"Name": name, "BasePath": base_path}


def as_float64(value: Any, *, same: dict[int, Any] | None = None) -> Any:
    """Copy values as Helm has them in memory: numbers of YAML are float64.

    Maps and lists that occur twice stay shared; `Int64` stays, and objects do.

    Args:
        value: Values as loaded.
        same: Copies that exist already, by the ``id`` of what they are copies of.
    """
    return _as_float64(value, dict(same or {}))


def _add(
    contexts: dict[str, Context], chart: Chart, path: str, context: Context
) -> None:
    contexts[path] = context
    context["Chart"] = chart_object(chart, is_root="/" not in path)
    context["Files"] = Files((file.name, file.data) for file in chart.files)
    for subchart in chart.dependencies:
        below = {
            "Release": context["Release"],
            "Capabilities": context["Capabilities"],
            "Values": _table(context["Values"], subchart.name),
            "Subcharts": {},
        }
        _add(contexts, subchart, f"{path}/charts/{subchart.name}", below)
        context["Subcharts"][subchart.name] = below


def _table(values: dict[str, Any], name: str) -> dict[str, Any]:
    """Give a subchart's part of the values.

    Helm reads the name as a path, so that a chart whose name has dots sees none.
    """
    table: Any = values
    for key in name.split("."):
        table = table.get(key) if isinstance(table, dict) else None
    return table if isinstance(table, dict) else {}


def _release(release: ReleaseInfo) -> dict[str, Any]:
    return {
        "Name": release.name,
        "Namespace": release.namespace,
        "IsUpgrade": release.is_upgrade,
        "IsInstall": release.is_install,
        "Revision": release.revision,
        "Service": "Helm",
    }


def chart_object(chart: Chart, *, is_root: bool) -> dict[str, Any]:
    """Give Chart.yaml under the names of Helm's Go struct.

    Args:
        chart: The chart.
        is_root: Whether it is no subchart.
    """
    metadata = chart.metadata
    return {
        "APIVersion": metadata.api_version,
        "Annotations": NilStringMap()
        if metadata.annotations is None
        else StringMap(metadata.annotations),
        "AppVersion": metadata.app_version,
        "Condition": metadata.condition,
        "Dependencies": [_dependency(needed) for needed in metadata.dependencies],
        "Deprecated": metadata.deprecated,
        "Description": metadata.description,
        "Home": metadata.home,
        "Icon": metadata.icon,
        "IsRoot": is_root,
        "Keywords": list(metadata.keywords),
        "KubeVersion": metadata.kube_version,
        "Maintainers": [_maintainer(person) for person in metadata.maintainers],
        "Name": chart.name,
        "Sources": list(metadata.sources),
        "Tags": metadata.tags,
        "Type": metadata.type,
        "Version": metadata.version,
    }


def _dependency(needed: Dependency) -> dict[str, Any]:
    return {
        "Alias": needed.alias,
        "Condition": needed.condition,
        "Enabled": needed.enabled,
        "ImportValues": list(needed.import_values),
        "Name": needed.name,
        "Repository": needed.repository,
        "Tags": list(needed.tags),
        "Version": needed.version,
    }


def _maintainer(person: Maintainer) -> dict[str, str]:
    return {"Name": person.name, "Email": person.email, "URL": person.url}


def _as_float64(value: Any, seen: dict[int, Any]) -> Any:
    if id(value) in seen:
        return seen[id(value)]
    kind = value.__class__
    if kind is dict:
        copy: dict[str, Any] = {}
        seen[id(value)] = copy
        copy.update((key, _as_float64(item, seen)) for key, item in value.items())
        return copy
    if kind is list:
        seen[id(value)] = items = [_as_float64(item, seen) for item in value]
        return items
    return float(value) if kind is int else value
