"""Linting a chart: what would keep it from being installed, or is bad style."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pypkg.chart.archive import expand, read_archive
from pypkg.chart.loader import CHART_FILE
from pypkg.errors import PypkgError
from pypkg.lint import chartfile, crds, dependencies, templates
from pypkg.lint import values as values_file
from pypkg.lint.findings import LintResult
from pypkg.lint.subject import Subject
from pypkg.render.capabilities import Capabilities

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pypkg.render.cache import CodeCache

RULES = (
    chartfile.check,
    values_file.check,
    templates.check,
    dependencies.check,
    crds.check,
)


def lint(
    path: Path | str,
    values: dict[str, Any],
    *,
    namespace: str = "default",
    kube_version: str | None = None,
    strict: bool = False,
    skip_schema: bool = False,
    cache: CodeCache | None = None,
) -> LintResult:
    """Apply every rule to a chart.

    Args:
        path: A chart's folder or a .tgz file.
        values: What the user sets.
        namespace: What ``.Release.Namespace`` is.
        kube_version: The Kubernetes version that templates see and deprecations are
            judged by; by default Helm's.
        strict: Let warnings make the chart fail.
        skip_schema: Leave values.schema.json aside.
        cache: Keeps compiled templates between runs; None to compile each time.

    Raises:
        VersionError: The Kubernetes version is none.
    """
    capabilities = Capabilities()
    if kube_version is not None:
        capabilities = capabilities.with_kube_version(kube_version)

    def findings(folder: Path, name: str) -> LintResult:
        subject = Subject(
            folder, name, values, namespace, capabilities, skip_schema, cache
        )
        found = tuple(finding for rule in RULES for finding in rule(subject))
        return LintResult(str(path), found, strict=strict)

    chart = Path(path)
    try:
        if not chart.is_file():
            if not (chart / CHART_FILE).exists():
                return LintResult(str(path), failure=_no_chart(chart))
            return findings(chart, str(chart.absolute()))
        import tempfile  # noqa: PLC0415 - start-up time

        with tempfile.TemporaryDirectory(prefix="pypkg-lint-") as folder:
            expand(read_archive(chart.read_bytes(), name=str(chart)), Path(folder))
            if not (Path(folder) / CHART_FILE).exists():
                return LintResult(str(path), failure=_no_chart(chart))
            return findings(Path(folder), str(chart))
    except (PypkgError, OSError) as error:
        return LintResult(str(path), failure=str(error))


def charts_below(path: Path | str) -> Iterator[Path]:
    """Give the charts in a chart's ``charts/``, at every depth: ``--with-subcharts``.

    Those inside an archive are not looked for, as in Helm.
    """
    for found in sorted((Path(path) / "charts").rglob("*")):
        if found.name == CHART_FILE:
            yield found.parent
        elif found.name.endswith((".tgz", ".tar.gz")):
            yield found


def _no_chart(chart: Path) -> str:
    if not chart.exists():
        return f"unable to check Chart.yaml file in chart: there is no {chart}"
    return f"unable to check Chart.yaml file in chart: {chart} has none"
