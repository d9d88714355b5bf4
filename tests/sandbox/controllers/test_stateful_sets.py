"""StatefulSets and DaemonSets."""

from __future__ import annotations

from typing import Any

from tests.sandbox.world import World, pod_template

SET = ("apps/v1", "StatefulSet", "db")
CLAIM = {
    "metadata": {"name": "data"},
    "spec": {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": "1Gi"}},
    },
}


def start(world: World, **spec: Any) -> None:
    world.create(
        "v1", "Service", "db", spec={"clusterIP": "None", "ports": [{"port": 1}]}
    )
    world.create(
        "apps/v1",
        "StatefulSet",
        "db",
        spec={
            "serviceName": "db",
            "replicas": 3,
            "selector": {"matchLabels": {"app": "db"}},
            "template": pod_template({"app": "db"}),
            **spec,
        },
    )
    world.run()


def names(world: World) -> list[str]:
    return [pod["metadata"]["name"] for pod in world.pods()]


def images(world: World) -> list[str]:
    return [pod["spec"]["containers"][0]["image"] for pod in world.pods()]


def change(world: World, **spec: Any) -> None:
    obj = world.the(*SET)
    obj["spec"] |= spec
    world.update(obj)
    world.run()


def test_pods_have_names_hosts_and_claims_of_their_own(world: World) -> None:
    start(world, volumeClaimTemplates=[CLAIM])
    assert names(world) == ["db-0", "db-1", "db-2"]
    claims = world.all("v1", "PersistentVolumeClaim")
    assert [c["metadata"]["name"] for c in claims] == [
        "data-db-0",
        "data-db-1",
        "data-db-2",
    ]
    assert {c["status"]["phase"] for c in claims} == {"Bound"}
    pod = world.the("v1", "Pod", "db-1")
    assert (pod["spec"]["hostname"], pod["spec"]["subdomain"]) == ("db-1", "db")
    assert pod["spec"]["volumes"][0] == {
        "name": "data",
        "persistentVolumeClaim": {"claimName": "data-db-1"},
    }
    assert pod["metadata"]["labels"]["statefulset.kubernetes.io/pod-name"] == "db-1"


def test_the_status_tells_that_all_is_rolled_out(world: World) -> None:
    start(world)
    status = world.the(*SET)["status"]
    assert status["currentRevision"] == status["updateRevision"]
    assert {k: v for k, v in status.items() if k.lower().endswith("replicas")} == {
        "replicas": 3,
        "readyReplicas": 3,
        "availableReplicas": 3,
        "currentReplicas": 3,
        "updatedReplicas": 3,
    }


def test_a_pod_waits_for_the_one_before_it(world: World) -> None:
    start(world, template=pod_template({"app": "db"}, sim="never-ready"))
    assert names(world) == ["db-0"]


def test_parallel_pods_do_not_wait(world: World) -> None:
    template = pod_template({"app": "db"}, sim="never-ready")
    start(world, podManagementPolicy="Parallel", template=template)
    assert names(world) == ["db-0", "db-1", "db-2"]


def test_an_update_replaces_pods_from_the_last_to_the_first(world: World) -> None:
    start(world)
    order: list[str] = []
    world.store.subscribe(
        lambda event: (
            order.append(event.key.name)
            if (event.key.resource, event.type) == ("pods", "DELETED")
            else None
        )
    )
    change(world, template=pod_template({"app": "db"}, image="app:2"))
    assert order == ["db-2", "db-1", "db-0"]
    assert images(world) == ["app:2"] * 3
    status = world.the(*SET)["status"]
    assert status["currentRevision"] == status["updateRevision"]


def test_a_broken_update_stops_at_the_first_pod(world: World) -> None:
    start(world)
    broken = pod_template({"app": "db"}, image="app:2", sim="crashloop")
    change(world, template=broken)
    assert images(world) == ["app:1", "app:1", "app:2"]
    status = world.the(*SET)["status"]
    assert status["currentRevision"] != status["updateRevision"]


def test_a_partition_keeps_the_first_pods_as_they_are(world: World) -> None:
    strategy = {"type": "RollingUpdate", "rollingUpdate": {"partition": 2}}
    start(world, updateStrategy=strategy)
    change(world, template=pod_template({"app": "db"}, image="app:2"))
    assert images(world) == ["app:1", "app:1", "app:2"]


def test_on_delete_waits_for_somebody_to_delete(world: World) -> None:
    start(world, updateStrategy={"type": "OnDelete"})
    change(world, template=pod_template({"app": "db"}, image="app:2"))
    assert images(world) == ["app:1"] * 3
    world.delete(world.the("v1", "Pod", "db-1"))
    world.run()
    assert images(world) == ["app:1", "app:2", "app:1"]


def test_scaling_down_takes_the_last_pods_and_leaves_their_claims(world: World) -> None:
    start(world, volumeClaimTemplates=[CLAIM])
    change(world, replicas=1)
    assert names(world) == ["db-0"]
    assert len(world.all("v1", "PersistentVolumeClaim")) == 3


def test_claims_go_where_the_policy_says_so(world: World) -> None:
    policy = {"whenScaled": "Delete", "whenDeleted": "Delete"}
    start(
        world,
        volumeClaimTemplates=[CLAIM],
        persistentVolumeClaimRetentionPolicy=policy,
    )
    change(world, replicas=1)
    assert len(world.all("v1", "PersistentVolumeClaim")) == 1
    world.delete(world.the(*SET))
    world.run()
    assert world.all("v1", "PersistentVolumeClaim") == []
    assert world.all("v1", "PersistentVolume") == []


def test_a_rollback_reuses_the_old_revision(world: World) -> None:
    start(world)
    for image in ("app:2", "app:1"):
        change(world, template=pod_template({"app": "db"}, image=image))
    revisions = world.all("apps/v1", "ControllerRevision")
    assert sorted(found["revision"] for found in revisions) == [2, 3]


def daemon_set(world: World, **template: Any) -> None:
    spec = {
        "selector": {"matchLabels": {"app": "agent"}},
        "template": pod_template({"app": "agent"}, **template),
    }
    world.create("apps/v1", "DaemonSet", "agent", spec=spec)
    world.run()


def test_a_daemon_set_has_a_pod_on_every_node(world: World) -> None:
    daemon_set(world)
    world.create("v1", "Node", "other")
    world.run()
    assert {pod["spec"]["nodeName"] for pod in world.pods()} == {"sandbox-0", "other"}
    status = world.the("apps/v1", "DaemonSet", "agent")["status"]
    assert status["desiredNumberScheduled"] == status["numberReady"] == 2
    assert status["updatedNumberScheduled"] == status["numberAvailable"] == 2
    assert status["observedGeneration"] == 1


def test_a_daemon_set_leaves_out_nodes_that_do_not_match(world: World) -> None:
    daemon_set(world, nodeSelector={"gpu": "yes"})
    status = world.the("apps/v1", "DaemonSet", "agent")["status"]
    assert status["desiredNumberScheduled"] == 0
    assert world.pods() == []


def test_a_daemon_set_replaces_its_pods(world: World) -> None:
    daemon_set(world)
    obj = world.the("apps/v1", "DaemonSet", "agent")
    obj["spec"]["template"] = pod_template({"app": "agent"}, image="app:2")
    world.update(obj)
    world.run()
    assert images(world) == ["app:2"]
    status = world.the("apps/v1", "DaemonSet", "agent")["status"]
    assert (status["observedGeneration"], status["updatedNumberScheduled"]) == (2, 1)
