"""Updates, patches and dry runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.requests import (
    APPLY,
    JSON_PATCH,
    MERGE,
    STRATEGIC,
    config,
    configs,
    refused,
)

if TYPE_CHECKING:
    from tests.sandbox.conftest import Client, Reply


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
