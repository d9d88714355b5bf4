"""Paths, methods and bodies: what is taken, and what is refused word for word."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.sandbox.requests import MERGE, config, configs, refused

if TYPE_CHECKING:
    from tests.sandbox.conftest import Client


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
