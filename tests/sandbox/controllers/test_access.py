"""What controllers remember is what is stored."""

from __future__ import annotations

from pypkg.sandbox.controllers.access import ClusterObjects
from pypkg.sandbox.controllers.objects import DEPLOYMENT, POD
from tests.sandbox.world import World, deployment


def test_objects_that_are_kept_follow_every_change(world: World) -> None:
    objects = ClusterObjects(world.cluster)
    assert objects.list(POD) == []
    world.put(deployment(replicas=3))
    world.run()
    world.delete(world.pods()[0])
    world.run()
    assert objects.list(POD) == world.pods()
    assert objects.list(POD, "elsewhere") == []
    for pod in world.pods():
        assert objects.get(POD, "default", pod["metadata"]["name"]) == pod


def test_controllers_leave_the_objects_that_they_share_as_they_are() -> None:
    world = World(ready_delay=1)
    seen = ClusterObjects(world.cluster)
    for kind in seen.kinds():
        seen.list(kind)
    world.put(deployment(replicas=2))
    world.create(
        "v1",
        "Service",
        "web",
        spec={"selector": {"app": "web"}, "ports": [{"port": 1}]},
    )
    world.run(10)
    world.delete(world.the("apps/v1", "Deployment", "web"))
    world.run(10)
    for resource in world.cluster.resources.stored():
        stored = list(world.store.scan(resource.key))
        assert seen.list(resource.storage_gvk) == stored, resource.key


def test_a_kind_that_was_never_listed_is_read_when_it_is_needed(world: World) -> None:
    objects = ClusterObjects(world.cluster)
    assert objects.get(DEPLOYMENT, "default", "web") is None
    created = world.put(deployment())
    assert objects.get(DEPLOYMENT, "default", "web") == created
    assert objects.dependents(created["metadata"]["uid"]) == []
