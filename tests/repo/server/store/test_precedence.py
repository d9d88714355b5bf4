"""The order of versions as text."""

from __future__ import annotations

from string import ascii_letters, digits

from hypothesis import given
from hypothesis import strategies as st

from pypkg.repo.server.store.precedence import precedence
from pypkg.versions import Version

NUMBER = st.integers(0, 2**40).map(str)
WORD = st.text(ascii_letters + digits + "-", min_size=1, max_size=6)
LABEL = NUMBER | WORD.filter(lambda word: not word.isdigit())
VERSIONS = st.builds(
    lambda numbers, labels: (
        ".".join(numbers) + ("-" + ".".join(labels) if labels else "")
    ),
    st.tuples(NUMBER, NUMBER, NUMBER),
    st.lists(LABEL, max_size=3),
)


@given(VERSIONS, VERSIONS)
def test_texts_sort_as_versions_do(one: str, other: str) -> None:
    first, second = Version.parse(one), Version.parse(other)
    assert (precedence(one) < precedence(other)) == (first < second)
    assert (precedence(one) == precedence(other)) == (first == second)
