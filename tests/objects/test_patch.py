"""JSON merge patch: the RFC's examples and the properties of creation."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pypkg.errors import PatchError
from pypkg.objects.equality import equal
from pypkg.objects.patch import create_merge_patch, merge_patch, three_way_merge

scalars = st.booleans() | st.integers(-2, 2) | st.text("ab", max_size=2)
values = st.recursive(
    scalars | st.lists(scalars, max_size=2),
    lambda below: st.dictionaries(st.sampled_from("abc"), below, max_size=3),
    max_leaves=8,
)
objects = st.dictionaries(st.sampled_from("abc"), values, max_size=3)


@pytest.mark.parametrize(
    ("document", "patch", "expected"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        (["a", "b"], ["c", "d"], ["c", "d"]),
        ({"a": "b"}, ["c"], ["c"]),
        ({"a": "foo"}, None, None),
        ({"a": "foo"}, "bar", "bar"),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_the_rfcs_examples_hold(document: Any, patch: Any, expected: Any) -> None:
    assert merge_patch(document, patch) == expected


@given(objects, objects)
def test_a_created_patch_leads_to_the_modified_document(
    old: dict[str, Any], new: dict[str, Any]
) -> None:
    before = deepcopy((old, new))
    assert equal(merge_patch(old, create_merge_patch(old, new)), new)
    assert (old, new) == before


@given(objects)
def test_equal_documents_need_no_patch(document: dict[str, Any]) -> None:
    assert create_merge_patch(document, document) == {}
    assert three_way_merge(document, document, document) == {}


@given(objects, objects)
def test_three_way_without_others_is_two_way(
    old: dict[str, Any], new: dict[str, Any]
) -> None:
    assert equal(merge_patch(old, three_way_merge(old, new, old)), new)


def test_three_way_keeps_what_others_set() -> None:
    patch = three_way_merge(
        {"spec": {"a": 1, "gone": 1}},
        {"spec": {"a": 2}},
        {"spec": {"a": 1, "gone": 1, "theirs": 1}, "status": {"ready": True}},
    )
    assert patch == {"spec": {"a": 2, "gone": None}}


def test_three_way_restores_what_others_removed() -> None:
    assert three_way_merge({"a": 1}, {"a": 1}, {}) == {"a": 1}


def test_three_way_takes_objects_only() -> None:
    with pytest.raises(PatchError):
        three_way_merge({}, [], {})  # type: ignore[arg-type]  # the refusal is tested


@pytest.mark.parametrize(
    ("left", "right"), [(1, True), (0, False), (1, 1.0), ([1], [True]), ({}, [])]
)
def test_values_of_different_json_types_are_not_equal(left: Any, right: Any) -> None:
    assert not equal(left, right)
    assert not equal(right, left)
    assert equal(left, deepcopy(left))
