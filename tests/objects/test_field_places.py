from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pypkg.objects.field_places import place_of, pruned, value_at

if TYPE_CHECKING:
    from pypkg.objects.field_set import Path

POD: dict[str, Any] = {
    "metadata": {"finalizers": ["a", "b"]},
    "spec": {
        "containers": [
            {"name": "web", "ports": [{"containerPort": 80}, {"containerPort": 81}]},
            {"name": "log", "args": ["-v"]},
        ]
    },
}
CONTAINERS: Path = ("f:spec", "f:containers")


@pytest.mark.parametrize(
    ("path", "place"),
    [
        (("f:spec",), ("spec",)),
        ((*CONTAINERS, 'k:{"name":"log"}'), ("spec", "containers", 1)),
        ((*CONTAINERS, "i:1", "f:args"), ("spec", "containers", 1, "args")),
        (("f:metadata", "f:finalizers", 'v:"b"'), ("metadata", "finalizers", 1)),
        ((*CONTAINERS, 'k:{"name":"none"}'), None),
        (("f:status", "f:phase"), None),
        ((*CONTAINERS, "i:7"), None),
        (("f:spec", "i:0"), None),
    ],
)
def test_a_path_leads_to_its_place(path: Path, place: tuple[str | int, ...]) -> None:
    assert place_of(POD, path) == place


def test_an_item_is_found_by_the_keys_that_it_states() -> None:
    keys = 'k:{"containerPort":81,"protocol":"TCP"}'
    path = (*CONTAINERS, 'k:{"name":"web"}', "f:ports", keys)
    place = place_of(POD, path)
    assert place is not None
    assert value_at(POD, place) == {"containerPort": 81}


def test_pruning_takes_out_items_fields_and_what_holds_them() -> None:
    left = pruned(
        POD,
        [
            ("spec", "containers", 0, "ports", 0),
            ("spec", "containers", 0, "ports", 1),
            ("spec", "containers", 1, "args"),
            ("spec", "containers", 1),
            ("metadata",),
        ],
    )
    assert left == {"spec": {"containers": [{"name": "web", "ports": []}]}}
    assert POD["metadata"]
