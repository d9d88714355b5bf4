"""What templates have in common is compiled once, and what does not run not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pypkg.errors import TemplateExecutionError, TemplateSyntaxError
from pypkg.render.cache import CodeCache
from pypkg.render.engine import TemplateSource
from pypkg.render.functions.catalog import catalog
from pypkg.render.functions.host import Host
from pypkg.render.gotemplate import compiler
from pypkg.render.gotemplate.engine import GoTemplateEngine

if TYPE_CHECKING:
    from pathlib import Path

LONG = "{{ .a }}-" * 10


def engine(*texts: str, cache: CodeCache | None = None) -> GoTemplateEngine:
    sources = [
        TemplateSource(f"web/templates/{number}", text, "web/templates")
        for number, text in enumerate(texts)
    ]
    return GoTemplateEngine(sources, catalog(Host()), cache=cache)


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Give the sources that Python compiles."""
    sources: list[str] = []
    compile_source = compiler.compile_source

    def compile_and_note(source: str) -> Any:
        sources.append(source)
        return compile_source(source)

    monkeypatch.setattr(compiler, "compile_source", compile_and_note)
    return sources


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x {{ .a | quote }}", "y {{ .b | quote }}"),
        ('{{ dict "k" 1 "l" .a | toJson }}', '{{ dict "m" 1 "n" .a | toJson }}'),
        ('{{ list "x" "y" "z" "x" }}', '{{ list "é" "\'" "\\"\\n\\\\" "é" }}'),
        ('{{ if eq .a "x" }}one{{ end }}', '{{ if eq .a "1" }}two{{ end }}'),
        ("{{ .AsMap.x }} 'q'", "{{ .YAML.x }} 's'"),
    ],
)
def test_templates_that_differ_in_strings_share_code(
    one: str, other: str, compiled: list[str]
) -> None:
    data = {"a": "1", "b": 'b"', "AsMap": {"x": "X"}, "YAML": {"x": "Y"}}
    alone = engine(other).render("web/templates/0", data)
    compiled.clear()
    both = engine(one, other)
    both.render("web/templates/0", data)
    assert both.render("web/templates/1", data) == alone
    assert len(compiled) == 1


def test_the_name_of_an_argument_is_no_string_to_replace() -> None:
    both = engine('{{ trim "is_field" }}{{ trim .a }}', '{{ trim "x" }}{{ trim .a }}')
    assert both.render("web/templates/0", {"a": "1"}) == "is_field1"
    assert both.render("web/templates/1", {"a": "1"}) == "x1"


def test_an_empty_string_is_not_like_the_others() -> None:
    both = engine('{{ if "x" }}1{{ end }}', '{{ if "" }}1{{ end }}')
    assert both.render("web/templates/0", {}) == "1"
    assert both.render("web/templates/1", {}) == ""
    both = engine('{{ cat "" (lower "X") "" }}', '{{ cat "" (upper "X") "" }}')
    assert both.render("web/templates/0", {}) == " x "
    assert both.render("web/templates/1", {}) == " X "


def test_an_error_in_shared_code_is_found_where_it_is(compiled: list[str]) -> None:
    both = engine("{{ .a }} {{ .b.c }}", "longer {{ .aaaaaa }}\n{{ .b.missing.c.d }}")
    assert both.render("web/templates/0", {"b": {}}) == " "
    with pytest.raises(TemplateExecutionError) as caught:
        both.render("web/templates/1", {"b": {}})
    assert "web/templates/1:2:" in str(caught.value)
    same = engine("{{ .a }} {{ .b.c.d }}", "longer {{ .aaaaaa }}; {{ .bb.cc.dd }}")
    same.render("web/templates/0", {"b": {"c": {}}})
    compiled.clear()
    with pytest.raises(TemplateExecutionError) as caught:
        same.render("web/templates/1", {"bb": {}})
    assert "web/templates/1:1:32" in str(caught.value)


def test_a_part_that_does_not_run_is_not_compiled(compiled: list[str]) -> None:
    text = f"{{{{ if .on }}}}{LONG}{{{{ else }}}}off{{{{ end }}}}"
    assert engine(text).render("web/templates/0", {"on": False, "a": 1}) == "off"
    assert "-" not in "".join(compiled)
    assert engine(text).render("web/templates/0", {"on": True, "a": 1}) == "1-" * 10


def test_a_part_that_does_not_run_is_parsed() -> None:
    with pytest.raises(TemplateSyntaxError, match='function "nope" not defined'):
        engine(f"{{{{ if .on }}}}{LONG}{{{{ nope }}}}{{{{ end }}}}")


def test_what_a_later_run_needs_is_added_to_the_cache(
    tmp_path: Path, compiled: list[str]
) -> None:
    text = f"{{{{ if .on }}}}{LONG}{{{{ else }}}}off{{{{ end }}}}"
    for on, count in ((False, 1), (True, 1), (True, 0), (False, 0)):
        compiled.clear()
        made = engine(text, cache=CodeCache(str(tmp_path)))
        made.render("web/templates/0", {"on": on, "a": 1})
        made.save()
        assert len(compiled) == count


def test_an_else_part_sets_the_variable_around_the_branch() -> None:
    text = (
        "{{ $z := 1 }}{{ if .on }}{{ $z := 2 }}{{ $z }}"
        f"{{{{ else }}}}{LONG}{{{{ $z = 3 }}}}{{{{ end }}}}{{{{ $z }}}}"
    )
    made = engine(text)
    assert made.render("web/templates/0", {"on": True, "a": 1}) == "21"
    assert made.render("web/templates/0", {"a": 1}) == "1-" * 10 + "3"
