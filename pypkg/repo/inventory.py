"""What lies in a chart's ``charts/``, beside what its Chart.yaml asks for."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from pypkg.chart.loader import load_chart
from pypkg.errors import ChartError, VersionError
from pypkg.versions import Constraint, Version

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pypkg.chart.chart import Chart
    from pypkg.chart.metadata import Dependency


def statuses(path: Path, chart: Chart) -> Iterator[tuple[Dependency, str]]:
    """Give each dependency with its state, in Helm's words.

    Args:
        path: The chart's folder or archive.
        chart: What it holds.

    Yields:
        ``ok`` and ``unpacked`` are good; ``missing``, ``wrong version``, ``invalid
        version``, ``misnamed``, ``corrupt`` and ``too many matches`` are not.
    """
    for dependency in chart.metadata.dependencies:
        archived = _archived(path / "charts", dependency)
        yield dependency, archived or _unpacked(chart, dependency)


def unlisted(path: Path, chart: Chart) -> Iterator[Path]:
    """Give what is in ``charts/`` and Chart.yaml does not name."""
    listed = {one.name for one in chart.metadata.dependencies}
    folder = path / "charts"
    for entry in sorted(folder.iterdir()) if folder.is_dir() else ():
        if entry.suffix == ".tgz" or (entry / "Chart.yaml").is_file():
            with suppress(ChartError):
                if load_chart(entry).name not in listed:
                    yield entry


def _archived(folder: Path, dependency: Dependency) -> str:
    """Judge a dependency's archive; "" where there is none."""
    found = sorted(folder.glob(f"{dependency.name}-*.tgz"))
    if len(found) > 1:
        # Those of a chart whose name begins alike have no version there.
        found = [path for path in found if _is_version(_rest(path, dependency))]
        if len(found) > 1:
            return "too many matches"
    if not found:
        return ""
    try:
        chart = load_chart(found[0])
    except ChartError:
        return "corrupt"
    if chart.name != dependency.name:
        return "misnamed"
    return _fault(chart, dependency) or "ok"


def _unpacked(chart: Chart, dependency: Dependency) -> str:
    for subchart in chart.dependencies:
        if subchart.name == dependency.name:
            return _fault(subchart, dependency) or "unpacked"
    return "missing"


def _fault(chart: Chart, dependency: Dependency) -> str:
    if chart.version == dependency.version:
        return ""
    try:
        allowed = Constraint.parse(dependency.version)
        version = Version.parse(chart.version)
    except VersionError:
        return "invalid version"
    return "" if allowed.allows(version) else "wrong version"


def _rest(path: Path, dependency: Dependency) -> str:
    return path.name.removesuffix(".tgz").removeprefix(f"{dependency.name}-")


def _is_version(text: str) -> bool:
    try:
        Version.parse(text, strict=True)
    except VersionError:
        return False
    return True
