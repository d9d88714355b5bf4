from __future__ import annotations

from typing import Any

import pytest

from pypkg.cluster.pods import (
    alike,
    initializing,
    is_settled,
    state_of,
    troubles,
    workload_of,
)


def pod(owner: dict[str, Any] | None = None, **status: Any) -> dict[str, Any]:
    metadata: dict[str, Any] = {
        "name": "web-5d9-x",
        "labels": {"pod-template-hash": "5d9"},
    }
    if owner:
        metadata["ownerReferences"] = [{"controller": True, **owner}]
    return {"metadata": metadata, "status": status}


def container(**state: Any) -> dict[str, Any]:
    return {"name": "main", "ready": False, "restartCount": 0, **state}


@pytest.mark.parametrize(
    ("owner", "workload"),
    [
        ({"kind": "ReplicaSet", "name": "web-5d9"}, ("Deployment", "web")),
        ({"kind": "ReplicaSet", "name": "alone"}, ("ReplicaSet", "alone")),
        ({"kind": "StatefulSet", "name": "db"}, ("StatefulSet", "db")),
        ({"kind": "Node", "name": "n", "controller": False}, ("Pod", "web-5d9-x")),
        (None, ("Pod", "web-5d9-x")),
    ],
)
def test_a_pod_belongs_to_what_made_it(
    owner: dict[str, Any] | None, workload: tuple[str, str]
) -> None:
    assert workload_of(pod(owner)) == workload


KILLED = {"terminated": {"exitCode": 137, "reason": "OOMKilled"}}
FAILED = {"terminated": {"exitCode": 2, "reason": "Error", "message": "bad flag\n"}}
DONE = {"terminated": {"exitCode": 0, "reason": "Completed"}}
PULLING = {"waiting": {"reason": "ErrImagePull", "message": "not found"}}


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (container(state=PULLING), "ErrImagePull: not found"),
        (container(state=KILLED), "OOMKilled: ended with status 137 (OOMKilled)"),
        (
            container(
                state={"waiting": {"reason": "CrashLoopBackOff", "message": "10s"}},
                lastState=FAILED,
                restartCount=3,
            ),
            "CrashLoopBackOff: ended with status 2, restarted 3 times: bad flag",
        ),
        (
            container(state={"running": {}}, lastState=FAILED, restartCount=1),
            "Error: ended with status 2, restarted 1 time: bad flag",
        ),
    ],
)
def test_a_containers_trouble_is_told(status: dict[str, Any], told: str) -> None:
    (trouble,) = troubles(pod(containerStatuses=[status]))
    assert str(trouble) == told


@pytest.mark.parametrize(
    "status",
    [
        container(state={"waiting": {"reason": "ContainerCreating"}}),
        container(state={"running": {}}),
        container(state={"terminated": {"exitCode": 0, "reason": "Completed"}}),
        container(state={"running": {}}, lastState=FAILED) | {"ready": True},
        container(),
    ],
)
def test_a_container_on_its_way_is_in_no_trouble(status: dict[str, Any]) -> None:
    assert list(troubles(pod(containerStatuses=[status]))) == []


def test_the_state_of_a_pod_is_a_word() -> None:
    unready = [{"type": "Ready", "status": "False"}]
    unscheduled = [{"type": "PodScheduled", "status": "False", "message": "no node"}]
    creating = [container(state={"waiting": {"reason": "ContainerCreating"}})]
    assert state_of(pod()) == "Pending"
    assert state_of(pod(phase="Running", conditions=unready)) == "not ready"
    assert state_of(pod(phase="Pending", conditions=unscheduled)) == "Unschedulable"
    assert state_of(pod(containerStatuses=creating)) == "ContainerCreating"
    failed = [container(state=FAILED)]
    assert state_of(pod(initContainerStatuses=failed)) == "Init:Error"
    waits = [container(state={"waiting": {"reason": "PodInitializing"}})]
    runs = [container(state=DONE), container(state={"running": {}})]
    starting = pod(initContainerStatuses=runs, containerStatuses=waits)
    assert state_of(starting) == "Init:1/2"
    assert initializing(starting) == "main"
    starting["spec"] = {"initContainers": [{"name": "main", "restartPolicy": "Always"}]}
    assert state_of(starting) == "PodInitializing"  # a sidecar runs on
    leaving = pod(phase="Running")
    leaving["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    assert state_of(leaving) == "Terminating"
    assert is_settled(pod(phase="Succeeded"))
    assert not is_settled(pod(phase="Running", conditions=unready))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("restarted 1 time", "restarted 12 times"),
        ('Get "http://10.0.0.7:80/": refused', 'Get "http://10.0.1.33:80/": refused'),
        ("volume of web-a", "volume of web-b"),
        (
            "pod 1234f94a-7539-4e6f-aa76-999b4110c117",
            "pod 4e6ff94a-7539-4e6f-aa76-999b4110c117",
        ),
    ],
)
def test_what_is_said_of_two_pods_is_alike(one: str, other: str) -> None:
    assert alike(one, "web-a") == alike(other, "web-b")


def test_two_ends_are_not_alike() -> None:
    assert alike("ended with status 1", "web") != alike("ended with status 2", "web")
