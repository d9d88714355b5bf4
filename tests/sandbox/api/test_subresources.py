"""Reviews, status, scale and evictions; what the server cannot do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.sandbox.requests import MERGE, config, configs, refused

if TYPE_CHECKING:
    from tests.sandbox.conftest import Client


def test_a_review_allows_everything(api: Client) -> None:
    path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
    spec = {"resourceAttributes": {"verb": "create", "resource": "pods"}}
    review = api("POST", path, {"spec": spec})
    assert review.code == 201
    assert review.json["status"]["allowed"] is True


def test_status_and_spec_are_written_apart(api: Client, space: str) -> None:
    path = f"/apis/policy/v1/namespaces/{space}/poddisruptionbudgets"
    spec = {"minAvailable": 1, "selector": {"matchLabels": {"a": "b"}}}
    given = {"metadata": {"name": "p"}, "spec": spec, "status": {"expectedPods": 9}}
    made = api("POST", path, given).json
    assert made["status"]["expectedPods"] == 0
    assert made["metadata"]["generation"] == 1
    both = {"spec": {"minAvailable": 2}, "status": {"expectedPods": 7}}
    after = api("PATCH", f"{path}/p", both, headers=MERGE).json
    assert (after["spec"]["minAvailable"], after["metadata"]["generation"]) == (2, 2)
    assert after["status"]["expectedPods"] == 0
    both["spec"]["minAvailable"] = 3
    reported = api("PATCH", f"{path}/p/status", both, headers=MERGE).json
    assert reported["spec"]["minAvailable"] == 2
    assert reported["status"]["expectedPods"] == 7
    assert reported["metadata"]["generation"] == 2


def test_scale_shows_and_sets_the_replicas(api: Client, space: str) -> None:
    path = f"/apis/apps/v1/namespaces/{space}/deployments"
    labels = {"app": "web"}
    template = {
        "metadata": {"labels": labels},
        "spec": {"containers": [{"name": "c", "image": "i"}]},
    }
    spec = {"replicas": 2, "selector": {"matchLabels": labels}, "template": template}
    assert api("POST", path, {"metadata": {"name": "web"}, "spec": spec}).code == 201
    scale = api("GET", f"{path}/web/scale").json
    assert (scale["kind"], scale["apiVersion"]) == ("Scale", "autoscaling/v1")
    assert scale["spec"] == {"replicas": 2}
    assert scale["status"]["selector"] == "app=web"
    patched = api(
        "PATCH", f"{path}/web/scale", {"spec": {"replicas": 0}}, headers=MERGE
    )
    assert patched.json["spec"] == {}
    scale["spec"]["replicas"] = 3
    refused(api("PUT", f"{path}/web/scale", scale), 409, "Conflict")
    del scale["metadata"]["resourceVersion"]
    assert api("PUT", f"{path}/web/scale", scale).json["spec"] == {"replicas": 3}
    assert api("GET", f"{path}/web").json["spec"]["replicas"] == 3
    negative = api(
        "PATCH", f"{path}/web/scale", {"spec": {"replicas": -1}}, headers=MERGE
    )
    assert "must be greater than or equal to 0" in refused(negative, 422, "Invalid")


def test_autoscalers_are_one_object_in_two_versions(api: Client, space: str) -> None:
    old = f"/apis/autoscaling/v1/namespaces/{space}/horizontalpodautoscalers"
    target = {"kind": "Deployment", "name": "web", "apiVersion": "apps/v1"}
    spec = {
        "scaleTargetRef": target,
        "maxReplicas": 3,
        "targetCPUUtilizationPercentage": 70,
    }
    made = api("POST", old, {"metadata": {"name": "h"}, "spec": spec}).json
    assert made["apiVersion"] == "autoscaling/v1"
    assert made["spec"]["targetCPUUtilizationPercentage"] == 70
    new = api("GET", f"{old.replace('/v1/', '/v2/')}/h").json
    assert new["apiVersion"] == "autoscaling/v2"
    assert new["spec"]["metrics"][0]["resource"]["target"] == {
        "type": "Utilization",
        "averageUtilization": 70,
    }
    assert api("GET", old).json["items"][0]["spec"] == made["spec"]


def test_a_server_that_fails_is_not_what_a_client_sees(api: Client, space: str) -> None:
    """Every value of every wrong type, in every place of a Deployment."""
    path = f"/apis/apps/v1/namespaces/{space}/deployments"
    container = {"name": "c", "image": "i", "ports": [{"containerPort": 1}]}
    labels = {"a": "b"}

    def fresh() -> dict[str, Any]:
        return {
            "metadata": {"name": "d", "labels": labels, "ownerReferences": []},
            "spec": {
                "replicas": 1,
                "selector": {"matchLabels": labels},
                "strategy": {"type": "RollingUpdate", "rollingUpdate": {}},
                "template": {
                    "metadata": {"labels": labels},
                    "spec": {"containers": [container], "volumes": []},
                },
            },
        }

    def places(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        keys = (
            list(value)
            if isinstance(value, dict)
            else range(len(value))
            if isinstance(value, list)
            else ()
        )
        return [at, *(p for k in keys for p in places(value[k], (*at, k)))]

    for place in places(fresh())[1:]:
        values: tuple[Any, ...] = (
            None,
            5,
            -1,
            "text",
            "",
            True,
            [],
            {},
            [[]],
            [{}],
            {"x": {}},
        )
        for wrong in values:
            body = fresh()
            parent: Any = body
            for key in place[:-1]:
                parent = parent[key]
            parent[place[-1]] = wrong
            reply = api("POST", path, body, dryRun="All")
            assert reply.code in {201, 400, 422}, (place, wrong, reply.body)


def test_an_eviction_spends_the_budget_and_then_waits(api: Client, space: str) -> None:
    path = f"/api/v1/namespaces/{space}/pods"
    labels = {"app": "db"}
    spec = {"containers": [{"name": "c", "image": "i"}]}
    for name in ("a", "b"):
        api("POST", path, {"metadata": {"name": name, "labels": labels}, "spec": spec})
    budgets = f"/apis/policy/v1/namespaces/{space}/poddisruptionbudgets"
    wanted = {"minAvailable": 1, "selector": {"matchLabels": labels}}
    api("POST", budgets, {"metadata": {"name": "db"}, "spec": wanted})
    watch = api.lines(budgets, watch="true", timeoutSeconds=20, resourceVersion=0)
    next(e for e in watch if e["object"]["status"]["disruptionsAllowed"] == 1)
    first = api("POST", f"{path}/a/eviction", {"metadata": {"name": "a"}})
    assert (first.code, first.json["status"]) == (201, "Success")
    refused(api("GET", f"{path}/a"), 404, "NotFound")
    second = api("POST", f"{path}/b/eviction", {"metadata": {"name": "b"}})
    assert refused(second, 429, "TooManyRequests") == (
        "Cannot evict pod as it would violate the pod's disruption budget."
    )
    (cause,) = second.json["details"]["causes"]
    assert cause["reason"] == "DisruptionBudget"


def test_a_resource_on_its_way_out_warns(api: Client, space: str) -> None:
    reply = api("GET", f"/api/v1/namespaces/{space}/endpoints")
    assert "v1 Endpoints is deprecated in v1.33+" in reply.headers["Warning"]


def test_a_body_larger_than_a_server_reads_is_refused(api: Client, space: str) -> None:
    body = config("a", x="y" * 3 * 2**20)
    refused(api("POST", configs(space), body), 413, "RequestEntityTooLarge")


def test_containers_that_do_not_run_cannot_be_entered(api: Client, space: str) -> None:
    path = f"/api/v1/namespaces/{space}/pods"
    spec = {"containers": [{"name": "c", "image": "i"}]}
    api("POST", path, {"metadata": {"name": "a"}, "spec": spec})
    refused(api("POST", f"{path}/a/exec"), 501, "NotImplemented")
