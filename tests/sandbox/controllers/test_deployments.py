"""Deployments roll out, back, and fail, as on a cluster."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.world import World, condition, deployment, pod_template

DEPLOYMENT = ("apps/v1", "Deployment", "web")


def sets(world: World) -> list[dict[str, Any]]:
    return world.all("apps/v1", "ReplicaSet")


def change(world: World, **spec: Any) -> None:
    obj = world.the(*DEPLOYMENT)
    obj["spec"] |= spec
    world.update(obj)


def test_a_deployment_becomes_available_through_a_replica_set(world: World) -> None:
    world.put(deployment(replicas=2))
    world.run()
    found = world.the(*DEPLOYMENT)
    status = found["status"]
    assert status["observedGeneration"] == found["metadata"]["generation"] == 1
    assert {key: value for key, value in status.items() if key.endswith("eplicas")} == {
        "replicas": 2,
        "updatedReplicas": 2,
        "readyReplicas": 2,
        "availableReplicas": 2,
    }
    assert condition(found, "Available")["reason"] == "MinimumReplicasAvailable"
    assert condition(found, "Progressing")["reason"] == "NewReplicaSetAvailable"
    assert found["metadata"]["annotations"] == {
        "deployment.kubernetes.io/revision": "1"
    }


def test_the_replica_set_is_named_and_labelled_after_the_template(world: World) -> None:
    world.put(deployment())
    world.run()
    (found,) = sets(world)
    name_hash = found["metadata"]["labels"]["pod-template-hash"]
    assert found["metadata"]["name"] == f"web-{name_hash}"
    assert found["spec"]["selector"]["matchLabels"]["pod-template-hash"] == name_hash
    assert found["metadata"]["annotations"] == {
        "deployment.kubernetes.io/desired-replicas": "1",
        "deployment.kubernetes.io/max-replicas": "2",
        "deployment.kubernetes.io/revision": "1",
    }
    (owner,) = found["metadata"]["ownerReferences"]
    assert (owner["kind"], owner["name"], owner["controller"]) == (
        "Deployment",
        "web",
        True,
    )
    assert world.events("web") == [
        (
            "ScalingReplicaSet",
            f"Scaled up replica set web-{name_hash} from 0 to 1",
        )
    ]


def test_the_controller_owns_the_revision_and_the_status_in_one_entry(
    world: World,
) -> None:
    world.put(deployment())
    world.run()
    found = world.the(*DEPLOYMENT)["metadata"]["managedFields"]
    assert [(e["manager"], e.get("subresource", "")) for e in found] == [
        ("kube-controller-manager", "status"),
        ("test", ""),
    ]
    owned = found[0]["fieldsV1"]
    assert owned["f:metadata"] == {
        "f:annotations": {".": {}, "f:deployment.kubernetes.io/revision": {}}
    }
    assert 'k:{"type":"Available"}' in owned["f:status"]["f:conditions"]


def test_a_new_template_replaces_the_pods_and_keeps_the_old_set(world: World) -> None:
    world.put(deployment(replicas=3))
    world.run()
    change(world, template=pod_template({"app": "web"}, image="app:2"))
    world.run()
    sizes = {
        s["metadata"]["annotations"][REVISION]: s["spec"]["replicas"]
        for s in sets(world)
    }
    assert sizes == {"1": 0, "2": 3}
    assert {pod["spec"]["containers"][0]["image"] for pod in world.pods()} == {"app:2"}
    assert world.the(*DEPLOYMENT)["metadata"]["annotations"][REVISION] == "2"


REVISION = "deployment.kubernetes.io/revision"


def test_rolling_back_revives_the_old_set_under_a_new_revision(world: World) -> None:
    world.put(deployment())
    world.run()
    (first,) = sets(world)
    for image in ("app:2", "app:1"):
        change(world, template=pod_template({"app": "web"}, image=image))
        world.run()
    assert len(sets(world)) == 2
    revived = world.the("apps/v1", "ReplicaSet", first["metadata"]["name"])
    assert revived["spec"]["replicas"] == 1
    annotations = revived["metadata"]["annotations"]
    assert annotations[REVISION] == "3"
    assert annotations["deployment.kubernetes.io/revision-history"] == "1"


def test_a_rollout_never_goes_below_what_must_be_available(world: World) -> None:
    world.put(deployment(replicas=4))
    world.run()
    broken = pod_template({"app": "web"}, image="app:2", sim="crashloop")
    change(world, template=broken)
    world.run(20)
    status = world.the(*DEPLOYMENT)["status"]
    assert status["availableReplicas"] == 3
    assert status["updatedReplicas"] == 2
    assert status["replicas"] == 5


def test_a_rollout_that_stalls_exceeds_its_deadline(world: World) -> None:
    broken = pod_template({"app": "web"}, sim="imagepull")
    world.put(deployment(progressDeadlineSeconds=30, template=broken))
    world.run(29)
    assert condition(world.the(*DEPLOYMENT), "Progressing")["status"] == "True"
    world.run(2)
    failed = condition(world.the(*DEPLOYMENT), "Progressing")
    assert (failed["status"], failed["reason"]) == ("False", "ProgressDeadlineExceeded")
    assert failed["message"].endswith("has timed out progressing.")


def test_a_stalled_rollout_recovers_with_a_good_template(world: World) -> None:
    broken = pod_template({"app": "web"}, sim="unschedulable")
    world.put(deployment(progressDeadlineSeconds=5, template=broken))
    world.run(10)
    change(world, template=pod_template({"app": "web"}))
    world.run()
    assert condition(world.the(*DEPLOYMENT), "Progressing")["status"] == "True"
    assert world.the(*DEPLOYMENT)["status"]["availableReplicas"] == 1


def test_recreate_starts_no_new_pod_before_the_old_are_gone(world: World) -> None:
    world.put(deployment(replicas=2, strategy={"type": "Recreate"}))
    world.run()
    old = {pod["metadata"]["name"] for pod in world.pods()}
    change(world, template=pod_template({"app": "web"}, image="app:2"))
    world.run()
    assert old.isdisjoint(pod["metadata"]["name"] for pod in world.pods())
    assert world.the(*DEPLOYMENT)["status"]["availableReplicas"] == 2


def test_scaling_changes_no_revision(world: World) -> None:
    world.put(deployment(replicas=1))
    world.run()
    change(world, replicas=5)
    world.run()
    assert len(world.pods()) == 5
    change(world, replicas=0)
    world.run()
    assert world.pods() == []
    assert len(sets(world)) == 1
    assert "readyReplicas" not in world.the(*DEPLOYMENT)["status"]


def test_a_paused_deployment_scales_and_rolls_nothing_out(world: World) -> None:
    world.put(deployment(replicas=1))
    world.run()
    change(
        world,
        paused=True,
        replicas=2,
        template=pod_template({"app": "web"}, image="app:2"),
    )
    world.run()
    assert [pod["spec"]["containers"][0]["image"] for pod in world.pods()] == [
        "app:1",
        "app:1",
    ]
    paused = condition(world.the(*DEPLOYMENT), "Progressing")
    assert (paused["status"], paused["reason"]) == ("Unknown", "DeploymentPaused")
    change(world, paused=False)
    world.run()
    assert {pod["spec"]["containers"][0]["image"] for pod in world.pods()} == {"app:2"}


def test_the_history_keeps_as_many_old_sets_as_it_may(world: World) -> None:
    world.put(deployment(revisionHistoryLimit=1))
    for number in range(4):
        template = pod_template({"app": "web"}, image=f"app:{number}")
        change(world, template=template)
        world.run()
    assert len(sets(world)) == 2


def test_readiness_takes_as_long_as_it_is_told_to() -> None:
    world = World(ready_delay=5)
    world.put(deployment(minReadySeconds=10))
    world.run(4)
    assert world.the(*DEPLOYMENT)["status"]["unavailableReplicas"] == 1
    world.run(2)
    status = world.the(*DEPLOYMENT)["status"]
    assert status["readyReplicas"] == 1
    assert "availableReplicas" not in status
    world.run(10)
    assert world.the(*DEPLOYMENT)["status"]["availableReplicas"] == 1


def test_pods_that_may_not_be_created_are_reported(world: World) -> None:
    template = pod_template({"app": "web"}, serviceAccountName="nobody")
    world.put(deployment(template=template))
    world.run()
    failure = condition(world.the(*DEPLOYMENT), "ReplicaFailure")
    assert failure["reason"] == "FailedCreate"
    assert 'serviceaccount "nobody" not found' in failure["message"]
    world.create("v1", "ServiceAccount", "nobody")
    world.run(10)
    found = world.the(*DEPLOYMENT)
    assert found["status"]["availableReplicas"] == 1
    assert not any(c["type"] == "ReplicaFailure" for c in found["status"]["conditions"])


@pytest.mark.parametrize("policy", ["Background", "Foreground"])
def test_deleting_a_deployment_deletes_all_that_is_below(
    world: World, policy: Any
) -> None:
    world.put(deployment(replicas=2))
    world.run()
    world.delete(world.the(*DEPLOYMENT), policy)
    world.run()
    assert world.get(*DEPLOYMENT) is None
    assert sets(world) == world.pods() == []


def test_orphans_stay_and_are_adopted_by_the_next_deployment(world: World) -> None:
    world.put(deployment())
    world.run()
    world.delete(world.the(*DEPLOYMENT), "Orphan")
    world.run()
    (orphan,) = sets(world)
    assert "ownerReferences" not in orphan["metadata"]
    world.put(deployment())
    world.run()
    (adopted,) = sets(world)
    assert adopted["metadata"]["uid"] == orphan["metadata"]["uid"]
    assert adopted["metadata"]["ownerReferences"][0]["name"] == "web"


def test_a_lost_pod_is_replaced(world: World) -> None:
    world.put(deployment(replicas=2))
    world.run()
    lost = world.pods()[0]
    world.delete(lost)
    world.run()
    assert len(world.pods()) == 2
    assert world.get("v1", "Pod", lost["metadata"]["name"]) is None


def test_work_that_is_done_writes_nothing_more(world: World) -> None:
    world.put(deployment(replicas=2))
    world.run()
    revision = world.store.revision
    world.run(60)
    assert world.store.revision == revision
