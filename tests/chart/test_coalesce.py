from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given

from pypkg.chart.chart import Chart
from pypkg.chart.coalesce import coalesce, coalesce_tables, merge_defaults
from pypkg.chart.metadata import Metadata
from pypkg.errors import ValuesError
from tests.values.test_merge import TREES


def chart(
    name: str = "web", values: dict[str, Any] | None = None, *dependencies: Chart
) -> Chart:
    return Chart(Metadata(name=name), values or {}, dependencies=dependencies)


def test_user_values_win_and_maps_merge() -> None:
    defaults = {"a": {"x": 1, "z": 2}, "l": [1, 2], "s": "d"}
    assert coalesce(chart(values=defaults), {"a": {"x": 9}, "l": [3]}) == {
        "a": {"x": 9, "z": 2}, "l": [3], "s": "d"
    }  # fmt: skip


def test_a_null_deletes_a_default() -> None:
    defaults = {"a": 1, "b": {"c": 1, "d": 2}}
    assert coalesce(chart(values=defaults), {"a": None, "b": {"c": None}}) == {
        "b": {"d": 2}
    }


def test_a_null_without_a_default_stays() -> None:
    defaults = {"b": {"d": 2, "e": None}}
    assert coalesce(chart(values=defaults), {"a": None, "b": {"c": None}}) == {
        "a": None, "b": {"c": None, "d": 2}
    }  # fmt: skip


def test_a_default_of_null_is_nothing_at_any_depth() -> None:
    defaults = {"a": None, "b": {"c": None, "d": {"e": None}}, "l": [None]}
    assert coalesce(chart(values=defaults), {}) == {"b": {"d": {}}, "l": [None]}


def test_a_map_and_something_else_are_told_of_and_the_user_wins() -> None:
    told: list[str] = []
    defaults = {"a": {"x": 1}, "b": 1, "c": {"m": {"x": 1}, "n": 1}}
    user = {"a": 1, "b": {"x": 1}, "c": {"m": 1, "n": {"x": 1}}}
    assert coalesce(chart(values=defaults), user, warn=told.append) == user
    assert told == [
        "web.b is set to a map, and is none by default",
        "web.c.m is a map by default, and set to something else",
        "web.c.n is set to a map, and is none by default",
    ]


def test_a_subchart_gets_its_values_under_its_name() -> None:
    tree = chart("web", {"db": {"a": 1}}, chart("db", {"a": 0, "b": 0, "c": 0}))
    assert coalesce(tree, {"db": {"b": 2}}) == {
        "db": {"a": 1, "b": 2, "c": 0, "global": {}}
    }


def test_every_subchart_has_globals_and_the_parents_win() -> None:
    leaf = chart("leaf", {"global": {"m": {"leaf": 1}, "x": "leaf", "y": "leaf"}})
    tree = chart(
        "web", {"global": {"m": {"web": 1}, "x": "web"}}, chart("db", {}, leaf)
    )
    values = coalesce(tree, {"global": {"x": "user"}})
    assert values["db"]["global"]["x"] == "user"
    assert values["db"]["leaf"]["global"] == {
        "m": {"leaf": 1, "web": 1}, "x": "user", "y": "leaf"
    }  # fmt: skip
    assert "leaf" not in values["global"]["m"]


def test_a_map_of_globals_two_levels_deep_is_shared_as_in_helm() -> None:
    leaf = chart("leaf", {"global": {"m": {"deep": {"leaf": 1}}}})
    other = chart("other")
    tree = chart("web", {"global": {"m": {"deep": {"web": 1}}}}, leaf, other)
    values = coalesce(tree, {})
    assert values["leaf"]["global"]["m"]["deep"] == {"leaf": 1, "web": 1}
    # The subchart's default is merged after its globals were handed down.
    assert values["global"] == {"m": {"deep": {"leaf": 1, "web": 1}}}


def test_a_null_of_the_parent_deletes_a_subcharts_default_only_with_other_values() -> (
    None
):
    tree = chart("web", {"db": {"a": None}}, chart("db", {"a": 1, "b": 1}))
    assert coalesce(tree, {})["db"] == {"a": 1, "b": 1, "global": {}}
    assert coalesce(tree, {"db": {"b": 2}})["db"] == {"b": 2, "global": {}}
    assert coalesce(tree, {"db": {"a": None}})["db"] == {"b": 1, "global": {}}


@pytest.mark.parametrize("value", [1, "x", [1]])
def test_a_subcharts_values_must_be_a_map(value: Any) -> None:
    tree = chart("web", {}, chart("db"))
    with pytest.raises(ValuesError, match=r"type mismatch on db: web\.db holds"):
        coalesce(tree, {"db": value})


def test_globals_that_are_no_map_are_not_handed_down() -> None:
    told: list[str] = []
    tree = chart("web", {}, chart("db", {"global": {"x": 1}}))
    values = coalesce(tree, {"global": "text"}, warn=told.append)
    assert values == {"global": "text", "db": {"global": {"x": 1}}}
    assert told == ["the globals of web are not handed down: they must be maps"]


def test_merged_defaults_keep_their_nulls() -> None:
    tree = chart(
        "web", {"a": None, "db": {"x": None}}, chart("db", {"x": 1, "z": None})
    )
    assert merge_defaults(tree) == {
        "a": None, "db": {"x": None, "z": None, "global": {}}
    }  # fmt: skip


def test_reused_values_keep_nulls_that_delete_nothing() -> None:
    assert coalesce_tables({"a": None, "b": None}, {"a": 1, "c": None}) == {
        "b": None, "c": None
    }  # fmt: skip


@given(TREES, TREES, TREES)
def test_neither_charts_nor_values_are_changed(
    defaults: dict[str, Any], below: dict[str, Any], user: dict[str, Any]
) -> None:
    tree = chart("web", defaults, chart("a", below))
    before = deepcopy((defaults, below, user))
    try:
        coalesce(tree, user)
    except ValuesError:
        assert not isinstance({**defaults, **user}.get("a", {}), dict)
    assert (defaults, below, user) == before


@given(TREES, TREES)
def test_no_null_of_the_defaults_gets_through(
    defaults: dict[str, Any], user: dict[str, Any]
) -> None:
    def nulls(tree: Any, path: tuple[str, ...] = ()) -> set[tuple[str, ...]]:
        if not isinstance(tree, dict):
            return {path} if tree is None else set()
        return set().union(*(nulls(value, (*path, key)) for key, value in tree.items()))

    assert nulls(coalesce(chart(values=defaults), user)) <= nulls(user)
