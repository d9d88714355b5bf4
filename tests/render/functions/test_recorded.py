"""Every function gives what the real helm gave (recorded in recorded/)."""

from __future__ import annotations

import json
import re
from datetime import UTC
from functools import cache
from typing import TYPE_CHECKING

import pytest

from pypkg.errors import TemplateExecutionError
from pypkg.render.engine import TemplateSource
from pypkg.render.functions.catalog import FAMILIES, Family, catalog
from pypkg.render.functions.host import Host
from pypkg.render.gotemplate.engine import GoTemplateEngine
from tests.render.functions import recording
from tests.render.functions.recording import FOLDER, Case, read

if TYPE_CHECKING:
    from pathlib import Path

CASES = {path.stem: read(path) for path in sorted(FOLDER.glob("*.txt"))}
# What differs from helm, and why that is left.
DIFFERENT = {
    '{{ toDate "15:04" "10:20" }}': "Python's calendar has no year 0",
    '{{ fromToml "c=2020-01-02T03:04:05.123456789Z\\nd=2020-01-02T03:04:05+02:00'
    '\\ne=2020-01-02T03:04:05" | toJson }}': "tomllib reads microseconds",
    '{{ fromToml "a" }}': "tomllib has words of its own for faults",
    '{{ fromToml "a=1\\na=2" }}': "tomllib has words of its own for faults",
    '{{ fromToml "a = " }}': "tomllib has words of its own for faults",
}


class Values(dict[str, object]):
    go_type = "common.Values"


def floats(value: object) -> object:
    """Make numbers float64, as the values of a Go template are."""
    match value:
        case dict():
            return {key: floats(item) for key, item in value.items()}
        case list():
            return [floats(item) for item in value]
        case int():
            return float(value)
    return value


@cache
def engine() -> GoTemplateEngine:
    """Make an engine that has every recorded template as a define of its text."""
    sources = [
        TemplateSource(
            f"{family}/{number}",
            f"{{{{ define {json.dumps(case.template)} }}}}{case.template}{{{{ end }}}}",
            family,
        )
        for family, cases in CASES.items()
        for number, case in enumerate(cases)
    ]
    return GoTemplateEngine(sources, catalog(Host(zone=UTC)))


def render(template: str) -> str:
    values = floats(recording.VALUES)
    assert isinstance(values, dict)
    return engine().include(template, {"Values": Values(values)})


def marked(case: Case) -> object:
    reason = DIFFERENT.get(case.template)
    if reason is None:
        return case
    return pytest.param(case, marks=pytest.mark.xfail(reason=reason, strict=True))


@pytest.mark.parametrize(
    "case",
    [marked(case) for cases in CASES.values() for case in cases],
    ids=lambda case: case.template,
)
def test_a_template_gives_what_helm_gave(case: Case) -> None:
    if case.error is None:
        assert render(case.template) == case.output
        return
    with pytest.raises(TemplateExecutionError) as caught:
        render(case.template)
    assert case.error in str(caught.value)


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.module)
def test_every_function_is_recorded(family: Family) -> None:
    text = "\n".join(case.template for cases in CASES.values() for case in cases)
    called = set(re.findall(r"\w+", text))
    assert not set(family.names) - called


@pytest.mark.oracle
@pytest.mark.parametrize("family", CASES)
def test_helm_still_gives_what_was_recorded(family: str, helm: Path) -> None:
    recorded = CASES[family]
    assert recording.ask(helm, [case.template for case in recorded]) == recorded
