"""Refusals, in the API server's words."""

from __future__ import annotations

from base64 import b64encode
from copy import deepcopy
from typing import Any

import pytest

from pypkg.sandbox.checks import names
from pypkg.sandbox.checks.custom_resources import check_custom
from pypkg.sandbox.checks.faults import Faults
from pypkg.sandbox.schemas.schema import Schema
from pypkg.sandbox.statuses import StatusError
from tests.sandbox.world import World, deployment, pod_template

Object = dict[str, Any]


@pytest.fixture
def world() -> World:
    return World(controllers=False)


def messages(error: StatusError) -> list[str]:
    return [f"{c['field']}: {c['message']}" for c in error.details["causes"]]


def refusal(world: World, obj: Object) -> StatusError:
    with pytest.raises(StatusError) as caught:
        world.put(obj)
    assert (caught.value.code, caught.value.reason) == (422, "Invalid")
    return caught.value


def container_faults(world: World, **content: Any) -> list[str]:
    template = pod_template({"app": "web"}, **content.pop("spec", {}))
    template["spec"]["containers"][0] |= content
    found = messages(refusal(world, deployment(template=template)))
    return [fault.removeprefix("spec.template.spec.") for fault in found]


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


def changed(obj: Object, path: str, value: Any) -> Object:
    result = deepcopy(obj)
    place = result
    *above, last = path.split(".")
    for part in above:
        place = place[part]
    place[last] = value
    return result


CLAIM = {
    "accessModes": ["ReadWriteOnce"],
    "resources": {"requests": {"storage": "1Gi"}},
}
SELECTED = {
    "selector": {"matchLabels": {"app": "web"}},
    "template": pod_template({"app": "web"}),
}


@pytest.mark.parametrize(
    ("kind", "content", "path", "value", "expected"),
    [
        (
            "apps/v1 Deployment",
            {"spec": SELECTED},
            "spec.selector.matchLabels",
            {"app": "x"},
            'spec.selector: Invalid value: {"matchLabels":{"app":"x"}}: field is'
            " immutable",
        ),
        (
            "apps/v1 StatefulSet",
            {"spec": {**SELECTED, "serviceName": "a"}},
            "spec.serviceName",
            "b",
            "spec: Forbidden: updates to statefulset spec for fields other than"
            " 'replicas', 'ordinals', 'template', 'updateStrategy',"
            " 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and"
            " 'minReadySeconds' are forbidden",
        ),
        (
            "batch/v1 Job",
            {"spec": {"template": pod_template({}, restartPolicy="Never")}},
            "spec.completions",
            5,
            "spec.completions: Invalid value: 5: field is immutable",
        ),
        (
            "v1 Secret",
            {"type": "Opaque"},
            "type",
            "x/y",
            'type: Invalid value: "x/y": field is immutable',
        ),
        (
            "v1 ConfigMap",
            {"data": {"a": "1"}, "immutable": True},
            "data",
            {"a": "2"},
            "data: Forbidden: field is immutable when `immutable` is set",
        ),
        (
            "v1 PersistentVolumeClaim",
            {"spec": {**CLAIM, "storageClassName": "a"}},
            "spec.storageClassName",
            "b",
            "spec: Forbidden: spec is immutable after creation except"
            " resources.requests and volumeAttributesClassName for bound claims",
        ),
        (
            "storage.k8s.io/v1 StorageClass",
            {"provisioner": "a/b"},
            "provisioner",
            "c/d",
            "provisioner: Forbidden: updates to provisioner are forbidden.",
        ),
        (
            "rbac.authorization.k8s.io/v1 ClusterRoleBinding",
            {"roleRef": {"kind": "ClusterRole", "name": "a"}},
            "roleRef.name",
            "b",
            'roleRef: Invalid value: {"apiGroup":"rbac.authorization.k8s.io","kind":'
            '"ClusterRole","name":"b"}: cannot change roleRef',
        ),
    ],
    ids=lambda value: (
        value.replace(" ", "-")
        if isinstance(value, str) and value.count(" ") == 1
        else ""
    ),
)
def test_what_may_not_change_does_not(
    world: World, kind: str, content: Object, path: str, value: Any, expected: str
) -> None:
    api_version, name = kind.split()
    created = world.create(api_version, name, "x", **content)
    with pytest.raises(StatusError) as caught:
        world.update(changed(created, path, value))
    assert expected in messages(caught.value)


def test_an_empty_struct_left_out_is_no_change(world: World) -> None:
    template = pod_template({}, restartPolicy="Never")
    job = world.create("batch/v1", "Job", "x", spec={"template": template})
    container = job["spec"]["template"]["spec"]["containers"][0]
    assert container.pop("resources") == {}
    updated = world.update(job)["spec"]["template"]["spec"]["containers"][0]
    assert updated == {**container, "resources": {}}


def test_a_pods_image_may_change_and_little_else() -> None:
    world = World()
    spec = {"containers": [{"name": "app", "image": "a"}]}
    created = world.create("v1", "Pod", "p", spec=spec)
    created["spec"]["containers"][0]["image"] = "b"
    updated = world.update(created)
    updated["spec"]["containers"][0]["args"] = ["x"]
    with pytest.raises(
        StatusError, match="pod updates may not change fields other than"
    ):
        world.update(updated)


INGRESS = "networking.k8s.io/v1 Ingress"


@pytest.mark.parametrize(
    ("kind", "content", "expected"),
    [
        ("v1 Service", {"spec": {}}, "spec.ports: Required value"),
        (
            "v1 Service",
            {"spec": {"ports": [{"port": 1}, {"port": 2}]}},
            "spec.ports[0].name: Required value",
        ),
        (
            "v1 Service",
            {"spec": {"type": "Magic", "ports": [{"port": 1}]}},
            'spec.type: Unsupported value: "Magic": supported values: "ClusterIP",'
            ' "ExternalName", "LoadBalancer", "NodePort"',
        ),
        (
            "v1 Service",
            {"spec": {"type": "ExternalName"}},
            "spec.externalName: Required value",
        ),
        (
            INGRESS,
            {"spec": {}},
            "spec: Invalid value: []: either `defaultBackend` or `rules` must be"
            " specified",
        ),
        (
            INGRESS,
            {
                "spec": {
                    "rules": [
                        {
                            "http": {
                                "paths": [
                                    {
                                        "path": "x",
                                        "pathType": "Prefix",
                                        "backend": {
                                            "service": {
                                                "name": "a",
                                                "port": {"number": 1},
                                            }
                                        },
                                    }
                                ]
                            }
                        }
                    ]
                }
            },
            'spec.rules[0].http.paths[0].path: Invalid value: "x": must be an absolute'
            " path",
        ),
        (
            "v1 Secret",
            {"type": "kubernetes.io/tls", "data": {"tls.crt": "eA=="}},
            "data[tls.key]: Required value",
        ),
        (
            "v1 ConfigMap",
            {"data": {"a/b": "1"}},
            'data[a/b]: Invalid value: "a/b": a valid config key must consist of'
            " alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or"
            " 'KEY_NAME',"
            "  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
        ),
        (
            "v1 PersistentVolumeClaim",
            {"spec": {"resources": {"requests": {"storage": "1Gi"}}}},
            "spec.accessModes: Required value: at least 1 access mode is required",
        ),
        (
            "batch/v1 CronJob",
            {"spec": {"schedule": "daily", "jobTemplate": {}}},
            'spec.schedule: Invalid value: "daily": expected exactly 5 fields, found 1:'
            " daily",
        ),
        (
            "batch/v1 Job",
            {"spec": {"template": pod_template({})}},
            "spec.template.spec.restartPolicy: Required value: valid values:"
            ' "OnFailure",'
            ' "Never"',
        ),
        (
            "autoscaling/v2 HorizontalPodAutoscaler",
            {
                "spec": {
                    "minReplicas": 3,
                    "maxReplicas": 2,
                    "scaleTargetRef": {"kind": "a", "name": "b"},
                }
            },
            "spec.maxReplicas: Invalid value: 2: must be greater than or equal to"
            " `minReplicas`",
        ),
        (
            "rbac.authorization.k8s.io/v1 Role",
            {"rules": [{"verbs": ["get"], "apiGroups": [""]}]},
            "rules[0].resources: Required value: resource rules must supply at least"
            " one"
            " resource",
        ),
        (
            "policy/v1 PodDisruptionBudget",
            {"spec": {"minAvailable": 1, "maxUnavailable": 1}},
            'spec: Invalid value: {"maxUnavailable":1,"minAvailable":1}: minAvailable'
            " and"
            " maxUnavailable cannot be both set",
        ),
        (
            "networking.k8s.io/v1 NetworkPolicy",
            {"spec": {"ingress": [{"from": [{"ipBlock": {"cidr": "x"}}]}]}},
            'spec.ingress[0].from[0].ipBlock.cidr: Invalid value: "x": must be a valid'
            " CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)",
        ),
        (
            "coordination.k8s.io/v1 Lease",
            {"metadata": {"ownerReferences": [{"name": "x"}]}},
            'metadata.ownerReferences[0].uid: Invalid value: "": must not be empty',
        ),
        (
            "flowcontrol.apiserver.k8s.io/v1 FlowSchema",
            {"spec": {}},
            "spec.priorityLevelConfiguration.name: Required value",
        ),
    ],
)
def test_each_kind_has_rules_of_its_own(
    world: World, kind: str, content: Object, expected: str
) -> None:
    api_version, name = kind.split()
    assert expected in messages(world.refused(api_version, name, "x", **content))


@pytest.mark.parametrize("kind", ["Secret", "ConfigMap"])
def test_what_a_secret_holds_is_measured_decoded(world: World, kind: str) -> None:
    most = 1024 * 1024
    for size in (most, most + 1):
        content = "a" * size
        if kind == "Secret":
            content = b64encode(content.encode()).decode()
        obj = {
            "apiVersion": "v1",
            "kind": kind,
            "metadata": {"name": f"of-{size}", "namespace": "default"},
            "data": {"x": content},
        }
        if size == most:
            world.put(obj)
        else:
            assert "Too long" in refusal(world, obj).message


def test_a_secrets_content_is_not_shown(world: World) -> None:
    data = {".dockerconfigjson": "c2VjcmV0"}
    kind = "kubernetes.io/dockerconfigjson"
    error = world.refused("v1", "Secret", "x", type=kind, data=data)
    assert "<secret contents redacted>" in error.message
    assert "secret" not in error.message.replace("<secret contents redacted>", "")


CUSTOM: Object = {
    "type": "object",
    "required": ["spec"],
    "properties": {
        "spec": {
            "type": "object",
            "required": ["size"],
            "properties": {
                "size": {"type": "integer", "minimum": 1, "maximum": 9},
                "mode": {"type": "string", "enum": ["a", "b"]},
                "name": {
                    "type": "string",
                    "pattern": "^x",
                    "minLength": 2,
                    "maxLength": 4,
                },
                "list": {"type": "array", "items": {"type": "boolean"}, "maxItems": 2},
                "port": {"x-kubernetes-int-or-string": True},
                "set": {
                    "type": "array",
                    "items": {"type": "string"},
                    "x-kubernetes-list-type": "set",
                },
                "map": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {"k": {"type": "string"}},
                    },
                    "x-kubernetes-list-type": "map",
                    "x-kubernetes-list-map-keys": ["k"],
                },
                "maybe": {"type": "string", "nullable": True},
            },
        }
    },
}


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"size": 3, "port": "http", "maybe": None, "list": [True]}, []),
        ({}, ["spec.size: Required value"]),
        (
            {"size": "3"},
            [
                'spec.size: Invalid value: "string": spec.size in body must be of type'
                ' integer: "string"'
            ],
        ),
        (
            {"size": 0},
            [
                "spec.size: Invalid value: 0: spec.size in body should be greater than"
                " or"
                " equal to 1"
            ],
        ),
        (
            {"size": 10},
            [
                "spec.size: Invalid value: 10: spec.size in body should be less than or"
                " equal to 9"
            ],
        ),
        (
            {"size": 1, "mode": "c"},
            ['spec.mode: Unsupported value: "c": supported values: "a", "b"'],
        ),
        (
            {"size": 1, "name": "y"},
            [
                'spec.name: Invalid value: "y": spec.name in body should be at least 2'
                " chars long",
                "spec.name: Invalid value: \"y\": spec.name in body should match '^x'",
            ],
        ),
        (
            {"size": 1, "name": "xxxxx"},
            ["spec.name: Too long: may not be more than 4 bytes"],
        ),
        (
            {"size": 1, "list": [True, 1, False]},
            [
                "spec.list: Invalid value: 3: spec.list in body should have at most 2"
                " items",
                'spec.list[1]: Invalid value: "integer": spec.list[1] in body must be'
                " of"
                ' type boolean: "integer"',
            ],
        ),
        (
            {"size": 1, "set": ["a", "a"], "map": [{"k": "x"}, {"k": "x"}]},
            [
                'spec.set[1]: Duplicate value: "a"',
                'spec.map[1]: Duplicate value: {"k":"x"}',
            ],
        ),
        (
            {"size": 1, "port": True},
            [
                'spec.port: Invalid value: "boolean": spec.port in body must be of type'
                ' int-or-string: "boolean"'
            ],
        ),
    ],
)
def test_custom_resources_follow_their_schema(
    spec: Object, expected: list[str]
) -> None:
    faults = Faults()
    check_custom({"spec": spec}, Schema(CUSTOM, {}), faults)
    assert [f"{cause.field}: {cause.message}" for cause in faults] == expected
