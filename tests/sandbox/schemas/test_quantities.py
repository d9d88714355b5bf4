from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pypkg.sandbox.schemas.quantities import canonical, parse


# The pairs are those of the Go package's own tests and documentation.
@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        ("0", "0"),
        ("0.5", "500m"),
        (".5", "500m"),
        ("1.5", "1500m"),
        ("1000m", "1"),
        ("100m", "100m"),
        ("1000", "1k"),
        ("1024", "1024"),
        ("1024Mi", "1Gi"),
        ("1.5Gi", "1536Mi"),
        ("0.5Gi", "512Mi"),
        ("1500Mi", "1500Mi"),
        ("1Ki", "1Ki"),
        ("1e3", "1e3"),
        ("12E6", "12e6"),
        ("1E", "1E"),
        ("-1.5", "-1500m"),
        ("+2", "2"),
        ("0.0000000001", "1n"),
        ("100000000", "100M"),
    ],
)
def test_a_quantity_takes_the_largest_suffix_without_a_fraction(
    given_: str, expected: str
) -> None:
    assert canonical(given_) == expected


@pytest.mark.parametrize(
    "text", ["", "a", "1x", "1 Gi", "Gi", "1.2.3", "1e", "--1", "."]
)
def test_what_is_no_quantity_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="quantities must match"):
        parse(text)


@given(
    st.integers(-(10**6), 10**6),
    st.sampled_from(["", "m", "k", "M", "G", "Ki", "Mi", "Gi", "e3"]),
)
def test_the_canonical_form_has_the_same_value_and_is_stable(
    number: int, suffix: str
) -> None:
    text = f"{number}{suffix}"
    assert parse(canonical(text)) == parse(text)
    assert canonical(canonical(text)) == canonical(text)


def test_values_are_exact() -> None:
    assert parse("0.1") == Decimal("0.1")
    assert parse("1Ki") == 1024
