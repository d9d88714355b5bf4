"""What depends on the state of the cluster: addresses, accounts, classes, limits."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from pypkg.sandbox.schemas.resources import Resources
from pypkg.sandbox.statuses import StatusError
from pypkg.sandbox.writes.pipeline import Cluster
from tests.sandbox.world import World, definitions

SERVICE = ("v1", "Service")


@pytest.fixture
def world() -> World:
    return World()


def service(world: World, name: str = "web", **spec: Any) -> dict[str, Any]:
    content = {"selector": {"app": "web"}, "ports": [{"port": 80}]}
    created = world.create(*SERVICE, name, spec={**content, **spec})
    found: dict[str, Any] = created["spec"]
    return found


def change(world: World, **spec: Any) -> dict[str, Any]:
    obj = world.the(*SERVICE, "web")
    obj["spec"] |= spec
    found: dict[str, Any] = world.update(obj)["spec"]
    return found


def test_a_service_has_an_address_of_its_own(world: World) -> None:
    first, second = service(world), service(world, "other")
    assert first["clusterIP"] != second["clusterIP"]
    assert first["clusterIPs"] == [first["clusterIP"]]
    assert (first["ipFamilies"], first["ipFamilyPolicy"]) == (["IPv4"], "SingleStack")
    assert first["ports"] == [{"port": 80, "protocol": "TCP", "targetPort": 80}]


def test_a_headless_service_has_none(world: World) -> None:
    spec = service(world, clusterIP="None")
    assert (spec["clusterIP"], spec["clusterIPs"]) == ("None", ["None"])


def test_a_headless_service_without_a_selector_takes_both_families(
    world: World,
) -> None:
    spec = service(world, clusterIP="None", selector={})
    assert spec["ipFamilies"] == ["IPv4", "IPv6"]
    assert spec["ipFamilyPolicy"] == "RequireDualStack"


def test_an_external_name_needs_no_address(world: World) -> None:
    spec = service(world, type="ExternalName", externalName="example.com")
    assert {"clusterIP", "ipFamilies", "internalTrafficPolicy"}.isdisjoint(spec)


@pytest.mark.parametrize("kind", ["NodePort", "LoadBalancer"])
def test_node_ports_are_given_out_once(world: World, kind: str) -> None:
    ports = [{"name": "a", "port": 80}, {"name": "b", "port": 81}]
    found = [
        port["nodePort"]
        for name in ("web", "other")
        for port in service(world, name, type=kind, ports=ports)["ports"]
    ]
    assert len(set(found)) == 4
    assert all(30000 <= port <= 32767 for port in found)


def test_what_was_allocated_stays_where_an_update_leaves_it_out(world: World) -> None:
    before = service(world, type="NodePort")
    obj = world.the(*SERVICE, "web")
    obj["spec"] = {
        "type": "NodePort",
        "selector": {"app": "x"},
        "ports": [{"port": 80}],
    }
    resource = world.cluster.target(obj)
    after = world.cluster.update(resource, obj)["spec"]
    assert after["clusterIP"] == before["clusterIP"]
    assert after["ports"] == before["ports"]


def test_a_node_port_goes_with_the_type_that_needed_it(world: World) -> None:
    service(world, type="NodePort")
    spec = world.the(*SERVICE, "web")["spec"]
    spec.pop("externalTrafficPolicy")
    obj = world.the(*SERVICE, "web")
    obj["spec"] = spec | {"type": "ClusterIP"}
    assert "nodePort" not in world.update(obj)["spec"]["ports"][0]


def test_the_cluster_address_may_not_change(world: World) -> None:
    service(world)
    with pytest.raises(StatusError, match="may not change once set") as caught:
        change(world, clusterIP="10.96.7.7")
    (cause,) = caught.value.details["causes"]
    assert cause["field"] == "spec.clusterIPs[0]"
    assert cause["message"] == 'Invalid value: ["10.96.7.7"]: may not change once set'


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"clusterIP": "10.96.0.1"}, "provided IP is already allocated"),
        ({"clusterIP": "192.0.2.1"}, "is not in the valid range"),
        (
            {"type": "NodePort", "ports": [{"port": 80, "nodePort": 80}]},
            "provided port is not in the valid range. The range of valid ports is"
            " 30000-32767",
        ),
    ],
)
def test_an_address_that_is_not_free_is_refused(
    world: World, spec: dict[str, Any], message: str
) -> None:
    with pytest.raises(StatusError, match=message):
        service(world, **spec)


def test_a_node_port_that_is_taken_is_refused(world: World) -> None:
    service(world, type="NodePort", ports=[{"port": 80, "nodePort": 30080}])
    with pytest.raises(StatusError, match="provided port is already allocated"):
        service(world, "other", type="NodePort", ports=[{"port": 1, "nodePort": 30080}])


@pytest.mark.parametrize("address", [None, "10.96.9.9", "fd00::1"])
def test_what_a_service_had_is_free_when_it_is_gone(
    world: World, address: str | None
) -> None:
    stated = {"clusterIP": address} if address else {}
    port = {"port": 80, "nodePort": 30080}
    first = service(world, type="NodePort", ports=[port], **stated)
    world.delete(world.the(*SERVICE, "web"))
    again = service(world, "other", type="NodePort", ports=[port], **stated)
    assert again["clusterIP"] == first["clusterIP"]
    # A cluster that starts again knows what there is.
    restarted = Cluster(
        world.store,
        definitions(),
        Resources.built_in(),
        clock=lambda: world.now,
        random=Random(1),  # noqa: S311 - no secret
    )
    assert restarted.allocated.has_port(30080, "TCP", "")
    assert restarted.allocated.has_address(again["clusterIP"], "")


def pod(world: World, name: str = "p", **spec: Any) -> dict[str, Any]:
    spec.setdefault("containers", [{"name": "app", "image": "x"}])
    return world.create("v1", "Pod", name, spec=spec)


def test_a_pod_runs_as_the_default_account_and_mounts_its_token(world: World) -> None:
    spec = pod(world)["spec"]
    assert spec["serviceAccountName"] == spec["serviceAccount"] == "default"
    (volume,) = spec["volumes"]
    (mount,) = spec["containers"][0]["volumeMounts"]
    assert mount == {
        "name": volume["name"],
        "readOnly": True,
        "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount",
    }


def test_a_pod_may_do_without_a_token(world: World) -> None:
    assert "volumes" not in pod(world, automountServiceAccountToken=False)["spec"]
    account = {"automountServiceAccountToken": False}
    world.create("v1", "ServiceAccount", "quiet", **account)
    assert "volumes" not in pod(world, "q", serviceAccountName="quiet")["spec"]


def test_an_accounts_pull_secrets_are_used(world: World) -> None:
    secrets = [{"name": "registry"}]
    world.create("v1", "ServiceAccount", "puller", imagePullSecrets=secrets)
    assert (
        pod(world, serviceAccountName="puller")["spec"]["imagePullSecrets"] == secrets
    )


def test_an_unknown_account_or_priority_is_forbidden(world: World) -> None:
    with pytest.raises(
        StatusError, match='serviceaccount "nobody" not found'
    ) as caught:
        pod(world, serviceAccountName="nobody")
    assert caught.value.code == 403
    with pytest.raises(StatusError, match="no PriorityClass with name high was found"):
        pod(world, priorityClassName="high")


def test_a_priority_is_looked_up(world: World) -> None:
    assert pod(world)["spec"]["priority"] == 0
    world.create(
        "scheduling.k8s.io/v1", "PriorityClass", "usual", value=5, globalDefault=True
    )
    world.create("scheduling.k8s.io/v1", "PriorityClass", "high", value=9)
    assert pod(world, "a")["spec"]["priority"] == 5
    assert pod(world, "b", priorityClassName="high")["spec"]["priority"] == 9


def test_a_namespaces_limits_are_filled_in(world: World) -> None:
    limits = [
        {
            "type": "Container",
            "default": {"cpu": "1"},
            "defaultRequest": {"cpu": "100m"},
        }
    ]
    world.create("v1", "LimitRange", "l", spec={"limits": limits})
    resources = pod(world)["spec"]["containers"][0]["resources"]
    assert resources == {"limits": {"cpu": "1"}, "requests": {"cpu": "100m"}}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        ({}, "BestEffort"),
        ({"requests": {"cpu": "1"}}, "Burstable"),
        ({"limits": {"cpu": "1", "memory": "1Gi"}}, "Guaranteed"),
        (
            {"limits": {"cpu": "1", "memory": "1Gi"}, "requests": {"cpu": "500m"}},
            "Burstable",
        ),
    ],
)
def test_the_quality_of_service_follows_the_resources(
    world: World, resources: dict[str, Any], expected: str
) -> None:
    containers = [{"name": "app", "image": "x", "resources": resources}]
    assert pod(world, containers=containers)["status"]["qosClass"] == expected


def test_the_newest_default_class_is_chosen(world: World) -> None:
    annotations = {"storageclass.kubernetes.io/is-default-class": "true"}
    metadata = {"annotations": annotations}
    world.now = world.now.replace(hour=13)
    world.create(
        "storage.k8s.io/v1", "StorageClass", "new", metadata=metadata, provisioner="x/y"
    )
    spec = {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": "1Gi"}},
    }
    claim = world.create("v1", "PersistentVolumeClaim", "c", spec=spec)
    assert claim["spec"]["storageClassName"] == "new"
    assert claim["metadata"]["finalizers"] == ["kubernetes.io/pvc-protection"]


def test_an_ingress_takes_the_default_class_unless_it_names_one(world: World) -> None:
    annotations = {"ingressclass.kubernetes.io/is-default-class": "true"}
    world.create(
        "networking.k8s.io/v1",
        "IngressClass",
        "nginx",
        metadata={"annotations": annotations},
        spec={"controller": "example.com/nginx"},
    )
    backend = {"service": {"name": "web", "port": {"number": 80}}}
    spec = {"defaultBackend": backend}
    kind = ("networking.k8s.io/v1", "Ingress")
    assert world.create(*kind, "a", spec=spec)["spec"]["ingressClassName"] == "nginx"
    old = {"annotations": {"kubernetes.io/ingress.class": "haproxy"}}
    found = world.create(*kind, "b", metadata=old, spec=spec)
    assert "ingressClassName" not in found["spec"]
