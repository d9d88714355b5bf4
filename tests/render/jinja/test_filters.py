"""Filters and functions: whose meaning a name has, and where the piped value goes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from jinja2.filters import FILTERS

from pypkg.errors import TemplateExecutionError, TemplateSyntaxError
from pypkg.render.engine import TemplateSource
from pypkg.render.jinja.engine import JinjaEngine
from pypkg.render.jinja.filters import KEPT, SUBJECT, as_filters
from tests.render.jinja.conftest import FUNCTIONS, NAME, render_text

DOCS = Path(__file__).parents[3] / "docs" / "jinja-charts.md"
VALUES: dict[str, Any] = {
    "text": "Hello World",
    "empty": "",
    "none": None,
    "zero": 0,
    "false": False,
    "true": True,
    "list": [3, 1, 2],
    "mixed": ["a", None, True, 1.0],
    "map": {"b": 1, "a": {"c": 2}},
    "float": 1.5,
    "whole": 2.0,
    "million": 1e6,
    "huge": 1e21,
    "tiny": 1e-7,
    "small": 0.00001234,
    "int": 10**12,
}


def value(expression: str) -> str:
    return render_text(f"{{{{ {expression} }}}}", VALUES)


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("Values.true", "true"),
        ("Values.false", "false"),
        ("Values.none", ""),
        ("Values.zero", "0"),
        ("Values.float", "1.5"),
        ("Values.whole", "2"),
        ("Values.million", "1000000"),
        ("Values.huge", "1e+21"),
        ("Values.tiny", "1e-07"),
        ("Values.small", "0.00001234"),
        ("-Values.small", "-0.00001234"),
        ("Values.int", "1000000000000"),
        ("6 / 2", "3"),
        ("7 // 2", "3"),
        ("0.1 + 0.2", "0.30000000000000004"),
        ("1 == 1.0", "true"),
        ("'x' ~ true ~ none ~ 2.0", "xtrue2"),
        ("Values.true | string | length", "4"),
        ("Values.true | upper", "TRUE"),
        ("Values.mixed | join('-')", "a-true-1"),
        ("now() | kindOf", "struct"),
    ],
)
def test_values_print_as_yaml_has_them(expression: str, text: str) -> None:
    assert value(expression) == text


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("trunc(5, Values.text)", "Hello"),
        ("Values.text | trunc(5)", "Hello"),
        ("Values.text | trunc(5) | quote", '"Hello"'),
        ("Values.text | contains('World')", "true"),
        ("Values.text | hasPrefix('Hello')", "true"),
        ("Values.text | trimSuffix('ld')", "Hello Wor"),
        ("Values.text | b64enc | b64dec", "Hello World"),
        ("Values.text | sha256sum | trunc(8)", "a591a6d4"),
        ("'a,b' | splitList(',') | join('-')", "a-b"),
        ("Values.true | ternary('yes', 'no')", "yes"),
        ("'1.29.3' | semverCompare('>=1.20')", "true"),
        ("Values.list | has(1)", "true"),
        ("Values.list | sortAlpha | join(',')", "1,2,3"),
        ("Values.list | toJson", "[3,1,2]"),
        ("Values.list | until | toJson if false else until(2) | toJson", "[0,1]"),
        ("Values.map | dig('a', 'c', 'x')", "2"),
        ("Values.map | dig('a', 'z', 'x')", "x"),
        ("Values.map | keys | sortAlpha | join(',')", "a,b"),
        ("'%s-%03d' | printf('a', 7) if false else printf('%s-%03d', 'a', 7)", "a-007"),
        ("7 | printf('%03d')", "007"),
        ("'%s-%03d' | format('a', 7)", "a-007"),
        ("'%s-%03d' % ('a', 7)", "a-007"),
        ("'%s' % 'a'", "a"),
        ("7 % 4", "3"),
        ("add(1, 2, 3)", "6"),
        ("5 | add(1)", "6"),
        ("3 | sub(10)", "7"),
        ("default('x', Values.false)", "x"),
        ("coalesce(none, '', 'z')", "z"),
        ("list(1, 'a') | toJson", '[1,"a"]'),
        ("dict('a', 1) | toJson", '{"a":1}'),
        ("dict(a=1, b=2) | toJson", '{"a":1,"b":2}'),
        ("dict({'a': 1}, b=2) | toJson", '{"a":1,"b":2}'),
        ("dict() | toJson", "{}"),
        ("index(Values.map, 'a', 'c')", "2"),
        ("Values.list | index(1)", "1"),
        ("eq(1, 1)", "true"),
        ("len(Values.list)", "3"),
        ("'{a: [1, b]}' | fromYaml | toJson", '{"a":[1,"b"]}'),
        ("Values.map | toYaml | indent(2)", "a:\n    c: 2\n  b: 1"),
        ("nindent(2, 'x')", "\n  x"),
        ("Values.text | title", "Hello World"),
        ("range(3) | toJson", "[0,1,2]"),
        ("Values.list | map('int') | toJson", "[3,1,2]"),
    ],
)  # fmt: skip
def test_functions_are_helms(expression: str, text: str) -> None:
    assert value(expression) == text


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("Values.list | append(4) | toJson", "[3,1,2,4]"),
        ("Values.list | prepend(4) | toJson", "[4,3,1,2]"),
        ("Values.list | without(1) | toJson", "[3,2]"),
        ("Values.list | concat([4], [5]) | toJson", "[3,1,2,4,5]"),
        ("Values.list | slice(1, 3) | toJson", "[1,2]"),
        ("Values.map | hasKey('b')", "true"),
        ("Values.map | get('b')", "1"),
        ("Values.map | pick('b') | toJson", '{"b":1}'),
        ("Values.map | omit('b') | toJson", '{"a":{"c":2}}'),
        ("Values.map | set('b', 5) | toJson", '{"a":{"c":2},"b":5}'),
        ("Values.map | unset('b') | toJson", '{"a":{"c":2}}'),
        ("Values.map | merge({'b': 9, 'z': 1}) | toJson", '{"a":{"c":2},"b":1,"z":1}'),
        ("Values.map | mergeOverwrite({'b': 9}) | toJson", '{"a":{"c":2},"b":9}'),
        ("Values.text | regexReplaceAll('o', '0')", "Hell0 W0rld"),
        ("Values.text | regexReplaceAllLiteral('l+', '$1')", "He$1o Wor$1d"),
        ("Values.text | regexFindAll('o', -1) | toJson", '["o","o"]'),
        ("Values.text | regexSplit('o', -1) | toJson", '["Hell"," W","rld"]'),
        ("Values.text | regexMatch('^H')", "true"),
        ("Values.text | regexFind('W.*')", "World"),
    ],
)
def test_the_subject_of_a_function_is_piped(expression: str, text: str) -> None:
    assert value(expression) == text


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("Values.missing | default('x')", "x"),
        ("Values.none | default('x')", "x"),
        ("Values.empty | default('x')", "x"),
        ("[] | default([1]) | toJson", "[1]"),
        ("{} | d({'a': 1}) | toJson", '{"a":1}'),
        ("Values.zero | default(5)", "0"),
        ("Values.false | default(true)", "false"),
        ("Values.zero | default(5, true)", "5"),
        ("Values.false | default('x', boolean=true)", "x"),
        ("Values.text | default('x')", "Hello World"),
        ("Values.missing | default", ""),
    ],
)
def test_default_replaces_what_is_missing_null_or_empty(
    expression: str, text: str
) -> None:
    assert value(expression) == text


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("Values.list | sort | toJson", "[1,2,3]"),
        ("Values.list | sort(reverse=true) | toJson", "[3,2,1]"),
        ("Values.list | first", "3"),
        ("Values.list | last", "2"),
        ("Values.list | max", "3"),
        ("Values.list | min", "1"),
        ("5 | max(7, 6)", "7"),
        ("max(5, 7, 6)", "7"),
        ("Values.list | sum", "6"),
        ("Values.list | reverse | toJson", "[2,1,3]"),
        ("'abc' | reverse", "cba"),
        ("Values.list | length", "3"),
        ("[1, 1, 2] | unique | list | toJson", "[1,2]"),
        ("'a b' | replace(' ', '-')", "a-b"),
        ("'aaa' | replace('a', 'b', 2)", "bba"),
        ("replace('a', 'b', 'aaa')", "bbb"),
        ("2.567 | round(1)", "2.6"),
        ("2.4 | round", "2"),
        ("2.1 | round(method='ceil')", "3"),
        ("round(2.567, 1)", "2.6"),
        ("'7' | int + 1", "8"),
        ("'x' | int(3)", "3"),
        ("'1.5' | float", "1.5"),
        ("[1, 2, 3, 4, 5] | batch(2) | list | toJson", "[[1,2],[3,4],[5]]"),
        ("[{'n': 1}, {'n': 2}] | map(attribute='n') | list | toJson", "[1,2]"),
        ("[{'n': 1}, {'n': 2}] | selectattr('n', 'eq', 2) | toJson", '[{"n":2}]'),
        ("[{'n': 1}, {'n': 2}] | join(',', attribute='n')", "1,2"),
        ("Values.map | dictsort | first | first", "a"),
        ("Values.text | truncate(8, true, '...', 0)", "Hello..."),
        ("'  x ' | trim", "x"),
        ("trim('  x ')", "x"),
        ("'--x' | trim('-')", "x"),
        ("Values.text | wordcount", "2"),
        ("'a b' | urlencode", "a%20b"),
        ("{'a': '<b>'} | tojson", '{"a":"\\u003cb\\u003e"}'),
        ("'one\ntwo' | indent(2)", "one\n  two"),
        ("indent(2, 'one\ntwo')", "  one\n  two"),
        ("'one' | indent(2, true)", "  one"),
        ("'hELLO' | capitalize", "Hello"),
        ("'hello wORLD' | title", "Hello World"),
        ("title('hello wORLD')", "Hello WORLD"),
    ],
)  # fmt: skip
def test_filters_of_jinja2_keep_their_meaning(expression: str, text: str) -> None:
    assert value(expression) == text


@pytest.mark.parametrize(
    "name",
    sorted(set(FILTERS) - set(as_filters(FUNCTIONS, None))),  # type: ignore[arg-type] # only names are wanted
)
def test_filters_for_web_pages_are_gone(name: str) -> None:
    assert name in (
        "attr center e escape filesizeformat forceescape pprint random safe striptags"
        " urlize wordwrap xmlattr"
    )
    with pytest.raises(TemplateSyntaxError, match="no filter named"):
        value(f"'x' | {name}")


@pytest.mark.parametrize(
    "expression",
    ["'abc' | max", "5 | join", "Values.list | replace('a', 'b')", "max('a')(1)"],
)
def test_a_filter_on_the_wrong_kind_of_value_is_an_error(expression: str) -> None:
    with pytest.raises(TemplateExecutionError):
        value(expression)


def test_chance_is_not_frozen_into_the_code() -> None:
    text = "{{ randAlphaNum(20) }} {{ 20 | randAlphaNum }}"
    one, two = render_text(text).split(), render_text(text).split()
    assert len({*one, *two}) == 4


def test_the_guide_names_every_filter_whose_meaning_has_to_be_known() -> None:
    named = set(re.findall(r"`(\w+)`", DOCS.read_text()))
    own = {"batch", "default", "indent", "join", "max", "min", "replace", "round"}
    subjects = {name for name in SUBJECT if not name.startswith("must")}
    assert (KEPT | own | subjects) - named == set()


def test_the_examples_of_the_guide_parse() -> None:
    examples = re.findall(r"```jinja\n(.*?)```", DOCS.read_text(), re.DOTALL)
    assert len(examples) > 3
    for example in examples:
        engine = JinjaEngine(
            [TemplateSource(NAME, example, "web/templates")], FUNCTIONS
        )
        engine.check(NAME)
