"""What may not change once an object is there."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from pypkg.sandbox.statuses import StatusError
from tests.sandbox.checks.refusals import Object, messages
from tests.sandbox.world import World, pod_template


def changed(obj: Object, path: str, value: Any) -> Object:
    result = deepcopy(obj)
    place = result
    *above, last = path.split(".")
    for part in above:
        place = place[part]
    place[last] = value
    return result


CLAIM = {
    "accessModes": ["ReadWriteOnce"],
    "resources": {"requests": {"storage": "1Gi"}},
}
SELECTED = {
    "selector": {"matchLabels": {"app": "web"}},
    "template": pod_template({"app": "web"}),
}


@pytest.mark.parametrize(
    ("kind", "content", "path", "value", "expected"),
    [
        (
            "apps/v1 Deployment",
            {"spec": SELECTED},
            "spec.selector.matchLabels",
            {"app": "x"},
            'spec.selector: Invalid value: {"matchLabels":{"app":"x"}}: field is'
            " immutable",
        ),
        (
            "apps/v1 StatefulSet",
            {"spec": {**SELECTED, "serviceName": "a"}},
            "spec.serviceName",
            "b",
            "spec: Forbidden: updates to statefulset spec for fields other than"
            " 'replicas', 'ordinals', 'template', 'updateStrategy',"
            " 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and"
            " 'minReadySeconds' are forbidden",
        ),
        (
            "batch/v1 Job",
            {"spec": {"template": pod_template({}, restartPolicy="Never")}},
            "spec.completions",
            5,
            "spec.completions: Invalid value: 5: field is immutable",
        ),
        (
            "v1 Secret",
            {"type": "Opaque"},
            "type",
            "x/y",
            'type: Invalid value: "x/y": field is immutable',
        ),
        (
            "v1 ConfigMap",
            {"data": {"a": "1"}, "immutable": True},
            "data",
            {"a": "2"},
            "data: Forbidden: field is immutable when `immutable` is set",
        ),
        (
            "v1 PersistentVolumeClaim",
            {"spec": {**CLAIM, "storageClassName": "a"}},
            "spec.storageClassName",
            "b",
            "spec: Forbidden: spec is immutable after creation except"
            " resources.requests and volumeAttributesClassName for bound claims",
        ),
        (
            "storage.k8s.io/v1 StorageClass",
            {"provisioner": "a/b"},
            "provisioner",
            "c/d",
            "provisioner: Forbidden: updates to provisioner are forbidden.",
        ),
        (
            "rbac.authorization.k8s.io/v1 ClusterRoleBinding",
            {"roleRef": {"kind": "ClusterRole", "name": "a"}},
            "roleRef.name",
            "b",
            'roleRef: Invalid value: {"apiGroup":"rbac.authorization.k8s.io","kind":'
            '"ClusterRole","name":"b"}: cannot change roleRef',
        ),
    ],
    ids=lambda value: (
        value.replace(" ", "-")
        if isinstance(value, str) and value.count(" ") == 1
        else ""
    ),
)
def test_what_may_not_change_does_not(
    world: World, kind: str, content: Object, path: str, value: Any, expected: str
) -> None:
    api_version, name = kind.split()
    created = world.create(api_version, name, "x", **content)
    with pytest.raises(StatusError) as caught:
        world.update(changed(created, path, value))
    assert expected in messages(caught.value)


def test_an_empty_struct_left_out_is_no_change(world: World) -> None:
    template = pod_template({}, restartPolicy="Never")
    job = world.create("batch/v1", "Job", "x", spec={"template": template})
    container = job["spec"]["template"]["spec"]["containers"][0]
    assert container.pop("resources") == {}
    updated = world.update(job)["spec"]["template"]["spec"]["containers"][0]
    assert updated == {**container, "resources": {}}


def test_a_pods_image_may_change_and_little_else() -> None:
    world = World()
    spec = {"containers": [{"name": "app", "image": "a"}]}
    created = world.create("v1", "Pod", "p", spec=spec)
    created["spec"]["containers"][0]["image"] = "b"
    updated = world.update(created)
    updated["spec"]["containers"][0]["args"] = ["x"]
    with pytest.raises(
        StatusError, match="pod updates may not change fields other than"
    ):
        world.update(updated)
