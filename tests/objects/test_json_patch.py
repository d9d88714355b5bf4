"""JSON Patch: the RFC's appendix, and what the API server adds to it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pypkg.errors import PatchError
from pypkg.objects.json_patch import apply_json_patch

CASES: list[tuple[Any, list[dict[str, Any]], Any]] = [
    (
        {"foo": "bar"},
        [{"op": "add", "path": "/baz", "value": "qux"}],
        {"baz": "qux", "foo": "bar"},
    ),
    (
        {"foo": ["bar", "baz"]},
        [{"op": "add", "path": "/foo/1", "value": "qux"}],
        {"foo": ["bar", "qux", "baz"]},
    ),
    ({"baz": 1, "foo": 2}, [{"op": "remove", "path": "/baz"}], {"foo": 2}),
    (
        {"foo": ["bar", "qux", "baz"]},
        [{"op": "remove", "path": "/foo/1"}],
        {"foo": ["bar", "baz"]},
    ),
    (
        {"baz": "qux"},
        [{"op": "replace", "path": "/baz", "value": "boo"}],
        {"baz": "boo"},
    ),
    (
        {"foo": {"bar": "baz", "waldo": "fred"}, "qux": {"corge": "grault"}},
        [{"op": "move", "from": "/foo/waldo", "path": "/qux/thud"}],
        {"foo": {"bar": "baz"}, "qux": {"corge": "grault", "thud": "fred"}},
    ),
    (
        {"foo": ["all", "grass", "cows", "eat"]},
        [{"op": "move", "from": "/foo/1", "path": "/foo/3"}],
        {"foo": ["all", "cows", "eat", "grass"]},
    ),
    (
        {"a": {"b": [1]}},
        [
            {"op": "copy", "from": "/a", "path": "/c"},
            {"op": "add", "path": "/c/b/-", "value": 2},
        ],
        {"a": {"b": [1]}, "c": {"b": [1, 2]}},
    ),
    (
        {"/": 9, "~1": 10},
        [
            {"op": "test", "path": "/~01", "value": 10},
            {"op": "remove", "path": "/~1"},
        ],
        {"~1": 10},
    ),
    (
        {"foo": ["bar"]},
        [{"op": "add", "path": "/foo/-", "value": ["abc", "def"]}],
        {"foo": ["bar", ["abc", "def"]]},
    ),
    ({"a": 1}, [{"op": "replace", "path": "", "value": [1]}], [1]),
    ({"a": [1, 2]}, [{"op": "remove", "path": "/a/-1"}], {"a": [1]}),
    ({"a": 1}, [{"op": "test", "path": "/b", "value": None}], {"a": 1}),
]


@pytest.mark.parametrize(("document", "operations", "expected"), CASES)
def test_operations_give_the_document_that_the_rfc_says(
    document: Any, operations: list[dict[str, Any]], expected: Any
) -> None:
    assert apply_json_patch(document, operations) == expected


@pytest.mark.parametrize(
    ("document", "operation", "message"),
    [
        ({"a": 1}, {"op": "test", "path": "/a", "value": "1"}, 'value "/a" failed'),
        ({"a": 1}, {"op": "test", "path": "/a", "value": True}, 'value "/a" failed'),
        ({"a": 1}, {"op": "remove", "path": "/b"}, "does not exist"),
        ({"a": 1}, {"op": "replace", "path": "/b", "value": 1}, "does not exist"),
        ({"a": 1}, {"op": "add", "path": "/b/c", "value": 1}, 'there is no "b"'),
        ({"a": 1}, {"op": "add", "path": "/a/c", "value": 1}, "has no fields"),
        ({"a": [1]}, {"op": "add", "path": "/a/3", "value": 1}, "out of range"),
        ({"a": [1]}, {"op": "add", "path": "/a/01", "value": 1}, "no array index"),
        ({"a": [1]}, {"op": "remove", "path": "/a/x"}, "no array index"),
        ({"a": 1}, {"op": "remove", "path": "a"}, "must start with"),
        ({"a": 1}, {"op": "remove", "path": ""}, "whole document"),
        ({"a": {}}, {"op": "move", "from": "/a", "path": "/a/b"}, "into itself"),
        ({"a": 1}, {"op": "add", "path": "/a"}, "lacks value"),
        ({"a": 1}, {"op": "copy", "path": "/b"}, "lacks from"),
        ({"a": 1}, {"op": "spam", "path": "/a"}, "unexpected"),
        ({"a": 1}, {"op": "remove", "path": 7}, "unexpected"),
    ],
)
def test_an_operation_that_does_not_apply_is_refused(
    document: Any, operation: dict[str, Any], message: str
) -> None:
    with pytest.raises(PatchError, match=message):
        apply_json_patch(document, [operation])


@given(st.dictionaries(st.text("ab/~", max_size=3), st.integers(), max_size=3))
def test_the_document_given_is_never_changed(document: dict[str, int]) -> None:
    before = dict(document)
    for name in document:
        pointer = "/" + name.replace("~", "~0").replace("/", "~1")
        assert name not in apply_json_patch(
            document, [{"op": "remove", "path": pointer}]
        )
    assert document == before
