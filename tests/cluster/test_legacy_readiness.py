from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from pypkg.cluster.legacy_readiness import legacy_readiness, legacy_readiness_with_jobs
from pypkg.cluster.readiness import State
from tests.cluster.test_readiness import conditions, make

NOW = datetime(2026, 1, 1, tzinfo=UTC)
READY: list[dict[str, Any]] = [
    make("v1", "ConfigMap"),
    make("e.com/v1", "Db", status={"conditions": conditions(Ready="False")}),
    make("v1", "Pod", status={"conditions": conditions(Ready="True")}),
    make("v1", "Service", spec={"type": "ExternalName"}),
    make("v1", "Service", spec={"clusterIP": "None"}),
    make(
        "v1",
        "Service",
        spec={"type": "LoadBalancer", "clusterIP": "1", "externalIPs": ["2"]},
    ),
    make("v1", "PersistentVolumeClaim", status={"phase": "Bound"}),
    make(
        "apps/v1",
        "Deployment",
        spec={
            "replicas": 4,
            "strategy": {"rollingUpdate": {"maxUnavailable": "25%"}},
        },
        status={
            "observedGeneration": 2,
            "replicas": 4,
            "updatedReplicas": 4,
            "readyReplicas": 3,
        },
    ),
    make(
        "apps/v1",
        "DaemonSet",
        spec={"updateStrategy": {"type": "OnDelete"}},
        status={"observedGeneration": 2, "desiredNumberScheduled": 9},
    ),
    make(
        "apps/v1",
        "DaemonSet",
        spec={"updateStrategy": {"type": "RollingUpdate"}},
        status={
            "observedGeneration": 2,
            "desiredNumberScheduled": 3,
            "updatedNumberScheduled": 3,
            "numberReady": 2,
        },
    ),
    make(
        "apps/v1",
        "StatefulSet",
        spec={
            "replicas": 3,
            "updateStrategy": {
                "type": "RollingUpdate",
                "rollingUpdate": {"partition": 2},
            },
        },
        status={
            "observedGeneration": 2,
            "updatedReplicas": 1,
            "readyReplicas": 3,
            "currentRevision": "a",
            "updateRevision": "b",
        },
    ),
    make(
        "apps/v1",
        "ReplicaSet",
        spec={"replicas": 1},
        status={"observedGeneration": 2, "readyReplicas": 1},
    ),
    make(
        "apiextensions.k8s.io/v1",
        "CustomResourceDefinition",
        status={"conditions": conditions(NamesAccepted="False")},
    ),
    make("batch/v1", "Job", status={"active": 1}),
]
NOT_READY: list[tuple[dict[str, Any], str]] = [
    (make("v1", "Pod", status={"phase": "Succeeded"}), "Pod is not ready"),
    (make("v1", "Service", spec={}), "Service does not have cluster IP address"),
    (
        make("v1", "Service", spec={"type": "LoadBalancer", "clusterIP": "1"}),
        "Service does not have load balancer ingress IP address",
    ),
    (make("v1", "PersistentVolumeClaim"), "PVC is not Bound. phase: None"),
    (make("apps/v1", "Deployment", spec={"paused": True}), "Deployment is paused"),
    (
        make("apps/v1", "Deployment", status={"observedGeneration": 1}),
        "the controller has not seen the latest change",
    ),
    (
        # One old pod is ready still, so that of the new ones only two are.
        make(
            "apps/v1",
            "Deployment",
            spec={"replicas": 3},
            status={
                "observedGeneration": 2,
                "replicas": 4,
                "updatedReplicas": 3,
                "readyReplicas": 3,
            },
        ),
        "Ready: 2/3",
    ),
    (
        make(
            "apps/v1",
            "StatefulSet",
            spec={"updateStrategy": {"type": "RollingUpdate"}},
            status={
                "observedGeneration": 2,
                "updatedReplicas": 1,
                "readyReplicas": 1,
                "currentRevision": "a",
                "updateRevision": "b",
            },
        ),
        "Waiting for updated revision to match current",
    ),
    (
        make("apps/v1", "ReplicaSet", status={"observedGeneration": 2}),
        "Ready: 0/1",
    ),
    (
        make("apiextensions.k8s.io/v1", "CustomResourceDefinition"),
        "CRD is not established",
    ),
]


@pytest.mark.parametrize("obj", READY)
def test_these_are_ready_by_helm_3s_rules(obj: dict[str, Any]) -> None:
    assert legacy_readiness(obj, NOW).state == State.CURRENT


@pytest.mark.parametrize(("obj", "message"), NOT_READY)
def test_these_are_not(obj: dict[str, Any], message: str) -> None:
    found = legacy_readiness(obj, NOW)
    assert (found.state, found.message) == (State.IN_PROGRESS, message)


@pytest.mark.parametrize(
    ("spec", "status", "state"),
    [
        ({"completions": 2}, {"succeeded": 2}, State.CURRENT),
        ({"completions": 2}, {"succeeded": 1}, State.IN_PROGRESS),
        ({"backoffLimit": 1}, {"failed": 2}, State.FAILED),
        ({"backoffLimit": 2}, {"failed": 2}, State.IN_PROGRESS),
    ],
)
def test_jobs_must_be_finished_if_that_is_asked_for(
    spec: dict[str, Any], status: dict[str, Any], state: State
) -> None:
    job = make("batch/v1", "Job", spec=spec, status=status)
    assert legacy_readiness_with_jobs(job, NOW).state == state
