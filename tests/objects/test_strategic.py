"""Strategic merge patch: properties, and the cases of the upstream tests."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pypkg.errors import PatchError
from pypkg.objects.equality import equal
from pypkg.objects.openapi import OpenApiSchema
from pypkg.objects.strategic import strategic_merge
from pypkg.objects.strategic_diff import three_way_strategic

ITEM = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "value": {"type": "string"},
        "source": {"type": "object", "additionalProperties": {"type": "string"}},
    },
}
SPEC = {
    "type": "object",
    "properties": {
        "items": {
            "type": "array",
            "items": ITEM,
            "x-kubernetes-patch-strategy": "merge",
            "x-kubernetes-patch-merge-key": "name",
        },
        "unions": {
            "type": "array",
            "items": ITEM,
            "x-kubernetes-patch-strategy": "merge,retainKeys",
            "x-kubernetes-patch-merge-key": "name",
        },
        "finalizers": {
            "type": "array",
            "items": {"type": "string"},
            "x-kubernetes-patch-strategy": "merge",
        },
        "args": {"type": "array", "items": {"type": "string"}},
        "labels": {"type": "object", "additionalProperties": {"type": "string"}},
        "strategy": {
            "type": "object",
            "x-kubernetes-patch-strategy": "retainKeys",
            "properties": {"type": {"type": "string"}, "rolling": {"type": "object"}},
        },
        "whole": {"type": "object", "x-kubernetes-patch-strategy": "replace"},
        "replicas": {"type": "integer"},
    },
}
SCHEMA = OpenApiSchema(SPEC, {})

names = st.sampled_from("abcd")
words = st.text("xy", max_size=2)
string_maps = st.dictionaries(names, words, max_size=3)
items = st.lists(
    st.fixed_dictionaries(
        {"name": names}, optional={"value": words, "source": string_maps}
    ),
    max_size=4,
    unique_by=lambda item: str(item["name"]),
)
documents = st.fixed_dictionaries(
    {},
    optional={
        "items": items,
        "unions": items,
        "finalizers": st.lists(names, max_size=4, unique=True),
        "args": st.lists(words, max_size=3),
        "labels": string_maps,
        "strategy": st.dictionaries(st.sampled_from(["type", "rolling"]), words),
        "whole": string_maps,
        "replicas": st.integers(0, 3),
    },
)


@given(documents, documents)
def test_a_three_way_patch_leads_to_the_modified_document_in_its_order(
    old: dict[str, Any], new: dict[str, Any]
) -> None:
    before = deepcopy((old, new))
    patch = three_way_strategic(old, new, old, SCHEMA)
    assert equal(strategic_merge(old, patch, SCHEMA), new)
    assert (old, new) == before


@given(documents, documents, documents)
def test_applying_a_three_way_patch_twice_changes_nothing_more(
    old: dict[str, Any], new: dict[str, Any], live: dict[str, Any]
) -> None:
    once = strategic_merge(live, three_way_strategic(old, new, live, SCHEMA), SCHEMA)
    again = three_way_strategic(new, new, once, SCHEMA)
    assert equal(strategic_merge(once, again, SCHEMA), once)


@given(documents)
def test_equal_documents_need_no_patch(document: dict[str, Any]) -> None:
    assert three_way_strategic(document, document, document, SCHEMA) == {}


def test_three_way_keeps_the_items_and_fields_of_others() -> None:
    original = {"items": [{"name": "app", "value": "1"}, {"name": "old"}]}
    modified = {"items": [{"name": "app", "value": "2"}]}
    live = {
        "items": [
            {"name": "injected"},
            {"name": "app", "value": "1", "source": {"a": "b"}},
            {"name": "old"},
        ]
    }
    patch = three_way_strategic(original, modified, live, SCHEMA)
    assert patch == {
        "items": [{"name": "app", "value": "2"}, {"name": "old", "$patch": "delete"}],
        "$setElementOrder/items": [{"name": "app"}],
    }
    assert strategic_merge(live, patch, SCHEMA) == {
        "items": [
            {"name": "injected"},
            {"name": "app", "value": "2", "source": {"a": "b"}},
        ]
    }


def test_retain_keys_clear_the_default_of_another_member_of_a_union() -> None:
    live = {"strategy": {"type": "RollingUpdate", "rolling": {"maxSurge": "25%"}}}
    modified = {"strategy": {"type": "Recreate"}}
    patch = three_way_strategic({}, modified, live, SCHEMA)
    assert patch == {"strategy": {"type": "Recreate", "$retainKeys": ["type"]}}
    assert strategic_merge(live, patch, SCHEMA) == modified


def test_scalars_are_deleted_by_a_parallel_list() -> None:
    live = {"finalizers": ["a", "theirs", "b"]}
    patch = three_way_strategic(
        {"finalizers": ["a", "b"]}, {"finalizers": ["b", "c"]}, live, SCHEMA
    )
    assert patch == {
        "finalizers": ["c"],
        "$deleteFromPrimitiveList/finalizers": ["a"],
        "$setElementOrder/finalizers": ["b", "c"],
    }
    assert strategic_merge(live, patch, SCHEMA)["finalizers"] == ["theirs", "b", "c"]


@pytest.mark.parametrize(
    ("document", "patch", "expected"),
    [
        (
            {"labels": {"a": "1"}},
            {"labels": {"a": None, "b": "2"}},
            {"labels": {"b": "2"}},
        ),
        ({"args": ["1"]}, {"args": ["2"]}, {"args": ["2"]}),
        ({"whole": {"a": "1"}}, {"whole": {"b": "2"}}, {"whole": {"b": "2"}}),
        (
            {"items": [{"name": "a", "value": "1"}, {"name": "b"}]},
            {"items": [{"name": "a", "$patch": "delete"}]},
            {"items": [{"name": "b"}]},
        ),
        (
            {"items": [{"name": "a", "value": "1"}]},
            {"items": [{"$patch": "replace"}, {"name": "c"}]},
            {"items": [{"name": "c"}]},
        ),
        (
            {"labels": {"a": "1"}},
            {"labels": {"$patch": "replace", "b": "2"}},
            {"labels": {"b": "2"}},
        ),
        ({"labels": {"a": "1"}}, {"labels": {"$patch": "delete"}}, {"labels": {}}),
        (
            {"finalizers": ["a", "b"]},
            {"$deleteFromPrimitiveList/finalizers": ["a", "x"]},
            {"finalizers": ["b"]},
        ),
        ({}, {"$deleteFromPrimitiveList/finalizers": ["a"]}, {}),
        ({}, {"$setElementOrder/finalizers": ["a"]}, {}),
        (
            {"finalizers": ["a", "b", "c"]},
            {"$setElementOrder/finalizers": ["c", "a"]},
            {"finalizers": ["b", "c", "a"]},
        ),
        ({"finalizers": ["a"]}, {"finalizers": ["b", "a"]}, {"finalizers": ["b", "a"]}),
        (
            {},
            {
                "items": [
                    {"name": "a", "$patch": "delete"},
                    {"name": "b", "value": None},
                ]
            },
            {"items": [{"name": "b"}]},
        ),
        ({}, {"labels": {"$patch": "delete", "a": "b"}}, {"labels": {}}),
        ({"labels": {"a": "1"}}, {"labels": None}, {}),
        ({"labels": {"a": "1"}}, {"labels": "text"}, {"labels": "text"}),
    ],
)
def test_a_patch_gives_what_the_api_server_gives(
    document: dict[str, Any], patch: dict[str, Any], expected: dict[str, Any]
) -> None:
    assert strategic_merge(document, patch, SCHEMA) == expected


@pytest.mark.parametrize(
    ("patch", "message"),
    [
        ({"items": [{"value": "1"}]}, "does not contain declared merge key: name"),
        ({"items": [{"$patch": "delete"}]}, "declared merge key"),
        ({"items": [{"$patch": "merge"}]}, "cannot yet be specified"),
        ({"items": [{"$patch": "spam"}]}, "unknown patch type: spam"),
        ({"items": ["text"]}, "not identical"),
        ({"labels": {"$patch": "spam"}}, "unknown patch type: spam"),
        ({"labels": {"$patch": "merge"}}, "not for a map"),
        ({"strategy": {"type": "x", "$retainKeys": []}}, "retainKeys"),
        ({"strategy": {"$retainKeys": "type"}}, "retainKeys"),
        ({"finalizers": [["a"]]}, "lists of lists"),
        ({"$setElementOrder/items": "name"}, "setElementOrder"),
        ({"$setElementOrder": []}, "setElementOrder"),
        (
            {"finalizers": ["a", "b"], "$setElementOrder/finalizers": ["b", "a"]},
            "doesn't match",
        ),
    ],
)
def test_a_patch_that_breaks_the_format_is_refused(
    patch: dict[str, Any], message: str
) -> None:
    document = {
        "items": [{"name": "a"}],
        "labels": {"a": "1"},
        "strategy": {"type": "y"},
        "finalizers": ["z"],
    }
    with pytest.raises(PatchError, match=message):
        strategic_merge(document, patch, SCHEMA)


def test_a_list_of_maps_without_a_merge_key_cannot_be_merged() -> None:
    schema = OpenApiSchema(
        {
            "properties": {
                "l": {"type": "array", "x-kubernetes-patch-strategy": "merge"}
            }
        },
        {},
    )
    with pytest.raises(PatchError, match="merge key"):
        strategic_merge({"l": [{"a": 1}]}, {"l": [{"a": 2}]}, schema)
    with pytest.raises(PatchError, match="merge key"):
        three_way_strategic({}, {"l": [{"a": 2}]}, {"l": [{"a": 1}]}, schema)


def test_a_key_that_stands_twice_is_compared_pair_by_pair() -> None:
    old = {"items": [{"name": "53", "value": "TCP"}, {"name": "53", "value": "UDP"}]}
    assert three_way_strategic(old, deepcopy(old), old, SCHEMA) == {}
