"""What is_applied says, beside what the server does when the same is applied."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest

from pypkg.cluster.applied_fields import is_applied
from pypkg.cluster.apply import Applier

if TYPE_CHECKING:
    from pypkg.cluster.client import Cluster, Object

PODS: Object = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web", "labels": {"app": "web"}, "finalizers": ["a/b", "c/d"]},
    "spec": {
        "replicas": 0,
        "selector": {"matchLabels": {"app": "web"}},
        "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {
                "containers": [
                    {
                        "name": "main",
                        "image": "nginx:1.29",
                        "args": ["-x", "-y"],
                        "env": [{"name": "A", "value": "1"}, {"name": "B"}],
                        "ports": [
                            {"containerPort": 80},
                            {"containerPort": 53, "protocol": "UDP"},
                        ],
                        "resources": {"limits": {"cpu": "100m", "memory": "1Gi"}},
                        "volumeMounts": [{"name": "v", "mountPath": "/v"}],
                    },
                    {"name": "side", "image": "busybox"},
                ],
                "volumes": [{"name": "v", "emptyDir": {"medium": "Memory"}}],
            },
        },
    },
}


def container(obj: Object) -> Any:
    return obj["spec"]["template"]["spec"]["containers"][0]


@pytest.fixture
def applier(cluster: Cluster) -> Applier:
    return Applier(cluster=cluster, manager="helm")


@pytest.fixture
def live(applier: Applier) -> Object:
    return applier.create(PODS)


def test_what_has_just_been_applied_is_applied(live: Object) -> None:
    assert is_applied(PODS, live, "helm")
    assert not is_applied(PODS, live, "other")


@pytest.mark.parametrize(
    "change",
    [
        lambda o: o["spec"].update(replicas=1),
        lambda o: o["spec"].pop("replicas"),
        lambda o: o["spec"].update(paused=False),
        lambda o: o["metadata"]["labels"].update(more="1"),
        lambda o: o["metadata"].update(finalizers=["a/b"]),
        lambda o: o["metadata"].update(finalizers=["c/d", "a/b"]),
        lambda o: container(o).update(args=["-y", "-x"]),
        lambda o: container(o)["env"].reverse(),
        lambda o: container(o)["env"].pop(),
        lambda o: container(o)["env"].append({"name": "C"}),
        lambda o: container(o)["env"][0].update(value="2"),
        lambda o: container(o)["ports"].pop(0),
        lambda o: container(o)["ports"].append({"containerPort": 53}),
        lambda o: container(o).update(imagePullPolicy="IfNotPresent"),
        lambda o: o["spec"]["template"]["spec"].update(volumes=[]),
        lambda o: o.update(apiVersion="apps/v2"),
    ],
)
def test_another_manifest_is_not_applied(live: Object, change: Any) -> None:
    changed = deepcopy(PODS)
    change(changed)
    assert not is_applied(changed, live, "helm")


def test_what_others_add_does_not_matter(
    cluster: Cluster, applier: Applier, live: Object
) -> None:
    extra = {
        "metadata": {"annotations": {"note": "x"}, "labels": {"theirs": "1"}},
        "spec": {
            "template": {"spec": {"containers": [{"name": "more", "image": "i"}]}}
        },
    }
    ref = cluster.ref(live)
    patched = cluster.patch(
        ref, extra, "application/strategic-merge-patch+json", fieldManager="kubectl"
    )
    assert is_applied(PODS, patched, "helm")
    again = applier._apply(PODS)
    for name in ("generation", "labels", "finalizers"):
        assert again["metadata"][name] == patched["metadata"][name]
    assert again["spec"] == patched["spec"]


@pytest.mark.parametrize(
    "drift",
    [
        {"spec": {"replicas": 3}},
        {"metadata": {"labels": {"app": "else"}}},
        {"metadata": {"labels": {"app": None}}},
        {"metadata": {"finalizers": ["c/d"]}},
    ],
)
def test_what_others_have_changed_is_applied_again(
    cluster: Cluster, live: Object, drift: Object
) -> None:
    patched = cluster.patch(
        cluster.ref(live),
        drift,
        "application/merge-patch+json",
        fieldManager="kubectl",
    )
    assert not is_applied(PODS, patched, "helm")


def test_what_the_same_manager_has_updated_is_handed_over_first(
    cluster: Cluster, applier: Applier, live: Object
) -> None:
    patched = cluster.patch(
        cluster.ref(live),
        {"metadata": {"annotations": {"a": "1"}}},
        "application/merge-patch+json",
        fieldManager="helm",
    )
    assert not is_applied(PODS, patched, "helm")


def test_values_that_the_server_writes_otherwise_are_applied_again(
    applier: Applier,
) -> None:
    other = deepcopy(PODS)
    container(other)["resources"]["limits"]["cpu"] = "0.1"
    live = applier.create(other)
    assert not is_applied(other, live, "helm")


@pytest.mark.parametrize("noted", [True, False])
def test_empty_maps_are_applied_where_the_server_notes_whose_they_are(
    *, noted: bool
) -> None:
    # Servers before Kubernetes 1.21 note nobody's.
    fields: Object = {"f:metadata": {"f:labels": {"f:a": {}}}}
    empty: Object = {"f:spec": {}} if noted else {}
    entry = {"manager": "helm", "operation": "Apply", "apiVersion": "v1"}
    managed = [{**entry, "fieldsV1": fields | empty}]
    metadata: Object = {"name": "x", "labels": {"a": "1"}}
    obj: Object = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {}}
    live = {**obj, "metadata": {**metadata, "managedFields": managed}}
    assert is_applied(obj, live, "helm") is noted


def test_an_update_of_what_is_applied_sends_nothing(
    cluster: Cluster, applier: Applier, live: Object
) -> None:
    sent: list[str] = []
    send = cluster.raw

    def noted(method: str, *args: Any, **kwargs: Any) -> Any:
        sent.append(method)
        return send(method, *args, **kwargs)

    cluster.raw = noted
    assert applier.update(PODS, PODS, live) is live
    assert not sent
