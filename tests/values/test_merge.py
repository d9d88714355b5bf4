from __future__ import annotations

from copy import deepcopy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pypkg.values.merge import merge

LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=3))
KEYS = st.sampled_from("abc")
VALUES = st.recursive(
    st.one_of(LEAVES, st.lists(LEAVES, max_size=2)),
    lambda inner: st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=12,
)
TREES = st.dictionaries(KEYS, VALUES, max_size=3)


def test_maps_merge_and_everything_else_is_replaced() -> None:
    base = {"a": {"x": 1, "y": 2}, "b": [1, 2], "c": {"z": 1}, "d": 1}
    override = {"a": {"y": 3}, "b": [9], "c": None, "d": {"e": 1}}
    assert merge(base, override) == {
        "a": {"x": 1, "y": 3}, "b": [9], "c": None, "d": {"e": 1}
    }  # fmt: skip


@given(TREES, TREES)
def test_neither_argument_is_changed(
    base: dict[str, Any], override: dict[str, Any]
) -> None:
    before = deepcopy((base, override))
    merge(base, override)
    assert (base, override) == before


@given(TREES, TREES)
def test_what_is_laid_over_is_found_again(
    base: dict[str, Any], override: dict[str, Any]
) -> None:
    merged = merge(base, override)
    assert merge(merged, override) == merged
    assert merge(base, {}) == base
    assert merge({}, override) == override
    assert merged.keys() == base.keys() | override.keys()


@given(TREES, TREES, TREES)
def test_the_order_counts_and_the_grouping_does_not_for_maps_of_maps(
    one: dict[str, Any], two: dict[str, Any], three: dict[str, Any]
) -> None:
    def only_maps(tree: Any) -> Any:
        if isinstance(tree, dict):
            return {k: only_maps(v) for k, v in tree.items() if isinstance(v, dict)}
        return tree

    a, b, c = only_maps(one), only_maps(two), only_maps(three)
    assert merge(merge(a, b), c) == merge(a, merge(b, c))
