"""The reader of plain YAML gives what libyaml's events give, or leaves it to them."""

from __future__ import annotations

from typing import Any, Literal
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pypkg import yamlio
from pypkg.errors import YamlError
from pypkg.yamlio import plain

KEYS = [
    *("a:", "b:", "c:", "a/b:", '"q":', "'s':", "_x.y:", "y:", "on:", "1:", '"":'),
    *("<<:", "null:", "~:", "-x:", '"a" :', "a :", "k:v:"),
]
VALUES = [
    *("", "x", "a b", "1", "yes", "~", '"q"', "'s'", "'it''s'", "[]", "{}", "|", "|-"),
    *("|+", '[a, "b"]', "[1, yes]", "{ }", "a #c", '"q" # c', "x  ", "é", "a#c", "# c"),
    *("-1", ".5", "0x1F", "012", "1_000", "1e3", "+1", "1:30", "2020-01-01", ".inf"),
    *("12345678901234567890123", "http://x:80/#y", "a::b", "<a", "<<", "=", ":x", "a]"),
    *("- x", "? x", "?x", "-", "---", "--- x", "...", ">", "|2", "| # c", "[a", "[a,]"),
    *("a: b", "a:", "!t x", "&a x", "*a", '"a\\n"', '"a" b', "{}x", "[]:", "%x", "@x"),
    *("`x", ", x", '"', "'", "x\ty", "\tx", "\u2028", "\ufeff", "\x00", "[-1]", "[[]]"),
]
LINES = st.builds(
    "{}{}{}{}{}".format,
    st.integers(0, 4).map(" ".__mul__),
    st.sampled_from(["", "", "", "- ", "-   ", "- - ", "-"]),
    st.sampled_from(["", *KEYS, *KEYS[:4] * 4]),
    st.sampled_from([" ", " ", "  ", ""]),
    st.sampled_from([*VALUES, *VALUES[:14] * 4]),
)
TEXTS = st.builds(
    "{}{}{}".format,
    st.sampled_from(["", "", "", "---\n", "# c\n---\n", "\n"]),
    st.lists(LINES | st.sampled_from(["", " ", "  # c", "# c"]), max_size=7).map(
        "\n".join
    ),
    st.sampled_from(["\n", "\n", "\n\n", ""]),
)


def by_events(text: str, numbers: Literal["int", "float64"] = "int") -> list[Any]:
    with patch.object(plain, "read", return_value=None):
        return yamlio.load_all(text, numbers=numbers)


@given(TEXTS, st.booleans())
def test_what_is_plain_means_what_it_means_to_libyaml(text: str, floats: bool) -> None:  # noqa: FBT001 - drawn
    found = plain.read(text, floats=floats)
    if found is None:
        return
    # Unlike ==, repr tells 1 from 1.0 and from true, and sees the order of keys.
    assert repr(found) == repr(by_events(text, "float64" if floats else "int"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# only a comment\n",
        "a: 1\nb:\n  - c\n  - d: e\n    f: g\n",
        "---\n# c\na:\n- 1\n-   b: 2\n    c: 3\n- - x\n  - z: 1\nd: {}\n",
        'a: "1" # c\nb: \'it\'\'s\'\n"c d": ["x", y, 1]\ne:\n  {}\n',
        "text: |\n  one\n\n    two\n\n\nmore: |-\n    # no comment\nlast: |+\n  x\n\n",
        "description: one\n  two\n   - three\nurl: http://x:1/#y\n",
        "a:\n  b:\n    c:\n  d:\ne:\n",
    ],
)
def test_what_most_files_hold_is_plain(text: str) -> None:
    assert plain.read(text, floats=False) == by_events(text)


@pytest.mark.parametrize(
    "text",
    [
        "a: 1\na: 2\n",
        "a: &x 1\nb: *x\n",
        "a: !!str 1\n",
        "a: >\n  b\n",
        'a: "b\\n"\n',
        "a: {b: c}\n",
        "a: 1\n  b: 2\n",
        "a: 1\n---\nb: 2\n",
        "a:\tb\n",
        "<<: {}\n",
        "yes: 1\n",
        "a: |\n  b\n c\n",
        "- " * 200 + "a\n",
    ],
)
def test_everything_else_is_left_to_libyaml(text: str) -> None:
    assert plain.read(text, floats=False) is None


def test_a_fault_in_plain_text_has_libyamls_message() -> None:
    with pytest.raises(YamlError, match="mapping values are not allowed"):
        yamlio.load("a: 1\n  b: 2\n")


def test_an_item_may_begin_with_dashes() -> None:
    # Python before 3.11.5 repeats groups possessively in another way.
    text = "args:\n  - --port\n  - -x\n  - - --deep\n"
    expected = {"args": ["--port", "-x", ["--deep"]]}
    assert plain.read(text, floats=False) == [expected]
