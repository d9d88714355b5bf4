"""The real kubectl waits for the played controllers as for a cluster's."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.conftest import Command

pytestmark = pytest.mark.oracle

TEMPLATE = """
  selector: {matchLabels: {app: NAME}}
  template:
    metadata: {labels: {app: NAME}}
    spec: {containers: [{name: app, image: "app:1"}]}
"""
STATEFUL_SET = """
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  serviceName: db
  replicas: 2
  volumeClaimTemplates:
  - metadata: {name: data}
    spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
""" + TEMPLATE.replace("NAME", "db").lstrip("\n")
DAEMON_SET = """
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent}
spec:
""" + TEMPLATE.replace("NAME", "agent").lstrip("\n")
JOB = """
apiVersion: batch/v1
kind: Job
metadata: {name: work}
spec:
  backoffLimit: 1
  template:
    metadata: {annotations: {pypkg.dev/sim: job-fail, pypkg.dev/logs: it broke}}
    spec: {restartPolicy: Never, containers: [{name: app, image: "app:1"}]}
"""
CONFIG_MAP = """
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {a: "1", b: "2"}
"""


def owners(kube: Command, *which: str) -> dict[str, Any]:
    """Who owns what, without the times."""
    shown = kube.ok("get", *which, "-o", "json", "--show-managed-fields")
    return {
        f"{entry['manager']} {entry['operation']}": entry["fieldsV1"]
        for entry in json.loads(shown)["metadata"]["managedFields"]
    }


def test_a_stateful_set_rolls_out_with_its_claims(kube: Command) -> None:
    kube.ok("apply", "-f", "-", text=STATEFUL_SET)
    kube.ok("rollout", "status", "statefulset/db", "--timeout=20s")
    claims = kube.ok("get", "pvc", "-o", "name").split()
    assert claims == [
        "persistentvolumeclaim/data-db-0",
        "persistentvolumeclaim/data-db-1",
    ]
    kube.ok("set", "image", "statefulset/db", "app=app:2")
    kube.ok("rollout", "status", "statefulset/db", "--timeout=20s")
    history = kube.ok("rollout", "history", "statefulset/db")
    assert [line.split()[0] for line in history.splitlines()[2:4]] == ["1", "2"]


def test_a_daemon_set_rolls_out(kube: Command) -> None:
    kube.ok("apply", "-f", "-", text=DAEMON_SET)
    kube.ok("rollout", "status", "daemonset/agent", "--timeout=20s")
    kube.ok("rollout", "restart", "daemonset/agent")
    kube.ok("rollout", "status", "daemonset/agent", "--timeout=20s")


def test_a_failing_job_is_waited_for_and_says_why(kube: Command) -> None:
    kube.ok("apply", "-f", "-", text=JOB)
    kube.ok("wait", "--for=condition=failed", "job/work", "--timeout=20s")
    assert kube.ok("logs", "job/work") == "it broke\n"


def test_a_cron_job_can_be_started_by_hand(kube: Command) -> None:
    kube.ok("create", "cronjob", "tick", "--image=app:1", "--schedule=0 0 31 2 *")
    kube.ok("create", "job", "now", "--from=cronjob/tick")
    kube.ok("wait", "--for=condition=complete", "job/now", "--timeout=20s")


@pytest.mark.parametrize("sim", ["crashloop", "imagepull", "never-ready"])
def test_a_rollout_that_fails_is_reported_as_failed(kube: Command, sim: str) -> None:
    kube.ok("create", "deployment", "web", "--image=app:1")
    kube.ok("rollout", "status", "deployment/web", "--timeout=20s")
    annotations = {"annotations": {"pypkg.dev/sim": sim}}
    spec = {"progressDeadlineSeconds": 1, "template": {"metadata": annotations}}
    kube.ok("patch", "deployment/web", "-p", json.dumps({"spec": spec}))
    failure = kube.fails("rollout", "status", "deployment/web", "--timeout=20s")
    assert 'deployment "web" exceeded its progress deadline' in failure
    # What ran before still does.
    kube.ok("wait", "--for=condition=available", "deployment/web", "--timeout=5s")


def test_foreground_deletion_waits_for_the_pods(kube: Command) -> None:
    kube.ok("create", "deployment", "web", "--image=app:1", "--replicas=2")
    kube.ok("rollout", "status", "deployment/web", "--timeout=20s")
    kube.ok("delete", "deployment/web", "--cascade=foreground", "--timeout=20s")
    assert kube.ok("get", "pods,replicasets", "-o", "name") == ""


def test_kubectls_migration_to_server_side_apply_leaves_one_owner(
    kube: Command,
) -> None:
    kube.ok("apply", "-f", "-", text=CONFIG_MAP)
    assert owners(kube, "configmap", "settings") == {
        "kubectl-client-side-apply Update": {
            "f:data": {".": {}, "f:a": {}, "f:b": {}},
            "f:metadata": {
                "f:annotations": {
                    ".": {},
                    "f:kubectl.kubernetes.io/last-applied-configuration": {},
                }
            },
        }
    }
    kube.ok("apply", "--server-side", "-f", "-", text=CONFIG_MAP)
    migrated = owners(kube, "configmap", "settings")
    assert migrated == {
        "kubectl Apply": {"f:data": {"f:a": {}, "f:b": {}}},
        "kubectl-last-applied Apply": {
            "f:metadata": {
                "f:annotations": {
                    "f:kubectl.kubernetes.io/last-applied-configuration": {}
                }
            }
        },
    }
    fewer = CONFIG_MAP.replace(', b: "2"', "")
    kube.ok("apply", "--server-side", "-f", "-", text=fewer)
    data = kube.ok("get", "configmap", "settings", "-o", "jsonpath={.data}")
    assert json.loads(data) == {"a": "1"}


def test_a_forced_apply_takes_over_what_another_set(kube: Command) -> None:
    kube.ok("create", "configmap", "settings", "--from-literal=a=0")
    refused = kube.fails("apply", "--server-side", "-f", "-", text=CONFIG_MAP)
    assert (
        'Apply failed with 1 conflict: conflict with "kubectl-create" using v1: .data.a'
        in refused
    )
    kube.ok("apply", "--server-side", "--force-conflicts", "-f", "-", text=CONFIG_MAP)
    assert owners(kube, "configmap", "settings") == {
        "kubectl Apply": {"f:data": {"f:a": {}, "f:b": {}}},
        "kubectl-create Update": {"f:data": {}},
    }
