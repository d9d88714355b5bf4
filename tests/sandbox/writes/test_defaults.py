"""What the API server fills in, kind by kind."""

from __future__ import annotations

from typing import Any

import pytest

from pypkg.sandbox.writes.default_rules import RULES, image_tag
from pypkg.sandbox.writes.default_values import DEFAULT_VALUES
from tests.sandbox.world import World, definitions, deployment, pod_template

CONTAINER = {
    "name": "app",
    "image": "app:1",
    "imagePullPolicy": "IfNotPresent",
    "resources": {},
    "terminationMessagePath": "/dev/termination-log",
    "terminationMessagePolicy": "File",
}
POD_SPEC = {
    "containers": [CONTAINER],
    "dnsPolicy": "ClusterFirst",
    "restartPolicy": "Always",
    "schedulerName": "default-scheduler",
    "securityContext": {},
    "terminationGracePeriodSeconds": 30,
}


@pytest.fixture
def world() -> World:
    return World(controllers=False)


def test_a_minimal_deployment_comes_back_whole(world: World) -> None:
    created = world.put(deployment())
    del created["metadata"]["managedFields"]
    assert created == {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {
            "name": "web",
            "namespace": "default",
            "uid": created["metadata"]["uid"],
            "resourceVersion": created["metadata"]["resourceVersion"],
            "generation": 1,
            "creationTimestamp": "2026-01-31T12:00:00Z",
        },
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": {"app": "web"}}, "spec": POD_SPEC},
            "strategy": {
                "type": "RollingUpdate",
                "rollingUpdate": {"maxUnavailable": "25%", "maxSurge": "25%"},
            },
            "revisionHistoryLimit": 10,
            "progressDeadlineSeconds": 600,
        },
        "status": {},
    }


def test_an_empty_text_is_as_good_as_none_wherever_a_default_depends_on_it(
    world: World,
) -> None:
    made = world.put(deployment(strategy={"type": ""}))
    assert made["spec"]["strategy"]["type"] == "RollingUpdate"
    assert made["spec"]["strategy"]["rollingUpdate"]["maxSurge"] == "25%"
    spec = {
        "type": "LoadBalancer",
        "externalTrafficPolicy": "",
        "ports": [{"port": 80}],
    }
    service = world.create("v1", "Service", "web", spec=spec)
    assert service["spec"]["externalTrafficPolicy"] == "Cluster"


def defaulted_container(world: World, **content: Any) -> dict[str, Any]:
    template = pod_template({"app": "web"})
    template["spec"]["containers"][0] |= content
    created = world.put(deployment(template=template))
    found: dict[str, Any] = created["spec"]["template"]["spec"]["containers"][0]
    return found


def test_probes_ports_and_handlers_are_completed(world: World) -> None:
    found = defaulted_container(
        world,
        ports=[{"containerPort": 80}],
        livenessProbe={"httpGet": {"port": 80}},
        readinessProbe={"grpc": {"port": 80}, "periodSeconds": 3},
        lifecycle={"preStop": {"httpGet": {"port": "http", "scheme": "HTTPS"}}},
    )
    assert found["ports"] == [{"containerPort": 80, "protocol": "TCP"}]
    times = {
        "timeoutSeconds": 1,
        "periodSeconds": 10,
        "successThreshold": 1,
        "failureThreshold": 3,
    }
    assert found["livenessProbe"] == times | {
        "httpGet": {"path": "/", "port": 80, "scheme": "HTTP"}
    }
    assert found["readinessProbe"] == times | {
        "periodSeconds": 3,
        "grpc": {"port": 80, "service": ""},
    }
    stop = found["lifecycle"]["preStop"]["httpGet"]
    assert stop == {"path": "/", "port": "http", "scheme": "HTTPS"}


def test_sources_of_the_environment_are_completed(world: World) -> None:
    field = {"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}
    limit = {"name": "B", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu"}}}
    first, second = defaulted_container(world, env=[field, limit])["env"]
    assert first["valueFrom"]["fieldRef"]["apiVersion"] == "v1"
    assert second["valueFrom"]["resourceFieldRef"]["divisor"] == "0"


@pytest.mark.parametrize(
    ("image", "tag", "policy"),
    [
        ("nginx", "latest", "Always"),
        ("nginx:latest", "latest", "Always"),
        ("nginx:1.27", "1.27", "IfNotPresent"),
        ("registry:5000/nginx", "latest", "Always"),
        ("registry:5000/nginx:1", "1", "IfNotPresent"),
        ("nginx@sha256:0123", "", "IfNotPresent"),
        ("nginx:latest@sha256:0123", "latest", "Always"),
    ],
)
def test_the_pull_policy_follows_the_tag(
    world: World, image: str, tag: str, policy: str
) -> None:
    assert image_tag(image) == tag
    assert defaulted_container(world, image=image)["imagePullPolicy"] == policy


def test_volumes_are_completed(world: World) -> None:
    template = pod_template({"app": "web"})
    names = {"path": "namespace", "fieldRef": {"fieldPath": "metadata.namespace"}}
    template["spec"]["volumes"] = [
        {"name": "nothing"},
        {"name": "c", "configMap": {"name": "c"}},
        {"name": "s", "secret": {"secretName": "s"}},
        {"name": "h", "hostPath": {"path": "/x"}},
        {
            "name": "p",
            "projected": {
                "sources": [
                    {"serviceAccountToken": {"path": "token"}},
                    {"downwardAPI": {"items": [names]}},
                ]
            },
        },
    ]
    created = world.put(deployment(template=template))
    nothing, config, secret, host, projected = created["spec"]["template"]["spec"][
        "volumes"
    ]
    assert nothing == {"name": "nothing", "emptyDir": {}}
    assert config["configMap"] == {"name": "c", "defaultMode": 420}
    assert secret["secret"] == {"secretName": "s", "defaultMode": 420}
    assert host["hostPath"] == {"path": "/x", "type": ""}
    token, downward = projected["projected"]["sources"]
    assert token["serviceAccountToken"]["expirationSeconds"] == 3600
    assert downward["downwardAPI"]["items"][0]["fieldRef"]["apiVersion"] == "v1"


def test_the_old_name_of_the_account_is_written_too(world: World) -> None:
    template = pod_template({"app": "web"}, serviceAccountName="me")
    spec = world.put(deployment(template=template))["spec"]["template"]["spec"]
    assert (spec["serviceAccount"], spec["serviceAccountName"]) == ("me", "me")


SELECTED = {
    "selector": {"matchLabels": {"app": "web"}},
    "template": pod_template({"app": "web"}),
}
BACKEND = {"service": {"name": "web", "port": {"number": 80}}}
SUBJECTS = [{"kind": "User", "name": "me"}, {"kind": "ServiceAccount", "name": "s"}]


@pytest.mark.parametrize(
    ("api_version", "kind", "content", "path", "expected"),
    [
        (
            "apps/v1",
            "StatefulSet",
            {"spec": {**SELECTED, "serviceName": "web"}},
            "spec",
            {
                "replicas": 1,
                "podManagementPolicy": "OrderedReady",
                "revisionHistoryLimit": 10,
                "updateStrategy": {
                    "type": "RollingUpdate",
                    "rollingUpdate": {"partition": 0},
                },
                "persistentVolumeClaimRetentionPolicy": {
                    "whenDeleted": "Retain",
                    "whenScaled": "Retain",
                },
            },
        ),
        (
            "apps/v1",
            "DaemonSet",
            {"spec": SELECTED},
            "spec",
            {
                "revisionHistoryLimit": 10,
                "updateStrategy": {
                    "type": "RollingUpdate",
                    "rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1},
                },
            },
        ),
        (
            "batch/v1",
            "Job",
            {"spec": {"template": pod_template({}, restartPolicy="Never")}},
            "spec",
            {
                "parallelism": 1,
                "completions": 1,
                "backoffLimit": 6,
                "completionMode": "NonIndexed",
                "suspend": False,
                "podReplacementPolicy": "TerminatingOrFailed",
            },
        ),
        (
            "batch/v1",
            "CronJob",
            {
                "spec": {
                    "schedule": "@daily",
                    "jobTemplate": {
                        "spec": {"template": pod_template({}, restartPolicy="Never")}
                    },
                }
            },
            "spec",
            {
                "concurrencyPolicy": "Allow",
                "suspend": False,
                "successfulJobsHistoryLimit": 3,
                "failedJobsHistoryLimit": 1,
            },
        ),
        (
            "autoscaling/v2",
            "HorizontalPodAutoscaler",
            {
                "spec": {
                    "maxReplicas": 3,
                    "scaleTargetRef": {"kind": "Deployment", "name": "web"},
                    "behavior": {"scaleDown": {"selectPolicy": "Disabled"}},
                }
            },
            "spec",
            {
                "minReplicas": 1,
                "metrics": [
                    {
                        "type": "Resource",
                        "resource": {
                            "name": "cpu",
                            "target": {"type": "Utilization", "averageUtilization": 80},
                        },
                    }
                ],
                "behavior": {
                    "scaleUp": {
                        "stabilizationWindowSeconds": 0,
                        "selectPolicy": "Max",
                        "policies": [
                            {"type": "Pods", "value": 4, "periodSeconds": 15},
                            {"type": "Percent", "value": 100, "periodSeconds": 15},
                        ],
                    },
                    "scaleDown": {
                        "selectPolicy": "Disabled",
                        "policies": [
                            {"type": "Percent", "value": 100, "periodSeconds": 15}
                        ],
                    },
                },
            },
        ),
        (
            "networking.k8s.io/v1",
            "NetworkPolicy",
            {"spec": {"egress": [{"ports": [{"port": 53}]}]}},
            "spec",
            {
                "podSelector": {},
                "policyTypes": ["Ingress", "Egress"],
                "egress": [{"ports": [{"port": 53, "protocol": "TCP"}]}],
            },
        ),
        (
            "rbac.authorization.k8s.io/v1",
            "RoleBinding",
            {"roleRef": {"kind": "Role", "name": "r"}, "subjects": SUBJECTS},
            "",
            {
                "roleRef": {
                    "apiGroup": "rbac.authorization.k8s.io",
                    "kind": "Role",
                    "name": "r",
                },
                "subjects": [
                    {
                        "apiGroup": "rbac.authorization.k8s.io",
                        "kind": "User",
                        "name": "me",
                    },
                    {"kind": "ServiceAccount", "name": "s"},
                ],
            },
        ),
        (
            "storage.k8s.io/v1",
            "StorageClass",
            {"provisioner": "x.io/y"},
            "",
            {"reclaimPolicy": "Delete", "volumeBindingMode": "Immediate"},
        ),
        (
            "scheduling.k8s.io/v1",
            "PriorityClass",
            {"value": 7},
            "",
            {"preemptionPolicy": "PreemptLowerPriority"},
        ),
        (
            "v1",
            "Secret",
            {"stringData": {"a": "b"}},
            "",
            {"type": "Opaque", "data": {"a": "Yg=="}},
        ),
        (
            "admissionregistration.k8s.io/v1",
            "ValidatingWebhookConfiguration",
            {
                "webhooks": [
                    {
                        "name": "a.b.c",
                        "sideEffects": "None",
                        "admissionReviewVersions": ["v1"],
                        "clientConfig": {"service": {"name": "s", "namespace": "n"}},
                        "rules": [{"operations": ["CREATE"], "resources": ["pods"]}],
                    }
                ]
            },
            "webhooks.0",
            {
                "failurePolicy": "Fail",
                "matchPolicy": "Equivalent",
                "namespaceSelector": {},
                "objectSelector": {},
                "timeoutSeconds": 10,
                "clientConfig": {
                    "service": {"name": "s", "namespace": "n", "port": 443}
                },
            },
        ),
        (
            "v1",
            "LimitRange",
            {"spec": {"limits": [{"type": "Container", "max": {"cpu": "1"}}]}},
            "spec.limits.0",
            {"default": {"cpu": "1"}, "defaultRequest": {"cpu": "1"}},
        ),
        (
            "v1",
            "Namespace",
            {},
            "",
            {"spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"}},
        ),
        (
            "v1",
            "PersistentVolume",
            {
                "spec": {
                    "accessModes": ["ReadWriteOnce"],
                    "capacity": {"storage": "1Gi"},
                    "hostPath": {"path": "/x"},
                }
            },
            "spec",
            {"persistentVolumeReclaimPolicy": "Retain", "volumeMode": "Filesystem"},
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and value.isalnum() else "",
)
def test_each_kind_is_completed(
    world: World,
    api_version: str,
    kind: str,
    content: dict[str, Any],
    path: str,
    expected: dict[str, Any],
) -> None:
    found: Any = world.create(api_version, kind, "x", **content)
    for part in path.split(".") if path else ():
        found = found[int(part)] if part.isdigit() else found[part]
    assert {key: found.get(key) for key in expected} == expected


def test_an_empty_field_that_is_no_pointer_is_no_field(world: World) -> None:
    template = pod_template(
        {"app": "web"}, hostNetwork=False, nodeSelector={}, volumes=[]
    )
    created = world.put(deployment(template=template, minReadySeconds=0, paused=False))
    assert created["spec"]["template"]["spec"] == POD_SPEC
    assert {"minReadySeconds", "paused"}.isdisjoint(created["spec"])


def test_zero_behind_a_pointer_is_a_value(world: World) -> None:
    assert world.put(deployment(replicas=0))["spec"]["replicas"] == 0


def test_the_tables_name_only_types_and_fields_that_exist() -> None:
    known = definitions()
    for short in {*DEFAULT_VALUES, *RULES}:
        name = f"io.k8s.api.{short}"
        if short.startswith("apiextensions"):
            name = f"io.k8s.apiextensions-apiserver.pkg.apis.{short}"
        fields = known.schema(name).properties
        assert fields, short
        assert DEFAULT_VALUES.get(short, {}).keys() <= fields.keys(), short
