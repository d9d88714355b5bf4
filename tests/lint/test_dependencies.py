from __future__ import annotations

from typing import TYPE_CHECKING

from tests.chart.building import CHART
from tests.lint.linting import CLEAN, findings

if TYPE_CHECKING:
    from pathlib import Path

DB = {"charts/db/Chart.yaml": CHART.replace("web", "db")}


def test_a_chart_that_is_not_listed_is_an_error(tmp_path: Path) -> None:
    assert findings(tmp_path, DB) == [
        f"[ERROR] {tmp_path}: chart metadata is missing these dependencies: db"
    ]


def test_a_chart_that_is_not_there_is_a_warning(tmp_path: Path) -> None:
    text = f"{CLEAN}dependencies: [{{name: db}}, {{name: a}}, {{name: b}}]"
    assert findings(tmp_path, {**DB, "Chart.yaml": text}) == [
        f"[WARNING] {tmp_path}: chart directory is missing these dependencies: a,b"
    ]


def test_a_chart_that_cannot_be_loaded_is_an_error(tmp_path: Path) -> None:
    text = f"{CLEAN}dependencies: [{{name: a}}, {{name: a}}]"
    found = findings(tmp_path, {"Chart.yaml": text})
    assert [line.split(":")[0] for line in found] == ["[ERROR] templates/", "[ERROR] "]
    assert all(
        'more than one dependency with name or alias "a"' in line for line in found
    )
