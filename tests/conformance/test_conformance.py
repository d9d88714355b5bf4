"""Every recorded case comes out as it did from the real Helm."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from pypkg.chart.loader import load_chart
from pypkg.errors import RenderError
from pypkg.render.functions.catalog import catalog
from pypkg.render.functions.host import Host
from pypkg.render.gotemplate.predefined import PREDEFINED
from pypkg.render.release import ReleaseInfo
from pypkg.render.renderer import render
from tests.conformance.case import Case, areas, text_of

if TYPE_CHECKING:
    from pathlib import Path

CASES = {
    f"{area.name}-{number}": case
    for area in areas()
    for number, case in enumerate(area.cases)
}


def rendered(case: Case, folder: Path) -> str:
    case.write(folder / "case")
    chart = load_chart(folder / "case")
    return text_of(render(chart, {}, ReleaseInfo("rel", "ns1")).manifest)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_case_comes_out_as_from_helm(case: Case, tmp_path: Path) -> None:
    assert case.expected is not None, "run python -m tests.conformance.record --new"
    if case.expected.error is None:
        assert rendered(case, tmp_path) == case.expected.output
        return
    with pytest.raises(RenderError) as caught:
        rendered(case, tmp_path)
    assert case.expected.error in re.sub(r"\s+", " ", str(caught.value))


def test_the_cases_touch_every_function() -> None:
    words = {
        word for case in CASES.values() for word in re.findall(r"\w+", case.template)
    }
    functions = {*catalog(Host()), *PREDEFINED, "and", "or", "include", "tpl"}
    assert functions - words == set()
