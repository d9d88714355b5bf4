"""The three-way patch is the one that the real kubectl sends."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from pypkg.objects.openapi import schema_of
from pypkg.objects.strategic_diff import three_way_strategic

if TYPE_CHECKING:
    from pypkg.sandbox.daemon import Status
    from tests.conftest import Command

pytestmark = pytest.mark.oracle

Object = dict[str, Any]
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


def deployment(
    *, metadata: Object | None = None, pod: Object | None = None, **spec: Any
) -> Object:
    labels = {"app": "web"}
    containers = [{"name": "app", "image": "app:1"}]
    template = {
        "metadata": {"labels": labels},
        "spec": {"containers": containers} | (pod or {}),
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web"} | (metadata or {}),
        "spec": {"selector": {"matchLabels": labels}, "template": template, **spec},
    }


def container(name: str = "app", **content: Any) -> Object:
    return {"name": name, "image": "app:1", **content}


CHANGES = {
    "replicas": (deployment(replicas=1), deployment(replicas=2)),
    "a map's keys": (
        deployment(metadata={"labels": {"a": "1", "b": "1"}}),
        deployment(metadata={"labels": {"b": "2", "c": "1"}}),
    ),
    "a union's member": (
        deployment(strategy={"type": "RollingUpdate"}),
        deployment(strategy={"type": "Recreate"}),
    ),
    "items added, changed, removed and moved": (
        deployment(
            pod={"containers": [container("a"), container("b"), container("c")]}
        ),
        deployment(
            pod={
                "containers": [
                    container("d"),
                    container("c"),
                    container("b", args=["x"]),
                ]
            }
        ),
    ),
    "items within items": (
        deployment(
            pod={
                "containers": [
                    container(
                        env=[{"name": "A", "value": "1"}, {"name": "B", "value": "1"}],
                        ports=[{"containerPort": 80}, {"containerPort": 81}],
                    )
                ]
            }
        ),
        deployment(
            pod={
                "containers": [
                    container(
                        env=[{"name": "B", "value": "2"}, {"name": "C", "value": "1"}],
                        ports=[{"containerPort": 81, "name": "http"}],
                    )
                ]
            }
        ),
    ),
    "volumes of another type": (
        deployment(pod={"volumes": [{"name": "v", "emptyDir": {}}, {"name": "w"}]}),
        deployment(pod={"volumes": [{"name": "v", "configMap": {"name": "c"}}]}),
    ),
    "a list of scalars": (
        deployment(metadata={"finalizers": ["x/a", "x/b"]}),
        deployment(metadata={"finalizers": ["x/c", "x/b"]}),
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_the_patch_is_kubectls(
    real_kubectl: Command, sandbox: Status, namespace: str, name: str
) -> None:
    environ = {**real_kubectl.environ, "KUBECONFIG": str(sandbox.kubeconfig)}
    words = (*real_kubectl.program, "--namespace", namespace)
    kube = type(real_kubectl)(words, environ, real_kubectl.folder)
    before, after = CHANGES[name]
    kube.ok("apply", "-f", "-", text=json.dumps(before))
    live = json.loads(
        kube.ok("get", "deployment/web", "-o", "json", "--show-managed-fields")
    )
    sent = _sent(kube("apply", "-v=9", "-f", "-", text=json.dumps(after)).err)
    # What kubectl applies is what it writes into the annotation, and that annotation.
    annotation = sent["metadata"]["annotations"][LAST_APPLIED]
    modified = json.loads(annotation)
    modified["metadata"]["annotations"] = {LAST_APPLIED: annotation}
    document = json.loads(kube.ok("get", "--raw", "/openapi/v3/apis/apps/v1"))
    schema = schema_of(document["components"]["schemas"], "apps/v1", "Deployment")
    assert schema is not None
    last = json.loads(live["metadata"]["annotations"][LAST_APPLIED])
    assert three_way_strategic(last, modified, live, schema) == sent


def _sent(log: str) -> Object:
    bodies = re.findall(r'"Request Body" body="(.+)"$', log, re.MULTILINE)
    found: Object = json.loads(json.loads(f'"{bodies[-1]}"'))
    return found
