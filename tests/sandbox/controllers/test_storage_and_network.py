"""Claims and volumes, Services and what is behind them, and who only reports."""

from __future__ import annotations

from typing import Any

from tests.sandbox.world import World, condition, deployment, pod_template

CLAIM = ("v1", "PersistentVolumeClaim", "data")


def claim(world: World, **spec: Any) -> None:
    content = {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": "1Gi"}},
        **spec,
    }
    world.create("v1", "PersistentVolumeClaim", "data", spec=content)
    world.run()


def user(world: World) -> dict[str, Any]:
    volume = {"name": "d", "persistentVolumeClaim": {"claimName": "data"}}
    containers = [{"name": "app", "image": "app:1"}]
    spec = {"containers": containers, "volumes": [volume]}
    pod = world.create("v1", "Pod", "p", spec=spec)
    world.run()
    return pod


def volume(world: World, name: str, size: str, **spec: Any) -> None:
    content = {
        "accessModes": ["ReadWriteOnce"],
        "capacity": {"storage": size},
        "hostPath": {"path": "/x"},
        **spec,
    }
    world.create("v1", "PersistentVolume", name, spec=content)


def test_the_default_class_makes_a_volume(world: World) -> None:
    claim(world)
    found = world.the(*CLAIM)
    assert found["spec"]["storageClassName"] == "standard"
    assert found["status"] == {
        "phase": "Bound",
        "accessModes": ["ReadWriteOnce"],
        "capacity": {"storage": "1Gi"},
    }
    made = world.the("v1", "PersistentVolume", found["spec"]["volumeName"])
    assert made["status"]["phase"] == "Bound"
    assert made["spec"]["claimRef"]["uid"] == found["metadata"]["uid"]


def test_an_existing_volume_is_taken_the_smallest_that_fits(world: World) -> None:
    for name, size in (("small", "500Mi"), ("large", "9Gi"), ("right", "2Gi")):
        volume(world, name, size)
    world.run()
    claim(world, storageClassName="")
    assert world.the(*CLAIM)["spec"]["volumeName"] == "right"
    assert world.the(*CLAIM)["status"]["capacity"] == {"storage": "2Gi"}
    assert (
        world.the("v1", "PersistentVolume", "large")["status"]["phase"] == "Available"
    )


def test_a_claim_of_an_unknown_class_waits_and_says_so(world: World) -> None:
    claim(world, storageClassName="gold")
    assert world.the(*CLAIM)["status"]["phase"] == "Pending"
    message = 'storageclass.storage.k8s.io "gold" not found'
    assert ("ProvisioningFailed", message) in world.events("data")
    world.create("storage.k8s.io/v1", "StorageClass", "gold", provisioner="x.io/y")
    world.run()
    assert world.the(*CLAIM)["status"]["phase"] == "Bound"


def test_a_late_class_binds_when_a_pod_needs_the_claim(world: World) -> None:
    world.create(
        "storage.k8s.io/v1",
        "StorageClass",
        "late",
        provisioner="x.io/y",
        volumeBindingMode="WaitForFirstConsumer",
    )
    claim(world, storageClassName="late")
    assert world.the(*CLAIM)["status"]["phase"] == "Pending"
    user(world)
    assert world.the(*CLAIM)["status"]["phase"] == "Bound"
    assert world.the("v1", "Pod", "p")["status"]["phase"] == "Running"


def test_a_pod_waits_for_a_missing_claim(world: World) -> None:
    user(world)
    message = condition(world.the("v1", "Pod", "p"), "PodScheduled")["message"]
    assert 'persistentvolumeclaim "data" not found' in message
    claim(world)
    assert world.the("v1", "Pod", "p")["status"]["phase"] == "Running"


def test_a_claim_in_use_outlives_its_deletion(world: World) -> None:
    claim(world)
    pod = user(world)
    world.delete(world.the(*CLAIM))
    world.run()
    assert "deletionTimestamp" in world.the(*CLAIM)["metadata"]
    world.delete(pod)
    world.run()
    assert world.get(*CLAIM) is None
    assert world.all("v1", "PersistentVolume") == []


def test_a_retained_volume_is_released(world: World) -> None:
    volume(world, "kept", "1Gi")
    world.run()
    claim(world, storageClassName="")
    world.delete(world.the(*CLAIM))
    world.run()
    assert world.the("v1", "PersistentVolume", "kept")["status"]["phase"] == "Released"


def test_a_bound_claim_can_grow(world: World) -> None:
    claim(world)
    found = world.the(*CLAIM)
    found["spec"]["resources"]["requests"]["storage"] = "5Gi"
    world.update(found)
    world.run()
    assert world.the(*CLAIM)["status"]["capacity"] == {"storage": "5Gi"}


def test_an_ephemeral_volume_has_a_claim_that_goes_with_the_pod(world: World) -> None:
    template = {
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": "1Gi"}},
        }
    }
    spec = {
        "containers": [{"name": "app", "image": "x"}],
        "volumes": [{"name": "tmp", "ephemeral": {"volumeClaimTemplate": template}}],
    }
    pod = world.create("v1", "Pod", "p", spec=spec)
    world.run()
    assert world.the("v1", "Pod", "p")["status"]["phase"] == "Running"
    assert world.get("v1", "PersistentVolumeClaim", "p-tmp")
    world.delete(pod)
    world.run()
    assert world.get("v1", "PersistentVolumeClaim", "p-tmp") is None


def service(world: World, **spec: Any) -> dict[str, Any]:
    content = {
        "selector": {"app": "web"},
        "ports": [{"port": 80, "targetPort": "http"}],
    }
    return world.create("v1", "Service", "web", spec=content | spec)


def test_ready_pods_stand_behind_a_service(world: World) -> None:
    template = pod_template({"app": "web"})
    template["spec"]["containers"][0]["ports"] = [
        {"name": "http", "containerPort": 8080}
    ]
    world.put(deployment(replicas=2, template=template))
    service(world)
    world.run()
    (subset,) = world.the("v1", "Endpoints", "web")["subsets"]
    assert {a["ip"] for a in subset["addresses"]} == {
        pod["status"]["podIP"] for pod in world.pods()
    }
    assert subset["ports"] == [{"port": 8080, "protocol": "TCP"}]
    (slice_,) = world.all("discovery.k8s.io/v1", "EndpointSlice")
    assert slice_["metadata"]["labels"]["kubernetes.io/service-name"] == "web"
    assert [e["conditions"]["ready"] for e in slice_["endpoints"]] == [True, True]


def test_a_pod_that_is_not_ready_takes_no_traffic(world: World) -> None:
    world.put(deployment(template=pod_template({"app": "web"}, sim="never-ready")))
    service(world, ports=[{"port": 80}])
    world.run()
    (subset,) = world.the("v1", "Endpoints", "web")["subsets"]
    assert "addresses" not in subset
    assert len(subset["notReadyAddresses"]) == 1


def test_endpoints_follow_the_pods_and_go_with_the_service(world: World) -> None:
    world.put(deployment())
    created = service(world, ports=[{"port": 80}])
    world.run()
    world.delete(world.the("apps/v1", "Deployment", "web"))
    world.run()
    assert "subsets" not in world.the("v1", "Endpoints", "web")
    world.delete(created)
    world.run()
    assert world.get("v1", "Endpoints", "web") is None
    assert world.all("discovery.k8s.io/v1", "EndpointSlice") == []


def test_a_load_balancer_has_an_address_of_its_own(world: World) -> None:
    first = service(world, type="LoadBalancer", ports=[{"port": 80}])
    spec = {"type": "LoadBalancer", "ports": [{"port": 80}]}
    world.create("v1", "Service", "other", spec=spec)
    world.run()
    addresses = {
        found["status"]["loadBalancer"]["ingress"][0]["ip"]
        for found in world.all("v1", "Service")
        if found["spec"]["type"] == "LoadBalancer"
    }
    assert len(addresses) == 2
    found = world.the("v1", "Service", first["metadata"]["name"])
    found["spec"] |= {"type": "ClusterIP", "allocateLoadBalancerNodePorts": None}
    for field in ("allocateLoadBalancerNodePorts", "externalTrafficPolicy"):
        found["spec"].pop(field)
    world.update(found)
    world.run()
    assert world.the("v1", "Service", "web")["status"] == {"loadBalancer": {}}


def test_a_disruption_budget_counts_its_pods(world: World) -> None:
    spec = {"minAvailable": "50%", "selector": {"matchLabels": {"app": "web"}}}
    world.create("policy/v1", "PodDisruptionBudget", "b", spec=spec)
    world.put(deployment(replicas=4))
    world.run()
    status = world.the("policy/v1", "PodDisruptionBudget", "b")["status"]
    assert (status["currentHealthy"], status["desiredHealthy"]) == (4, 2)
    assert (status["expectedPods"], status["disruptionsAllowed"]) == (4, 2)
    assert status["observedGeneration"] == 1


def test_an_autoscaler_is_content_with_its_target(world: World) -> None:
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    spec = {"maxReplicas": 5, "scaleTargetRef": target}
    world.create("autoscaling/v2", "HorizontalPodAutoscaler", "h", spec=spec)
    world.run()
    missing = world.the("autoscaling/v2", "HorizontalPodAutoscaler", "h")
    assert condition(missing, "AbleToScale")["reason"] == "FailedGetScale"
    world.put(deployment(replicas=2))
    world.run()
    found = world.the("autoscaling/v2", "HorizontalPodAutoscaler", "h")
    assert found["status"]["currentReplicas"] == found["status"]["desiredReplicas"] == 2
    assert condition(found, "AbleToScale")["status"] == "True"


def test_an_ingress_has_an_address(world: World) -> None:
    backend = {"service": {"name": "web", "port": {"number": 80}}}
    world.create(
        "networking.k8s.io/v1", "Ingress", "i", spec={"defaultBackend": backend}
    )
    world.run()
    status = world.the("networking.k8s.io/v1", "Ingress", "i")["status"]
    assert status["loadBalancer"]["ingress"]


def test_a_namespace_is_furnished_and_emptied(world: World) -> None:
    world.create("v1", "Namespace", "team")
    world.run()
    assert world.get("v1", "ServiceAccount", "default", "team")
    assert world.get("v1", "ConfigMap", "kube-root-ca.crt", "team")
    world.put(deployment() | {"metadata": {"name": "web", "namespace": "team"}})
    world.run()
    assert world.all("v1", "Pod", "team")
    world.delete(world.the("v1", "Namespace", "team"))
    world.run()
    assert world.get("v1", "Namespace", "team") is None
    assert world.all("v1", "Pod", "team") == []


def test_a_namespace_waits_for_what_a_finalizer_holds(world: World) -> None:
    world.create("v1", "Namespace", "team")
    held = {"namespace": "team", "finalizers": ["example.com/hold"]}
    world.create("v1", "ConfigMap", "c", metadata=held)
    world.run()
    world.delete(world.the("v1", "Namespace", "team"))
    world.run()
    namespace = world.the("v1", "Namespace", "team")
    assert namespace["status"]["phase"] == "Terminating"
    remaining = condition(namespace, "NamespaceFinalizersRemaining")
    assert "example.com/hold in 1 resource instances" in remaining["message"]
    config_map = world.the("v1", "ConfigMap", "c", "team")
    del config_map["metadata"]["finalizers"]
    world.update(config_map)
    world.run()
    assert world.get("v1", "Namespace", "team") is None


def test_what_has_come_to_rest_writes_nothing_more(world: World) -> None:
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    selector = {"matchLabels": {"app": "web"}}
    claim(world)
    user(world)
    world.put(deployment(replicas=2))
    service(world, type="LoadBalancer", ports=[{"port": 80}])
    for api_version, kind, spec in (
        (
            "policy/v1",
            "PodDisruptionBudget",
            {"maxUnavailable": 1, "selector": selector},
        ),
        (
            "autoscaling/v2",
            "HorizontalPodAutoscaler",
            {"maxReplicas": 5, "scaleTargetRef": target},
        ),
        (
            "networking.k8s.io/v1",
            "Ingress",
            {"defaultBackend": {"service": {"name": "web", "port": {"number": 80}}}},
        ),
        (
            "apps/v1",
            "StatefulSet",
            {
                "serviceName": "s",
                "selector": selector,
                "template": pod_template({"app": "web"}),
            },
        ),
        (
            "apps/v1",
            "DaemonSet",
            {"selector": selector, "template": pod_template({"app": "web"})},
        ),
        ("batch/v1", "Job", {"template": pod_template({}, restartPolicy="Never")}),
    ):
        world.create(api_version, kind, "idle", spec=spec)
    world.run()
    revision = world.store.revision
    world.run(3600)
    assert world.store.revision == revision
