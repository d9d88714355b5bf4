"""Lists, pages, selectors, tables and watches."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.requests import MERGE, config, configs, refused

if TYPE_CHECKING:
    from tests.sandbox.conftest import Client

TABLE = {
    "Accept": "application/json;as=Table;v=v1;g=meta.k8s.io,"
    "application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json"
}
PARTIAL = {"Accept": "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io"}
PARTIAL_LIST = {
    "Accept": "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"
}


def fill(api: Client, space: str, **labels: str) -> None:
    """Create ConfigMaps by name, each with one label ``l``."""
    for name, label in labels.items():
        body = config(name)
        body["metadata"]["labels"] = {"l": label}
        assert api("POST", configs(space), body).code == 201


def names(listed: Any) -> list[str]:
    found = [obj["metadata"]["name"] for obj in listed["items"]]
    return [name for name in found if name != "kube-root-ca.crt"]


def test_a_list_has_a_revision_and_bare_items(api: Client, space: str) -> None:
    fill(api, space, a="x")
    listed = api("GET", configs(space)).json
    assert (listed["kind"], listed["apiVersion"]) == ("ConfigMapList", "v1")
    assert listed["metadata"]["resourceVersion"].isdecimal()
    assert all("kind" not in obj for obj in listed["items"])


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ("l=x", ["a", "b"]),
        ("l==x", ["a", "b"]),
        ("l!=x", ["c", "d"]),
        ("l in (x, z)", ["a", "b", "d"]),
        ("l notin (x,z)", ["c"]),
        ("l", ["a", "b", "c", "d"]),
        ("!l", []),
        ("l in (x),m", ["b"]),
        ("m=", ["b"]),
        ("l>3", []),
        (" ", ["a", "b", "c", "d"]),
    ],
)
def test_labels_select(
    api: Client, space: str, selector: str, expected: list[str]
) -> None:
    fill(api, space, a="x", b="x", c="y", d="z")
    patch = {"metadata": {"labels": {"m": ""}}}
    api("PATCH", configs(space, "b"), patch, headers=MERGE)
    listed = api("GET", configs(space), labelSelector=selector)
    assert names(listed.json) == expected


@pytest.mark.parametrize(
    "selector",
    ["=x", "a b", "a in x", "a in (x", "a=b=c", "a,,b", "a>x", "/a", "a=-", "((", "!"],
)
def test_a_label_selector_that_does_not_parse_is_refused(
    api: Client, space: str, selector: str
) -> None:
    reply = api("GET", configs(space), labelSelector=selector)
    assert "unable to parse requirement" in refused(reply, 400, "BadRequest")


def test_fields_select(api: Client, space: str) -> None:
    fill(api, space, a="x", b="y")

    def listed(selector: str) -> list[str]:
        return names(api("GET", configs(space), fieldSelector=selector).json)

    assert listed("metadata.name=a") == ["a"]
    assert listed("metadata.name!=a") == ["b"]
    assert listed(f"metadata.namespace={space},metadata.name=b") == ["b"]
    assert listed("metadata.namespace=elsewhere") == []
    everywhere = api(
        "GET", "/api/v1/configmaps", fieldSelector=f"metadata.namespace={space}"
    )
    assert names(everywhere.json) == ["a", "b"]
    unknown = api("GET", configs(space), fieldSelector="data.a=b")
    assert "field label not supported: data.a" in refused(unknown, 400, "BadRequest")
    refused(api("GET", configs(space), fieldSelector="nothing"), 400, "BadRequest")


def test_secrets_are_selected_by_type(api: Client, space: str) -> None:
    path = f"/api/v1/namespaces/{space}/secrets"
    for name, kind in (("a", "Opaque"), ("b", "helm.sh/release.v1")):
        api("POST", path, {"metadata": {"name": name}, "type": kind})
    found = api("GET", path, fieldSelector="type=helm.sh/release.v1").json
    assert names(found) == ["b"]


def test_a_list_comes_in_pages(api: Client, space: str) -> None:
    fill(api, space, a="x", b="x", c="x", d="x", e="x")
    first = api("GET", configs(space), limit=2).json
    assert first["metadata"]["remainingItemCount"] == 4  # and kube-root-ca.crt
    found = names(first)
    token = first["metadata"]["continue"]
    while token:
        page = api("GET", configs(space), limit=2, **{"continue": token}).json
        assert (
            page["metadata"]["resourceVersion"]
            == (first["metadata"]["resourceVersion"])
        )
        found += names(page)
        token = page["metadata"].get("continue")
    assert found == ["a", "b", "c", "d", "e"]
    selected = api("GET", configs(space), limit=2, labelSelector="l=x").json
    assert "remainingItemCount" not in selected["metadata"]


@pytest.mark.parametrize(
    ("query", "code", "reason"),
    [
        ({"continue": "nonsense"}, 400, "BadRequest"),
        ({"continue": "e30"}, 400, "BadRequest"),
        ({"limit": "many"}, 400, "BadRequest"),
        ({"limit": "-1"}, 400, "BadRequest"),
        ({"resourceVersion": "new"}, 422, "Invalid"),
        ({"resourceVersion": "99999999"}, 504, "Timeout"),
        ({"watch": "true", "timeoutSeconds": "x"}, 400, "BadRequest"),
        ({"watch": "true", "sendInitialEvents": "true"}, 422, "Invalid"),
        ({"watch": "true", "resourceVersionMatch": "Exact"}, 422, "Invalid"),
        ({"watch": "true", "labelSelector": "=="}, 400, "BadRequest"),
    ],
)
def test_parameters_that_make_no_sense_are_refused(
    api: Client, space: str, query: dict[str, Any], code: int, reason: str
) -> None:
    refused(api("GET", configs(space), **query), code, reason)


def test_a_table_has_columns_and_one_row_an_object(api: Client, space: str) -> None:
    fill(api, space, a="x")
    table = api("GET", configs(space, "a"), headers=TABLE).json
    assert (table["kind"], table["apiVersion"]) == ("Table", "meta.k8s.io/v1")
    columns = [column["name"] for column in table["columnDefinitions"]]
    assert columns == ["Name", "Data", "Age"]
    (row,) = table["rows"]
    assert row["cells"][:2] == ["a", 0]
    assert row["object"]["kind"] == "PartialObjectMetadata"
    whole = api("GET", configs(space), headers=TABLE, includeObject="Object").json
    assert whole["rows"][0]["object"]["kind"] == "ConfigMap"
    bare = api("GET", configs(space), headers=TABLE, includeObject="None").json
    assert "object" not in bare["rows"][0]


def test_metadata_alone_may_be_asked_for(api: Client, space: str) -> None:
    fill(api, space, a="x")
    one = api("GET", configs(space, "a"), headers=PARTIAL).json
    assert set(one) == {"kind", "apiVersion", "metadata"}
    assert one["kind"] == "PartialObjectMetadata"
    many = api("GET", configs(space), headers=PARTIAL_LIST).json
    assert many["kind"] == "PartialObjectMetadataList"
    assert many["items"][0]["kind"] == "PartialObjectMetadata"


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"labelSelector": "l=x"},
        {"labelSelector": "l in (x, y)"},
        {"labelSelector": "l=x,l=y"},
        {"labelSelector": "l!=x"},
        {"labelSelector": "l in (x, y),!m"},
        {"fieldSelector": "metadata.name=a"},
        {"fieldSelector": "metadata.name!=a"},
        {"fieldSelector": "metadata.name=a,metadata.name=b"},
        {"fieldSelector": "metadata.name=a", "labelSelector": "l=y"},
    ],
)
def test_metadata_are_selected_as_objects_are(
    api: Client, space: str, query: dict[str, Any]
) -> None:
    fill(api, space, a="x", b="y", c="z")
    whole = api("GET", configs(space), **query).json["items"]
    alone = api("GET", configs(space), headers=PARTIAL_LIST, **query).json["items"]
    assert [item["metadata"] for item in alone] == [obj["metadata"] for obj in whole]
    first = api("GET", configs(space), headers=PARTIAL_LIST, limit=1, **query).json
    token = first["metadata"].get("continue")
    rest = (
        api("GET", configs(space), headers=PARTIAL_LIST, **query, **{"continue": token})
        if token
        else None
    )
    assert first["items"] + (rest.json["items"] if rest else []) == alone


def events(api: Client, path: str, **query: Any) -> list[tuple[str, str]]:
    """Watch for a second: the events' types, and the objects' names."""
    return [
        (event["type"], event["object"].get("metadata", {}).get("name", ""))
        for event in api.lines(path, watch="true", timeoutSeconds=1, **query)
        if event["object"].get("metadata", {}).get("name") != "kube-root-ca.crt"
    ]


def test_a_watch_without_a_revision_begins_with_what_is_there(
    api: Client, space: str
) -> None:
    fill(api, space, a="x", b="y")
    assert events(api, configs(space)) == [("ADDED", "a"), ("ADDED", "b")]
    assert events(api, configs(space), resourceVersion=0, labelSelector="l=y") == [
        ("ADDED", "b")
    ]


def test_a_watch_from_a_revision_replays_what_came_after(
    api: Client, space: str
) -> None:
    fill(api, space, a="x")
    revision = api("GET", configs(space)).json["metadata"]["resourceVersion"]
    fill(api, space, b="y")
    patch = {"data": {"k": "v"}}
    api("PATCH", configs(space, "a"), patch, headers=MERGE)
    api("DELETE", configs(space, "b"))
    assert events(api, configs(space), resourceVersion=revision) == [
        ("ADDED", "b"),
        ("MODIFIED", "a"),
        ("DELETED", "b"),
    ]


def test_an_object_that_leaves_the_selection_is_deleted_from_it(
    api: Client, space: str
) -> None:
    fill(api, space, a="x")
    revision = api("GET", configs(space)).json["metadata"]["resourceVersion"]
    for label in ("y", "x", None):
        patch = {"metadata": {"labels": {"l": label}}}
        api("PATCH", configs(space, "a"), patch, headers=MERGE)
    seen = list(
        api.lines(
            configs(space),
            watch="true",
            timeoutSeconds=1,
            resourceVersion=revision,
            labelSelector="l=x",
        )
    )
    assert [event["type"] for event in seen] == ["DELETED", "ADDED", "DELETED"]
    assert seen[0]["object"]["metadata"]["labels"] == {"l": "x"}
    revisions = [int(e["object"]["metadata"]["resourceVersion"]) for e in seen]
    assert revisions == sorted(revisions)
    assert revisions[0] > int(revision)


def test_a_streaming_list_ends_with_a_marked_bookmark(api: Client, space: str) -> None:
    fill(api, space, a="x")
    *added, bookmark, _ = api.lines(
        configs(space),
        watch="true",
        timeoutSeconds=1,
        sendInitialEvents="true",
        resourceVersionMatch="NotOlderThan",
        allowWatchBookmarks="true",
    )
    assert "a" in [event["object"]["metadata"]["name"] for event in added]
    assert bookmark["type"] == "BOOKMARK"
    assert bookmark["object"]["kind"] == "ConfigMap"
    assert bookmark["object"]["metadata"]["annotations"] == {
        "k8s.io/initial-events-end": "true"
    }


def test_a_watch_sees_changes_as_they_happen(api: Client, space: str) -> None:
    lines = api.lines(
        configs(space), watch="true", timeoutSeconds=20, resourceVersion=0
    )
    fill(api, space, late="x")
    seen = next(e for e in lines if e["object"]["metadata"]["name"] == "late")
    assert seen["type"] == "ADDED"
    assert seen["object"]["kind"] == "ConfigMap"
    api("DELETE", configs(space, "late"))
    assert next(lines)["type"] == "DELETED"


def test_a_watch_may_show_tables_and_metadata(api: Client, space: str) -> None:
    fill(api, space, a="x")
    selector: dict[str, Any] = {
        "fieldSelector": "metadata.name=a",
        "timeoutSeconds": 1,
        "watch": 1,
    }
    watched = api("GET", configs(space), headers=TABLE, **selector)
    (event,) = map(json.loads, watched.body.splitlines())
    assert event["object"]["kind"] == "Table"
    assert event["object"]["rows"][0]["cells"][0] == "a"
    watched = api("GET", configs(space), headers=PARTIAL, **selector)
    (event,) = map(json.loads, watched.body.splitlines())
    assert event["object"]["kind"] == "PartialObjectMetadata"


def test_the_old_watch_path_still_works(api: Client, space: str) -> None:
    fill(api, space, a="x", b="y")
    path = f"/api/v1/watch/namespaces/{space}/configmaps"
    assert events(api, f"{path}/a") == [("ADDED", "a")]
