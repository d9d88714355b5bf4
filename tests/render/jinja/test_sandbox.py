"""Templates come from strangers: what they can neither reach nor exhaust."""

from __future__ import annotations

import time
from typing import Any

import pytest

from pypkg.errors import RenderError, TemplateExecutionError
from pypkg.render.engine import Limits
from tests.render.jinja.conftest import render_text

VALUES: dict[str, Any] = {
    "text": "abc",
    "map": {"a": 1, "items": "mine", "get": 5},
    "list": [1, 2, 3],
    "number": 7,
    "null": None,
}


@pytest.mark.parametrize(
    "expression",
    [
        "''.__class__.__mro__",
        "Values.__class__",
        "Values['__class__']",
        "Values.list.__class__.__base__.__subclasses__()",
        "Values.text.format.__globals__",
        "'{0.__class__}'.format(Values)",
        "'{0.__class__}'.format_map({'0': 1})",
        "Values.text.translate({97: 98})",
        "Values.text.encode('utf-8')",
        "Values.number.real",
        "Values.number.__add__(1)",
        "Values.list.append(4)",
        "Values.list.sort()",
        "Values.map.update({'b': 1})",
        "Values.map.pop('a')",
        "Values.map.setdefault('b', 1)",
        "Values.map.__setitem__('b', 1)",
        "cycler.__init__.__globals__",
        "namespace.__init__",
        "joiner.__globals__",
        "quote.__globals__",
        "quote.__closure__",
        "quote.func",
        "range.__self__",
        "dict.func",
        "it.__globals__",
        "it._func",
        "it._environment",
        "self.__init__",
        "self._TemplateReference__context",
        "self.environment",
        "Context.__class__",
        "loop.__class__",
        "namespace(a=1)._Namespace__attrs",
        "namespace(a=1).__class__",
        "(Values.missing).__class__.__init__",
        "m._body_stream",
        "m.__class__",
        "undefined.__class__",
        "environment",
        "context.environment",
        "missing",
        "now().tzinfo",
        "now().strftime('%Y')",
        "[].__class__",
        "{}.__class__",
        "().__class__",
        "(1).__class__",
        "none.__class__",
        "true.__class__",
    ],
)
def test_what_is_not_listed_cannot_be_reached(expression: str) -> None:
    template = (
        '{% import "_m.j2" as m %}{% macro it() %}{% endmacro %}'
        f"{{{{ [{expression}] | toJson }}}}"
    )
    with pytest.raises(RenderError):
        render_text(template, VALUES, _m="{% macro x() %}{% endmacro %}")


@pytest.mark.parametrize(
    "expression",
    [
        "Values | attr('__class__')",
        "Values | pprint",
        "Values.text | escape",
        "Values.text | safe",
        "Values.text | xmlattr",
        "[Values] | map(attribute='__class__') | list | toJson",
        "[Values] | map('attr', '__class__') | list | toJson",
        "[Values] | selectattr('__class__') | list | toJson",
        "[Values] | groupby('__class__') | list | toJson",
        "[Values] | sum(attribute='__class__')",
        "[Values, Values] | sort(attribute='__class__') | toJson",
        "[Values] | join(attribute='__class__')",
        "[Values] | unique(attribute='__class__') | list | toJson",
        "lipsum()",
        "env('HOME')",
        "expandenv('$HOME')",
    ],
)
def test_filters_reach_no_further(expression: str) -> None:
    with pytest.raises(RenderError):
        render_text(f"{{{{ {expression} }}}}", VALUES)


def test_keys_go_before_methods() -> None:
    rendered = render_text(
        "{{ Values.map.items }} {{ Values.map.get }} {{ Values.list.index(2) }}"
        "{% for k, v in Values.plain.items() %} {{ k }}={{ v }}{% endfor %}"
        " {{ Values.plain.get('z', 9) }}",
        {**VALUES, "plain": {"x": 1, "y": 2}},
    )
    assert rendered == "mine 5 1 x=1 y=2 9"


@pytest.mark.parametrize(
    "expression",
    [
        "Values.text.upper()",
        "Values.text.replace('b', 'x').startswith('ax')",
        "Values.text.split('b')[1]",
        "', '.join(['a', true, none, 2])",
        "Values.list.count(1)",
        "now().Year() > 2000",
        "now() | date('2006')",
        "Values.map.keys() | list | first",
    ],
)
def test_what_is_listed_works(expression: str) -> None:
    assert render_text(f"{{{{ {expression} }}}}", VALUES)


def test_values_cannot_be_changed() -> None:
    values: dict[str, Any] = {"map": {"a": {"b": 1}}, "list": [1]}
    rendered = render_text(
        "{{ set(Values.map, 'c', 2) | toJson }}"
        "{{ Values.map | merge({'a': {'d': 3}}) | toJson }}"
        "{{ Values.map | mergeOverwrite({'a': {'b': 4}}) | toJson }}"
        "{{ Values.map | unset('a') | toJson }}{{ Values.list | append(2) | toJson }}",
        values,
    )
    assert rendered == ('{"a":{"b":1},"c":2}{"a":{"b":1,"d":3}}{"a":{"b":4}}{}[1,2]')
    assert values == {"map": {"a": {"b": 1}}, "list": [1]}


BIG = 10**9


@pytest.mark.parametrize(
    "template",
    [
        f"{{{{ range({BIG}) | list }}}}",
        f"{{{{ 'x' * {BIG} }}}}",
        f"{{{{ {BIG} * 'x' }}}}",
        f"{{{{ [1] * {BIG} }}}}",
        f"{{{{ 2 ** {BIG} }}}}",
        f"{{{{ 'x'.ljust({BIG}) }}}}",
        f"{{{{ 'x'.center({BIG}) }}}}",
        f"{{{{ 'x'.zfill({BIG}) }}}}",
        f"{{{{ 'x\\ty'.expandtabs({BIG}) }}}}",
        f"{{{{ '%{BIG}d' % 1 | length > 100 or fail('short') }}}}",
        f"{{{{ 'x' | center({BIG}) }}}}",
        f"{{{{ 'x' | indent({BIG}, true) }}}}",
        f"{{{{ ['x'] | batch({BIG}, 'y') | list }}}}",
        f"{{{{ ['x'] | slice({BIG}) | list }}}}",
        f"{{{{ 1.5 | round({BIG}, 'ceil') }}}}",
        f"{{{{ repeat({BIG}, 'x') }}}}",
        f"{{{{ until({BIG}) | toJson }}}}",
        f"{{{{ untilStep(0, {BIG}, 1) | toJson }}}}",
        f"{{{{ seq(1, {BIG}) }}}}",
        f"{{{{ nindent({BIG}, 'x') }}}}",
        f"{{{{ randAlphaNum({BIG}) }}}}",
        "{% set ns = namespace(t='xx') %}{% for i in range(40) %}"
        "{% set ns.t = ns.t + ns.t %}{% endfor %}",
        "{% set ns = namespace(t='xx') %}{% for i in range(40) %}"
        "{% set ns.t = ns.t ~ ns.t %}{% endfor %}",
        "{% set ns = namespace(t=[1]) %}{% for i in range(40) %}"
        "{% set ns.t = ns.t + ns.t %}{% endfor %}",
        "{% set ns = namespace(t='xx') %}{% for i in range(40) %}"
        "{% set ns.t = [ns.t, ns.t] | join %}{% endfor %}",
        "{% set ns = namespace(t='xx') %}{% for i in range(40) %}"
        "{% set ns.t = ns.t | replace('x', 'xx') %}{% endfor %}",
        "{% set ns = namespace(t='xx') %}{% for i in range(40) %}"
        "{% set ns.t = ns.t.replace('x', 'xx') %}{% endfor %}",
        "{% set ns = namespace(t='xx') %}{% for i in range(40) %}"
        "{% set ns.t = ','.join([ns.t, ns.t]) %}{% endfor %}",
        "{% set ns = namespace(t='xx') %}{% for i in range(40) %}"
        "{% set x %}{{ ns.t }}{{ ns.t }}{% endset %}{% set ns.t = x %}{% endfor %}",
        "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}x"
        "{% endmacro %}{{ m(60) }}",
        "{% for i in range(1000) %}{% for j in range(1000) %}{% for k in range(1000) %}"
        "{% endfor %}{% endfor %}{% endfor %}",
        "{% for i in range(1000000) %}{{ 'x' * 10000 }}{% endfor %}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{% set x = '{{ tpl(Values.t) }}' %}{{ tpl(Values.t) }}",
        "{% include Template.Name %}",
        "{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}",
        "{% set ns = namespace(t=[1]) %}{% for i in range(60) %}"
        "{% set ns.t = [ns.t, ns.t] %}{% endfor %}{{ ns.t | toJson }}",
        "{% set ns = namespace(t=[1]) %}{% for i in range(60) %}"
        "{% set ns.t = [ns.t, ns.t] %}{% endfor %}{{ ns.t | toYaml }}",
    ],
)  # fmt: skip
def test_nothing_can_be_exhausted(template: str) -> None:
    limits = Limits(output_bytes=1_000_000, seconds=1, range_items=100_000)
    began = time.monotonic()
    with pytest.raises(RenderError) as raised:
        render_text(template, {"t": "{{ tpl(Values.t) }}"}, limits=limits)
    assert time.monotonic() - began < 20
    assert "Traceback" not in str(raised.value)


def test_the_time_limit_is_that_of_the_template() -> None:
    with pytest.raises(TemplateExecutionError, match=r"too long: the limit is 0.5 sec"):
        render_text(
            "{% for i in range(1000) %}{% for j in range(1000) %}"
            "{% for k in range(1000) %}{% endfor %}{% endfor %}{% endfor %}",
            limits=Limits(seconds=0.5),
        )


def test_text_may_be_as_long_as_the_limit() -> None:
    limits = Limits(output_bytes=100)
    assert render_text("{{ 'x' * 100 }}", limits=limits) == "x" * 100
    with pytest.raises(TemplateExecutionError, match="the limit is 100 characters"):
        render_text("{{ 'x' * 100 }}y", limits=limits)
