"""The schema of a patch is read from each form of OpenAPI."""

from __future__ import annotations

from typing import Any

import pytest

from pypkg.objects.openapi import schema_of

POD: dict[str, Any] = {
    "x-kubernetes-group-version-kind": [{"group": "", "version": "v1", "kind": "Pod"}]
}
CONTAINERS: dict[str, Any] = {
    "type": "array",
    "x-kubernetes-patch-strategy": "merge,retainKeys",
    "x-kubernetes-patch-merge-key": "name",
}
V2: dict[str, Any] = {
    "a.Pod": POD | {"properties": {"spec": {"$ref": "#/definitions/a.Spec"}}},
    "a.Spec": {
        "properties": {
            "containers": CONTAINERS | {"items": {"$ref": "#/definitions/a.Container"}},
            "labels": {"additionalProperties": {"type": "string"}},
        }
    },
    "a.Container": {"properties": {"name": {"type": "string"}}},
}
V3: dict[str, Any] = V2 | {
    "a.Pod": POD
    | {
        "properties": {
            "spec": {"default": {}, "allOf": [{"$ref": "#/components/schemas/a.Spec"}]}
        }
    }
}


@pytest.mark.parametrize("definitions", [V2, V3], ids=["v2", "v3"])
def test_references_are_followed(definitions: dict[str, Any]) -> None:
    pod = schema_of(definitions, "v1", "Pod")
    assert pod is not None
    spec = pod.field("spec")
    assert spec is not None
    containers = spec.field("containers")
    assert containers is not None
    assert containers.patch_merge_key == "name"
    assert set(containers.patch_strategies) == {"merge", "retainKeys"}
    assert containers.items is not None
    assert containers.items.field("name") is not None
    assert containers.items.field("spam") is None
    assert containers.items.items is None


def test_every_key_of_a_map_has_the_type_of_its_values() -> None:
    spec = schema_of(V2, "v1", "Pod")
    assert spec is not None
    labels = spec.field("spec")
    assert labels is not None
    assert labels.field("labels") is not None
    assert not labels.patch_strategies
    assert not labels.patch_merge_key


def test_a_kind_that_the_document_lacks_has_no_schema() -> None:
    assert schema_of(V2, "apps/v1", "Pod") is None
