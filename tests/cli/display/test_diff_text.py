from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pypkg import yamlio
from pypkg.cli.display import diff_text
from pypkg.cluster.field_owners import FieldOwner
from pypkg.cluster.reference import ObjectRef
from pypkg.objects.difference import MISSING
from pypkg.objects.field_set import show
from pypkg.release.applying.conflicts import FieldConflict
from pypkg.release.applying.field_policy import Policy
from pypkg.release.diffs.comparison import (
    Basis,
    Change,
    Comparison,
    Drift,
    ObjectComparison,
)

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
WEB = ObjectRef("apps/v1", "Deployment", "web", "shop")
SCALE = FieldOwner("kubectl", "Update", "scale", "2026-11-21T11:57:00Z")
SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=12)
CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")
OBJECTS = st.dictionaries(
    st.text(min_size=1, max_size=6),
    st.recursive(
        SCALARS,
        lambda below: (
            st.lists(below, max_size=3)
            | st.dictionaries(st.text(min_size=1, max_size=4), below, max_size=3)
        ),
        max_leaves=10,
    ),
    min_size=1,
    max_size=4,
)


def shown(*objects: ObjectComparison, context: int = 3) -> str:
    found = Comparison(name="web", namespace="shop", old=1, new=2, objects=objects)
    lines = diff_text.text(found, context=context, now=NOW)
    return "\n".join(plain(line) for line in lines)


def plain(line: str) -> str:
    parts = line.split("\x1b[")
    return parts[0] + "".join(part.partition("m")[2] for part in parts[1:])


def changed(old: Any, new: Any, **more: Any) -> ObjectComparison:
    return ObjectComparison(ref=WEB, change=Change.CHANGED, old=old, new=new, **more)


@given(OBJECTS)
def test_the_lines_are_yaml_of_the_object(obj: dict[str, Any]) -> None:
    text = "\n".join(line.text for line in diff_text.lines(obj))
    assert not CONTROLS.search(text)
    try:
        dumped = yamlio.dump(obj)
    except ValueError:
        return  # Helm has no YAML for it
    assert yamlio.load(text, unique_keys=False) == yamlio.load(dumped)


def test_each_line_knows_its_field() -> None:
    obj = {"spec": {"containers": [{"name": "web", "args": ["-v"]}, "x", [1]]}}
    found = [(show(line.path), line.text) for line in diff_text.lines(obj)]
    assert found == [
        (".spec", "spec:"),
        (".spec.containers", "  containers:"),
        ('.spec.containers[name="web"].args', "  - args:"),
        ('.spec.containers[name="web"].args[0]', "    - -v"),
        ('.spec.containers[name="web"].name', "    name: web"),
        (".spec.containers[1]", "  - x"),
        (".spec.containers[2][0]", "  - - 1"),
    ]


def test_a_change_is_shown_with_what_is_around_it_and_where_it_lies() -> None:
    fields = {f"f{n}": n for n in range(9)}
    text = shown(changed({"spec": fields}, {"spec": {**fields, "f7": 0}}), context=1)
    assert text == (
        "shop, web, Deployment (apps/v1) has changed:\n"
        "@@ .spec @@\n"
        "    f6: 6\n"
        "-   f7: 7\n"
        "+   f7: 0\n"
        "    f8: 8\n"
        "\n"
        "Plan: 0 to add, 1 to change, 0 to destroy."
    )
    whole = shown(changed({"spec": fields}, {"spec": {**fields, "f7": 0}}), context=-1)
    assert "    f0: 0\n" in whole
    assert "@@" not in whole


def test_drift_stands_on_the_line_that_goes_or_below() -> None:
    drift = (
        Drift(("f:spec", "f:replicas"), 2, 5, SCALE),
        Drift(("f:spec", "f:paused"), MISSING, 1, None),
    )
    old, new = {"spec": {"replicas": 5}}, {"spec": {"replicas": 3}}
    text = shown(changed(old, new, drift=drift))
    assert (
        "-   replicas: 5  # drift: set by kubectl (scale) 3m ago; the release had 2\n"
        "+   replicas: 3\n"
        "  # drift: the release does not have it: .spec.paused is 1\n"
    ) in text


def test_what_is_kept_and_taken_is_told() -> None:
    def conflict(path: str, policy: Policy) -> FieldConflict:
        return FieldConflict(WEB, path, SCALE, 5, 2, policy)

    conflicts = (
        conflict(".spec.replicas", Policy.KEEP),
        conflict(".spec.paused", Policy.TAKE),
    )
    drift = (Drift(("f:spec", "f:replicas"), 2, 5, SCALE),)
    text = shown(changed({"a": 1}, {"a": 2}, conflicts=conflicts, drift=drift))
    assert (
        "  # keeps for kubectl (scale): .spec.replicas stays 5 (the chart says 2)\n"
        "  # takes from kubectl (scale): .spec.paused\n"
    ) in text
    assert "drift" not in text


def test_problems_notes_and_hooks_are_told() -> None:
    one = ObjectComparison(
        ref=ObjectRef("batch/v1", "Job", "migrate", "shop"),
        change=Change.ADDED,
        old=None,
        new={"a": 1},
        basis=Basis.RENDERED,
        events=("pre-upgrade",),
        notes=("not there yet",),
        problems=("the server would refuse it",),
    )
    text = shown(one)
    assert text == (
        "shop, migrate, Job (batch/v1) [pre-upgrade hook] has been added:\n"
        "  # not there yet\n"
        "  ! the server would refuse it\n"
        "+ a: 1\n"
        "\n"
        "Plan: 1 to add, 0 to change, 0 to destroy. 1 problem: this would fail."
    )


def test_what_does_not_change_is_left_out() -> None:
    same = ObjectComparison(ref=WEB, change=Change.UNCHANGED, old={}, new={})
    assert shown(same) == "Plan: 0 to add, 0 to change, 0 to destroy."


def test_the_simple_form_is_a_line_an_object() -> None:
    cluster_wide = ObjectRef("v1", "Namespace", "shop")
    objects = (
        changed({}, {"a": 1}),
        ObjectComparison(ref=cluster_wide, change=Change.ADDED, old=None, new={}),
    )
    found = Comparison(name="web", namespace="shop", old=1, new=2, objects=objects)
    assert [*diff_text.simple(found)] == [
        "shop, web, Deployment (apps/v1) to be changed.",
        "shop, Namespace (v1) to be added.",
        "Plan: 1 to add, 1 to change, 0 to destroy.",
    ]


@pytest.mark.parametrize(
    ("since", "said"),
    [
        ("2026-11-21T11:59:30Z", "30s ago"),
        ("2026-11-21T10:00:00Z", "2h ago"),
        ("2026-11-01T12:00:00Z", "20d ago"),
        ("2026-11-21T12:00:09Z", "0s ago"),
        ("", "set by x;"),
    ],
)
def test_times_are_told_in_one_unit(since: str, said: str) -> None:
    owner = FieldOwner("x", "Update", "", since)
    drift = (Drift(("f:a",), 1, 2, owner),)
    assert said in shown(changed({"a": 2}, {"a": 3}, drift=drift))


def test_the_json_is_plain_data() -> None:
    one = changed({"a": 1}, {"b": None})
    found = Comparison(name="web", namespace="shop", old=1, new=2, objects=(one,))
    (wire,) = json.loads(json.dumps(found.to_dict()))["objects"]
    assert wire["fields"] == [{"path": ".a", "old": 1}, {"path": ".b", "new": None}]


def test_what_fails_is_said_in_each_form_and_what_to_do_once() -> None:
    hint = "delete it first"
    bad = changed({"a": 1}, {"a": 2}, problems=("it is refused",), hints=(hint,))
    same = ObjectComparison(
        ref=WEB,
        change=Change.UNCHANGED,
        old={},
        new={},
        problems=("it is another's",),
        hints=(hint,),
    )
    found = Comparison(name="web", namespace="shop", old=1, new=2, objects=(bad, same))
    assert [plain(line) for line in diff_text.simple(found)] == [
        "shop, web, Deployment (apps/v1) to be changed.",
        "  ! it is refused",
        "shop, web, Deployment (apps/v1):",
        "  ! it is another's",
        "Plan: 0 to add, 1 to change, 0 to destroy. 2 problems: this would fail.",
        "\nHint: delete it first",
    ]
    assert shown(bad, same).endswith("this would fail.\n\nHint: delete it first")
    assert found.to_dict()["hints"] == [hint]


def test_what_could_not_be_tried_out_and_does_not_change_is_counted() -> None:
    untried = ObjectComparison(
        ref=WEB,
        change=Change.UNCHANGED,
        old={},
        new={},
        basis=Basis.RENDERED,
        notes=("the user may not try it out",),
    )
    kept = replace(untried, basis=Basis.SERVER, notes=("kept",))
    text = shown(untried, kept, untried)
    assert "may not try it out" not in text
    assert "  # kept" in text
    assert "# 2 more objects would not change as rendered; the server" in text


def test_a_change_within_a_long_text_names_the_text() -> None:
    text = "".join(f"line {number}\n" for number in range(9))
    old = {"data": {"a.conf": text}}
    new = {"data": {"a.conf": text.replace("7", "x")}}
    assert "@@ .data.a.conf @@\n-     line 7\n+     line x" in shown(
        changed(old, new), context=0
    )
