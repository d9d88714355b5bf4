"""The real helm against the sandbox: releases from install to uninstall."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Command

pytestmark = pytest.mark.oracle

CHART = {
    "Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.2.3\n",
    "values.yaml": "replicas: 2\nimage: nginx\nsim: ''\ntype: ClusterIP\n",
    "templates/all.yaml": """
apiVersion: apps/v1
kind: Deployment
metadata: {name: {{ .Release.Name }}}
spec:
  replicas: {{ .Values.replicas }}
  selector: {matchLabels: {app: {{ .Release.Name }}}}
  template:
    metadata:
      labels: {app: {{ .Release.Name }}}
      annotations: {pypkg.dev/sim: {{ .Values.sim | quote }}}
    spec: {containers: [{name: c, image: {{ .Values.image }}}]}
---
apiVersion: v1
kind: Service
metadata: {name: {{ .Release.Name }}}
spec:
  type: {{ .Values.type }}
  selector: {app: {{ .Release.Name }}}
  ports: [{port: 80}]
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: {{ .Release.Name }}}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
""",
    "templates/job.yaml": """
apiVersion: batch/v1
kind: Job
metadata:
  name: {{ .Release.Name }}-setup
  annotations:
    helm.sh/hook: pre-install,pre-upgrade
    helm.sh/hook-delete-policy: before-hook-creation
spec:
  backoffLimit: 0
  template:
    metadata: {annotations: {pypkg.dev/sim: {{ .Values.jobSim | default "" | quote }}}}
    spec: {restartPolicy: Never, containers: [{name: c, image: busybox}]}
""",
    "templates/test.yaml": """
apiVersion: v1
kind: Pod
metadata:
  name: {{ .Release.Name }}-test
  annotations: {helm.sh/hook: test, pypkg.dev/logs: tested}
spec: {restartPolicy: Never, containers: [{name: c, image: busybox}]}
""",
    "crds/widgets.yaml": """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: helmwidgets.helm.example.com}
spec:
  group: helm.example.com
  scope: Namespaced
  names: {plural: helmwidgets, kind: HelmWidget}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties: {spec: {type: object, properties: {size: {type: integer}}}}
""",
    "templates/widget.yaml": """
apiVersion: helm.example.com/v1
kind: HelmWidget
metadata: {name: {{ .Release.Name }}}
spec: {size: 1}
""",
}


@pytest.fixture
def chart(tmp_path: Path) -> Path:
    folder = tmp_path / "web"
    for name, text in CHART.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return folder


def test_a_release_lives_from_install_to_uninstall(
    helm_here: Command, kube: Command, chart: Path
) -> None:
    helm_here.ok("install", "r", chart, "--wait", "--timeout=30s")
    helm_here.ok("upgrade", "r", chart, "--set=replicas=3", "--wait", "--timeout=30s")
    helm_here.ok("rollback", "r", "1", "--wait", "--timeout=30s")
    history = json.loads(helm_here.ok("history", "r", "-o", "json"))
    assert [(h["revision"], h["status"]) for h in history] == [
        (1, "superseded"),
        (2, "superseded"),
        (3, "deployed"),
    ]
    (release,) = json.loads(helm_here.ok("list", "-o", "json"))
    assert (release["chart"], release["status"]) == ("web-1.2.3", "deployed")
    replicas = "jsonpath={.spec.replicas}"
    assert kube.ok("get", "deployment", "r", "-o", replicas) == "2"
    assert "==> v1/Deployment" in helm_here.ok("status", "r")
    assert "tested" in helm_here.ok("test", "r", "--logs")
    helm_here.ok("uninstall", "r", "--wait", "--timeout=30s")
    assert json.loads(helm_here.ok("list", "-o", "json")) == []
    assert kube("get", "deploy,svc,pvc,secret,helmwidgets").out == ""


@pytest.mark.parametrize(
    "options",
    [
        ["--wait=legacy", "--timeout=30s"],
        ["--wait=watcher", "--timeout=30s", "--set=type=LoadBalancer"],
        ["--server-side=false"],
        ["--rollback-on-failure", "--timeout=30s"],
        ["--dry-run=server"],
    ],
)
def test_an_install_may_be_done_in_other_ways(
    helm_here: Command, chart: Path, options: list[str]
) -> None:
    helm_here.ok("install", "r", chart, *options)
    installed = json.loads(helm_here.ok("list", "-o", "json"))
    assert len(installed) == (0 if "--dry-run=server" in options else 1)


def test_an_upgrade_by_the_client_patches_strategically(
    helm_here: Command, kube: Command, chart: Path
) -> None:
    helm_here.ok("install", "r", chart, "--server-side=false")
    kube.ok("patch", "deployment", "r", "-p", '{"metadata": {"labels": {"mine": "1"}}}')
    helm_here.ok("upgrade", "r", chart, "--server-side=false", "--set=image=nginx:2")
    found = json.loads(kube.ok("get", "deployment", "r", "-o", "json"))
    assert found["metadata"]["labels"]["mine"] == "1"
    assert found["spec"]["template"]["spec"]["containers"][0]["image"] == "nginx:2"


def test_releases_may_be_kept_in_configmaps(
    helm_here: Command, kube: Command, chart: Path
) -> None:
    helm_here.environ["HELM_DRIVER"] = "configmap"
    helm_here.ok("install", "r", chart)
    assert "sh.helm.release.v1.r.v1" in kube.ok("get", "configmaps")
    helm_here.ok("uninstall", "r")


def test_a_release_that_never_gets_ready_fails(helm_here: Command, chart: Path) -> None:
    words = ("install", "r", chart, "--wait", "--timeout=2s", "--set=sim=never-ready")
    helm_here.fails(*words)
    (release,) = json.loads(helm_here.ok("list", "-o", "json"))
    assert release["status"] == "failed"


def test_a_failing_hook_fails_the_install(helm_here: Command, chart: Path) -> None:
    failed = helm_here.fails("install", "r", chart, "--set=jobSim=job-fail")
    assert "pre-install" in failed


def test_what_belongs_to_another_release_is_not_taken(
    helm_here: Command, chart: Path, kube: Command
) -> None:
    kube.ok("create", "service", "clusterip", "r", "--tcp=80")
    refused = helm_here.fails("install", "r", chart)
    assert "cannot be imported into the current release" in refused
    helm_here.ok("install", "r", chart, "--take-ownership")
