"""Refusals of what every object has, in the API server's words."""

from __future__ import annotations

from typing import Any

import pytest

from pypkg.sandbox.checks import names
from tests.sandbox.checks.refusals import messages, refusal
from tests.sandbox.world import World, deployment, pod_template


def test_a_refusal_names_the_object_and_every_fault(world: World) -> None:
    obj = deployment(replicas=-1)
    del obj["spec"]["selector"]
    error = refusal(world, obj)
    assert error.message == (
        'Deployment.apps "web" is invalid: [spec.replicas: Invalid value: -1: must be'
        " greater than or equal to 0, spec.selector: Required value,"
        ' spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does'
        " not match template `labels`]"
    )
    assert error.details["kind"] == "Deployment"
    assert error.details["group"] == "apps"
    assert error.details["causes"][1] == {
        "reason": "FieldValueRequired",
        "message": "Required value",
        "field": "spec.selector",
    }


@pytest.mark.parametrize(
    ("check", "good", "bad"),
    [
        (names.dns_label, ["a", "my-name", "1a"], ["", "A", "-a", "a.b", "a" * 64]),
        (names.dns_subdomain, ["a.b-c.d"], ["a..b", "a_b", "a" * 254]),
        (names.dns_1035_label, ["web-1"], ["1web", "web.x"]),
        (names.path_segment, ["system:node", "A b"], ["a/b", "..", "50%"]),
        (
            names.qualified_name,
            ["app", "example.com/My_Name.1"],
            ["", "/a", "a/b/c", "a/", "-a", "A_B/c", "a" * 64],
        ),
        (names.label_value, ["", "v1.2_x"], ["a b", "-", "a" * 64]),
        (names.config_key, ["a.txt", "A_B", ".dockercfg"], ["a/b", "..", ""]),
        (names.environment_name, ["A.b-c", "1 2"], ["A=B", "é"]),
        (names.port_name, ["http", "h2-c"], ["HTTP", "80", "a--b", "-a", "a" * 16]),
    ],
)
def test_names_have_the_forms_that_kubernetes_allows(
    check: Any, good: list[str], bad: list[str]
) -> None:
    assert [list(check(text)) for text in good] == [[] for _ in good]
    assert all(list(check(text)) for text in bad)


def test_a_fault_of_a_name_explains_the_rule() -> None:
    assert list(names.dns_label("A")) == [
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters"
        " or '-', and must start and end with an alphanumeric character (e.g."
        " 'my-name',  or '123-abc', regex used for validation is"
        " '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
    ]
    assert list(names.dns_label("a" * 64)) == ["must be no more than 63 bytes"]


def test_metadata_is_checked(world: World) -> None:
    metadata = {"name": "Bad", "labels": {"a b": "c d"}, "annotations": {"x y": "1"}}
    found = messages(refusal(world, deployment() | {"metadata": metadata}))
    assert [fault.partition(":")[0] for fault in found] == [
        "metadata.name",
        "metadata.labels",
        "metadata.labels",
        "metadata.annotations",
    ]


def test_an_object_without_a_name_is_refused(world: World) -> None:
    found = messages(refusal(world, deployment() | {"metadata": {"name": ""}}))
    assert found == ["metadata.name: Required value: name or generateName is required"]


def test_a_cron_jobs_name_leaves_room_for_its_jobs(world: World) -> None:
    template = {"spec": {"template": pod_template({}, restartPolicy="Never")}}
    error = world.refused(
        "batch/v1",
        "CronJob",
        "c" * 53,
        spec={"schedule": "@daily", "jobTemplate": template},
    )
    assert "must be no more than 52 characters" in error.message
