"""Deletions, finalizers and namespaces that end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.sandbox.requests import MERGE, config, configs, refused

if TYPE_CHECKING:
    from tests.sandbox.conftest import Client


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
