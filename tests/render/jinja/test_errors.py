"""Errors: where it is, what is wrong, and what to write instead."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pypkg.errors import TemplateExecutionError, TemplateSyntaxError
from pypkg.render.engine import Limits, TemplateSource
from pypkg.render.jinja.engine import JinjaEngine
from tests.render.jinja.conftest import FUNCTIONS, NAME, render_text

VALUES: dict[str, Any] = {
    "image": {"repository": "nginx", "tag": "1.27"},
    "replicas": 2,
    "list": [1, 2],
    "nothing": None,
    "text": "abc",
    "bytes": b"abc",
    "empty": {},
}


def failure(text: str, **others: Any) -> TemplateExecutionError:
    with pytest.raises(TemplateExecutionError) as raised:
        render_text(text, VALUES, **others)
    return raised.value


def refusal(text: str) -> TemplateSyntaxError:
    with pytest.raises(TemplateSyntaxError) as raised:
        render_text(text, VALUES)
    return raised.value


def place(error: TemplateExecutionError | TemplateSyntaxError) -> tuple[int, int]:
    assert error.location is not None
    return error.location.line, error.location.column


@pytest.mark.parametrize(
    ("text", "column", "problem", "hint"),
    [
        ("{{ Values.imge.tag }}", 11, "Values has no imge", "did you mean image?"),
        ("{{ Values['imge'] }}", 11, "Values has no imge", "did you mean image?"),
        ("{{ Values.image.tagg }}", 17, "Values.image has no tagg", "mean tag?"),
        ("{{ Values.empty.x }}", 17, "Values.empty has no x", "it is empty"),
        ("{{ Values.Image }}", 11, "Values has no Image", "did you mean image?"),
        ("{{ Values.zzz }}", 11, "Values has no zzz", "is defined"),
        ("{{ Vlaues.image }}", 4, "Vlaues is not defined", "did you mean Values?"),
        ("{{ values.image }}", 11, "values is a function", "did you mean Values?"),
        ("{{ replicas }}", 4, "replicas is not defined", "are in Values"),
        ("{{ _x }}", 4, "_x is not defined", "underscore"),
        ("{{ Values.nothing.x }}", 19, "Values.nothing is null", "values.yaml"),
        ("{{ Values.list[5] }}", 16, "Values.list has no item 5: it has 2", ""),
        ("{{ Values.text.x }}", 16, "Values.text is text, which has no x", ""),
        ("{{ Values.replicas.x }}", 20, "Values.replicas is a number", ""),
        ("{{ 'a'.format(1) }}", 8, "it is text, which has no format", "printf"),
        ("{{ Values.list.append(1) }}", 16, "which has no append", "append filter"),
        ("{{ Values.image.update(1) }}", 17, "has no update", "mergeOverwrite"),
        ("{% for x in Values.list %}{{ y }}{% endfor %}", 30, "y is not", "in Values"),
        ("{% for item in [1] %}{{ itm }}{% endfor %}", 25, "itm is not", "mean item?"),
        ("{{ labels() }}", 4, "labels is not defined", ""),
    ],
)  # fmt: skip
def test_a_missing_name(text: str, column: int, problem: str, hint: str) -> None:
    error = failure(text)
    assert place(error) == (1, column)
    assert problem in error.problem
    assert hint in (error.hint or "")


def test_the_first_missing_name_of_a_path_is_the_one_named() -> None:
    error = failure("{{ Values.a.b.c }}")
    assert error.problem == "Values has no a"
    assert place(error) == (1, 11)


def test_a_missing_name_is_blamed_on_its_place_wherever_it_is_used() -> None:
    error = failure(
        "{{ show(\n  Values.imge) }}",
        _m="{% macro show(x) %}\n{{ x | upper }}{% endmacro %}",
    )
    assert place(error) == (2, 10)
    assert error.location is not None
    assert error.location.name == NAME


@pytest.mark.parametrize(
    "text",
    [
        "{% if Values.missing is defined %}x{% endif %}",
        "{% if Values.missing.deep.er is defined %}x{% endif %}",
        "{{ Values.missing | default('') }}",
        "{{ Values.missing.deep.er | default('') }}",
        "{{ Values.nothing.deep | default('') }}",
        "{{ missing | default('') }}",
        "{{ missing.deep | d('') }}",
        "{{ default('', Values.missing) }}",
        "{{ coalesce(Values.missing, missing, '') }}",
        "{% if not empty(Values.missing) %}x{% endif %}",
        "{% if Values.missing is not defined %}{% else %}x{% endif %}",
        "{% if Values.missing is undefined %}{% else %}x{% endif %}",
        "{{ '' if Values.missing is not defined else 'x' }}",
    ],
)
def test_a_missing_name_may_be_asked_for(text: str) -> None:
    assert not render_text(text, VALUES)


@pytest.mark.parametrize(
    "text",
    [
        "{% if Values.missing %}{% endif %}",
        "{% if not Values.missing %}{% endif %}",
        "{% for x in Values.missing %}{% endfor %}",
        "{{ Values.missing == 1 }}",
        "{{ 'a' in Values.missing }}",
        "{{ Values.missing ~ 'x' }}",
        "{{ Values.missing + 1 }}",
        "{{ Values.missing | upper }}",
        "{{ Values.missing | quote }}",
        "{{ Values.missing | toYaml }}",
        "{{ [Values.missing] | toYaml }}",
        "{{ {'a': Values.missing} | toJson }}",
        "{{ [Values] | map(attribute='missing') | list | toJson }}",
        "{{ [Values] | map(attribute='missing') | join }}",
        "{{ Values.missing() }}",
        "{{ Values.list[Values.missing] }}",
        "{% set x = Values.missing %}{{ x }}",
        "{% include Values.missing %}",
        "{% import Values.missing as x %}",
    ],
)
def test_any_other_use_of_a_missing_name_is_an_error(text: str) -> None:
    assert failure(text).problem in ("Values has no missing", "a map has no missing")


def test_a_parameter_that_was_not_given_is_missing() -> None:
    error = failure("{% macro m(a) %}{{ a }}{% endmacro %}{{ m() }}")
    assert "parameter 'a' was not provided" in error.problem


# Where Python places what cannot be iterated over.
ITERABLE = 20 if sys.version_info >= (3, 13) else 4


@pytest.mark.parametrize(
    ("text", "column", "problem", "hint"),
    [
        ("{{ Values.image }}", 11, "a map cannot be printed", "repository, tag"),
        ("{{ Values.list }}", 11, "a list cannot be printed", "toYaml"),
        ("{{ Values.list | map('upper') }}", 18, "a sequence cannot be", "toYaml"),
        ("{{ quote }}", 4, "a function cannot be printed", "call it"),
        ("{{ Values.bytes }}", 11, "bytes cannot be printed", "b64enc"),
        ("{{ cycler(1) }}", 4, "an object cannot be printed", ""),
        ("{% macro m() %}{% endmacro %}{{ m }}", 33, "m is a macro", "call it: m()"),
        ("{{ tpl(Values.text ~ '{{ ? }}') }}", 7, "unexpected char '?'", ""),
        ("{{ 'a' * 'b' }}", 4, "can't multiply", ""),
        ("{{ Values.list[1:].x }}", 20, "Values.list[1:] is a list, which", ""),
        ("{{ 'x' ~ Values.image }}", 4, "a map cannot be printed", "toYaml"),
        ("{{ 1 + 'a' }}", 4, "a number and text cannot be added", "use ~"),
        ("{{ 1 - 'a' }}", 4, "a number and text", ""),
        ("{{ 1 < 'a' }}", 4, "a number and text", ""),
        ("{{ 1 / 0 }}", 4, "division by zero", ""),
        ("{{ fail('no ' ~ 'way') }}", 4, "no way", ""),
        ("{{ Values.x | required('give x') }}", 15, "give x", ""),
        ("{{ required('give x', Values.nothing) }}", 4, "give x", ""),
        ("{{ quote(a=1) }}", 4, "quote takes no named arguments", "quote(a, b"),
        ("{{ trunc('a', 'b') }}", 4, "expected int; got string", ""),
        ("{{ 'a' | trunc }}", 10, "want 2 got 1", ""),
        ("{{ Values.replicas() }}", 11, "a number is not callable", ""),
        ("{% for x in Values.nothing %}{% endfor %}", ITERABLE, "no items", "xs or []"),
        ("{% for x in 5 %}{% endfor %}", 4, "a number is not iterable", ""),
        ("{% for a, b in [1] %}{% endfor %}", 4, "cannot unpack", ""),
        ("{% import 'nope.j2' as n %}", 4, "there is no template", "below templates/"),
        ("{% include Values.image %}", 4, "name is text, not a map", ""),
        ("{% include 'nope.j2' %}", 4, "there is no template", ""),
        ("{{ include('x') }}", 4, "there is no named template x", "macro by its name"),
        ("{{ tpl('{{ Values.x }}', 'ctx') }}", 4, "tpl wants the top-level", "Context"),
        ("{{ 'x' | from_json }}", 10, "no filter named 'from_json'", "fromJson"),
    ],
)  # fmt: skip
def test_a_mistake(text: str, column: int, problem: str, hint: str) -> None:
    try:
        error: Any = failure(text)
    except TemplateSyntaxError as syntax:
        error = syntax
    assert problem in error.problem
    assert place(error) == (1, column)
    assert hint in (error.hint or "")
    assert "'str'" not in str(error)
    assert "NoneType" not in str(error)


@pytest.mark.parametrize("text", ["{{ fail('x') }}", "{{ none | required('x') }}"])
def test_the_authors_own_word_is_marked(text: str) -> None:
    assert failure(text).from_author
    assert not failure("{{ 1 / 0 }}").from_author


@pytest.mark.parametrize(
    ("text", "where", "problem", "hint"),
    [
        ("{{ .Values.x }}", (1, 4), "unexpected '.'", "no leading dot"),
        ("{{ $x }}", (1, 4), "unexpected char '$'", "no leading dot"),
        ("{{ if Values.x }}", (1, 7), "expected token", "{% if ... %}"),
        ("a\n{{ end }}\n{{ range x }}", (3, 10), "expected token", "{% for x"),
        ("{{ include 'x' }}", (1, 12), "expected token", "parentheses"),
        ("{{ Values.x | trunc 63 }}", (1, 21), "expected token", "trunc(63)"),
        ("{{/* note */}}", (1, 3), "unexpected '/'", "{# ... #}"),
        ("{% if x %}", (1, 9), "unexpected end of template", "write {% endif %}"),
        ("{% if x %}{% endfor %}", (1, 14), "unknown tag", "if first, with {% end"),
        ("{{ x", (1, 4), "unexpected end of template", "end the expression with }}"),
        ("{% if x", (1, 7), "unexpected end of template", "end the statement with %}"),
        ("{% if x = 1 %}{% endif %}", (1, 9), "got '='", "compare with =="),
        ("{% endif %}", (1, 4), "unknown tag 'endif'", ""),
        ("a\n  {{ (x }}", (2, 9), "unexpected '}'", ""),
        ("{{ x | quot }}", (1, 8), "no filter named 'quot'", "did you mean quote?"),
        ("{{ x is defind }}", (1, 6), "no test named", "did you mean defined?"),
        ("{{ 'abc }}", (1, 4), "unexpected char", ""),
        ("\n\n{{ x ? }}", (3, 6), "unexpected char '?'", ""),
        ("{% autoescape true %}{% endautoescape %}", (1, 4), "for web pages", ""),
        ("\n{% if true %}{% break %}{% endif %}", (2, 17), "'break' outside", ""),
        ("{% import x %}", (1, 13), "expected token 'as'", ""),
    ],
)  # fmt: skip
def test_what_does_not_parse(
    text: str, where: tuple[int, int], problem: str, hint: str
) -> None:
    error = refusal(text)
    assert problem in error.problem
    assert place(error) == where
    assert hint in (error.hint or "")


def test_the_excerpt_has_a_caret_under_the_column() -> None:
    error = failure("kind: Pod\nspec:\n\timage: {{ Values.imge.tag }}\n")
    assert str(error) == (
        "web/templates/a.yaml.j2:3:19: Values has no imge\n"
        "1 | kind: Pod\n"
        "2 | spec:\n"
        "3 | \timage: {{ Values.imge.tag }}\n"
        "  | \t                 ^"
    )


def test_expressions_of_several_lines_have_their_own_places() -> None:
    error = failure("{{ [\n  Values.text,\n  Values.image.tagg | upper,\n] | join }}")
    assert place(error) == (3, 16)


def test_line_ends_of_any_kind_are_counted() -> None:
    assert place(failure("a\r\nb\r\n{{ Values.zzz }}\r\n")) == (3, 11)
    assert place(refusal("a\r\nb\r\n{{ ? }}\r\n")) == (3, 4)


def test_trimmed_text_does_not_confuse_columns() -> None:
    text = "{%- if true -%}\n\n   {#- {{ x }} -#}\n  {{- Values.zzz -}}\n{% endif %}"
    assert place(failure(text)) == (4, 14)
    assert place(failure("{% raw %}{{ x }}{% endraw %}{{ Values.zzz }}")) == (1, 39)


def test_the_way_there_is_told() -> None:
    error = failure(
        "{{ outer() }}\n",
        _a="{% macro outer() %}\n  {{ inner('x') }}\n{% endmacro %}",
        _b="{% macro inner(x) %}{{ Values.imge }}{% endmacro %}",
    )
    assert [str(p) for p in error.includes] == [
        "web/templates/a.yaml.j2:1:4",
        "web/templates/_a.j2:2:6",
    ]
    assert str(error.location) == "web/templates/_b.j2:1:31"
    assert str(error).endswith(
        "  included from web/templates/_a.j2:2:6\n"
        "  included from web/templates/a.yaml.j2:1:4"
    )


def test_the_way_through_includes_and_tpl_is_told() -> None:
    error = failure(
        "{% include 'part.yaml.j2' %}",
        **{"part.yaml": "\n{{ tpl('a\n{{ Values.imge }}') }}"},
    )
    assert [str(p) for p in error.includes] == [
        "web/templates/a.yaml.j2:1:4",
        "web/templates/part.yaml.j2:2:4",
    ]
    assert str(error.location) == "web/templates/part.yaml.j2 (tpl):2:11"
    assert "2 | {{ Values.imge }}" in str(error)


def test_a_recursion_names_its_places_once() -> None:
    error = failure("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}")
    assert "nest too deeply" in error.problem
    assert len(error.includes) <= 2


def test_a_failing_go_template_tells_the_way_to_it() -> None:
    def include(name: str, data: Any) -> str:
        raise TemplateExecutionError("it broke", includes=[])

    with pytest.raises(TemplateExecutionError) as raised:
        render_text("\n  {{ include('x') }}", include=include)
    assert [str(p) for p in raised.value.includes] == ["web/templates/a.yaml.j2:2:6"]


def test_a_broken_partial_is_named() -> None:
    with pytest.raises(TemplateSyntaxError) as raised:
        render_text("{{ it() }}", _m="{% macro it() %}\n{{ ? }}{% endmacro %}")
    assert raised.value.location is not None
    assert str(raised.value.location) == "web/templates/_m.j2:2:4"


def test_a_template_may_be_checked_without_being_run() -> None:
    sources = [TemplateSource(NAME, "{% if %}", "web/templates")]
    with pytest.raises(TemplateSyntaxError):
        JinjaEngine(sources, FUNCTIONS).check(NAME)


def test_what_a_function_does_not_expect_is_an_error_with_a_place() -> None:
    def broken(_: Any) -> None:
        raise KeyError("surprise")

    sources = [TemplateSource(NAME, "{{ 1 | broken }}", "web/templates")]
    with pytest.raises(TemplateExecutionError) as raised:
        JinjaEngine(sources, {"broken": broken}).render(NAME, {})
    assert place(raised.value) == (1, 8)
    assert isinstance(raised.value.__cause__, KeyError)


# Tokens, and whole phrases, so that some of what comes out means something.
PIECES = [
    "{{", "}}", "{%", "%}", "{#", "#}", "-", "|", ".", "(", ")", "[", "]", ",", ":",
    "=", "if", "for", "in", "x", "b", "not", "is", "defined", "1", "'t'", "Values",
    "none", "{% if x %}", "{% else %}", "{% endif %}", "{% for x in Values.list %}",
    "{% endfor %}", "{% macro m(x, y=1) %}", "{% endmacro %}",
    "{% set x = Values.map %}", "{% set x %}", "{% endset %}", "{% call m(1) %}",
    "{% endcall %}", "{% block b %}", "{% endblock %}", "{% raw %}", "{% endraw %}",
    "{% with x = 1 %}", "{% endwith %}", "{% filter upper %}", "{% endfilter %}",
    "{% do m(1) %}", "{% break %}", "{{ m(2) }}", "{{ x }}", "{{ Values.a }}",
    "{{ Values.map | toYaml }}", "{{ Values.list | join }}",
    "{{ x.y.z | default(1) }}", "{{ loop.index }}", "{{ caller() }}",
    "{{ x ~ 1 + 2 }}", "{{ super() }}", "{{ self.b() }}", "{% import 'm' as m %}",
    "{% extends x %}", "key: ", "- ", "# ", "|", "\n", "\n  ", "\n", " ",
]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=12))
def test_any_text_renders_or_is_refused(words: list[str]) -> None:
    values = {"a": "x\ny", "list": [1, {"b": 2}], "map": {"c": None}}
    try:
        render_text("".join(words), values, limits=Limits(seconds=2))
    except (TemplateSyntaxError, TemplateExecutionError) as error:
        place(error)
