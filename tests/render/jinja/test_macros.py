"""Macros: known in their chart, imported from others, seeing their caller's values."""

from __future__ import annotations

from typing import Any

import pytest

from pypkg.errors import TemplateExecutionError, TemplateSyntaxError
from pypkg.render.engine import Limits, TemplateSource
from pypkg.render.jinja.engine import JinjaEngine
from tests.render.jinja.conftest import FUNCTIONS, render_text


def tree(name: str, context: dict[str, Any], **texts: str) -> str:
    """Render a template of a tree; ``__`` in names stands for ``/``."""
    sources = []
    for key, text in texts.items():
        path = key.replace("__", "/") + ".j2"
        base = path[: path.index("/templates/")] + "/templates"
        sources.append(TemplateSource(path, text, base))
    return JinjaEngine(sources, FUNCTIONS).render(name + ".j2", context)


def test_a_macro_needs_no_import() -> None:
    rendered = render_text(
        "name: {{ fullname() }}\nlabels:\n  {{ labels('x') }}\n",
        _names="{% macro fullname() %}\n  {{ Release.Name }}-{{ Chart.Name }}\n"
        "{% endmacro %}\n"
        "{% macro labels(part, more={}) %}\napp: {{ fullname() }}\n"
        "part: {{ part }}\n{{ more | toYaml }}\n{% endmacro %}\n",
    )
    assert rendered == "name: shop-web\nlabels:\n  app: shop-web\n  part: x\n"


def test_a_macro_sees_the_template_that_calls_it() -> None:
    rendered = render_text("{{ where() }}", _m="{% macro where() %}{{ Template.Name }}"
                                               "{% endmacro %}")  # fmt: skip
    assert rendered == "web/templates/a.yaml.j2"


def test_macros_of_two_files_may_call_each_other() -> None:
    rendered = render_text(
        "{{ a(3) }}",
        _a="{% macro a(n) %}a{{ b(n - 1) if n }}{% endmacro %}",
        _b="{% macro b(n) %}b{{ a(n - 1) if n }}{% endmacro %}",
    )
    assert rendered == "abab"


def test_a_template_may_import_explicitly() -> None:
    rendered = render_text(
        '{% import "_m.j2" as m %}{% from "_m.j2" import it as this %}'
        "{{ m.it() }} {{ this() }} {{ m.port }}",
        _m="{% macro it() %}{{ Release.Name }}{% endmacro %}{% set port = 80 %}",
    )
    assert rendered == "shop shop 80"


def test_a_macro_takes_the_place_of_a_function() -> None:
    rendered = render_text(
        "{{ trim('x') }}", _m="{% macro trim(x) %}mine{% endmacro %}"
    )
    assert rendered == "mine"


def test_a_local_name_takes_the_place_of_a_macro() -> None:
    macro = "{% macro it() %}macro{% endmacro %}"
    assert render_text("{% set it = 'local' %}{{ it }}", _m=macro) == "local"
    rendered = render_text(
        "{% for it in [1] %}{{ it }}{% endfor %}{{ it() }}", _m=macro
    )
    assert rendered == "1macro"


def test_callers_and_arguments() -> None:
    rendered = render_text(
        "{% call(x) box('a', b=2) %}\n  in {{ x }}\n{% endcall %}\n",
        _m="{% macro box(a, b) %}{{ a }}{{ b }}[{{ caller(3) }}]"
        "{{ varargs | join }}{% endmacro %}",
    )
    assert rendered == "a2[in 3]"


def test_a_macro_in_a_comment_is_none() -> None:
    partial = (
        "{# {% macro it() %}{% endmacro %} #}{% raw %}{% macro it() %}{% endraw %}"
    )
    with pytest.raises(TemplateExecutionError, match="it is not defined"):
        render_text("{{ it() }}", _m=partial)


def test_two_macros_of_one_name_are_an_error() -> None:
    macro = "{% macro it() %}{% endmacro %}"
    with pytest.raises(
        TemplateSyntaxError, match=r"is defined in web/templates/_a\.j2"
    ):
        render_text("{{ it() }}", _a=macro, _b=f"\n{macro}")


def test_a_macro_inside_another_is_not_known_outside() -> None:
    with pytest.raises(TemplateExecutionError, match="not at the top level of"):
        render_text(
            "{{ inner() }}",
            _m="{% macro outer() %}{% macro inner() %}{% endmacro %}{% endmacro %}",
        )


TREE = {
    "web__templates__a.yaml": '{% import "cache/_m.j2" as c %}{{ c.address() }}',
    "web__templates___m": "{% macro it() %}web's{% endmacro %}",
    "web__charts__cache__templates___m": (
        "{% macro address() %}{{ Chart.Name }}:{{ Values.port }}{% endmacro %}"
        "{% macro it() %}cache's{% endmacro %}"
    ),
    "web__charts__cache__templates__b.yaml": "{{ it() }} {{ address() }}",
    "web__charts__cache__templates__up.yaml": (
        '{% import "web/_m.j2" as w %}{{ w.it() }}'
    ),
    "web__charts__db__templates__beside.yaml": (
        '{% import "cache/_m.j2" as c %}{{ c.it() }}'
    ),
    "web__charts__db__templates__full.yaml": (
        '{% import "web/charts/cache/templates/_m.j2" as c %}{{ c.it() }}'
    ),
    "web__charts__db__templates__alone.yaml": "{{ it() }}",
}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("web/templates/a.yaml", "web:1"),
        ("web/charts/cache/templates/b.yaml", "cache's web:1"),
        ("web/charts/cache/templates/up.yaml", "web's"),
        ("web/charts/db/templates/beside.yaml", "cache's"),
        ("web/charts/db/templates/full.yaml", "cache's"),
    ],
)
def test_each_chart_has_its_own_macros(name: str, expected: str) -> None:
    context = {"Chart": {"Name": "web"}, "Values": {"port": 1}}
    assert tree(name, context, **TREE) == expected


def test_another_charts_macros_are_not_known_without_import() -> None:
    with pytest.raises(TemplateExecutionError, match="it is not defined"):
        tree("web/charts/db/templates/alone.yaml", {}, **TREE)


@pytest.mark.parametrize(
    "name", ["../secret.j2", "/etc/passwd", "../../../etc/passwd", "web/../_m.j2"]
)
def test_only_templates_of_the_tree_can_be_named(name: str) -> None:
    with pytest.raises(TemplateExecutionError, match="there is no template"):
        render_text(f'{{% include "{name}" %}}')


def test_an_include_always_sees_the_values() -> None:
    rendered = render_text(
        "{% include '_b.j2' without context %}",
        {"a": 1},
        _b="{{ Values.a }}{{ it() }}",
        _m="{% macro it() %}2{% endmacro %}",
    )
    assert rendered == "12"


def test_inheritance_works_inside_the_tree() -> None:
    rendered = render_text(
        '{% extends "_base.j2" %}\n{% block spec %}\n  a: {{ Values.a }}\n'
        "  {{ super() }}\n{% endblock %}\n",
        {"a": 1},
        _base="kind: Pod\nspec:\n{% block spec %}\n  b: 2\n{% endblock %}\n",
    )
    assert rendered == "kind: Pod\nspec:\n  a: 1\n    b: 2\n"


def test_tpl_knows_the_charts_macros() -> None:
    rendered = render_text(
        "{{ Values.t | tpl }} {{ tpl(Values.t, Context) }} {{ tpl('plain') }}",
        {"t": "{{ it() }}-{{ Values.x }}", "x": 1},
        _m="{% macro it() %}{{ Release.Name }}{% endmacro %}",
    )
    assert rendered == "shop-1 shop-1 plain"


def test_an_engine_renders_texts_and_defines_nothing() -> None:
    engine = JinjaEngine([], FUNCTIONS)
    assert engine.tpl("{{ Values.a }}", {"Values": {"a": 1}}) == "1"
    assert not engine.defines()


def test_tpl_may_nest_only_so_deep() -> None:
    values = {"t": "{{ Values.t | tpl }}"}
    with pytest.raises(TemplateExecutionError, match="tpl nests too deeply"):
        render_text("{{ Values.t | tpl }}", values, limits=Limits(include_depth=10))


def test_include_reaches_the_other_engine() -> None:
    asked: list[Any] = []

    def include(name: str, data: Any) -> str:
        asked.append(data)
        return f"\n  name: {name}\n  b: 1\n"

    rendered = render_text(
        "a:\n  {{ include('x') }}\n{{ 'y' | include({'k': 1}) }}\n",
        {"v": 1},
        include=include,
    )
    assert rendered == "a:\n  name: x\n  b: 1\nname: y\nb: 1\n"
    assert asked[0]["Values"] == {"v": 1}
    assert asked[1] == {"k": 1}
