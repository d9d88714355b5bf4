from __future__ import annotations

from typing import TYPE_CHECKING

from pypkg.chart.loader import load_chart
from pypkg.chart.scaffold import create
from pypkg.errors import RenderError
from pypkg.repo.server.pages.changes import compare

if TYPE_CHECKING:
    from pathlib import Path

    from pypkg.chart.chart import Chart


def test_a_chart_that_does_not_render_is_compared_by_its_files(tmp_path: Path) -> None:
    create("web", tmp_path)
    old = load_chart(tmp_path / "web")
    new = old.replace(values_text=b"a: 1\n")

    def fails(chart: Chart) -> dict[str, str]:
        raise RenderError("it does not")

    found = compare(old, new, fails)
    assert found.fault == "it does not"
    assert [one.title for one in found.files] == ["values.yaml"]
