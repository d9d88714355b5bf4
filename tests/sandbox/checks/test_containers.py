"""Refusals of containers and pods, in the API server's words."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.checks.refusals import Object, messages, refusal
from tests.sandbox.world import World, deployment, pod_template


def container_faults(world: World, **content: Any) -> list[str]:
    template = pod_template({"app": "web"}, **content.pop("spec", {}))
    template["spec"]["containers"][0] |= content
    found = messages(refusal(world, deployment(template=template)))
    return [fault.removeprefix("spec.template.spec.") for fault in found]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({"name": ""}, ["containers[0].name: Required value"]),
        ({"image": ""}, ["containers[0].image: Required value"]),
        (
            {"imagePullPolicy": "Sometimes"},
            [
                'containers[0].imagePullPolicy: Unsupported value: "Sometimes":'
                ' supported values: "Always", "IfNotPresent", "Never"'
            ],
        ),
        (
            {"ports": [{"containerPort": 0}]},
            ["containers[0].ports[0].containerPort: Required value"],
        ),
        (
            {"ports": [{"containerPort": 70000, "protocol": "HTTP"}]},
            [
                "containers[0].ports[0].containerPort: Invalid value: 70000: must be"
                " between 1 and 65535, inclusive",
                'containers[0].ports[0].protocol: Unsupported value: "HTTP": supported'
                ' values: "SCTP", "TCP", "UDP"',
            ],
        ),
        (
            {"volumeMounts": [{"name": "v", "mountPath": "/v"}]},
            ['containers[0].volumeMounts[0].name: Not found: "v"'],
        ),
        (
            {"livenessProbe": {}},
            [
                "containers[0].livenessProbe: Required value: must specify a handler"
                " type"
            ],
        ),
        (
            {"livenessProbe": {"exec": {"command": ["a"]}, "tcpSocket": {"port": 1}}},
            [
                "containers[0].livenessProbe.tcpSocket: Forbidden: may not specify more"
                " than 1 handler type"
            ],
        ),
        (
            {"resources": {"requests": {"cpu": "2"}, "limits": {"cpu": "1"}}},
            [
                'containers[0].resources.requests: Invalid value: "2": must be less'
                " than"
                " or equal to cpu limit of 1"
            ],
        ),
        (
            {"env": [{"name": "A", "value": "1", "valueFrom": {"fieldRef": {}}}]},
            [
                'containers[0].env[0].valueFrom: Invalid value: "": may not be'
                " specified"
                " when `value` is not empty"
            ],
        ),
        (
            {"spec": {"restartPolicy": "Never"}},
            ['restartPolicy: Unsupported value: "Never": supported values: "Always"'],
        ),
        (
            {
                "spec": {
                    "volumes": [
                        {"name": "v", "emptyDir": {}, "hostPath": {"path": "/"}}
                    ]
                }
            },
            [
                "volumes[0].hostPath: Forbidden: may not specify more than 1 volume"
                " type",
            ],
        ),
    ],
)
def test_containers_are_checked(
    world: World, content: Object, expected: list[str]
) -> None:
    assert container_faults(world, **content) == expected


def test_names_within_a_pod_are_unique(world: World) -> None:
    template = pod_template({"app": "web"})
    template["spec"] |= {
        "containers": [{"name": "a", "image": "x"}, {"name": "a", "image": "x"}],
        "volumes": [{"name": "v", "emptyDir": {}}, {"name": "v", "emptyDir": {}}],
    }
    assert messages(refusal(world, deployment(template=template))) == [
        'spec.template.spec.volumes[1].name: Duplicate value: "v"',
        'spec.template.spec.containers[1].name: Duplicate value: "a"',
    ]


def test_a_pod_without_containers_is_refused(world: World) -> None:
    template = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": []}}
    found = messages(refusal(world, deployment(template=template)))
    assert found == ["spec.template.spec.containers: Required value"]
