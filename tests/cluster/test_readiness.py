from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from pypkg.cluster.readiness import (
    Readiness,
    State,
    hook_completion,
    job_completion,
    readiness,
    readiness_with_jobs,
)

NOW = datetime(2026, 1, 1, 12, 0, 30, tzinfo=UTC)


def make(api_version: str, kind: str, **parts: Any) -> dict[str, Any]:
    metadata = {"name": "x", "generation": 2, **parts.pop("metadata", {})}
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **parts}


def conditions(**states: str) -> list[dict[str, str]]:
    """Conditions, each as STATUS or STATUS/REASON/MESSAGE."""
    found = []
    for name, text in states.items():
        status, reason, message = [*text.split("/"), "", ""][:3]
        found.append(
            {"type": name, "status": status, "reason": reason, "message": message}
        )
    return found


def deployment(**status: Any) -> dict[str, Any]:
    full = {
        "observedGeneration": 2,
        "replicas": 2,
        "updatedReplicas": 2,
        "readyReplicas": 2,
        "availableReplicas": 2,
        "conditions": conditions(
            Progressing="True/NewReplicaSetAvailable", Available="True"
        ),
    }
    spec = {"replicas": 2, "progressDeadlineSeconds": 600}
    return make("apps/v1", "Deployment", spec=spec, status={**full, **status})


@pytest.mark.parametrize(
    ("changed", "state", "message"),
    [
        ({}, State.CURRENT, "Deployment is available. Replicas: 2"),
        (
            {"observedGeneration": 1},
            State.IN_PROGRESS,
            "Deployment generation is 2, but latest observed generation is 1",
        ),
        ({"replicas": 1}, State.IN_PROGRESS, "Replicas: 1/2"),
        ({"updatedReplicas": 1}, State.IN_PROGRESS, "Updated: 1/2"),
        ({"replicas": 3}, State.IN_PROGRESS, "Pending termination: 1"),
        ({"availableReplicas": 0}, State.IN_PROGRESS, "Available: 0/2"),
        ({"readyReplicas": 1}, State.IN_PROGRESS, "Ready: 1/2"),
        (
            {"conditions": conditions(Available="True")},
            State.IN_PROGRESS,
            "ReplicaSet not Available",
        ),
        (
            {"conditions": conditions(Progressing="True/NewReplicaSetAvailable")},
            State.IN_PROGRESS,
            "Deployment not Available",
        ),
        (
            {"conditions": conditions(Progressing="False/ProgressDeadlineExceeded")},
            State.FAILED,
            "Progress deadline exceeded",
        ),
    ],
)
def test_a_deployment_is_current_when_all_its_pods_are(
    changed: dict[str, Any], state: State, message: str
) -> None:
    assert readiness(deployment(**changed), NOW) == Readiness(state, message)


def stateful_set(strategy: dict[str, Any], **status: Any) -> dict[str, Any]:
    full = {"replicas": 3, "readyReplicas": 3, "currentReplicas": 3, **status}
    spec = {"replicas": 3, "updateStrategy": strategy}
    return make("apps/v1", "StatefulSet", spec=spec, status=full)


@pytest.mark.parametrize(
    ("strategy", "status", "state", "message"),
    [
        ({}, {}, State.CURRENT, "All replicas scheduled as expected. Replicas: 3"),
        ({}, {"readyReplicas": 2}, State.IN_PROGRESS, "Ready: 2/3"),
        ({}, {"currentReplicas": 1}, State.IN_PROGRESS, "current: 1/3"),
        (
            {},
            {"currentRevision": "a", "updateRevision": "b"},
            State.IN_PROGRESS,
            "Waiting for updated revision to match current",
        ),
        (
            {"rollingUpdate": {"partition": 1}},
            {"updatedReplicas": 1},
            State.IN_PROGRESS,
            "updated: 1/2",
        ),
        (
            {"rollingUpdate": {"partition": 1}},
            {"updatedReplicas": 2},
            State.CURRENT,
            "Partition rollout complete. updated: 2",
        ),
        (
            {"type": "OnDelete"},
            {"readyReplicas": 0},
            State.CURRENT,
            "StatefulSet is using the ondelete update strategy",
        ),
    ],
)
def test_a_stateful_set_follows_its_update_strategy(
    strategy: dict[str, Any], status: dict[str, Any], state: State, message: str
) -> None:
    found = readiness(stateful_set(strategy, **status), NOW)
    assert found == Readiness(state, message)


def pod(phase: str, **status: Any) -> dict[str, Any]:
    created = {"creationTimestamp": "2026-01-01T12:00:00Z"}
    return make("v1", "Pod", metadata=created, status={"phase": phase, **status})


CRASHING = [
    {"name": "a", "state": {"running": {}}},
    {"name": "b", "state": {"waiting": {"reason": "CrashLoopBackOff"}}},
]


@pytest.mark.parametrize(
    ("obj", "state", "message"),
    [
        (pod("Succeeded"), State.CURRENT, "Pod has completed successfully"),
        (pod("Failed"), State.CURRENT, "Pod has completed, but not successfully"),
        (pod("Running"), State.IN_PROGRESS, "Pod is running but is not Ready"),
        (
            pod("Running", conditions=conditions(Ready="True")),
            State.CURRENT,
            "Pod is Ready",
        ),
        (
            pod("Running", containerStatuses=CRASHING),
            State.FAILED,
            "Containers in CrashLoop state: b",
        ),
        (pod("Pending"), State.IN_PROGRESS, "Pod is in the Pending phase"),
        (
            pod("Pending", conditions=conditions(PodScheduled="False/Unschedulable")),
            State.FAILED,
            "Pod could not be scheduled",
        ),
        (pod(""), State.IN_PROGRESS, "Pod phase not available"),
    ],
)
def test_a_pod_is_judged_by_its_phase(
    obj: dict[str, Any], state: State, message: str
) -> None:
    assert readiness(obj, NOW) == Readiness(state, message)


def test_a_pod_may_take_a_while_to_be_scheduled() -> None:
    obj = pod("Pending", conditions=conditions(PodScheduled="False/Unschedulable"))
    soon = NOW.replace(second=10)
    assert readiness(obj, soon).state == State.IN_PROGRESS


JOB = {"spec": {"completions": 2}}


@pytest.mark.parametrize(
    ("status", "plain", "finished"),
    [
        ({}, State.IN_PROGRESS, State.IN_PROGRESS),
        ({"startTime": "now", "active": 1}, State.CURRENT, State.IN_PROGRESS),
        ({"conditions": conditions(Complete="True")}, State.CURRENT, State.CURRENT),
        ({"conditions": conditions(Failed="True")}, State.FAILED, State.FAILED),
        (
            {"conditions": conditions(Suspended="True")},
            State.CURRENT,
            State.IN_PROGRESS,
        ),
    ],
)
def test_a_job_is_current_when_begun_and_for_hooks_when_finished(
    status: dict[str, Any], plain: State, finished: State
) -> None:
    job = make("batch/v1", "Job", **JOB, status=status)
    assert readiness(job, NOW).state == plain
    for judge in (job_completion, hook_completion, readiness_with_jobs):
        assert judge(job, NOW).state == finished


def test_a_hook_of_another_kind_need_only_exist() -> None:
    assert hook_completion(deployment(replicas=0), NOW).state == State.CURRENT
    assert hook_completion(pod("Running"), NOW).state == State.IN_PROGRESS
    assert hook_completion(pod("Failed"), NOW).message == "pod x failed"


@pytest.mark.parametrize(
    ("obj", "state", "message"),
    [
        (make("v1", "ConfigMap"), State.CURRENT, "Resource is always ready"),
        (make("v1", "ServiceAccount"), State.CURRENT, "Resource is current"),
        (
            make("v1", "PersistentVolumeClaim", status={"phase": "Pending"}),
            State.IN_PROGRESS,
            "PVC is not Bound. phase: Pending",
        ),
        (
            make("v1", "Service", spec={"type": "LoadBalancer"}),
            State.IN_PROGRESS,
            "ClusterIP not set. Service type: LoadBalancer",
        ),
        (
            make("apps/v1", "DaemonSet", status={}),
            State.IN_PROGRESS,
            "DaemonSet status.observedGeneration not found",
        ),
        (
            make(
                "apps/v1",
                "DaemonSet",
                status={"observedGeneration": 2, "desiredNumberScheduled": 1},
            ),
            State.IN_PROGRESS,
            "Current: 0/1",
        ),
        (
            make("apps/v1", "ReplicaSet", status={"fullyLabeledReplicas": 1}),
            State.IN_PROGRESS,
            "Available: 0/1",
        ),
        (
            make(
                "apiextensions.k8s.io/v1",
                "CustomResourceDefinition",
                status={"conditions": conditions(NamesAccepted="False/Taken/taken")},
            ),
            State.FAILED,
            "taken",
        ),
        (
            make("e.com/v1", "Db", metadata={"deletionTimestamp": "now"}),
            State.TERMINATING,
            "Resource scheduled for deletion",
        ),
        (make("e.com/v1", "Db", status={}), State.CURRENT, "Resource is current"),
        (
            make("e.com/v1", "Db", status={"conditions": conditions(Ready="True")}),
            State.CURRENT,
            "Resource is Ready",
        ),
        (
            make(
                "e.com/v1", "Db", status={"conditions": conditions(Ready="Unknown//hm")}
            ),
            State.IN_PROGRESS,
            "hm",
        ),
        (
            make(
                "e.com/v1", "Db", status={"conditions": conditions(Stalled="True//no")}
            ),
            State.FAILED,
            "no",
        ),
        (
            make(
                "e.com/v1",
                "Db",
                status={"conditions": conditions(Reconciling="True//on it")},
            ),
            State.IN_PROGRESS,
            "on it",
        ),
    ],
)
def test_other_kinds_have_their_own_signs(
    obj: dict[str, Any], state: State, message: str
) -> None:
    assert readiness(obj, NOW) == Readiness(state, message)
