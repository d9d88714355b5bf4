"""Typed values: the lists and maps of structured-merge-diff, and its laws."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pypkg.objects.equality import equal
from pypkg.sandbox.schemas import typed
from pypkg.sandbox.schemas.schema import Schema

ITEM = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "protocol": {"type": "string", "default": "TCP"},
        "value": {"type": "string"},
        "map": {"type": "object", "additionalProperties": {"type": "string"}},
    },
}
NODE: dict[str, Any] = {
    "type": "object",
    "properties": {
        "scalar": {"type": "string"},
        "struct": {"type": "object", "properties": {"a": {"type": "string"}}},
        "map": {"type": "object", "additionalProperties": {"type": "string"}},
        "whole": {
            "type": "object",
            "additionalProperties": {"type": "string"},
            "x-kubernetes-map-type": "atomic",
        },
        "list": {
            "type": "array",
            "items": ITEM,
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["name", "protocol"],
        },
        "set": {
            "type": "array",
            "items": {"type": "string"},
            "x-kubernetes-list-type": "set",
        },
        "atomic": {"type": "array", "items": {"type": "string"}},
        "free": {"x-kubernetes-preserve-unknown-fields": True, "type": "object"},
    },
}
SCHEMA = Schema(NODE, {})

words = st.text("xy", max_size=2)
maps = st.dictionaries(st.sampled_from("ab"), words, max_size=2)
items = st.lists(
    st.fixed_dictionaries(
        {"name": st.sampled_from("abc")},
        optional={
            "protocol": st.sampled_from(["TCP", "UDP"]),
            "value": words,
            "map": maps,
        },
    ),
    max_size=4,
    unique_by=lambda item: (str(item["name"]), str(item.get("protocol", "TCP"))),
)
values = st.fixed_dictionaries(
    {},
    optional={
        "scalar": words,
        "struct": st.fixed_dictionaries({}, optional={"a": words}),
        "map": maps,
        "whole": maps,
        "list": items,
        "set": st.lists(st.sampled_from("abc"), unique=True, max_size=3),
        "atomic": st.lists(words, max_size=2),
        "free": st.dictionaries(
            st.sampled_from("ab"), words | st.lists(words), max_size=2
        ),
    },
)


def test_a_field_set_has_leaves_items_and_entries() -> None:
    value = {
        "struct": {"a": "1"},
        "map": {"k": "1"},
        "whole": {"k": "1"},
        "list": [{"name": "n", "value": "1"}],
        "set": ["s"],
        "atomic": ["x"],
        "free": {"k": {"l": [1]}},
    }
    item = 'k:{"name":"n","protocol":"TCP"}'
    assert typed.field_set(value, SCHEMA) == {
        ("f:struct", "f:a"),
        ("f:map", "f:k"),
        ("f:whole",),
        ("f:list", item),
        ("f:list", item, "f:name"),
        ("f:list", item, "f:value"),
        ("f:set", 'v:"s"'),
        ("f:atomic",),
        ("f:free", "f:k"),
        ("f:free", "f:k", "f:l"),
    }


@given(values)
def test_a_value_does_not_differ_from_itself(value: dict[str, Any]) -> None:
    assert typed.compare(value, deepcopy(value), SCHEMA).is_same


@given(values, values)
def test_a_comparison_is_symmetric(old: dict[str, Any], new: dict[str, Any]) -> None:
    there, back = typed.compare(old, new, SCHEMA), typed.compare(new, old, SCHEMA)
    assert (there.added, there.removed) == (back.removed, back.added)
    assert there.modified == back.modified


@given(values, values)
def test_a_merge_has_all_that_is_applied(
    live: dict[str, Any], applied: dict[str, Any]
) -> None:
    before = deepcopy((live, applied))
    merged = typed.merge(live, applied, SCHEMA)
    found = typed.compare(applied, merged, SCHEMA)
    assert not found.modified - {("f:list",), ("f:set",), ("f:map",), ("f:struct",)}
    # An empty map is a member; one that holds something is not.
    members = {
        path
        for path in typed.field_set(applied, SCHEMA)
        if path[-1] not in {"f:struct", "f:free", "f:map"}
    }
    assert members <= typed.field_set(merged, SCHEMA)
    assert (live, applied) == before


@given(values)
def test_merging_a_value_into_itself_changes_nothing(value: dict[str, Any]) -> None:
    assert equal(typed.merge(value, value, SCHEMA), value)


@given(values)
def test_removing_all_fields_leaves_nothing_that_is_owned(
    value: dict[str, Any],
) -> None:
    paths = typed.with_named_fields(typed.field_set(value, SCHEMA), SCHEMA)
    assert typed.field_set(typed.remove(value, paths, SCHEMA), SCHEMA) == set()


@given(values)
def test_removing_nothing_changes_nothing(value: dict[str, Any]) -> None:
    assert equal(typed.remove(value, frozenset(), SCHEMA), value)


def test_the_applied_order_holds_and_others_stay_behind_what_they_followed() -> None:
    def named(*names: str) -> dict[str, Any]:
        return {"list": [{"name": name} for name in names]}

    merged = typed.merge(named("other", "a", "b", "last"), named("b", "a"), SCHEMA)
    assert [item["name"] for item in merged["list"]] == ["other", "b", "last", "a"]


def test_an_empty_map_differs_from_none() -> None:
    assert typed.compare({}, {"map": {}}, SCHEMA).added == {("f:map",)}
    assert typed.compare({"map": None}, {"map": {}}, SCHEMA).modified == {("f:map",)}


def test_items_that_clash_are_faults() -> None:
    value = {
        "list": [{"name": "a"}, {"name": "a", "protocol": "TCP"}],
        "set": ["x", "x"],
    }
    assert typed.faults(value, SCHEMA) == [
        '.list: duplicate entries for key [name="a",protocol="TCP"]',
        '.set: duplicate entries for key [="x"]',
    ]


def test_items_that_clash_are_compared_together() -> None:
    twice = {"list": [{"name": "a", "value": "1"}, {"name": "a", "value": "2"}]}
    once = {"list": [{"name": "a", "value": "1"}]}
    item = ("f:list", 'k:{"name":"a","protocol":"TCP"}')
    assert typed.compare(twice, once, SCHEMA).modified == {item}
    assert typed.compare(twice, deepcopy(twice), SCHEMA).is_same


@pytest.mark.parametrize(
    "value", [{"list": ["text"]}, {"set": [{"a": 1}]}, {"set": [None]}]
)
def test_an_item_that_cannot_be_told_from_others_is_a_fault(
    value: dict[str, Any],
) -> None:
    (fault,) = typed.faults(value, SCHEMA)
    assert "element 0: associative list" in fault


def test_an_item_may_lack_a_key_that_has_a_default_but_not_all_keys() -> None:
    keyed = {
        "type": "array",
        "items": {"type": "object", "properties": {"name": {"type": "string"}}},
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["name"],
    }
    node = {"type": "object", "properties": {"l": keyed}}
    (fault,) = typed.faults({"l": [{}]}, Schema(node, {}))
    assert 'omits all key fields ["name"]' in fault
