"""The rules of each kind, in the API server's words."""

from __future__ import annotations

from base64 import b64encode

import pytest

from tests.sandbox.checks.refusals import Object, messages, refusal
from tests.sandbox.world import World, pod_template

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
