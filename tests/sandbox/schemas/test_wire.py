from __future__ import annotations

from typing import Any

import pytest

from pypkg.sandbox.schemas.schema import Definitions, GroupVersionKind
from pypkg.sandbox.schemas.wire import as_written, wire_type

DEFINITIONS = Definitions.load()


def written(value: Any, api_version: str, kind: str) -> Any:
    schema = DEFINITIONS.of_kind(GroupVersionKind.parse(api_version, kind))
    assert schema is not None
    return as_written(value, schema)


def test_structs_are_written_even_where_they_are_empty() -> None:
    spec = {"template": {"spec": {"containers": [{"name": "c"}]}}}
    assert written({"spec": spec}, "apps/v1", "Deployment") == {
        "metadata": {},
        "spec": {
            "strategy": {},
            "template": {
                "metadata": {},
                "spec": {"containers": [{"name": "c", "resources": {}}]},
            },
        },
        "status": {},
    }


def test_empty_values_are_left_out_unless_they_are_behind_a_pointer() -> None:
    spec = {
        "accessModes": [],
        "storageClassName": "",
        "volumeName": "",
        "selector": {},
        "resources": {"limits": {}},
    }
    claim = written({"spec": spec}, "v1", "PersistentVolumeClaim")
    assert claim["spec"] == {"storageClassName": "", "selector": {}, "resources": {}}


def test_values_of_maps_are_kept_empty_or_not() -> None:
    given = {"metadata": {"labels": {"a": ""}}, "data": {"x": "", "y": "z"}}
    assert written(given, "v1", "ConfigMap") == given


def test_required_numbers_and_texts_are_written_as_zero() -> None:
    status = written({}, "apps/v1", "DaemonSet")["status"]
    assert status == {
        "currentNumberScheduled": 0,
        "numberMisscheduled": 0,
        "desiredNumberScheduled": 0,
        "numberReady": 0,
    }


def test_times_that_nobody_has_set_are_no_empty_objects() -> None:
    condition = {"type": "Ready", "status": "True"}
    pod = written({"status": {"conditions": [condition]}}, "v1", "Pod")
    assert pod["status"]["conditions"] == [condition]


def test_embedded_objects_stay_as_they_are() -> None:
    given = {"metadata": {}, "data": {"spec": {"a": []}}, "revision": 1}
    assert written(given, "apps/v1", "ControllerRevision") == given


@pytest.mark.parametrize(
    ("name", "number", "field"),
    [
        ("core.v1.PodSpec", 2, "containers"),
        ("core.v1.Container", 19, "envFrom"),
        ("core.v1.Volume", 2, "=io.k8s.api.core.v1.VolumeSource"),
        ("apps.v1.DeploymentSpec", 3, "template"),
    ],
)
def test_numbers_are_those_of_the_published_messages(
    name: str, number: int, field: str
) -> None:
    known = wire_type(f"io.k8s.api.{name}")
    assert known is not None
    assert known.numbers[number] == field


def test_a_type_that_is_not_built_in_has_no_wire_form() -> None:
    assert wire_type("com.example.v1.Widget") is None
