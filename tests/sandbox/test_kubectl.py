"""The real kubectl, as people use it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Command

pytestmark = pytest.mark.oracle

WEB = """
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {color: red}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata:
      labels: {app: web}
      annotations: {pypkg.dev/logs: "hello from web"}
    spec:
      containers:
      - {name: c, image: "nginx:1", ports: [{containerPort: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
"""


@pytest.fixture
def web(tmp_path: Path) -> Path:
    file = tmp_path / "web.yaml"
    file.write_text(WEB)
    return file


def test_apply_creates_configures_and_leaves_alone(kube: Command, web: Path) -> None:
    assert kube.ok("apply", "-f", web).splitlines() == [
        "configmap/settings created",
        "deployment.apps/web created",
        "service/web created",
    ]
    web.write_text(WEB.replace("nginx:1", "nginx:2"))
    assert kube.ok("apply", "-f", web).splitlines() == [
        "configmap/settings unchanged",
        "deployment.apps/web configured",
        "service/web unchanged",
    ]
    image = "jsonpath={.spec.template.spec.containers[0].image}"
    assert kube.ok("get", "deployment", "web", "-o", image) == "nginx:2"


def test_apply_removes_what_the_file_no_longer_says(kube: Command, web: Path) -> None:
    web.write_text(
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {x: a, y: b}}"
    )
    kube.ok("apply", "-f", web)
    kube.ok("patch", "configmap", "a", "-p", '{"data": {"z": "mine"}}')
    web.write_text(
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {x: a}}"
    )
    kube.ok("apply", "-f", web)
    data = json.loads(kube.ok("get", "configmap", "a", "-o", "json"))["data"]
    assert data == {"x": "a", "z": "mine"}


def test_a_rollout_ends_and_can_be_undone(kube: Command, web: Path) -> None:
    kube.ok("apply", "-f", web)
    done = "successfully rolled out"
    assert done in kube.ok("rollout", "status", "deployment/web")
    kube.ok("set", "image", "deployment/web", "c=nginx:2")
    assert done in kube.ok("rollout", "status", "deployment/web")
    assert kube.ok("rollout", "history", "deployment/web").count("<none>") == 2
    kube.ok("rollout", "undo", "deployment/web")
    image = "jsonpath={.spec.template.spec.containers[0].image}"
    assert kube.ok("get", "deployment", "web", "-o", image) == "nginx:1"


def test_get_prints_kubernetes_columns(kube: Command, web: Path) -> None:
    kube.ok("apply", "-f", web)
    kube.ok("rollout", "status", "deployment/web")

    def heading(*words: str) -> list[str]:
        return kube.ok("get", *words).splitlines()[0].split("  ")

    def columns(*words: str) -> list[str]:
        return [word.strip() for word in heading(*words) if word.strip()]

    assert columns("deploy") == ["NAME", "READY", "UP-TO-DATE", "AVAILABLE", "AGE"]
    assert columns("pods", "-o", "wide") == [
        "NAME",
        "READY",
        "STATUS",
        "RESTARTS",
        "AGE",
        "IP",
        "NODE",
        "NOMINATED NODE",
        "READINESS GATES",
    ]
    assert columns("svc") == [
        "NAME",
        "TYPE",
        "CLUSTER-IP",
        "EXTERNAL-IP",
        "PORT(S)",
        "AGE",
    ]
    assert " 2/2 " in kube.ok("get", "deploy", "web")
    assert kube.ok("get", "pods").count("Running") == 2


def test_short_names_categories_and_explain_work(kube: Command, web: Path) -> None:
    kube.ok("apply", "-f", web)
    everything = kube.ok("get", "all")
    for name in ("service/web", "deployment.apps/web", "replicaset.apps/web-"):
        assert name in everything
    assert "settings" in kube.ok("get", "cm")
    assert "FIELD: replicas <integer>" in kube.ok("explain", "deploy.spec.replicas")


def test_logs_come_from_the_annotation(kube: Command, web: Path) -> None:
    kube.ok("apply", "-f", web)
    kube.ok("rollout", "status", "deployment/web")
    assert kube.ok("logs", "deployment/web") == "hello from web\n"
    assert kube.ok("logs", "-l", "app=web").splitlines() == ["hello from web"] * 2


def test_delete_waits_until_the_objects_are_gone(kube: Command, web: Path) -> None:
    kube.ok("apply", "-f", web)
    kube.ok("rollout", "status", "deployment/web")
    kube.ok("delete", "-f", web, "--cascade=foreground")
    assert kube("get", "deploy,rs,pods,svc").out == ""


def test_a_deleted_namespace_takes_everything_along(
    kube: Command, web: Path, namespace: str
) -> None:
    kube.ok("apply", "-f", web)
    kube.ok("delete", "namespace", namespace)
    assert "not found" in kube.fails("get", "namespace", namespace)
    kube.ok("create", "namespace", namespace)
    assert kube("get", "all,configmaps", "-o", "name").out.splitlines() in (
        [],
        ["configmap/kube-root-ca.crt"],
    )


def test_server_side_apply_takes_over_and_conflicts(kube: Command, web: Path) -> None:
    kube.ok("apply", "-f", web)
    kube.ok("apply", "--server-side", "-f", web)
    kube.ok("apply", "--server-side", "--field-manager=other", "-f", web)
    web.write_text(WEB.replace("color: red", "color: blue"))
    refused = kube.fails("apply", "--server-side", "--field-manager=third", "-f", web)
    assert ".data.color" in refused
    assert '"kubectl"' in refused
    kube.ok(
        "apply",
        "--server-side",
        "--field-manager=third",
        "--force-conflicts",
        "-f",
        web,
    )
    color = "jsonpath={.data.color}"
    assert kube.ok("get", "configmap", "settings", "-o", color) == "blue"


def test_diff_shows_what_apply_would_change(kube: Command, web: Path) -> None:
    kube.ok("apply", "-f", web)
    web.write_text(WEB.replace("color: red", "color: blue"))
    diff = kube("diff", "-f", web)
    assert diff.code == 1
    assert "-  color: red" in diff.out
    assert "+  color: blue" in diff.out
    color = "jsonpath={.data.color}"
    assert kube.ok("get", "configmap", "settings", "-o", color) == "red"


def test_validation_names_unknown_fields(kube: Command, web: Path) -> None:
    web.write_text(WEB.replace("replicas: 2", "replica: 2"))
    assert 'unknown field "spec.replica"' in kube.fails("apply", "-f", web)
    warned = kube("apply", "-f", web, "--validate=warn")
    assert (warned.code, 'unknown field "spec.replica"' in warned.err) == (0, True)


@pytest.mark.parametrize(
    "words", ["apply", "apply --server-side", "create", "create --validate=warn"]
)
def test_a_kind_that_is_not_there_is_named(
    kube: Command, tmp_path: Path, words: str
) -> None:
    file = tmp_path / "rule.yaml"
    file.write_text("apiVersion: example.com/v1\nkind: Rule\nmetadata: {name: x}\n")
    told = kube.fails(*words.split(), "-f", file)
    assert 'no matches for kind "Rule" in version "example.com/v1"' in told
    assert "ensure CRDs are installed first" in told


@pytest.mark.parametrize(
    "words",
    [
        "namespace {name}",
        "deployment a --image=nginx --port=80",
        "job a --image=busybox -- date",
        "cronjob a --image=busybox --schedule=0/5",
        "configmap a --from-literal=a=b",
        "secret generic a --from-literal=a=b",
        "serviceaccount a",
        "service clusterip a --tcp=80:8080",
        "ingress a --rule=host.example/path=svc:80",
        "role a --verb=get --resource=pods",
        "rolebinding a --role=a --user=u",
        "poddisruptionbudget a --selector=a=b --min-available=1",
        "quota a --hard=pods=2",
    ],
)
def test_create_speaks_protobuf(kube: Command, namespace: str, words: str) -> None:
    kind, name = (
        words.split(maxsplit=1)[0],
        f"{namespace}-2" if "{name}" in words else "a",
    )
    if kind == "cronjob":
        words = words.replace("0/5", "@daily")
    kube.ok("create", *words.format(name=name).split())
    found = json.loads(kube.ok("get", kind, name, "-o", "json"))
    assert found["metadata"]["name"] == name


def test_scale_label_annotate_autoscale_and_expose(kube: Command, web: Path) -> None:
    kube.ok("apply", "-f", web)
    kube.ok("scale", "deployment/web", "--replicas=3")
    assert "3" in kube.ok("get", "deployment", "web", "-o", "jsonpath={.spec.replicas}")
    kube.ok("label", "deployment", "web", "tier=front")
    assert "web" in kube.ok("get", "deployment", "-l", "tier in (front)")
    kube.ok("annotate", "deployment", "web", "note=text")
    kube.ok("expose", "deployment", "web", "--name=other", "--port=81")
    assert "81/TCP" in kube.ok("get", "service", "other")


def test_wait_and_watch_follow_an_object(kube: Command, web: Path) -> None:
    kube.ok("apply", "-f", web)
    kube.ok("wait", "deployment/web", "--for=condition=Available", "--timeout=20s")
    kube.ok("delete", "service", "web")
    kube.ok("wait", "service/web", "--for=delete", "--timeout=5s")


def test_describe_shows_events(kube: Command, web: Path) -> None:
    kube.ok("apply", "-f", web)
    kube.ok("rollout", "status", "deployment/web")
    described = kube.ok("describe", "deployment", "web")
    assert "ScalingReplicaSet" in described
    assert "2 desired | 2 updated | 2 total | 2 available" in described


def test_whoever_asks_may_do_everything(kube: Command) -> None:
    assert kube.ok("auth", "can-i", "delete", "nodes").strip() == "yes"
    assert "pypkg-sandbox" in kube.ok("auth", "whoami")
