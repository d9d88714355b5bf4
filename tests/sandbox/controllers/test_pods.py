"""Pods: scheduled, started, failing as their annotation says."""

from __future__ import annotations

from typing import Any

import pytest

from pypkg.sandbox.controllers.simulation import container_logs
from pypkg.sandbox.statuses import StatusError
from tests.sandbox.world import World, condition

POD = ("v1", "Pod", "p")


def start(world: World, *, sim: str = "", **spec: Any) -> None:
    metadata = {"annotations": {"pypkg.dev/sim": sim}} if sim else {}
    spec.setdefault("containers", [{"name": "app", "image": "app:1"}])
    world.create("v1", "Pod", "p", metadata=metadata, spec=spec)
    world.run()


def state(world: World) -> dict[str, Any]:
    (status,) = world.the(*POD)["status"]["containerStatuses"]
    found: dict[str, Any] = status["state"]
    return found


def test_a_pod_runs_and_is_ready(world: World) -> None:
    start(world)
    pod = world.the(*POD)
    status = pod["status"]
    assert pod["spec"]["nodeName"] == "sandbox-0"
    assert status["phase"] == "Running"
    assert status["podIP"] == status["podIPs"][0]["ip"]
    assert status["qosClass"] == "BestEffort"
    assert status["startTime"] == "2026-01-31T12:00:00Z"
    for kind in ("PodScheduled", "Initialized", "ContainersReady", "Ready"):
        assert condition(pod, kind)["status"] == "True"
    assert [reason for reason, _ in world.events("p")].count("Started") == 1


def test_every_pod_has_an_address_of_its_own(world: World) -> None:
    for number in range(5):
        spec = {"containers": [{"name": "app", "image": "app:1"}]}
        world.create("v1", "Pod", f"p{number}", spec=spec)
    world.run()
    assert len({pod["status"]["podIP"] for pod in world.pods()}) == 5


def test_a_host_networked_pod_has_the_nodes_address(world: World) -> None:
    start(world, hostNetwork=True)
    status = world.the(*POD)["status"]
    assert status["podIP"] == status["hostIP"]


def test_a_pod_that_does_not_restart_is_seen_running_and_then_succeeds() -> None:
    world = World(ready_delay=3)
    start(world, restartPolicy="Never")
    assert world.the(*POD)["status"]["phase"] == "Running"
    world.run(3)
    assert world.the(*POD)["status"]["phase"] == "Succeeded"
    end = state(world)["terminated"]
    assert (end["exitCode"], end["reason"]) == (0, "Completed")
    assert condition(world.the(*POD), "Ready")["reason"] == "PodCompleted"


def test_without_a_delay_watches_still_see_a_pod_run_before_it_ends(
    world: World,
) -> None:
    phases: list[str] = []
    world.store.subscribe(
        lambda event: (
            phases.append(event.object["status"]["phase"])
            if event.key.resource == "pods"
            else None
        )
    )
    start(world, restartPolicy="Never")
    assert list(dict.fromkeys(phases)) == ["Pending", "Running", "Succeeded"]


def test_a_crashing_container_backs_off_ever_longer(world: World) -> None:
    start(world, sim="crashloop")
    waiting = state(world)["waiting"]
    assert waiting["reason"] == "CrashLoopBackOff"
    assert waiting["message"].startswith("back-off 10s restarting failed container=app")
    world.run(10)
    assert state(world)["waiting"]["message"].startswith("back-off 20s")
    world.run(1000)
    (status,) = world.the(*POD)["status"]["containerStatuses"]
    assert status["state"]["waiting"]["message"].startswith("back-off 5m0s")
    assert status["lastState"]["terminated"]["exitCode"] == 1
    assert status["restartCount"] == 8
    assert condition(world.the(*POD), "Ready")["status"] == "False"


def test_an_image_that_cannot_be_pulled_keeps_the_pod_pending(world: World) -> None:
    start(world, sim="imagepull")
    assert world.the(*POD)["status"]["phase"] == "Pending"
    assert state(world)["waiting"]["reason"] == "ImagePullBackOff"
    reasons = [reason for reason, _ in world.events("p")]
    assert reasons.count("Failed") == 2
    assert "BackOff" in reasons


def test_an_unschedulable_pod_says_why(world: World) -> None:
    start(world, sim="unschedulable")
    pod = world.the(*POD)
    assert "nodeName" not in pod["spec"]
    found = condition(pod, "PodScheduled")
    assert (found["status"], found["reason"]) == ("False", "Unschedulable")
    assert found["message"].startswith("0/1 nodes are available: ")
    assert ("FailedScheduling", found["message"]) in world.events("p")


def test_a_pod_that_requests_more_than_a_node_has_is_not_scheduled(
    world: World,
) -> None:
    half = {"resources": {"requests": {"cpu": "40", "memory": "1Gi"}}}
    names = ("a", "b")
    start(world, containers=[{"name": n, "image": "app:1", **half} for n in names])
    message = condition(world.the(*POD), "PodScheduled")["message"]
    assert message == "0/1 nodes are available: 1 Insufficient cpu."


def test_a_container_that_needs_too_much_memory_is_killed(world: World) -> None:
    start(world, sim="oomkilled")
    (status,) = world.the(*POD)["status"]["containerStatuses"]
    end = status["lastState"]["terminated"]
    assert (end["exitCode"], end["reason"]) == (137, "OOMKilled")


@pytest.mark.parametrize(
    ("sim", "first"), [("init-crashloop", "waiting"), ("init-hangs", "running")]
)
def test_a_pod_waits_for_its_init_containers(
    world: World, sim: str, first: str
) -> None:
    steps = [{"name": name, "image": "app:1"} for name in ("prepare", "migrate")]
    start(world, sim=sim, initContainers=steps)
    status = world.the(*POD)["status"]
    assert status["phase"] == "Pending"
    assert state(world) == {"waiting": {"reason": "PodInitializing"}}
    assert [list(c["state"]) for c in status["initContainerStatuses"]] == [
        [first],
        ["waiting"],
    ]
    message = condition(world.the(*POD), "Initialized")["message"]
    assert message == "containers with incomplete status: [prepare migrate]"


def test_a_pod_that_is_never_ready_runs(world: World) -> None:
    start(world, sim="never-ready")
    assert "running" in state(world)
    assert condition(world.the(*POD), "Ready")["reason"] == "ContainersNotReady"


@pytest.mark.parametrize("sim", ["job-fail", "crashloop"])
def test_a_failing_pod_that_does_not_restart_ends_with_an_error(
    world: World, sim: str
) -> None:
    start(world, sim=sim, restartPolicy="Never")
    assert world.the(*POD)["status"]["phase"] == "Failed"
    assert state(world)["terminated"]["exitCode"] == 1


def test_an_unknown_fault_is_none(world: World) -> None:
    start(world, sim="spam")
    assert world.the(*POD)["status"]["phase"] == "Running"


@pytest.mark.parametrize(
    ("container", "message"),
    [
        ({"envFrom": [{"secretRef": {"name": "s"}}]}, 'secret "s" not found'),
        (
            {
                "env": [
                    {
                        "name": "A",
                        "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}},
                    }
                ]
            },
            'secret "s" not found',
        ),
    ],
)
def test_a_missing_secret_holds_the_container_back_until_it_comes(
    world: World, container: dict[str, Any], message: str
) -> None:
    start(world, containers=[{"name": "app", "image": "app:1", **container}])
    waiting = state(world)["waiting"]
    assert waiting == {"reason": "CreateContainerConfigError", "message": message}
    world.create("v1", "Secret", "s", stringData={"k": "v"})
    world.run()
    assert world.the(*POD)["status"]["phase"] == "Running"


def test_a_missing_key_is_named(world: World) -> None:
    world.create("v1", "ConfigMap", "c", data={"a": "1"})
    source = {"configMapKeyRef": {"name": "c", "key": "b"}}
    variable = {"name": "A", "valueFrom": source}
    start(world, containers=[{"name": "app", "image": "x", "env": [variable]}])
    message = "couldn't find key b in ConfigMap default/c"
    assert state(world)["waiting"]["message"] == message


def test_an_optional_source_may_be_missing(world: World) -> None:
    source = {"configMapRef": {"name": "c", "optional": True}}
    start(world, containers=[{"name": "app", "image": "x", "envFrom": [source]}])
    assert world.the(*POD)["status"]["phase"] == "Running"


def test_a_missing_volume_keeps_containers_from_being_created(world: World) -> None:
    start(world, volumes=[{"name": "v", "configMap": {"name": "c"}}])
    assert state(world)["waiting"] == {"reason": "ContainerCreating"}
    assert (
        "FailedMount",
        'MountVolume.SetUp failed for volume "v" : configmap "c" not found',
    ) in world.events("p")


def test_a_node_selector_must_match_the_node(world: World) -> None:
    start(world, nodeSelector={"disk": "ssd"})
    message = condition(world.the(*POD), "PodScheduled")["message"]
    assert "didn't match Pod's node affinity/selector" in message
    node = world.the("v1", "Node", "sandbox-0")
    node["metadata"]["labels"]["disk"] = "ssd"
    world.update(node)
    world.run()
    assert world.the(*POD)["status"]["phase"] == "Running"


def test_a_cordoned_node_takes_no_pods(world: World) -> None:
    node = world.the("v1", "Node", "sandbox-0")
    node["spec"]["unschedulable"] = True
    world.update(node)
    start(world)
    assert "were unschedulable" in condition(world.the(*POD), "PodScheduled")["message"]


def test_init_containers_have_ended_and_sidecars_run(world: World) -> None:
    initial = [
        {"name": "setup", "image": "x"},
        {"name": "proxy", "image": "x", "restartPolicy": "Always"},
    ]
    start(world, initContainers=initial)
    setup, proxy = world.the(*POD)["status"]["initContainerStatuses"]
    assert setup["state"]["terminated"]["reason"] == "Completed"
    assert "running" in proxy["state"]
    assert setup["ready"]
    assert proxy["ready"]


def test_a_readiness_gate_must_be_opened(world: World) -> None:
    start(world, readinessGates=[{"conditionType": "example.com/open"}])
    found = condition(world.the(*POD), "Ready")
    assert (found["status"], found["reason"]) == ("False", "ReadinessGatesNotReady")


def pod_with(annotations: dict[str, str], *names: str) -> dict[str, Any]:
    containers = [{"name": name} for name in names]
    return {
        "metadata": {"name": "p", "annotations": annotations},
        "spec": {"containers": containers},
    }


def test_logs_come_from_the_annotation() -> None:
    annotations = {"pypkg.dev/logs": "hello", "pypkg.dev/logs.b": "from b\n"}
    pod = pod_with(annotations, "a", "b")
    assert container_logs(pod, "a") == "hello\n"
    assert container_logs(pod, "b") == "from b\n"


def test_without_an_annotation_the_logs_say_that_nothing_ran() -> None:
    assert "did not run" in container_logs(pod_with({}, "a"))


def test_logs_of_several_containers_need_a_name() -> None:
    with pytest.raises(StatusError, match=r"choose one of: \[a b\]"):
        container_logs(pod_with({}, "a", "b"))
    default = {"kubectl.kubernetes.io/default-container": "b", "pypkg.dev/logs.b": "b"}
    assert container_logs(pod_with(default, "a", "b")) == "b\n"


def test_a_container_that_has_not_started_has_no_logs(world: World) -> None:
    start(world, sim="imagepull")
    with pytest.raises(StatusError, match="is waiting to start: ImagePullBackOff"):
        container_logs(world.the(*POD))
