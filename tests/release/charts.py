"""Charts for tests, written file by file."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

from pypkg.chart.loader import load_chart

if TYPE_CHECKING:
    from pathlib import Path

    from pypkg.chart.chart import Chart

CONFIG_MAP = """
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}-config
data:
  color: {{ .Values.color | quote }}
  revision: "{{ .Release.Revision }}"
"""
DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}
  labels:
    app: {{ .Release.Name }}
spec:
  replicas: {{ .Values.replicas }}
  selector:
    matchLabels:
      app: {{ .Release.Name }}
  template:
    metadata:
      labels:
        app: {{ .Release.Name }}
      annotations:
        pypkg.dev/sim: {{ .Values.sim | quote }}
    spec:
      containers:
      - name: main
        image: "nginx:{{ .Values.tag }}"
        ports:
        - containerPort: 80
"""
SERVICE = """
apiVersion: v1
kind: Service
metadata:
  name: {{ .Release.Name }}
spec:
  selector:
    app: {{ .Release.Name }}
  ports:
  - port: 80
    protocol: TCP
"""
KEPT = """
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: {{ .Release.Name }}-data
  annotations:
    helm.sh/resource-policy: keep
spec:
  accessModes: [ReadWriteOnce]
  resources:
    requests:
      storage: 1Gi
"""
HOOK = """
apiVersion: batch/v1
kind: Job
metadata:
  name: {{ .Release.Name }}-migrate
  annotations:
    helm.sh/hook: pre-install,pre-upgrade,pre-rollback,pre-delete
    helm.sh/hook-weight: "-5"
    helm.sh/hook-delete-policy: {{ .Values.hook.delete }}
    helm.sh/hook-output-log-policy: hook-succeeded,hook-failed
spec:
  backoffLimit: 0
  template:
    metadata:
      annotations:
        pypkg.dev/sim: {{ .Values.hook.sim | quote }}
        pypkg.dev/logs: migrated
    spec:
      restartPolicy: Never
      containers:
      - name: main
        image: busybox
"""
TEST = """
apiVersion: v1
kind: Pod
metadata:
  name: {{ .Release.Name }}-test
  annotations:
    helm.sh/hook: test
    pypkg.dev/sim: {{ .Values.test.sim | quote }}
    pypkg.dev/logs: tested
spec:
  restartPolicy: Never
  containers:
  - name: main
    image: busybox
"""
VALUES = """
color: blue
replicas: 2
tag: "1"
sim: ""
hook:
  enabled: false
  sim: ""
  delete: before-hook-creation,hook-succeeded
test:
  sim: ""
extra: false
"""


def write_chart(folder: Path, files: dict[str, str]) -> Path:
    """Write a chart; a name without a folder is one of its templates."""
    files = {"Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n", **files}
    for name, text in files.items():
        inner = "/" in name or name in {"Chart.yaml", "values.yaml", ".helmignore"}
        path = folder / (name if inner else f"templates/{name}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text).lstrip("\n"))
    return folder


def web_folder(folder: Path) -> Path:
    """Write a chart that has a bit of everything."""
    return write_chart(
        folder,
        {
            "Chart.yaml": """
            apiVersion: v2
            name: web
            version: 1.2.3
            appVersion: "9"
            description: A bit of everything
            annotations:
              category: tests
            """,
            "values.yaml": VALUES,
            ".helmignore": "*.tmp\n",
            "config.yaml": CONFIG_MAP,
            "deployment.yaml": DEPLOYMENT,
            "service.yaml": SERVICE,
            "kept.yaml": KEPT,
            "hook.yaml": "{{ if .Values.hook.enabled }}" + HOOK + "{{ end }}\n",
            "test.yaml": TEST,
            "extra.yaml": (
                "{{ if .Values.extra }}"
                + CONFIG_MAP.replace("-config", "-extra")
                + "{{ end }}\n"
            ),
            "NOTES.txt": "Revision {{ .Release.Revision }} of {{ .Release.Name }}\n",
            "files/motd.txt": "hello\n",
        },
    )


def chart_of(folder: Path, **files: str) -> Chart:
    """Make a chart of templates, each under its name without ``.yaml``."""
    named = {
        "values.yaml" if name == "values" else f"{name}.yaml": text
        for name, text in files.items()
    }
    return load_chart(write_chart(folder, named))
