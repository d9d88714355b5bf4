from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pypkg.errors import StrvalsError
from pypkg.values.int64 import Int64
from pypkg.values.strvals import Mode, parse_into, typed

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Command


def parse(expression: str, mode: Mode = "typed", **start: Any) -> dict[str, Any]:
    target = dict(start)
    parse_into(expression, target, mode=mode)
    return target


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True), ("FALSE", False), ("nuLL", None),
        ("0", 0), ("-3", -3), ("+5", 5), ("-05", -5),
        ("9223372036854775807", 2**63 - 1),
        ("9223372036854775808", "9223372036854775808"), ("007", "007"), ("00", "00"),
        ("1.5", "1.5"), ("1e3", "1e3"), ("0x1F", "0x1F"), ("1_000", "1_000"), ("", ""),
        ("yes", "yes"), ("~", "~"), (" 1", " 1"), ('"x"', '"x"'), ("१", "१"),
    ],
)  # fmt: skip
def test_a_value_gets_the_type_it_looks_like(text: str, value: Any) -> None:
    assert typed(text) == value
    assert type(typed(text)) is (Int64 if type(value) is int else type(value))


@pytest.mark.parametrize(
    ("expression", "values"),
    [
        ("a=1", {"a": 1}),
        ("a=1,b=x", {"a": 1, "b": "x"}),
        ("a=1,", {"a": 1}),
        ("a.b.c=1", {"a": {"b": {"c": 1}}}),
        (r"a\.b=1", {"a.b": 1}),
        (r"a=x\,y", {"a": "x,y"}),
        (r"a=x\\y", {"a": "x\\y"}),
        ("a=b=c", {"a": "b=c"}),
        ("a=", {"a": ""}),
        ("", {}),
        ("a={}", {"a": [""]}),
        ("a={1,x,null}", {"a": [1, "x", None]}),
        (r"a={1,\,}", {"a": [1, ","]}),
        ("a={1,2},b=3", {"a": [1, 2], "b": 3}),
        ("a={1,2}b=3", {"a": [1, 2], "b": 3}),
        ("a[0]=x", {"a": ["x"]}),
        ("a[2]=x", {"a": [None, None, "x"]}),
        ("a[0].b=1,a[0].c=2", {"a": [{"b": 1, "c": 2}]}),
        ("a[0][1]=x", {"a": [[None, "x"]]}),
        ("a[1]=1,a[0]=0", {"a": [0, 1]}),
        ("a[0]=x,a[0].b=1", {"a": [{"b": 1}]}),
        ("a= 1,b =2", {"a": " 1", "b ": 2}),
        ("=1", {}),
    ],
)
def test_an_expression_sets_values(expression: str, values: dict[str, Any]) -> None:
    assert parse(expression) == values


@pytest.mark.parametrize("expression", ["a.", "a[0", "\\", "a.=", "[0]=1", ".a=1"])
def test_a_text_that_ends_early_sets_nothing(expression: str) -> None:
    assert parse(expression) == {}


@pytest.mark.parametrize("expression", ["a[0]", "a[0].b=", "a[0].", "a[70000]"])
def test_a_list_that_is_named_is_made(expression: str) -> None:
    assert parse(expression) == {"a": []}


@pytest.mark.parametrize(
    ("expression", "problem", "column"),
    [
        ("a", 'key "a" has no value', 2),
        ("x=1,abc", 'key "abc" has no value', 8),
        ("a,b=1", 'key "a" has no value (cannot end with ,)', 2),
        ("a.=1", 'key map "a" has no value', 1),
        ("a={1,2", "list must terminate with '}'", 3),
        ("a[x]=1", 'error parsing index: "x" is no integer', 3),
        ("a[-1]=1", "negative -1 index not allowed", 3),
        ("a[65537]=1", "index of 65537 is greater than maximum supported index of"
         " 65536", 9),
        ("a[0]b=1", 'unexpected data at end of array index: "b"', 5),
        ("a=1,a.b=2", '"a" is a number already, and a map is set here', 5),
        ("a=x,a[0]=2", '"a" is text already, and a list is set here', 5),
        ("a[0].b=1,a[0][1]=3", '"[0]" is a map already, and a list is set here', 14),
        ("." * 31 + "a=1", "value name nested level is greater than maximum supported"
         " nested level of 30", 32),
    ],
)  # fmt: skip
def test_a_fault_is_shown_under_its_column(
    expression: str, problem: str, column: int
) -> None:
    with pytest.raises(StrvalsError) as caught:
        parse(expression)
    assert caught.value.problem == problem
    assert caught.value.column == column
    shown, caret = str(caught.value).splitlines()[1:]
    assert shown == f"  {expression}"
    assert caret.index("^") == column + 1


def test_thirty_levels_are_allowed() -> None:
    value: Any = parse("a" + ".a" * 30 + "=1")
    for _ in range(31):
        value = value["a"]
    assert value == 1


def test_lists_and_maps_that_are_there_are_changed() -> None:
    assert parse("l[1]=9,m.b=2", l=[1, 2, 3], m={"a": 1}) == {
        "l": [1, 9, 3], "m": {"a": 1, "b": 2}
    }  # fmt: skip


def test_text_mode_keeps_every_value_as_text() -> None:
    assert parse("a=1,b=true,c={1,null}", "string") == {
        "a": "1", "b": "true", "c": ["1", "null"]
    }  # fmt: skip


@pytest.mark.parametrize(
    ("expression", "values"),
    [
        ('a={"k": [1, null]},b="x"', {"a": {"k": [1, None]}, "b": "x"}),
        ("a= 1 ,b=2.5", {"a": 1, "b": 2.5}),
        ("a=,b=", {"a": None, "b": None}),
        ('a[1]={"x":1}', {"a": [None, {"x": 1}]}),
        ("a=1 b=2", {"a": 1, "b": 2}),
    ],
)
def test_json_mode_reads_json_values(expression: str, values: dict[str, Any]) -> None:
    assert parse(expression, "json") == values


@pytest.mark.parametrize(
    ("expression", "column"),
    [("a={x}", 4), ("ab=NaN", 4), ("a=1e999", 3), ("a=" + "[" * 100_000, 3)],
)
def test_json_mode_points_at_what_is_no_json(expression: str, column: int) -> None:
    with pytest.raises(StrvalsError, match="--set-json") as caught:
        parse(expression, "json")
    assert caught.value.column == column


def test_literal_mode_takes_the_rest_as_it_is() -> None:
    assert parse(r"a.b=x,y={1}\n", "literal") == {"a": {"b": r"x,y={1}\n"}}
    assert parse(r"a\.b=1", "literal") == {"a\\": {"b": "1"}}
    assert parse("a[0]=x", "literal") == {"a": ["x"]}
    assert parse("a=", "literal") == {"a": ""}


def test_file_mode_reads_each_path() -> None:
    target: dict[str, Any] = {}
    parse_into("a=one,b={two,three}", target, mode="file", read_file=str.upper)
    assert target == {"a": "ONE", "b": ["TWO", "THREE"]}


ATOMS = [
    "a", "b", ".", "=", "[", "]", "[0]", "[2]", ",", "{", "}", "\\", "1", "-", "null",
    "x", " ", '"', "é", '{"k":1}', "[1,2]",
]  # fmt: skip
EXPRESSIONS = st.lists(st.sampled_from(ATOMS), max_size=12).map("".join)
MODES: list[Mode] = ["typed", "string", "json", "literal"]


@given(EXPRESSIONS, st.sampled_from(MODES))
def test_any_text_is_read_or_refused_with_a_column(expression: str, mode: Mode) -> None:
    try:
        values = parse(expression, mode)
    except StrvalsError as error:
        column = error.column
    else:
        assert json.dumps(values)
        return
    assert 1 <= column <= len(expression) + 1


@given(
    st.dictionaries(st.text(min_size=1, max_size=5), st.text(max_size=5), max_size=4)
)
def test_escaping_carries_any_text(values: dict[str, str]) -> None:
    def escaped(text: str, chars: str) -> str:
        return "".join(f"\\{c}" if c in chars + "\\" else c for c in text)

    pairs = [f"{escaped(k, '=[,.')}={escaped(v, ',{')}" for k, v in values.items()]
    assert parse(",".join(pairs), "string") == values


ORACLE = [
    "a.", "a[0", "a[0]", "a[0].b=", "a=", "a.=1", "=1", "a=-0", "a=+5", "a=-05",
    "a=9223372036854775808", "a={1,2}b=3", "a\\", "a[0][1]=2,a[0].b=3", "a=1,a[0]=2",
    "a[1]=1,a[0].c=,d=2", "a..b=1", "a[70000]=1", "a[+1]=x", "a[1]x=2", "a={}", "a={x",
    "a=1,,b=2", "a= 1,b =2", "a=null,a.b=1", "a[0]=x,a[0].b=1", "a.[0]=1",
    "a=1.0,b=1e3",
]  # fmt: skip


@pytest.mark.oracle
def test_set_agrees_with_helm(real_helm: Command, tmp_path: Path) -> None:
    chart = tmp_path / "chart"
    (chart / "templates").mkdir(parents=True)
    (chart / "Chart.yaml").write_text("apiVersion: v2\nname: c\nversion: 1.0.0\n")
    (chart / "templates/out.yaml").write_text("{{ toJson .Values }}")
    for expression in ORACLE:
        result = real_helm("template", chart, "--set", expression)
        try:
            values = parse(expression)
        except StrvalsError:
            assert result.code == 1, expression
        else:
            assert result.code == 0, (expression, result.err)
            assert json.loads(result.out.splitlines()[-1]) == values, expression
