"""Automatic indentation: what is printed is what was meant, at any depth."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pypkg import yamlio
from pypkg.render.jinja.indent import lay_out, own_lines
from tests.render.jinja.conftest import render_text

# What YAML can hold on one line and on many; the reader's own limits are not meant.
characters = st.characters(
    codec="utf-8", exclude_categories=["Cc", "Cs"], include_characters="\n"
)
marks = st.from_regex(r"[-a-z:#'\"{}\[\]&*!|> \n]{0,20}", fullmatch=True)
texts = st.text(characters, max_size=30) | marks
integers = st.integers(-(2**63), 2**63 - 1)  # beyond them, YAML numbers are floats
scalars = st.none() | st.booleans() | integers | texts
values = st.recursive(
    scalars,
    lambda below: (
        st.lists(below, max_size=3) | st.dictionaries(texts, below, max_size=3)
    ),
    max_leaves=8,
)
maps = st.dictionaries(texts.map(lambda key: f"k{key}"), values, max_size=3)
# What a block scalar without an indentation indicator can hold.
lines = st.from_regex(r"[a-z#:\"'{\[]([ a-z#:\"'{}\-]{0,9}[a-z])?", fullmatch=True)
scripts = st.lists(lines | st.just(""), min_size=1, max_size=5).map("\n".join)
scripts = scripts.filter(lambda text: text[:1].strip() and not text.endswith("\n"))


def load(text: str) -> Any:
    return yamlio.load(text)


def below(depth: int) -> str:
    """Give the lines of nested maps; the next line goes below them."""
    return "".join(f"{'  ' * n}k{n}:\n" for n in range(depth))


def nested(depth: int, value: Any) -> Any:
    for n in reversed(range(depth)):
        value = {f"k{n}": value}
    return value


@given(values, st.integers(0, 4))
@example("\n", 3)
@example(" a\nb", 2)
@example(["\n x"], 1)
def test_a_value_below_its_key_is_itself(value: Any, depth: int) -> None:
    template = f"{below(depth)}{'  ' * depth}{{{{ Values.v | toYaml }}}}\n"
    assert load(render_text(template, {"v": value})) == nested(depth, value)


@given(values, st.integers(0, 3))
@example({}, 0)
@example([], 1)
@example({"a": {}}, 1)
@example("\n", 1)
def test_a_value_after_its_key_is_itself(value: Any, depth: int) -> None:
    template = f"{below(depth)}{'  ' * depth}v: {{{{ Values.v | toYaml }}}}\nz: 1\n"
    expected = nested(depth, {"v": value})
    assert load(render_text(template, {"v": value})) == {**expected, "z": 1}


@given(values, st.integers(0, 3))
def test_a_value_in_a_list_is_itself(value: Any, depth: int) -> None:
    pad = "  " * depth
    template = (
        f"{below(depth)}{pad}- {{{{ Values.v | toYaml }}}}\n"
        f"{pad}- v: {{{{ Values.v | toYaml }}}}\n{pad}- last\n"
    )
    expected = nested(depth, [value, {"v": value}, "last"])
    assert load(render_text(template, {"v": value})) == expected


@given(maps, maps, st.integers(0, 3))
@example({}, {}, 0)
@example({}, {}, 2)
def test_maps_join_what_stands_around_them(
    one: dict[str, Any], two: dict[str, Any], depth: int
) -> None:
    pad = "  " * depth
    template = (
        f"{below(depth)}{pad}{{{{ Values.one | toYaml }}}}\n{pad}a: 1\n"
        f"{pad}{{{{ Values.two | toYaml }}}}\n{pad}z: 2\n"
    )
    two = {f"q{key}": value for key, value in two.items()}
    expected = nested(depth, {**one, "a": 1, **two, "z": 2})
    assert load(render_text(template, {"one": one, "two": two})) == expected


@given(st.lists(values, max_size=3), st.integers(1, 3))
@example([], 1)
def test_lists_join_what_stands_around_them(items: list[Any], depth: int) -> None:
    for step in ("", "  "):
        pad = "  " * (depth - 1) + step
        template = f"{below(depth)}{pad}{{{{ Values.v | toYaml }}}}\n{pad}- z\n"
        expected = nested(depth, [*items, "z"])
        assert load(render_text(template, {"v": items})) == expected
        template = f"{below(depth)}{pad}- a\n{pad}{{{{ Values.v | toYaml }}}}\n"
        expected = nested(depth, ["a", *items])
        assert load(render_text(template, {"v": items})) == expected


@given(st.lists(values, max_size=3), st.integers(1, 3))
def test_a_list_may_stand_under_its_key(items: list[Any], depth: int) -> None:
    pad = "  " * (depth - 1)
    template = f"{below(depth)}{pad}{{{{ Values.v | toYaml }}}}\n"
    assert load(render_text(template, {"v": items})) == nested(depth, items)


@given(values, st.integers(0, 2))
def test_a_macro_passes_a_value_on(value: Any, depth: int) -> None:
    macro = "{% macro it() %}\n  {{ Values.v | toYaml }}\n{% endmacro %}\n"
    template = f"{below(depth)}{'  ' * depth}v: {{{{ it() }}}}\n"
    rendered = render_text(template, {"v": value}, _m=macro)
    assert load(rendered) == nested(depth, {"v": value})


@given(scripts, st.integers(1, 3), st.sampled_from(["", "\n"]))
def test_text_in_a_block_scalar_is_itself(text: str, depth: int, end: str) -> None:
    """Its last line end is the template's; ``|-`` takes that away too."""
    template = f"{below(depth)[:-1]} |-\n{'  ' * depth}{{{{ Values.v }}}}\n"
    rendered = render_text(template, {"v": text + end})
    assert load(rendered) == nested(depth, text)


@given(scripts, st.integers(1, 3))
def test_text_inside_a_line_of_a_block_scalar_is_itself(text: str, depth: int) -> None:
    pad = "  " * depth
    template = (
        f"{below(depth)[:-1]} |-\n{pad}if x:\n"
        f'{pad}  say "{{{{ Values.v }}}}"\n{pad}end\n'
    )
    expected = f'if x:\n  say "{text}"\nend'
    rendered = render_text(template, {"v": text})
    assert load(rendered) == nested(depth, expected)


@given(st.lists(st.text("ab \n"), max_size=6))
def test_text_without_marks_is_joined_as_it_is(pieces: list[str]) -> None:
    assert lay_out(pieces) == "".join(pieces)


def test_a_block_moves_below_its_key() -> None:
    rendered = render_text(
        "spec:\n  resources: {{ Values.r | toYaml }}\n"
        "  args: {{ Values.a | toYaml }}\n",
        {"r": {"limits": {"cpu": 1}}, "a": ["x", "z"]},
    )
    assert rendered == (
        "spec:\n  resources:\n    limits:\n      cpu: 1\n  args:\n    - x\n    - z\n"
    )


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("a: &x {{ Values.m | toYaml }}", "a: &x\n  k: 1"),
        ("a: !!map {{ Values.m | toYaml }}", "a: !!map\n  k: 1"),
        ("- - {{ Values.l | toYaml }}", "- - - x\n    - z"),
        ("- a: {{ Values.l | toYaml }}", "- a:\n    - x\n    - z"),
        ("{{ 'a' }}: {{ Values.m | toYaml }}", "a:\n  k: 1"),
        ("# a: {{ Values.m | toYaml }}", "# a:\n#   k: 1"),
        ("# {{ Values.t }}", "# one\n# two"),
        ("a: {{ Values.t }}", "a: one\n   two"),
        ("a: {{ Values.t }} # note", "a: one\n   two # note"),
        ("\t{{ Values.t }}", "\tone\n\ttwo"),
        ("{{ Values.t | indent(4) }}", "one\n    two"),
        ("    {{ Values.t | indent(4) }}", "    one\n    two"),
        ("a:{{ Values.m | toYaml | nindent(2) }}", "a:\n  k: 1"),
        ("a: {{ Values.m | toJson }}", 'a: {"k":1}'),
        ("a: {{ Values.m | toPrettyJson }}", 'a: {\n     "k": 1\n   }'),
        ("x\n  {{ Values.crlf }}\ny", "x\n  one\r\n  two\ny"),
        ("a:\n  {{ Values.e }}\nb: 1", "a:\nb: 1"),
        ("a:\n  {{ Values.n }}\nb: 1", "a:\nb: 1"),
        ("a: {{ Values.e }}\nb: 1", "a: \nb: 1"),
        ("a:\n  {{ Values.e }}{{ Values.e }}\nb: 1", "a:\nb: 1"),
        ("a:\n  {{ Values.e }}b{{ Values.e }}\n", "a:\n  b\n"),
        ("---\n{{ Values.o | toYaml }}\n---\na: 1", "---\n{}\n---\na: 1"),
        ("a:\n  # note\n  {{ Values.o | toYaml }}\n", "a:\n  # note\n  {}\n"),
        ("a: [{{ Values.t }}]", "a: [one\n    two]"),
    ],
)
def test_places(template: str, expected: str) -> None:
    values = {
        "m": {"k": 1},
        "l": ["x", "z"],
        "t": "one\ntwo",
        "crlf": "one\r\ntwo\r\n",
        "e": "",
        "n": None,
        "o": {},
    }
    assert render_text(template, values) == expected


def test_blank_lines_stay_blank() -> None:
    rendered = render_text("a: |\n  {{ Values.v }}\n", {"v": "one\n\ntwo\n"})
    assert rendered == "a: |\n  one\n\n  two\n"


def test_a_line_may_go_on_after_a_value_that_ends_with_a_line_end() -> None:
    rendered = render_text('a: |\n  x="{{ Values.v }}"\n', {"v": "one\ntwo\n"})
    assert rendered == 'a: |\n  x="one\n  two\n  "\n'


def test_a_carriage_return_in_a_template_is_a_line_end() -> None:
    rendered = render_text("a:\r\n  {{ Values.v | toYaml }}\r\nb: 1\r\n", {"v": [1, 2]})
    assert rendered == "a:\n  - 1\n  - 2\nb: 1\n"


def test_block_tags_leave_no_lines() -> None:
    rendered = render_text(
        "a:\n  {% if Values.x %}\n  b: 1\n  {# note #}\n  {% endif %}\n"
        "  {% for i in Values.x %}\n  c{{ i }}: {{ i }}\n  {% endfor %}\nd: 2\n",
        {"x": [1, 2]},
    )
    assert rendered == "a:\n  b: 1\n  c1: 1\n  c2: 2\nd: 2\n"


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("\n    a: 1\n      b\n\n", "a: 1\n  b"),
        ("web\n", "web"),
        ("  web  \n", "web"),
        ("\r\na: 1\r\n", "a: 1"),
        ("", ""),
    ],
)
def test_a_macro_has_no_margin(said: str, meant: str) -> None:
    assert own_lines(said) == meant


def test_a_huge_margin_is_refused() -> None:
    from pypkg.errors import TemplateExecutionError
    from pypkg.render.engine import Limits

    with pytest.raises(TemplateExecutionError, match="the output is too long"):
        render_text(
            "{{ Values.wide }}{{ Values.tall }}",
            {"wide": "x" * 1000, "tall": "\na" * 1000},
            limits=Limits(output_bytes=100_000),
        )
