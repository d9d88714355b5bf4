"""Compiled templates are kept between runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pypkg.errors import TemplateExecutionError
from pypkg.render.cache import CodeCache
from pypkg.render.engine import TemplateSource
from pypkg.render.jinja.engine import JinjaEngine
from pypkg.render.jinja.environment import ChartEnvironment
from tests.render.jinja.conftest import FUNCTIONS, NAME

if TYPE_CHECKING:
    from pathlib import Path


def render(text: str, folder: Path) -> str:
    sources = [
        TemplateSource(NAME, text, "web/templates"),
        TemplateSource(
            "web/templates/_m.j2", "{% macro it() %}x{% endmacro %}", "web/templates"
        ),
    ]
    engine = JinjaEngine(sources, FUNCTIONS, cache=CodeCache(str(folder)))
    return engine.render(NAME, {"Values": {"a": 1}})


def forbid_compiling(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        pytest.fail("it was compiled again")

    monkeypatch.setattr(ChartEnvironment, "_parse", refuse)


def test_a_template_is_compiled_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "{{ Values.a }}{{ it() }}"
    assert render(text, tmp_path) == "1x"
    forbid_compiling(monkeypatch)
    assert render(text, tmp_path) == "1x"


def test_errors_of_kept_code_have_their_places(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2):
        with pytest.raises(TemplateExecutionError) as raised:
            render("\n{{ Values.b }}", tmp_path)
        assert str(raised.value.location) == f"{NAME}:2:11"
        forbid_compiling(monkeypatch)


def test_a_changed_template_is_compiled_again(tmp_path: Path) -> None:
    assert render("{{ Values.a }}", tmp_path) == "1"
    assert render("{{ Values.a + 1 }}", tmp_path) == "2"
