from __future__ import annotations

from typing import Any

import pytest

from pypkg.release.options import ReuseValues
from pypkg.release.reuse import merged_labels, reused_values
from tests.release.samples import make_chart, make_release

OLD = make_release(
    chart=make_chart(values={"image": "old", "gone": 1, "map": {"x": 1, "y": 2}}),
    config={"replicas": 3, "map": {"y": None}},
)
NEW = {"image": "new", "fresh": 1, "map": {"z": 3}}


@pytest.mark.parametrize(
    ("mode", "given", "values", "defaults"),
    [
        (ReuseValues.DEFAULT, {}, OLD.config, NEW),
        (ReuseValues.DEFAULT, {"a": 1}, {"a": 1}, NEW),
        (ReuseValues.RESET, {}, {}, NEW),
        (
            ReuseValues.RESET_THEN_REUSE,
            {"a": 1},
            {"a": 1, "replicas": 3, "map": {"y": None}},
            NEW,
        ),
        (
            ReuseValues.REUSE,
            {"replicas": None},
            {"map": {"y": None}},
            {"image": "old", "gone": 1, "replicas": 3, "map": {"x": 1}},
        ),
    ],
)
def test_each_mode_takes_its_own_part_of_the_old_values(
    mode: ReuseValues,
    given: dict[str, Any],
    values: dict[str, Any],
    defaults: dict[str, Any],
) -> None:
    chart, found = reused_values(make_chart(values=NEW), OLD, given, mode)
    assert found == values
    assert chart.values == defaults


def test_labels_are_changed_and_with_null_removed() -> None:
    current = {"team": "web", "stage": "dev"}
    given = {"stage": "prod", "team": "null", "new": "1"}
    assert merged_labels(current, given) == {"stage": "prod", "new": "1"}
