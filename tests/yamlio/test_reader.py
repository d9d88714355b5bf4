from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pypkg import yamlio
from pypkg.errors import YamlError
from pypkg.yamlio.events import MAX_DEPTH

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)
# Helm's way of writing goes through JSON read as YAML, which loses these.
CONTROLS = set(map(chr, [*range(0x7F, 0xA0), 0xFFFE, 0xFFFF]))


def is_plain(value: object) -> bool:
    """Whether a value survives Helm's toYaml: no odd letters, no surrogates."""
    match value:
        case str():
            odd = CONTROLS | {"\u2028", "\u2029", "\ufeff"}
            return not odd & set(value) and value.isprintable() and len(value) < 500
        case list():
            return all(map(is_plain, value))
        case dict():
            return all(is_plain(k) and is_plain(v) for k, v in value.items())
    return True


@given(JSON.filter(is_plain))
def test_what_was_written_is_read_back(value: object) -> None:
    assert yamlio.load(yamlio.dump(value)) == value
    assert yamlio.load(yamlio.dump_pretty(value)) == value


@given(st.text() | st.text("ab:-[]{}&*!|>'\"%@`?#,~<\n \t1"))
def test_any_text_is_read_or_refused_with_a_yaml_error(text: str) -> None:
    with suppress(YamlError):
        yamlio.load_all(text)


def test_a_fault_is_shown_with_its_place() -> None:
    with pytest.raises(YamlError) as caught:
        yamlio.load("a: 1\nb:\n  - c\n d: 2\n", source="values.yaml")
    assert str(caught.value) == (
        "values.yaml:4:2: did not find expected key (while parsing a block mapping)\n"
        "2 | b:\n"
        "3 |   - c\n"
        "4 |  d: 2\n"
        "  |  ^"
    )


def test_a_repeated_key_is_refused_with_both_lines() -> None:
    with pytest.raises(YamlError) as caught:
        yamlio.load("a:\n  b: 1\n  c: 2\n  b: 3\n", source="values.yaml")
    assert caught.value.problem == (
        'the key "b" stands twice in this mapping, first on line 2'
    )
    assert str(caught.value.location) == "values.yaml:4:3"
    assert caught.value.hint


def test_keys_that_become_one_are_repeated_too() -> None:
    with pytest.raises(YamlError, match='the key "true" stands twice'):
        yamlio.load("yes: 1\ntrue: 2\n")


def test_of_repeated_keys_the_last_wins_where_they_are_allowed() -> None:
    assert yamlio.load("a: 1\na: 2\n", unique_keys=False) == {"a": 2}


def test_a_key_may_stand_in_a_merge_and_in_the_mapping() -> None:
    text = "x: &x {a: 1, b: 2}\ny:\n  <<: *x\n  b: 3\n"
    assert yamlio.load(text) == {"x": {"a": 1, "b": 2}, "true": {"a": 1, "b": 3}}


def test_numbers_stay_whole_unless_floats_are_wanted() -> None:
    text = "[1, 0x10, 1.0, 9007199254740993]"
    whole = yamlio.load(text)
    assert whole == [1, 16, 1.0, 9007199254740993]
    assert [type(n) for n in whole] == [int, int, float, int]
    assert all(type(n) is float for n in yamlio.load(text, numbers="float64"))


def test_aliases_are_copies() -> None:
    first, second = yamlio.load("- &x [1]\n- *x\n")
    first.append(2)
    assert second == [1]


def test_an_alias_bomb_is_refused() -> None:
    lines = ["a: &a [x,x,x,x,x,x,x,x,x]"]
    for name, previous in zip("bcdefghi", "abcdefgh", strict=True):
        aliases = ",".join(f"*{previous}" for _ in range(9))
        lines.append(f"{name}: &{name} [{aliases}]")
    with pytest.raises(YamlError, match="excessive aliasing"):
        yamlio.load("\n".join(lines))


def test_ordinary_anchors_are_not_excessive() -> None:
    items = "\n".join(f"k{i}:\n  <<: *base\n  c: {i}" for i in range(500))
    document = yamlio.load(f"base: &base {{a: 1, b: 2}}\n{items}\n")
    assert document["k499"] == {"a": 1, "b": 2, "c": 499}


@pytest.mark.parametrize("opening", ["[", "{a: "])
def test_deep_nesting_is_refused_before_it_breaks_anything(opening: str) -> None:
    with pytest.raises(YamlError, match=f"nested deeper than {MAX_DEPTH} levels"):
        yamlio.load(opening * 100_000)


def test_nesting_up_to_the_limit_is_read_and_written() -> None:
    text = "[" * MAX_DEPTH + "]" * MAX_DEPTH
    assert yamlio.load(yamlio.dump(yamlio.load(text))) == yamlio.load(text)


def test_an_anchor_cannot_hold_itself() -> None:
    with pytest.raises(YamlError, match="value contains itself"):
        yamlio.load("a: &x [*x]")


def test_an_anchor_ends_with_its_document() -> None:
    with pytest.raises(YamlError, match="unknown anchor 'x'"):
        yamlio.load_all("a: &x 1\n---\nb: *x\n")


def test_every_document_is_read() -> None:
    assert yamlio.load_all("a: 1\n---\n---\n- b\n...\n") == [{"a": 1}, None, ["b"]]


def test_only_the_first_document_is_read_unless_all_are_wanted() -> None:
    assert yamlio.load("a: 1\n---\nb: [\n") == {"a": 1}


@pytest.mark.parametrize("text", ["", "\n", "# comment\n", "---\n"])
def test_an_empty_text_is_none(text: str) -> None:
    assert yamlio.load(text) is None


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_bytes_are_read_in_the_encodings_of_yaml(encoding: str) -> None:
    assert yamlio.load("a: é\n".encode(encoding)) == {"a": "é"}


def test_bytes_that_are_not_utf8_are_refused_with_their_place() -> None:
    with pytest.raises(YamlError) as caught:
        yamlio.load(b"a: 1\nb: \xff\n", source="values.yaml")
    assert str(caught.value) == "values.yaml:2:4: invalid leading UTF-8 octet"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: b: c", "yaml: mapping values are not allowed in this context"),
        (
            "a: 1\nb: c: d",
            "yaml: line 2: mapping values are not allowed in this context",
        ),
        (
            "a: 1\n b: [\n",
            "yaml: line 2: mapping values are not allowed in this context",
        ),
        ("a: [1\nb: 2\n\n", "yaml: line 1: did not find expected ',' or ']'"),
        ("a: .inf", "json: unsupported value: +Inf"),
        ("a: *x", "yaml: unknown anchor 'x' referenced"),
    ],
)
def test_faults_have_go_yamls_words(text: str, message: str) -> None:
    with pytest.raises(YamlError) as caught:
        yamlio.load(text)
    assert yamlio.go_message(caught.value) == message


@pytest.mark.parametrize("digits", ["9" * 5000, "0x" + "f" * 5000, "-" + "1" * 5000])
def test_a_number_beyond_any_range_is_a_text(digits: str) -> None:
    assert yamlio.load(f"a: {digits}") == {"a": digits}


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("a:\n\tb: 1\n", "indent with spaces: YAML allows no tabs there"),
        ("a: @b\n", "put the value between quotes, since it begins with @"),
        ("a: b: c\n", "put a value that holds a colon between quotes"),
        ("a: 'b\nc: d\n", "close the quote that opens on line 1"),
        ("a:\n  - b\n c: 1\n", "compare the indentation of this line"),
        ("a: *b\n", None),
    ],
)
def test_common_faults_come_with_advice(text: str, hint: str | None) -> None:
    with pytest.raises(YamlError) as caught:
        yamlio.load(text)
    assert hint == caught.value.hint or (caught.value.hint or "").startswith(
        hint or "-"
    )


def test_an_escaped_apostrophe_between_double_quotes_is_one() -> None:
    text = r"""a: "it\'s \"it\'s\"" """
    assert yamlio.load(text) == {"a": "it's \"it's\""}


def test_too_many_of_them_are_refused_rather_than_read_for_ever() -> None:
    escapes = r"\'" * 1000
    with pytest.raises(YamlError, match="unknown escape"):
        yamlio.load(f'a: "{escapes}"')


def test_text_from_bytes_that_are_no_utf8_is_refused() -> None:
    with pytest.raises(YamlError) as caught:
        yamlio.load(b"a: 1\nb: \xff\n".decode("utf-8", "surrogateescape"))
    assert caught.value.location is not None
    assert (caught.value.location.line, caught.value.location.column) == (2, 4)
    assert "invalid leading UTF-8 octet" in yamlio.go_message(caught.value)
