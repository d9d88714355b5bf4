"""Every test here runs commands against the sandbox, in a namespace of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from pypkg.sandbox.daemon import Status

CHART = {
    "Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.2.0\nappVersion: '3'\n",
    "values.yaml": "# How many\nreplicas: 1\nimage:\n  tag: '1.29'\nkeep: false\n",
    "templates/deployment.yaml": """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}
spec:
  replicas: {{ .Values.replicas }}
  selector:
    matchLabels: {app: {{ .Release.Name }}}
  template:
    metadata:
      labels: {app: {{ .Release.Name }}}
    spec:
      containers:
        - name: web
          image: nginx:{{ .Values.image.tag }}
""",
    "templates/config.yaml": """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}-config
  annotations:
    {{- if .Values.keep }}
    helm.sh/resource-policy: keep
    {{- end }}
    tag: {{ .Values.image.tag | quote }}
data:
  replicas: {{ .Values.replicas | quote }}
""",
    "templates/test.yaml": """\
apiVersion: v1
kind: Pod
metadata:
  name: {{ .Release.Name }}-test
  annotations:
    helm.sh/hook: test
spec:
  restartPolicy: Never
  containers:
    - name: check
      image: busybox
      command: ["true"]
""",
    "templates/NOTES.txt": "{{ .Release.Name }} has {{ .Values.replicas }} replicas.\n",
}


@pytest.fixture(autouse=True)
def in_sandbox(
    home: Path, sandbox: Status, namespace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lead pypkg, helm and kubectl to the sandbox and the namespace."""
    monkeypatch.setenv("KUBECONFIG", str(sandbox.kubeconfig))
    monkeypatch.setenv("HELM_NAMESPACE", namespace)


@pytest.fixture
def chart(tmp_path: Path) -> Path:
    """A chart of Go templates, which helm can install too."""
    folder = tmp_path / "web"
    for name, text in CHART.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder
