from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from pypkg.cluster.apply import Applier, with_labels
from pypkg.cluster.managed_fields import upgrade_patch
from pypkg.errors import ApiError, ConflictError
from tests.cluster.servers import Answer, refusal, scripted
from tests.cluster.test_tracker import deployment

if TYPE_CHECKING:
    from pypkg.cluster.client import Cluster


def config_map(**data: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "c"},
        "data": data,
    }


def owners(live: dict[str, Any]) -> set[tuple[str, str]]:
    return {(e["manager"], e["operation"]) for e in live["metadata"]["managedFields"]}


def test_server_side_apply_removes_what_it_applied_before(cluster: Cluster) -> None:
    applier = Applier(cluster=cluster, manager="helm")
    first = applier.create(config_map(a="1", b="2"))
    assert owners(first) == {("helm", "Apply")}
    same = applier.update(config_map(), config_map(a="1", b="2"), first)
    assert same["metadata"]["resourceVersion"] == first["metadata"]["resourceVersion"]
    ref = cluster.ref(first)
    cluster.patch(
        ref, {"data": {"c": "3"}}, "application/merge-patch+json", fieldManager="other"
    )
    live = applier.update(config_map(), config_map(a="9"), cluster.get(ref))
    assert live["data"] == {"a": "9", "c": "3"}


def test_a_field_of_another_manager_is_a_conflict_unless_forced(
    cluster: Cluster,
) -> None:
    Applier(cluster=cluster, manager="other").create(config_map(a="1"))
    ours = Applier(cluster=cluster, manager="helm")
    with pytest.raises(ConflictError, match="conflict occurred while applying") as e:
        ours.create(config_map(a="2"))
    assert 'conflict with "other": .data.a' in str(e.value)
    assert "--force-conflicts" in str(e.value.hint)
    forced = Applier(cluster=cluster, manager="helm", force_conflicts=True)
    assert forced.create(config_map(a="2"))["data"] == {"a": "2"}


def test_an_unknown_field_is_refused_unless_validation_is_off(cluster: Cluster) -> None:
    if int(cluster.version()["minor"].rstrip("+")) < 25:
        pytest.skip("before Kubernetes 1.25 servers do not look for unknown fields")
    wrong = {**config_map(), "dat": {"x": "y"}}
    ours = partial(Applier, cluster=cluster, manager="helm", server_side=False)
    live = ours().create(config_map(a="1"))
    with pytest.raises(ApiError, match='unknown field "dat"'):
        ours(replace=True).update(live, wrong, live)
    ours(replace=True, validate=False).update(live, wrong, live)


def test_client_side_apply_keeps_what_others_added(cluster: Cluster) -> None:
    applier = Applier(cluster=cluster, manager="helm", server_side=False)
    old = deployment("web")
    applier.create(old)
    ref = cluster.ref(old)
    sidecar = {"name": "sidecar", "image": "proxy"}
    cluster.patch(
        ref,
        {"spec": {"template": {"spec": {"containers": [sidecar]}}}},
        "application/strategic-merge-patch+json",
        fieldManager="mesh",
    )
    new = deployment("web", replicas=5)
    new["spec"]["template"]["spec"]["containers"][0]["image"] = "nginx:2"
    live = applier.update(old, new, cluster.get(ref))
    images = {
        container["name"]: container["image"]
        for container in live["spec"]["template"]["spec"]["containers"]
    }
    assert images == {"main": "nginx:2", "sidecar": "proxy"}
    assert live["spec"]["replicas"] == 5
    assert applier.update(new, new, live)["spec"] == live["spec"]


def test_replacing_removes_what_others_added(cluster: Cluster) -> None:
    Applier(cluster=cluster, manager="other").create(config_map(x="1"))
    applier = Applier(cluster=cluster, manager="helm", server_side=False, replace=True)
    live = cluster.get(cluster.ref(config_map()))
    assert applier.update(config_map(), config_map(y="2"), live)["data"] == {"y": "2"}


def test_what_is_replaced_only_at_a_version_is_replaced_at_the_newest(
    cluster: Cluster,
) -> None:
    def lease(seconds: int) -> dict[str, Any]:
        return {
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": {"name": "x"},
            "spec": {"leaseDurationSeconds": seconds},
        }

    applier = Applier(cluster=cluster, manager="helm", server_side=False, replace=True)
    live = applier.create(lease(1))
    assert applier.update(lease(1), lease(2), live)["spec"] == lease(2)["spec"]


def test_a_replacement_yields_to_changes_of_others_until_it_is_the_newest() -> None:
    refused = {"field": "metadata.resourceVersion", "message": "must be specified"}
    invalid = Answer({"kind": "Status", "details": {"causes": [refused]}}, 422)
    db = {"apiVersion": "e.com/v1", "kind": "Db", "metadata": {"name": "x"}}
    live = {**db, "metadata": {"name": "x", "resourceVersion": "7"}}
    group = {"groupVersion": "e.com/v1"}
    cluster, transport = scripted(
        [
            Answer({"versions": []}),
            Answer({"groups": [{"name": "e.com", "versions": [group]}]}),
            Answer({"resources": [{"name": "dbs", "kind": "Db"}]}),
            invalid,
            Answer(live),
            refusal(409),
            Answer(live),
            Answer(live),
        ]
    )
    Applier(cluster=cluster, manager="helm", replace=True).update({}, db, live)
    assert json.loads(transport.requests[-1].body or b"") == live
    assert [r.method for r in transport.requests[3:]] == [
        *("PUT", "GET", "PUT", "GET", "PUT")
    ]


def test_fields_of_client_side_apply_are_handed_over(cluster: Cluster) -> None:
    before = Applier(cluster=cluster, manager="helm", server_side=False)
    live = before.create(config_map(a="1", b="2"))
    assert owners(live) == {("helm", "Update")}
    after = Applier(cluster=cluster, manager="helm", hand_over=True)
    live = after.update(config_map(a="1", b="2"), config_map(a="1"), live)
    assert live["data"] == {"a": "1"}
    assert owners(live) == {("helm", "Apply")}


def test_there_is_nothing_to_hand_over_of_other_managers(cluster: Cluster) -> None:
    live = cluster.create(config_map(a="1"), fieldManager="other")
    assert upgrade_patch(live, "helm") == []


CRD = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "applies.tests.example"},
    "spec": {
        "group": "tests.example",
        "names": {"kind": "Apply", "plural": "applies"},
        "scope": "Namespaced",
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "schema": {
                    "openAPIV3Schema": {
                        "type": "object",
                        "x-kubernetes-preserve-unknown-fields": True,
                    }
                },
            }
        ],
    },
}


def test_custom_resources_are_merged_without_a_schema(cluster: Cluster) -> None:
    from pypkg.cluster.readiness import readiness
    from pypkg.cluster.tracker import Tracker

    definition = cluster.ref(cluster.create(CRD))
    Tracker(cluster=cluster, report=lambda _: None).wait_ready(
        [definition], readiness, 10
    )

    def custom(**spec: Any) -> dict[str, Any]:
        return {
            "apiVersion": "tests.example/v1",
            "kind": "Apply",
            "metadata": {"name": "x"},
            "spec": spec,
        }

    applier = Applier(cluster=cluster, manager="helm", server_side=False)
    live = applier.create(custom(a=1, b=[1]))
    ref = cluster.ref(live)
    cluster.patch(ref, {"spec": {"c": 3}}, "application/merge-patch+json")
    live = applier.update(custom(a=1, b=[1]), custom(b=[2]), cluster.get(ref))
    assert live["spec"] == {"b": [2], "c": 3}
    cluster.delete(definition)


def test_labels_are_added_to_a_copy() -> None:
    obj = config_map()
    marked = with_labels(obj, {"l": "1"}, {"a": "2"})
    assert marked["metadata"] == {
        "name": "c",
        "labels": {"l": "1"},
        "annotations": {"a": "2"},
    }
    assert obj == config_map()
