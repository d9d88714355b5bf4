"""Field sets are read, written and printed as the API server does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pypkg.objects.field_set import (
    FieldSet,
    in_order,
    key_element,
    parse_fields,
    show,
    value_element,
    without,
    write_fields,
)

elements = st.sampled_from(
    ["f:a", "f:b", 'k:{"name":"x"}', 'k:{"port":80}', 'v:"a"', "v:1", "i:0", "i:12"]
)
sets = st.frozensets(st.lists(elements, min_size=1, max_size=4).map(tuple), max_size=8)

WIRE = {
    "f:metadata": {"f:labels": {".": {}, "f:app": {}}},
    "f:spec": {
        "f:containers": {'k:{"name":"app"}': {".": {}, "f:image": {}}},
        "f:finalizers": {'v:"x"': {}},
    },
}
PATHS = {
    ("f:metadata", "f:labels"),
    ("f:metadata", "f:labels", "f:app"),
    ("f:spec", "f:containers", 'k:{"name":"app"}'),
    ("f:spec", "f:containers", 'k:{"name":"app"}', "f:image"),
    ("f:spec", "f:finalizers", 'v:"x"'),
}


def test_the_wire_form_is_read() -> None:
    assert parse_fields(WIRE) == PATHS


@given(sets)
def test_what_is_written_is_read_back(paths: FieldSet) -> None:
    assert parse_fields(write_fields(paths)) == paths


@given(sets)
def test_the_order_has_every_member_once(paths: FieldSet) -> None:
    found = in_order(paths)
    assert len(found) == len(paths)
    assert set(found) == paths


def test_a_level_comes_before_what_is_below_it() -> None:
    assert in_order(frozenset({("f:a", "f:x"), ("f:b",), ("f:a",)})) == [
        ("f:a",),
        ("f:b",),
        ("f:a", "f:x"),
    ]


def test_fields_are_written_before_keys_and_values() -> None:
    paths = frozenset({('v:"a"',), ('k:{"a":1}',), ("f:z",)})
    assert list(write_fields(paths)) == ["f:z", 'k:{"a":1}', 'v:"a"']


def test_keys_are_spelt_one_way_only() -> None:
    spelt: dict[str, object] = {'k:{"protocol": "TCP", "containerPort": 80}': {}}
    assert parse_fields(spelt) == {('k:{"containerPort":80,"protocol":"TCP"}',)}
    assert key_element({"b": "x", "a": 1}) == 'k:{"a":1,"b":"x"}'
    assert value_element("é") == 'v:"é"'


@pytest.mark.parametrize("fields", [{"spam": {}}, {"x:a": {}}, {"f:a": 1}, {"k:{": {}}])
def test_what_breaks_the_format_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        parse_fields(fields)


def test_paths_are_shown_as_in_conflicts() -> None:
    path = ("f:spec", "f:ports", 'k:{"port":80,"protocol":"TCP"}', "f:name")
    assert show(path) == '.spec.ports[port=80,protocol="TCP"].name'
    assert show(("f:finalizers", 'v:"x"')) == '.finalizers[="x"]'
    assert show(("f:args", "i:0")) == ".args[0]"


def test_a_path_is_taken_out_with_what_is_below() -> None:
    paths = frozenset({("f:status",), ("f:status", "f:a"), ("f:spec",)})
    assert without(paths, [("f:status",)]) == {("f:spec",)}
