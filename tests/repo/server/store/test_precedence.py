"""The order of versions as text."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pypkg.repo.server.store.precedence import precedence
from pypkg.versions import Version

NUMBER = st.integers(0, 2**40).map(str)
LABEL = NUMBER | st.from_regex(r"[0-9]*[A-Za-z-][0-9A-Za-z-]{0,4}", fullmatch=True)
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
