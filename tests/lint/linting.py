"""A chart without faults, and what lint says of a changed one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pypkg.lint.linter import lint
from tests.chart.building import CHART, write

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

CLEAN = f"{CHART}icon: https://example.com/icon.png\n"
OBJECT = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: web\n"
FILES = {"Chart.yaml": CLEAN, "values.yaml": "a: 1\n", "templates/out.yaml": OBJECT}


def findings(
    folder: Path, files: Mapping[str, str | bytes | None], **options: Any
) -> list[str]:
    """Lint a chart that differs from the clean one; None leaves a file out."""
    changed = {**FILES, **files}
    folder.mkdir(parents=True, exist_ok=True)
    write(folder, {name: text for name, text in changed.items() if text is not None})
    for name, text in files.items():
        if text is None:
            (folder / name).unlink(missing_ok=True)
    result = lint(folder, options.pop("values", {}), **options)
    assert result.failure is None
    return [str(finding) for finding in result.findings]
