"""Rules for the dependencies: Chart.yaml against ``charts/``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pypkg.errors import PypkgError
from pypkg.lint.findings import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pypkg.lint.subject import Subject


def check(subject: Subject) -> Iterator[Finding]:
    """Apply the rules.

    Two dependencies of one name keep a chart from being loaded at all.
    """
    chart = subject.loaded
    if isinstance(chart, PypkgError):
        reason = f"unable to load chart\n\t{subject.load_fault}"
        yield Finding(Severity.ERROR, "", reason)
        return
    required = [dependency.name for dependency in chart.metadata.dependencies]
    present = [subchart.name for subchart in chart.dependencies]
    if unlisted := [name for name in present if name not in required]:
        yield Finding(
            Severity.ERROR,
            subject.name,
            f"chart metadata is missing these dependencies: {','.join(unlisted)}",
        )
    if missing := [name for name in required if name not in present]:
        yield Finding(
            Severity.WARNING,
            subject.name,
            f"chart directory is missing these dependencies: {','.join(missing)}",
        )
