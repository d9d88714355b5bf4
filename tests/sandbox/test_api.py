"""Requests and refusals, word for word."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.sandbox.conftest import Client, Reply

JSON_PATCH = {"Content-Type": "application/json-patch+json"}
MERGE = {"Content-Type": "application/merge-patch+json"}
STRATEGIC = {"Content-Type": "application/strategic-merge-patch+json"}
APPLY = {"Content-Type": "application/apply-patch+yaml"}


def config(name: str, **data: str) -> dict[str, Any]:
    return {"metadata": {"name": name}, "data": data}


def configs(space: str, name: str = "") -> str:
    return f"/api/v1/namespaces/{space}/configmaps/{name}".rstrip("/")


def refused(reply: Reply, code: int, reason: str) -> str:
    status = reply.json
    assert (reply.code, status["code"], status.get("reason", "")) == (
        code,
        code,
        reason,
    ), status
    assert (status["kind"], status["status"]) == ("Status", "Failure")
    message: str = status["message"]
    return message


def test_a_new_object_gets_uid_time_and_revision(api: Client, space: str) -> None:
    made = api("POST", configs(space), config("a", x="1"))
    assert made.code == 201
    obj = made.json
    assert (obj["kind"], obj["apiVersion"]) == ("ConfigMap", "v1")
    metadata = obj["metadata"]
    assert metadata["namespace"] == space
    assert metadata["resourceVersion"].isdecimal()
    assert len(metadata["uid"]) == 36
    assert metadata["creationTimestamp"].endswith("Z")
    assert api("GET", configs(space, "a")).json == obj


def test_generated_names_get_five_letters(api: Client, space: str) -> None:
    body = {"metadata": {"generateName": "job-"}}
    names = {
        api("POST", configs(space), body).json["metadata"]["name"] for _ in range(5)
    }
    assert len(names) == 5
    for name in names:
        assert len(name) == len("job-") + 5
        assert set(name[4:]) <= set("bcdfghjklmnpqrstvwxz2456789")


def test_a_name_that_is_taken_is_refused(api: Client, space: str) -> None:
    api("POST", configs(space), config("a"))
    again = api("POST", configs(space), config("a"))
    message = refused(again, 409, "AlreadyExists")
    assert message == 'configmaps "a" already exists'
    assert again.json["details"] == {"name": "a", "kind": "configmaps"}


def test_what_is_missing_is_named_by_resource_and_group(
    api: Client, space: str
) -> None:
    reply = api("GET", f"/apis/apps/v1/namespaces/{space}/deployments/web")
    assert refused(reply, 404, "NotFound") == 'deployments.apps "web" not found'
    assert reply.json["details"] == {
        "name": "web",
        "group": "apps",
        "kind": "deployments",
    }


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/nothing",
        "/api/v2",
        "/api/v1/nothings",
        "/api/v1/namespaces/default/nothings",
        "/api/v1/pods/a",
        "/api/v1/namespaces/default/nodes",
        "/api/v1/namespaces/default/pods/a/nothing",
        "/api/v1/namespaces/default/pods/a/log/more",
        "/apis/apps/v9/deployments",
        "/apis/nothing.dev/v1/things",
        "/apis/apps",
        "/openapi/v3/apis/nothing/v1",
    ],
)
def test_a_path_that_leads_nowhere_gets_plain_text(api: Client, path: str) -> None:
    reply = api("GET", path)
    if path == "/apis/apps":
        assert reply.json["kind"] == "APIGroup"
    else:
        assert (reply.code, reply.body) == (404, b"404 page not found\n")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "/api/v1/namespaces"),
        ("PUT", "/api/v1/namespaces/default/configmaps"),
        ("PATCH", "/api/v1/namespaces/default/configmaps"),
        ("POST", "/api/v1/namespaces/default/configmaps/a"),
        ("POST", "/api/v1/configmaps"),
        ("DELETE", "/api/v1/configmaps"),
        ("DELETE", "/api/v1/namespaces/default/pods/a/status"),
        ("GET", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"),
        ("OPTIONS", "/api/v1/namespaces/default/configmaps"),
        ("POST", "/api/v1/namespaces/default/pods/a/log"),
    ],
)
def test_a_method_that_a_path_does_not_know_is_refused(
    api: Client, method: str, path: str
) -> None:
    message = refused(api(method, path), 405, "MethodNotAllowed")
    assert message == "the server does not allow this method on the requested resource"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", ""),
        (b"{", ""),
        (b"[]", ""),
        (b'"text"', ""),
        (b"null", ""),
        (b"{'a': 1}", ""),
        (b"\xff\xfe", ""),
        (b"[" * 100_000, ""),
        (b'{"a":' * 50_000, ""),
        (b'{"metadata": 5}', "cannot unmarshal number into Go struct field"),
        (b'{"metadata": {"name": 5}}', "ObjectMeta.metadata.name of type string"),
        (b'{"metadata": {"labels": {"a": 1}}}', "of type string"),
        (b'{"metadata": {"labels": ["a"]}}', "of type map[string]string"),
        (b'{"data": {"a": true}}', "ConfigMap.data of type string"),
        (b'{"kind": "Secret"}', "cannot be handled as a ConfigMap"),
        (b'{"apiVersion": "v2"}', "does not match the expected API version (v1)"),
        (b'{"kind": 5}', ""),
        (b'{"apiVersion": []}', ""),
        (b'{"metadata": {"name": "\\ud800"}}', ""),
        (b'{"metadata": {"name": NaN}}', ""),
        (b'{"metadata": {"namespace": "elsewhere", "name": "a"}}', "namespace"),
        (b'{"metadata": {"name": "a", "resourceVersion": "5"}}', "resourceVersion"),
    ],
)
def test_a_broken_body_is_the_clients_fault(
    api: Client, space: str, body: bytes, words: str
) -> None:
    reply = api("POST", configs(space), body)
    assert reply.code in {400, 422}, reply.body
    if words:
        assert words in reply.json["message"]


def test_an_unknown_form_of_body_is_refused(api: Client, space: str) -> None:
    reply = api("POST", configs(space), b"<a/>", headers={"Content-Type": "text/xml"})
    message = refused(reply, 415, "UnsupportedMediaType")
    assert "application/json" in message
    patch = api("PATCH", configs(space, "a"), {}, headers={"Content-Type": "text/x"})
    assert "application/apply-patch+yaml" in refused(patch, 415, "UnsupportedMediaType")


def test_a_body_may_be_yaml(api: Client, space: str) -> None:
    body = b"metadata:\n  name: a\ndata:\n  x: text\n"
    made = api(
        "POST", configs(space), body, headers={"Content-Type": "application/yaml"}
    )
    assert made.json["data"] == {"x": "text"}


def test_a_client_that_wants_no_json_is_refused(api: Client, space: str) -> None:
    reply = api("GET", configs(space), headers={"Accept": "text/html"})
    refused(reply, 406, "NotAcceptable")


def test_json_answers_whoever_would_rather_have_protobuf(
    api: Client, space: str
) -> None:
    accept = "application/vnd.kubernetes.protobuf,application/json"
    assert api("GET", configs(space), headers={"Accept": accept}).json["items"]


def test_unknown_and_duplicate_fields_are_warned_about(api: Client, space: str) -> None:
    body = b'{"metadata": {"name": "a", "name": "b", "lables": {}}, "dat": {}}'
    warned = api("POST", configs(space), body)
    assert warned.code == 201
    assert warned.headers.getlist("Warning") == [
        '299 - "duplicate field \\"metadata.name\\""',
        '299 - "unknown field \\"metadata.lables\\""',
        '299 - "unknown field \\"dat\\""',
    ]
    silent = api(
        "POST", configs(space), {"dat": 1, **config("c")}, fieldValidation="Ignore"
    )
    assert "Warning" not in silent.headers
    strict = api(
        "POST", configs(space), {"dat": 1, **config("d")}, fieldValidation="Strict"
    )
    assert refused(strict, 400, "BadRequest") == (
        'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding'
        ' error: unknown field "dat"'
    )
    unknown = api("POST", configs(space), config("e"), fieldValidation="Loud")
    assert 'supported values: "Ignore", "Strict", "Warn"' in refused(
        unknown, 422, "Invalid"
    )


def test_unknown_fields_of_a_patch_are_found_in_its_result(
    api: Client, space: str
) -> None:
    api("POST", configs(space), config("a"))
    patch = {"metadata": {"lables": {"a": "b"}}}
    warned = api("PATCH", configs(space, "a"), patch, headers=MERGE)
    assert warned.headers["Warning"] == '299 - "unknown field \\"metadata.lables\\""'
    strict = api(
        "PATCH", configs(space, "a"), patch, headers=MERGE, fieldValidation="Strict"
    )
    assert 'strict decoding error: unknown field "metadata.lables"' in refused(
        strict, 422, "Invalid"
    )


def test_an_update_of_an_old_state_conflicts(api: Client, space: str) -> None:
    old = api("POST", configs(space), config("a", x="1")).json
    new = {**old, "data": {"x": "2"}}
    assert api("PUT", configs(space, "a"), new).code == 200
    stale = api("PUT", configs(space, "a"), {**old, "data": {"x": "3"}})
    assert refused(stale, 409, "Conflict") == (
        'Operation cannot be fulfilled on configmaps "a": the object has been modified;'
        " please apply your changes to the latest version and try again"
    )
    del old["metadata"]["resourceVersion"]
    assert api("PUT", configs(space, "a"), {**old, "data": {"x": "4"}}).code == 200


def test_some_kinds_are_replaced_at_a_known_version_only(
    api: Client, space: str
) -> None:
    leases = f"/apis/coordination.k8s.io/v1/namespaces/{space}/leases"
    lease = {"metadata": {"name": "a"}, "spec": {}}
    made = api("POST", leases, lease).json
    blind = api("PUT", f"{leases}/a", lease)
    assert refused(blind, 422, "Invalid") == (
        'leases.coordination.k8s.io "a" is invalid: metadata.resourceVersion: Invalid'
        " value: 0x0: must be specified for an update"
    )
    assert api("PUT", f"{leases}/a", made).code == 200


def test_an_update_that_changes_nothing_keeps_the_revision(
    api: Client, space: str
) -> None:
    made = api("POST", configs(space), config("a", x="1")).json
    again = api("PUT", configs(space, "a"), config("a", x="1")).json
    assert again["metadata"]["resourceVersion"] == made["metadata"]["resourceVersion"]


def test_an_update_is_for_the_object_on_the_path(api: Client, space: str) -> None:
    made = api("POST", configs(space), config("a")).json
    other = api("PUT", configs(space, "a"), config("b"))
    assert "does not match the name on the URL (a)" in refused(other, 400, "BadRequest")
    made["metadata"]["uid"] = "another"
    assert "Precondition failed: UID" in refused(
        api("PUT", configs(space, "a"), made), 409, "Conflict"
    )
    refused(api("PUT", configs(space, "b"), config("b")), 404, "NotFound")


def test_a_put_creates_a_lease_but_not_in_place_of_one_that_is_gone(
    api: Client, space: str
) -> None:
    path = f"/apis/coordination.k8s.io/v1/namespaces/{space}/leases/a"
    lease = {
        "apiVersion": "coordination.k8s.io/v1",
        "kind": "Lease",
        "metadata": {"name": "a"},
    }
    made = api("PUT", path, lease)
    assert made.code == 201
    api("DELETE", path)
    refused(api("PUT", path, made.json), 409, "Conflict")


def test_patches_are_json_merge_or_strategic(api: Client, space: str) -> None:
    path = f"/api/v1/namespaces/{space}/services"
    ports = [{"name": "a", "port": 80}, {"name": "b", "port": 81}]
    api("POST", path, {"metadata": {"name": "s"}, "spec": {"ports": ports}})

    def names(reply: Reply) -> list[tuple[str, int]]:
        assert reply.code == 200, reply.body
        return [(p["name"], p["port"]) for p in reply.json["spec"]["ports"]]

    one = api(
        "PATCH",
        f"{path}/s",
        [{"op": "replace", "path": "/spec/ports/0/name", "value": "c"}],
        headers=JSON_PATCH,
    )
    assert names(one) == [("c", 80), ("b", 81)]
    two = api(
        "PATCH",
        f"{path}/s",
        {"spec": {"ports": [{"port": 82, "name": "d"}]}},
        headers=STRATEGIC,
    )
    assert sorted(names(two)) == [("b", 81), ("c", 80), ("d", 82)]
    three = api(
        "PATCH",
        f"{path}/s",
        {"spec": {"ports": [{"port": 83, "name": "e"}]}},
        headers=MERGE,
    )
    assert names(three) == [("e", 83)]


@pytest.mark.parametrize(
    ("headers", "patch", "code"),
    [
        (JSON_PATCH, [{"op": "test", "path": "/data/x", "value": "2"}], 422),
        (JSON_PATCH, [{"op": "remove", "path": "/nothing"}], 422),
        (JSON_PATCH, [{"op": "fly", "path": "/data"}], 422),
        (JSON_PATCH, {"data": {}}, 400),
        (JSON_PATCH, [5], 400),
        (JSON_PATCH, [{"op": "replace", "path": "", "value": 5}], 400),
        (JSON_PATCH, [{"op": "remove", "path": "/metadata"}], 422),
        (MERGE, [], 400),
        (MERGE, {"metadata": None}, 422),
        (MERGE, {"metadata": "text"}, 422),
        (MERGE, {"data": {"x": 5}}, 422),
        (MERGE, {"metadata": {"resourceVersion": "1"}}, 409),
        (MERGE, {"metadata": {"name": "other"}}, 400),
        (STRATEGIC, {"data": {"$patch": "fly"}}, 400),
        (APPLY, b"kind: [", 400),
        (APPLY, b"- a", 400),
        (APPLY, b"kind: Secret", 400),
        (APPLY, b"metadata: {managedFields: [{}]}", 400),
        (APPLY, b"dat: {}", 400),
        (MERGE, b"{", 400),
    ],
)
def test_a_patch_that_does_not_fit_is_refused(
    api: Client, space: str, headers: dict[str, str], patch: Any, code: int
) -> None:
    made = api("POST", configs(space), config("a", x="1")).json
    reply = api(
        "PATCH", configs(space, "a"), patch, headers=headers, fieldManager="tester"
    )
    assert reply.code == code, reply.body
    assert api("GET", configs(space, "a")).json == made


def test_apply_creates_then_changes_and_needs_a_manager(
    api: Client, space: str
) -> None:
    body = b"apiVersion: v1\nkind: ConfigMap\ndata: {x: '1'}\n"
    path = configs(space, "a")
    nobody = api("PATCH", path, body, headers=APPLY)
    assert "fieldManager: Required value" in refused(nobody, 422, "Invalid")
    assert api("PATCH", path, body, headers=APPLY, fieldManager="m").code == 201
    assert api("PATCH", path, body, headers=APPLY, fieldManager="m").code == 200


def test_a_dry_run_checks_and_stores_nothing(api: Client, space: str) -> None:
    made = api("POST", configs(space), config("a", x="1"), dryRun="All")
    assert made.code == 201
    assert "uid" in made.json["metadata"]
    assert "resourceVersion" not in made.json["metadata"]
    refused(api("GET", configs(space, "a")), 404, "NotFound")
    stored = api("POST", configs(space), config("a", x="1")).json
    changed = api("PUT", configs(space, "a"), config("a", x="2"), dryRun="All").json
    assert changed["data"] == {"x": "2"}
    assert api("DELETE", configs(space, "a"), dryRun="All").code == 200
    assert api("GET", configs(space, "a")).json == stored
    other = api("DELETE", configs(space, "a"), dryRun="Some")
    assert 'dryRun: Unsupported value: "Some"' in refused(other, 422, "Invalid")


def test_deletion_answers_with_a_status(api: Client, space: str) -> None:
    made = api("POST", configs(space), config("a")).json
    gone = api("DELETE", configs(space, "a"))
    assert gone.code == 200
    assert gone.json == {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Success",
        "details": {
            "name": "a",
            "kind": "configmaps",
            "uid": made["metadata"]["uid"],
        },
    }
    refused(api("DELETE", configs(space, "a")), 404, "NotFound")


def test_services_accounts_and_pods_answer_with_the_object(
    api: Client, space: str
) -> None:
    path = f"/api/v1/namespaces/{space}/serviceaccounts"
    api("POST", path, {"metadata": {"name": "a"}})
    assert api("DELETE", f"{path}/a").json["kind"] == "ServiceAccount"


def test_preconditions_of_a_deletion_must_hold(api: Client, space: str) -> None:
    made = api("POST", configs(space), config("a")).json["metadata"]
    wrong = {"preconditions": {"uid": "another"}}
    assert refused(api("DELETE", configs(space, "a"), wrong), 409, "Conflict") == (
        'Operation cannot be fulfilled on configmaps "a": the UID in the precondition'
        f" (another) does not match the UID in record ({made['uid']}). The object might"
        " have been deleted and then recreated"
    )
    old = {"preconditions": {"resourceVersion": "1"}}
    refused(api("DELETE", configs(space, "a"), old), 409, "Conflict")
    right = {"preconditions": {"uid": made["uid"]}}
    assert api("DELETE", configs(space, "a"), right).code == 200


def test_a_finalizer_holds_an_object_until_it_is_taken_off(
    api: Client, space: str
) -> None:
    body = config("a")
    body["metadata"]["finalizers"] = ["example.com/hold"]
    api("POST", configs(space), body)
    held = api("DELETE", configs(space, "a")).json
    assert held["kind"] == "ConfigMap"
    assert "deletionTimestamp" in held["metadata"]
    again = api("DELETE", configs(space, "a")).json
    assert again["metadata"] == held["metadata"]
    freed = api(
        "PATCH", configs(space, "a"), {"metadata": {"finalizers": None}}, headers=MERGE
    )
    assert freed.code == 200
    refused(api("GET", configs(space, "a")), 404, "NotFound")


def test_a_collection_is_deleted_by_selector(api: Client, space: str) -> None:
    for name, label in (("a", "x"), ("b", "x"), ("c", "y")):
        body = config(name)
        body["metadata"]["labels"] = {"l": label}
        api("POST", configs(space), body)
    assert api("DELETE", configs(space), labelSelector="l=x").code == 200
    left = api("GET", configs(space), labelSelector="l").json["items"]
    assert [obj["metadata"]["name"] for obj in left] == ["c"]


def test_an_absent_namespace_is_what_is_missing(api: Client) -> None:
    reply = api("POST", configs("nowhere-at-all"), config("a"))
    message = refused(reply, 404, "NotFound")
    assert message == 'namespaces "nowhere-at-all" not found'
    assert api("GET", configs("nowhere-at-all")).json["items"] == []


def test_the_first_namespaces_cannot_be_deleted(api: Client) -> None:
    message = refused(api("DELETE", "/api/v1/namespaces/default"), 403, "Forbidden")
    assert message == (
        'namespaces "default" is forbidden: this namespace may not be deleted'
    )


def test_nothing_is_created_in_a_namespace_that_ends(api: Client, space: str) -> None:
    body = config("held")
    body["metadata"]["finalizers"] = ["example.com/hold"]
    api("POST", configs(space), body)
    ending = api("DELETE", f"/api/v1/namespaces/{space}").json
    assert ending["status"]["phase"] == "Terminating"
    reply = api("POST", configs(space), config("late"))
    assert refused(reply, 403, "Forbidden") == (
        f'configmaps "late" is forbidden: unable to create new content in namespace'
        f" {space} because it is being terminated"
    )
    assert reply.json["details"]["causes"] == [
        {
            "reason": "NamespaceTerminating",
            "message": f"namespace {space} is being terminated",
            "field": "metadata.namespace",
        }
    ]
    free = {"metadata": {"finalizers": None}}
    api("PATCH", configs(space, "held"), free, headers=MERGE)


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
