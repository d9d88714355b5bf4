from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pypkg.cli.display.excerpts import LONG, excerpt, excerpts

BLOB = "config: " + "x" * 5000
TEXTS = st.text(alphabet="ab", max_size=8).map(lambda end: "a" * LONG + end)


def test_short_lines_stay_as_they_are() -> None:
    assert excerpt("a: b") == "a: b"
    assert excerpts("a: b", "a: c") == ("a: b", "a: c")


def test_a_long_line_is_cut_and_says_so() -> None:
    assert excerpt(BLOB).startswith("config: xxx")
    assert excerpt(BLOB).endswith("xxx ... (5008 characters)")


def test_of_two_long_lines_the_place_where_they_differ_is_shown() -> None:
    old, new = (f"config: {'x' * 4000}{word}{'y' * 4000}" for word in ("1", "234"))
    before, after = excerpts(old, new)
    assert before == (
        f"config: {'x' * 52} ... {'x' * 30}1{'y' * 30} ... (8009 characters)"
    )
    assert f"{'x' * 30}234{'y' * 30}" in after


@given(TEXTS, TEXTS)
def test_lines_that_differ_look_different(old: str, new: str) -> None:
    before, after = excerpts(old, new)
    assert (before == after) == (old == new)
