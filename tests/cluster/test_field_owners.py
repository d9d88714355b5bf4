from __future__ import annotations

from typing import Any

from pypkg.cluster.field_owners import FieldOwner, FieldOwners

LIVE: dict[str, Any] = {
    "metadata": {
        "labels": {"team": "shop"},
        "managedFields": [
            {
                "manager": "helm",
                "operation": "Apply",
                "time": "2026-11-20T10:00:00Z",
                "fieldsV1": {
                    "f:spec": {
                        "f:replicas": {},
                        "f:containers": {
                            'k:{"name":"web"}': {
                                ".": {},
                                "f:name": {},
                                "f:image": {},
                            }
                        },
                    }
                },
            },
            {
                "manager": "kubectl",
                "operation": "Update",
                "subresource": "scale",
                "time": "2026-11-21T10:00:00Z",
                "fieldsV1": {"f:spec": {"f:replicas": {}}},
            },
            {"manager": "later", "operation": "Update", "fieldsV1": {"?": {}}},
        ],
    },
    "spec": {
        "replicas": 3,
        "containers": [{"name": "web", "image": "nginx", "args": ["-v"]}],
    },
}


def test_the_last_of_several_owners_is_named() -> None:
    owner = FieldOwners(LIVE).of(("f:spec", "f:replicas"))
    assert owner == FieldOwner("kubectl", "Update", "scale", "2026-11-21T10:00:00Z")
    assert str(owner) == "kubectl (scale)"


def test_an_item_is_found_by_its_place_as_by_its_keys() -> None:
    owner = FieldOwners(LIVE).of(("f:spec", "f:containers", "i:0", "f:image"))
    assert owner is not None
    assert str(owner) == "helm"


def test_who_owns_a_part_or_what_holds_it_owns_the_field() -> None:
    owners = FieldOwners(LIVE)
    part = owners.of(("f:spec", "f:containers"))
    assert part is not None
    assert part.manager == "helm"
    held = owners.of(("f:spec", "f:containers", "i:0", "f:args"))
    assert held is not None
    assert held.manager == "helm"


def test_a_field_of_nobody_or_that_is_not_there_has_no_owner() -> None:
    owners = FieldOwners(LIVE)
    assert owners.of(("f:metadata", "f:labels", "f:team")) is None
    assert owners.of(("f:spec", "f:paused")) is None
    assert FieldOwners({"spec": {}}).of(("f:spec",)) is None
