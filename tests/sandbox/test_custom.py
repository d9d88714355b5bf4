"""CustomResourceDefinitions, and the resources that they bring."""

from __future__ import annotations

import uuid
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.api.test_reading import TABLE
from tests.sandbox.requests import APPLY, MERGE, STRATEGIC, refused

if TYPE_CHECKING:
    from tests.sandbox.conftest import Client

DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
SPEC = {
    "type": "object",
    "required": ["size"],
    "properties": {
        "size": {"type": "integer", "minimum": 1},
        "color": {"type": "string", "default": "red", "enum": ["red", "blue"]},
        "replicas": {"type": "integer"},
        "anything": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
        "port": {"x-kubernetes-int-or-string": True},
        "labels": {"type": "object", "additionalProperties": {"type": "string"}},
        "maybe": {"type": "string", "nullable": True},
        "nested": {
            "type": "object",
            "default": {},
            "properties": {"deep": {"type": "integer", "default": 5}},
        },
        "parts": {
            "type": "array",
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["name"],
            "items": {
                "type": "object",
                "required": ["name"],
                "properties": {
                    "name": {"type": "string"},
                    "count": {"type": "integer", "default": 1},
                },
            },
        },
    },
}
STATUS = {"type": "object", "properties": {"replicas": {"type": "integer"}}}
COLUMNS = [
    {"name": "Size", "type": "integer", "jsonPath": ".spec.size"},
    {"name": "Color", "type": "string", "jsonPath": ".spec.color", "priority": 1},
    {"name": "Parts", "type": "string", "jsonPath": ".spec.parts[*].name"},
    {"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"},
]


def definition(group: str, **more: Any) -> dict[str, Any]:
    schema = {"type": "object", "properties": {"spec": SPEC, "status": STATUS}}
    version = {
        "name": "v1",
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": schema},
        "subresources": {
            "status": {},
            "scale": {
                "specReplicasPath": ".spec.replicas",
                "statusReplicasPath": ".status.replicas",
            },
        },
        "additionalPrinterColumns": COLUMNS,
    }
    return {
        "metadata": {"name": f"widgets.{group}"},
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {"plural": "widgets", "kind": "Widget", "shortNames": ["wd"]},
            "versions": [version],
            **more,
        },
    }


@pytest.fixture
def group(api: Client) -> str:
    """A group of the test's own, with Widgets in it."""
    name = f"g{uuid.uuid4().hex[:8]}.example.com"
    made = api("POST", DEFINITIONS, definition(name))
    assert made.code == 201, made.body
    return name


@pytest.fixture
def widgets(group: str, space: str) -> str:
    """The path of the Widgets in the test's namespace."""
    return f"/apis/{group}/v1/namespaces/{space}/widgets"


def widget(name: str, **spec: Any) -> dict[str, Any]:
    return {"metadata": {"name": name}, "spec": {"size": 3, **spec}}


def test_a_definition_is_established_when_it_is_created(
    api: Client, group: str
) -> None:
    made = api("GET", f"{DEFINITIONS}/widgets.{group}").json
    conditions = {c["type"]: c["status"] for c in made["status"]["conditions"]}
    assert conditions == {"NamesAccepted": "True", "Established": "True"}
    assert made["status"]["storedVersions"] == ["v1"]
    assert made["status"]["acceptedNames"]["singular"] == "widget"
    assert made["spec"]["names"]["listKind"] == "WidgetList"
    assert made["spec"]["conversion"] == {"strategy": "None"}


def test_its_resource_is_discovered_and_described(api: Client, group: str) -> None:
    (entry,) = [
        e
        for e in api("GET", f"/apis/{group}/v1").json["resources"]
        if "/" not in e["name"]
    ]
    assert entry["name"] == "widgets"
    assert entry["shortNames"] == ["wd"]
    accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
    found = api("GET", "/apis", headers={"Accept": accept}).json["items"]
    (own,) = [item for item in found if item["metadata"]["name"] == group]
    (resource,) = own["versions"][0]["resources"]
    assert [s["subresource"] for s in resource["subresources"]] == ["scale", "status"]
    document = api("GET", f"/openapi/v3/apis/{group}/v1").json
    (schema,) = [
        s
        for s in document["components"]["schemas"].values()
        if s.get("x-kubernetes-group-version-kind")
        == [{"group": group, "version": "v1", "kind": "Widget"}]
    ]
    assert schema["properties"]["spec"]["properties"]["color"]["default"] == "red"
    patch = document["paths"][
        f"/apis/{group}/v1/namespaces/{{namespace}}/widgets/{{name}}"
    ]
    assert (
        "application/strategic-merge-patch+json"
        not in (patch["patch"]["requestBody"]["content"])
    )


def test_defaults_are_filled_in_and_unknown_fields_pruned(
    api: Client, widgets: str
) -> None:
    given = widget(
        "w",
        unknown=1,
        anything={"a": {"b": 1}},
        labels={"a": "b"},
        parts=[{"name": "p"}],
    )
    made = api("POST", widgets, given)
    assert made.headers["Warning"] == '299 - "unknown field \\"spec.unknown\\""'
    assert made.json["spec"] == {
        "size": 3,
        "color": "red",
        "anything": {"a": {"b": 1}},
        "labels": {"a": "b"},
        "nested": {"deep": 5},
        "parts": [{"name": "p", "count": 1}],
    }
    assert made.json["metadata"]["generation"] == 1
    strict = api("POST", widgets, widget("x", unknown=1), fieldValidation="Strict")
    assert refused(strict, 400, "BadRequest") == (
        'Widget in version "v1" cannot be handled as a Widget: strict decoding error:'
        ' unknown field "spec.unknown"'
    )


def test_null_is_kept_only_where_it_is_allowed(api: Client, widgets: str) -> None:
    made = api("POST", widgets, widget("w", color=None, maybe=None))
    assert made.json["spec"] == {
        "size": 3,
        "color": "red",
        "maybe": None,
        "nested": {"deep": 5},
    }


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({"size": 0}, "should be greater than or equal to 1"),
        ({"size": "3"}, 'must be of type integer: "string"'),
        ({"size": None}, "spec.size"),
        (
            {"color": "green"},
            'Unsupported value: "green": supported values: ',
        ),
        ({"parts": [{"count": 1}]}, "spec.parts[0].name: Required value"),
        ({"parts": [{"name": "a"}, {"name": "a"}]}, "Duplicate value"),
        ({"labels": {"a": 1}}, "spec.labels.a"),
        ({"port": True}, "spec.port"),
    ],
)
def test_what_the_schema_forbids_is_refused(
    api: Client, widgets: str, spec: dict[str, Any], words: str
) -> None:
    reply = api("POST", widgets, widget("w", **spec))
    assert words in refused(reply, 422, "Invalid")


def test_patches_of_custom_resources_are_not_strategic(
    api: Client, widgets: str
) -> None:
    api("POST", widgets, widget("w"))
    refused(
        api("PATCH", f"{widgets}/w", {}, headers=STRATEGIC), 415, "UnsupportedMediaType"
    )
    merged = api("PATCH", f"{widgets}/w", {"spec": {"size": 4}}, headers=MERGE)
    assert (merged.json["spec"]["size"], merged.json["metadata"]["generation"]) == (
        4,
        2,
    )


def test_apply_follows_the_list_types_of_the_schema(
    api: Client, group: str, widgets: str
) -> None:
    def apply(manager: str, **part: Any) -> Any:
        body = {
            "apiVersion": f"{group}/v1",
            "kind": "Widget",
            "spec": {"size": 3, "parts": [part]},
        }
        reply = api("PATCH", f"{widgets}/w", body, headers=APPLY, fieldManager=manager)
        assert reply.code in {200, 201}, reply.body
        return reply.json

    apply("one", name="a")
    both = apply("two", name="b", count=2)
    assert both["spec"]["parts"] == [
        {"name": "a", "count": 1},
        {"name": "b", "count": 2},
    ]


def test_status_and_scale_are_parts_of_their_own(api: Client, widgets: str) -> None:
    made = api("POST", widgets, {**widget("w", replicas=2), "status": {"replicas": 9}})
    assert "status" not in made.json
    both = {"spec": {"size": 9}, "status": {"replicas": 2}}
    reported = api("PATCH", f"{widgets}/w/status", both, headers=MERGE).json
    assert (reported["spec"]["size"], reported["status"]) == (3, {"replicas": 2})
    scale = api("GET", f"{widgets}/w/scale").json
    assert (scale["spec"], scale["status"]) == ({"replicas": 2}, {"replicas": 2})
    api("PATCH", f"{widgets}/w/scale", {"spec": {"replicas": 5}}, headers=MERGE)
    assert api("GET", f"{widgets}/w").json["spec"]["replicas"] == 5


def test_its_columns_are_its_own(api: Client, widgets: str) -> None:
    api("POST", widgets, widget("w", parts=[{"name": "a"}, {"name": "b"}]))
    table = api("GET", widgets, headers=TABLE).json
    columns = [(c["name"], c["priority"]) for c in table["columnDefinitions"]]
    assert columns == [("Name", 0), ("Size", 0), ("Color", 1), ("Parts", 0), ("Age", 0)]
    assert table["rows"][0]["cells"][:4] == ["w", 3, "red", "[a b]"]


def test_deleting_a_definition_deletes_its_objects(
    api: Client, group: str, widgets: str
) -> None:
    api("POST", widgets, widget("w"))
    watch = api.lines(
        DEFINITIONS,
        watch="true",
        timeoutSeconds=20,
        fieldSelector=f"metadata.name=widgets.{group}",
    )
    assert next(watch)["type"] == "ADDED"
    held = api("DELETE", f"{DEFINITIONS}/widgets.{group}").json
    assert "deletionTimestamp" in held["metadata"]
    assert "DELETED" in (event["type"] for event in watch)
    assert api("GET", widgets).body == b"404 page not found\n"
    assert api("POST", DEFINITIONS, definition(group)).code == 201
    assert api("GET", widgets).json["items"] == []


def test_a_name_that_is_taken_is_not_accepted(api: Client, group: str) -> None:
    rival = definition(group)
    rival["metadata"]["name"] = f"gadgets.{group}"
    rival["spec"]["names"] = {"plural": "gadgets", "kind": "Widget"}
    made = api("POST", DEFINITIONS, rival).json
    conditions = {c["type"]: c["status"] for c in made["status"]["conditions"]}
    assert conditions == {"NamesAccepted": "False", "Established": "False"}
    found = api("GET", f"/apis/{group}/v1").json["resources"]
    assert "gadgets" not in [entry["name"] for entry in found]


def test_versions_share_their_objects(api: Client, space: str) -> None:
    group = f"g{uuid.uuid4().hex[:8]}.example.com"
    body = definition(group)
    beta = {
        **deepcopy(body["spec"]["versions"][0]),
        "name": "v1beta1",
        "storage": False,
    }
    body["spec"]["versions"].insert(0, beta)
    assert api("POST", DEFINITIONS, body).code == 201
    discovered = api("GET", f"/apis/{group}").json
    assert [v["version"] for v in discovered["versions"]] == ["v1", "v1beta1"]
    path = f"/apis/{group}/{{}}/namespaces/{space}/widgets"
    made = api("POST", path.format("v1beta1"), widget("w")).json
    assert made["apiVersion"] == f"{group}/v1beta1"
    assert api("GET", path.format("v1")).json["items"][0]["apiVersion"] == f"{group}/v1"


def test_a_definition_with_anything_wrong_in_it_is_refused(api: Client) -> None:
    """Every wrong value in every place: a refusal, or a definition that works."""
    values: tuple[Any, ...] = (None, 5, "Text!", True, [], {}, [{}], {"x": {}})

    def places(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        if isinstance(value, dict):
            inner = [p for key in value for p in places(value[key], (*at, key))]
        elif isinstance(value, list):
            inner = [p for i, v in enumerate(value) for p in places(v, (*at, i))]
        else:
            inner = []
        return [at, *inner]

    group = f"g{uuid.uuid4().hex[:8]}.example.com"
    for place in places(definition(group))[1:]:
        for wrong in values:
            body = deepcopy(definition(group))
            parent: Any = body
            for key in place[:-1]:
                parent = parent[key]
            parent[place[-1]] = wrong
            reply = api("POST", DEFINITIONS, body, dryRun="All")
            assert reply.code in {201, 400, 422}, (place, wrong, reply.body)
