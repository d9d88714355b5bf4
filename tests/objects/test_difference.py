from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pypkg.objects.difference import MISSING, differences
from pypkg.objects.field_set import show

SCALARS = st.none() | st.booleans() | st.integers(-9, 9) | st.text("ab", max_size=3)
VALUES = st.recursive(
    SCALARS,
    lambda below: (
        st.lists(below, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "a", "b"]), below, max_size=3)
    ),
    max_leaves=12,
)


def found(old: Any, new: Any) -> list[tuple[str, Any, Any]]:
    return [(show(one.path), one.old, one.new) for one in differences(old, new)]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({"a": 1}, {"a": 2}, [(".a", 1, 2)]),
        ({"a": 1}, {}, [(".a", 1, MISSING)]),
        ({}, {"a": None}, [(".a", MISSING, None)]),
        ({"a": [1, 2]}, {"a": [1]}, [(".a", [1, 2], [1])]),
        (
            {"a": [{"b": 1}, {}]},
            {"a": [{}]},
            [(".a[0].b", 1, MISSING), (".a[1]", {}, MISSING)],
        ),
        ({"a": {"b": 1}}, {"a": "b"}, [(".a", {"b": 1}, "b")]),
        ({"a": 1}, {"a": True}, [(".a", 1, True)]),
        ({"a": 1}, {"a": 1}, []),
    ],
)
def test_each_field_that_differs_is_given_once(
    old: Any, new: Any, expected: list[Any]
) -> None:
    assert found(old, new) == expected


def test_items_with_names_are_paired_by_them() -> None:
    old = [{"name": "a", "v": 1}, {"name": "b", "v": 2}]
    new = [{"name": "b", "v": 3}, {"name": "a", "v": 1}]
    assert found(old, new) == [('[name="b"].v', 2, 3)]


@given(VALUES, VALUES)
def test_values_are_equal_exactly_if_nothing_differs(old: Any, new: Any) -> None:
    assert found(old, old) == []
    swapped = [(path, after, before) for path, before, after in found(new, old)]
    key = repr
    assert sorted(found(old, new), key=key) == sorted(swapped, key=key)
