"""Server-side apply: ownership, conflicts, removal, and kubectl's migration."""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import timedelta
from typing import Any

import pytest

from pypkg.sandbox.statuses import StatusError
from pypkg.sandbox.writes.apply import LAST_APPLIED
from tests.sandbox.world import World, deployment, pod_template

Object = dict[str, Any]


@pytest.fixture
def world() -> World:
    return World(controllers=False)


def config_map(**data: str) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "c"},
        "data": data,
    }


def owners(obj: Object) -> dict[str, Object]:
    return {e["manager"]: e["fieldsV1"] for e in obj["metadata"]["managedFields"]}


def test_a_created_object_belongs_to_its_creator(world: World) -> None:
    template = pod_template({"app": "web"})
    template["spec"]["containers"][0] |= {
        "ports": [{"containerPort": 80}],
        "env": [{"name": "A", "value": "1"}],
    }
    created = world.put(deployment(template=template), manager="kubectl-create")
    (entry,) = created["metadata"]["managedFields"]
    assert {key: entry[key] for key in entry if key != "fieldsV1"} == {
        "manager": "kubectl-create",
        "operation": "Update",
        "apiVersion": "apps/v1",
        "time": "2026-01-31T12:00:00Z",
        "fieldsType": "FieldsV1",
    }
    # As a cluster shows it: structs are not members, pointers and lists are.
    assert entry["fieldsV1"] == {
        "f:spec": {
            "f:progressDeadlineSeconds": {},
            "f:replicas": {},
            "f:revisionHistoryLimit": {},
            "f:selector": {},
            "f:strategy": {
                "f:rollingUpdate": {".": {}, "f:maxSurge": {}, "f:maxUnavailable": {}},
                "f:type": {},
            },
            "f:template": {
                "f:metadata": {"f:labels": {".": {}, "f:app": {}}},
                "f:spec": {
                    "f:containers": {
                        'k:{"name":"app"}': {
                            ".": {},
                            "f:env": {
                                ".": {},
                                'k:{"name":"A"}': {
                                    ".": {},
                                    "f:name": {},
                                    "f:value": {},
                                },
                            },
                            "f:image": {},
                            "f:imagePullPolicy": {},
                            "f:name": {},
                            "f:ports": {
                                ".": {},
                                'k:{"containerPort":80,"protocol":"TCP"}': {
                                    ".": {},
                                    "f:containerPort": {},
                                    "f:protocol": {},
                                },
                            },
                            "f:resources": {},
                            "f:terminationMessagePath": {},
                            "f:terminationMessagePolicy": {},
                        }
                    },
                    "f:dnsPolicy": {},
                    "f:restartPolicy": {},
                    "f:schedulerName": {},
                    "f:securityContext": {},
                    "f:terminationGracePeriodSeconds": {},
                },
            },
        }
    }


def test_an_applied_object_belongs_to_its_applier_without_the_defaults(
    world: World,
) -> None:
    applied = world.apply(deployment(replicas=2), manager="helm")
    assert applied["spec"]["progressDeadlineSeconds"] == 600
    (entry,) = applied["metadata"]["managedFields"]
    assert entry["operation"] == "Apply"
    assert entry["fieldsV1"] == {
        "f:spec": {
            "f:replicas": {},
            "f:selector": {},
            "f:template": {
                "f:metadata": {"f:labels": {"f:app": {}}},
                "f:spec": {
                    "f:containers": {
                        'k:{"name":"app"}': {".": {}, "f:image": {}, "f:name": {}}
                    }
                },
            },
        }
    }


def test_what_admission_adds_is_nobodys(world: World) -> None:
    world = World()
    spec = {"containers": [{"name": "app", "image": "x"}]}
    pod = world.create("v1", "Pod", "p", spec=spec)
    assert "tolerations" in pod["spec"]
    assert "f:tolerations" not in owners(pod)["test"]["f:spec"]


def test_applying_the_same_again_changes_nothing(world: World) -> None:
    first = world.apply(config_map(a="1"), manager="helm")
    world.now += timedelta(minutes=5)
    assert world.apply(config_map(a="1"), manager="helm") == first


def test_a_field_that_is_no_longer_stated_goes(world: World) -> None:
    world.apply(config_map(a="1", b="2"), manager="helm")
    applied = world.apply(config_map(a="1"), manager="helm")
    assert applied["data"] == {"a": "1"}


def test_a_field_that_another_owns_too_stays(world: World) -> None:
    world.apply(config_map(a="1", b="2"), manager="helm")
    world.apply(config_map(b="2"), manager="other")
    applied = world.apply(config_map(a="1"), manager="helm")
    assert applied["data"] == {"a": "1", "b": "2"}
    assert owners(applied)["other"] == {"f:data": {"f:b": {}}}


def test_an_equal_value_is_shared(world: World) -> None:
    world.apply(config_map(a="1"), manager="helm")
    applied = world.apply(config_map(a="1"), manager="other")
    assert owners(applied) == {
        "helm": {"f:data": {"f:a": {}}},
        "other": {"f:data": {"f:a": {}}},
    }


def test_a_conflict_names_the_owner_and_the_field(world: World) -> None:
    world.put(config_map(a="1", b="2"), manager="m")
    with pytest.raises(StatusError) as caught:
        world.apply(config_map(a="9"), manager="helm")
    status = caught.value.to_dict()
    assert status["code"] == 409
    assert status["message"] == (
        'Apply failed with 1 conflict: conflict with "m" using v1: .data.a'
    )
    assert status["details"]["causes"] == [
        {
            "reason": "FieldManagerConflict",
            "message": 'conflict with "m" using v1',
            "field": ".data.a",
        }
    ]


def test_several_conflicts_are_listed_by_owner(world: World) -> None:
    world.put(config_map(a="1", b="2"), manager="m")
    world.apply(config_map(c="3"), manager="n")
    with pytest.raises(StatusError) as caught:
        world.apply(config_map(a="9", b="9", c="9"), manager="helm")
    assert caught.value.message == (
        'Apply failed with 3 conflicts: conflicts with "m" using v1:\n- .data.a\n'
        '- .data.b\nconflicts with "n":\n- .data.c'
    )


def test_force_takes_the_field_and_leaves_the_loser_the_rest(world: World) -> None:
    world.put(config_map(a="1"), manager="m")
    applied = world.apply(config_map(a="9"), manager="helm", force=True)
    assert applied["data"] == {"a": "9"}
    assert owners(applied) == {"helm": {"f:data": {"f:a": {}}}, "m": {"f:data": {}}}


def test_an_update_takes_over_what_it_changes(world: World) -> None:
    world.apply(config_map(a="1", b="2"), manager="helm")
    changed = world.the("v1", "ConfigMap", "c")
    changed["data"] |= {"a": "9", "c": "3"}
    updated = world.update(changed, manager="kubectl-edit")
    assert owners(updated) == {
        "helm": {"f:data": {"f:b": {}}},
        "kubectl-edit": {"f:data": {"f:a": {}, "f:c": {}}},
    }


def test_an_update_that_changes_nothing_leaves_no_trace(world: World) -> None:
    created = world.apply(config_map(a="1"), manager="helm")
    assert world.update(deepcopy(created), manager="kubectl-edit") == created


def test_times_move_only_with_the_fields(world: World) -> None:
    world.apply(config_map(a="1"), manager="helm")
    world.now += timedelta(minutes=1)
    changed = world.the("v1", "ConfigMap", "c")
    changed["data"]["b"] = "2"
    updated = world.update(changed, manager="kubectl-edit")
    assert {e["manager"]: e["time"] for e in updated["metadata"]["managedFields"]} == {
        "helm": "2026-01-31T12:00:00Z",
        "kubectl-edit": "2026-01-31T12:01:00Z",
    }


def test_items_of_a_list_are_owned_one_by_one(world: World) -> None:
    world.apply(deployment(), manager="helm")
    live = world.the("apps/v1", "Deployment", "web")
    containers = live["spec"]["template"]["spec"]["containers"]
    containers.append({"name": "sidecar", "image": "proxy:1"})
    world.update(live, manager="injector")
    template = pod_template({"app": "web"}, image="app:2")
    applied = world.apply(deployment(template=template), manager="helm")
    found = applied["spec"]["template"]["spec"]["containers"]
    assert [(c["name"], c["image"]) for c in found] == [
        ("app", "app:2"),
        ("sidecar", "proxy:1"),
    ]


def test_an_item_that_is_no_longer_stated_goes_whole(world: World) -> None:
    template = pod_template({"app": "web"})
    template["spec"]["containers"].append({"name": "sidecar", "image": "proxy:1"})
    world.apply(deployment(template=template), manager="helm")
    applied = world.apply(deployment(), manager="helm")
    found = applied["spec"]["template"]["spec"]["containers"]
    assert [container["name"] for container in found] == ["app"]


def test_a_default_of_another_member_of_a_union_stays_and_is_refused(
    world: World,
) -> None:
    # As on a cluster: nobody owns the default, so that nobody can drop it.
    world.apply(deployment(strategy={"type": "RollingUpdate"}), manager="helm")
    with pytest.raises(StatusError, match="may not be specified when strategy"):
        world.apply(deployment(strategy={"type": "Recreate"}), manager="helm")


def test_a_status_in_the_configuration_is_not_owned(world: World) -> None:
    obj = deployment() | {"status": {"replicas": 7}}
    applied = world.apply(obj, manager="helm")
    assert "f:status" not in owners(applied)["helm"]
    assert "replicas" not in applied.get("status", {})


def test_a_status_is_owned_apart_from_the_rest(world: World) -> None:
    live = world.apply(deployment(), manager="helm")
    live["status"] = {"observedGeneration": 1}
    updated = world.update(live, manager="controller", part="status")
    entry = updated["metadata"]["managedFields"][-1]
    assert (entry["manager"], entry["subresource"]) == ("controller", "status")
    assert entry["fieldsV1"] == {"f:status": {"f:observedGeneration": {}}}


def test_duplicate_items_cannot_be_applied(world: World) -> None:
    template = pod_template({"app": "web"})
    variable = {"name": "A", "value": "1"}
    template["spec"]["containers"][0]["env"] = [variable, variable]
    with pytest.raises(StatusError) as caught:
        world.apply(deployment(template=template), manager="helm")
    assert caught.value.code == 400
    assert caught.value.message == (
        "failed to create typed patch object (default/web; apps/v1, Kind=Deployment):"
        ' .spec.template.spec.containers[name="app"].env: duplicate entries for key'
        ' [name="A"]'
    )


def test_managed_fields_may_not_be_applied(world: World) -> None:
    obj = config_map(a="1")
    obj["metadata"]["managedFields"] = [{"manager": "x"}]
    with pytest.raises(StatusError, match="managedFields must be nil"):
        world.apply(obj, manager="helm")


def test_an_object_without_owners_had_some_before_the_first_apply(world: World) -> None:
    world.put(config_map(a="1", b="2"), manager="old")
    live = world.the("v1", "ConfigMap", "c")
    live["metadata"]["managedFields"] = []
    assert "managedFields" not in world.update(live)["metadata"]
    applied = world.apply(config_map(a="1"), manager="helm")
    assert owners(applied) == {
        "before-first-apply": {"f:data": {".": {}, "f:a": {}, "f:b": {}}},
        "helm": {"f:data": {"f:a": {}}},
    }


def test_a_client_may_set_the_entries_itself(world: World) -> None:
    live = world.put(config_map(a="1"), manager="old")
    live["metadata"]["managedFields"][0]["manager"] = "new"
    assert owners(world.update(live)) == {"new": {"f:data": {".": {}, "f:a": {}}}}


def test_entries_that_make_no_sense_are_not_taken(world: World) -> None:
    live = world.put(config_map(a="1"), manager="old")
    live["metadata"]["managedFields"][0]["fieldsV1"] = {"spam": {}}
    assert owners(world.update(live)) == {"old": {"f:data": {".": {}, "f:a": {}}}}


def test_the_oldest_of_many_updaters_are_merged(world: World) -> None:
    live = world.put(config_map(a="0"), manager="m00")
    for number in range(1, 13):
        world.now += timedelta(seconds=1)
        live["data"][f"k{number}"] = "1"
        live = world.update(live, manager=f"m{number:02}")
    found = owners(live)
    assert len(found) == 10
    assert found["ancient-changes"] == {
        "f:data": {".": {}, "f:a": {}, "f:k1": {}, "f:k2": {}, "f:k3": {}}
    }


def client_side(world: World, **data: str) -> Object:
    obj = config_map(**data)
    obj["metadata"]["annotations"] = {LAST_APPLIED: json.dumps(config_map(**data))}
    return world.put(obj, manager="kubectl-client-side-apply")


def test_kubectl_takes_over_what_it_applied_client_side(world: World) -> None:
    client_side(world, a="1")
    applied = world.apply(config_map(a="2"), manager="kubectl")
    assert applied["data"] == {"a": "2"}
    annotation = applied["metadata"]["annotations"][LAST_APPLIED]
    assert json.loads(annotation)["data"] == {"a": "2"}


def test_kubectl_still_conflicts_over_what_others_changed_since(world: World) -> None:
    live = client_side(world, a="1")
    live["data"]["a"] = "theirs"
    world.update(live, manager="other")
    with pytest.raises(StatusError, match='conflict with "other"'):
        world.apply(config_map(a="2"), manager="kubectl")


def test_others_than_kubectl_leave_its_annotation_alone(world: World) -> None:
    client_side(world, a="1")
    with pytest.raises(StatusError, match="kubectl-client-side-apply"):
        world.apply(config_map(a="2"), manager="helm")
    applied = world.apply(config_map(a="2"), manager="helm", force=True)
    annotation = applied["metadata"]["annotations"][LAST_APPLIED]
    assert json.loads(annotation)["data"] == {"a": "1"}
