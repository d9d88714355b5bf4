from __future__ import annotations

import json
import math
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pypkg import jsonio

JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False)
    | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)  # fmt: skip


@given(JSON)
def test_what_was_written_is_read_back(value: object) -> None:
    # A large whole float is written with zeros at its end.
    assert jsonio.loads(jsonio.dumps(value), numbers="float64") == value
    assert json.loads(jsonio.dumps(value, indent="\t"), parse_int=float) == value


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_keeps_its_value(number: float) -> None:
    assert float(jsonio.format_number(number)) == number


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.0, "0"),
        (-0.0, "-0"),
        (1.0, "1"),
        (1.5, "1.5"),
        (1e20, "100000000000000000000"),
        (1e21, "1e+21"),
        (1.25e21, "1.25e+21"),
        (123456789012345680000.0, "123456789012345680000"),
        (2.0**63, "9223372036854776000"),
        (1e-6, "0.000001"),
        (1.5e-6, "0.0000015"),
        (1e-7, "1e-7"),
        (0.1, "0.1"),
        (5e-324, "5e-324"),
    ],
)
def test_numbers_are_written_as_go_writes_them(number: float, text: str) -> None:
    assert jsonio.dumps(number) == text


def test_maps_are_sorted_and_structs_keep_their_order() -> None:
    value = {"b": 1, "a": MappingProxyType({"z": 1, "y": 2})}
    assert jsonio.dumps(value) == '{"a":{"z":1,"y":2},"b":1}'
    assert jsonio.dumps(value, sort_keys=False) == '{"b":1,"a":{"z":1,"y":2}}'


def test_angle_brackets_and_ampersands_are_escaped_unless_it_is_raw() -> None:
    assert jsonio.dumps("<&>") == r'"\u003c\u0026\u003e"'
    assert jsonio.dumps("<&>", escape_html=False) == '"<&>"'


def test_line_separators_are_always_escaped() -> None:
    assert jsonio.dumps("\u2028", escape_html=False) == r'"\u2028"'


def test_bytes_that_are_not_utf8_become_replacement_characters() -> None:
    assert jsonio.dumps(b"a\xff".decode("utf-8", "surrogateescape")) == '"a\ufffd"'


def test_indentation_is_gos() -> None:
    assert jsonio.dumps({"a": [1, {}], "b": []}, indent="  ") == (
        '{\n  "a": [\n    1,\n    {}\n  ],\n  "b": []\n}'
    )


def test_other_classes_are_written_as_the_caller_says() -> None:
    assert jsonio.dumps([{1}], default=sorted) == "[[1]]"
    with pytest.raises(TypeError, match="unsupported type: set"):
        jsonio.dumps([{1}])


@pytest.mark.parametrize(
    ("number", "name"), [(math.nan, "NaN"), (math.inf, r"\+Inf"), (-math.inf, "-Inf")]
)
def test_numbers_that_json_has_not_are_refused(number: float, name: str) -> None:
    with pytest.raises(ValueError, match=f"unsupported value: {name}"):
        jsonio.dumps(number)


def test_whole_numbers_stay_whole_unless_floats_are_wanted() -> None:
    assert isinstance(jsonio.loads("12345678901234567890"), int)
    assert isinstance(jsonio.loads("1", numbers="float64"), float)


def test_halves_of_surrogate_pairs_become_replacement_characters() -> None:
    assert jsonio.loads(r'["\ud83d\ude00", "\ud83d", "\udc80x"]') == [
        "\U0001f600",
        "\ufffd",
        "\ufffdx",
    ]


def test_bytes_are_read_as_utf8() -> None:
    assert jsonio.loads('"é"'.encode() + b" ") == "é"
    assert jsonio.loads(b'"\xff"') == "\ufffd"


# Recorded from Helm's fromJson (Go 1.27); more in render/functions/recorded.
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "unexpected end of JSON input"),
        ("[1", "unexpected end of JSON input"),
        ('{"a', "unexpected end of JSON input"),
        ("{a}", "invalid character 'a' looking for beginning of object key string"),
        ('{"a" 1}', "invalid character '1' after object key"),
        ('{"a":1]', "invalid character ']' after object key:value pair"),
        ("[1 2]", "invalid character '2' after array element"),
        ("[1,]", "invalid character ']' looking for beginning of value"),
        ("1 2", "invalid character '2' after top-level value"),
        ("nulx", "invalid character 'x' in literal null (expecting 'l')"),
        ("1.x", "invalid character 'x' in numeric literal"),
        ("NaN", "invalid character 'N' looking for beginning of value"),
        ('"\n"', r"invalid character '\n' in string"),
        (r'"\q"', r"invalid escape sequence `\q` in string"),
        ("1e999", "json: cannot unmarshal number 1e999 into Go value of type float64"),
    ],
)
def test_faults_have_gos_words(text: str, message: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - its text follows
        jsonio.loads(text)
    assert str(caught.value) == message


@given(st.text() | st.text('[]{}",:0123456789.eE+-truefalsn \\u\n', max_size=12))
def test_any_text_is_read_or_refused_with_words_of_go(text: str) -> None:
    try:
        jsonio.loads(text)
    except ValueError as error:
        # Python's own words would show where it gave up.
        assert "line 1 column" not in str(error)  # noqa: PT017 - not always raised


def test_deep_nesting_is_refused() -> None:
    with pytest.raises(ValueError, match="exceeded max depth"):
        jsonio.loads("[" * 100_000)


def test_a_number_of_any_length_is_read_or_refused() -> None:
    with pytest.raises(ValueError, match="cannot unmarshal number"):
        jsonio.loads("9" * 5000)
