"""Whatever a client sends, the server survives it, and says that it was the client.

Objects of every kind are made at random from the kind's own type, so that most of
them get past the decoder and into defaulting, admission and validation.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest

from pypkg.sandbox.schemas.resources import Resource, Resources
from pypkg.sandbox.schemas.schema import Definitions, Schema
from tests.sandbox.api.test_reading import TABLE
from tests.sandbox.requests import APPLY, JSON_PATCH, MERGE, STRATEGIC

if TYPE_CHECKING:
    from tests.sandbox.conftest import Client

DEFINITIONS = Definitions.load()
CREATED = [r for r in Resources.built_in() if "create" in r.verbs]
WRONG: tuple[Any, ...] = (
    *(None, 5, -1, "", "text", True, [], {}, [[]], [{}], {"x": {}}),
    *(2**70, 1.5, "a" * 300, "*", "\u0000", "é/🐍"),
)
TEXTS = (
    *("a", "b", "web", "10.0.0.1", "a/b", "", "TCP", "Always", "Never", "None"),
    *("ClusterIP", "LoadBalancer", "NodePort", "ExternalName", "RollingUpdate"),
    *("ReadWriteOnce", "X y", "v1", "In", "Exists", "Pod", "*/5 * * * *", "50%"),
)
LIKELY = frozenset({"name", "spec", "template", "containers", "selector", "metadata"})
ROUNDS = 3


class Maker:
    """Makes values of a type: mostly of the right shape, seldom of a wrong one."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 - the same objects every time

    def value(self, schema: Schema, depth: int = 0) -> Any:
        choose = self.random.choice
        if self.random.random() < 0.01:
            return choose(WRONG)
        if schema.int_or_string:
            return choose([0, 80, "http", "50%", "150%", -5])
        if schema.quantity:
            return choose(["1", "100m", "1Gi", "-1", "x", 2, 1.5])
        if schema.type == "object":
            return self.object(schema, depth)
        if schema.type == "array" and schema.items is not None:
            count = choose([0, 1, 1, 2])
            return [self.value(schema.items, depth + 1) for _ in range(count)]
        texts = {
            "date-time": ["2026-01-01T00:00:00Z", "yesterday", ""],
            "byte": ["YQ==", "%%%"],
        }
        scalars: dict[str, list[Any]] = {
            "string": texts.get(schema.format, list(TEXTS)),
            "integer": [0, 1, 5, -1, 80, 70000],
            "boolean": [True, False],
        }
        return choose(schema.enum or scalars.get(schema.type, list(WRONG)))

    def object(self, schema: Schema, depth: int = 0) -> dict[str, Any]:
        if schema.values is not None:
            keys = self.random.sample(
                ["a", "b/c", "app", ""], self.random.randint(0, 2)
            )
            return {key: self.value(schema.values, depth + 1) for key in keys}
        return {
            name: self.value(inner, depth + 1)
            for name, inner in schema.properties.items()
            if depth < 12 and self.random.random() < self._chance(name, schema, depth)
        }

    @staticmethod
    def _chance(name: str, schema: Schema, depth: int) -> float:
        if depth == 0 and name in {"apiVersion", "kind"}:
            return 0
        if name in schema.required or name in LIKELY:
            return 0.9
        return 0.25 / (1 + depth / 3)


def collection(resource: Resource, space: str) -> str:
    root = f"/apis/{resource.group}" if resource.group else "/api"
    within = f"/namespaces/{space}" if resource.namespaced else ""
    return f"{root}/{resource.version}{within}/{resource.plural}"


@pytest.mark.parametrize("resource", CREATED, ids=lambda r: r.qualified)
def test_no_object_of_any_kind_breaks_the_server(
    api: Client, space: str, resource: Resource
) -> None:
    schema = DEFINITIONS.of_kind(resource.gvk)
    assert schema is not None
    maker = Maker(seed=7)
    path = collection(resource, space)
    for number in range(ROUNDS):
        body = maker.object(schema)
        reply = api("POST", path, body, dryRun="All")
        assert reply.code < 500, (body, reply.body)
        name = f"{space}-{number}"
        body["metadata"] = {"name": name}
        reply = api("POST", path, body)
        assert reply.code < 500, (body, reply.body)
        for headers in (APPLY, STRATEGIC, MERGE):
            patch = maker.object(schema)
            patch["metadata"] = {"name": name}
            reply = api(
                "PATCH", f"{path}/{name}", patch, headers=headers, fieldManager="m"
            )
            assert reply.code < 500, (headers, patch, reply.body)
        assert api("GET", path, headers=TABLE).code < 500
        api("DELETE", f"{path}/{name}")


@pytest.mark.parametrize("headers", [JSON_PATCH, MERGE, STRATEGIC, APPLY])
def test_no_patch_breaks_the_server(
    api: Client, space: str, headers: dict[str, str]
) -> None:
    path = f"/apis/apps/v1/namespaces/{space}/deployments"
    labels = {"a": "b"}
    template = {
        "metadata": {"labels": labels},
        "spec": {"containers": [{"name": "c", "image": "i"}]},
    }
    spec = {"selector": {"matchLabels": labels}, "template": template}
    assert api("POST", path, {"metadata": {"name": "d"}, "spec": spec}).code == 201
    values = (*WRONG, {"$patch": "delete"}, {"$patch": 5}, {"$retainKeys": ["x"]})
    for wrong in values:
        for body in (
            wrong,
            {"metadata": wrong},
            {"spec": wrong},
            {"spec": {"template": wrong}},
            {"spec": {"template": {"spec": {"containers": wrong}}}},
            {"spec": {"template": {"spec": {"$setElementOrder/containers": wrong}}}},
            {"spec": {"$deleteFromPrimitiveList/x": wrong}},
            [wrong],
            [{"op": "add", "path": "/spec", "value": wrong}],
            [{"op": wrong, "path": wrong, "from": wrong}],
            [{"op": "copy", "from": "/spec", "path": wrong}],
            [{"op": "add", "path": "/spec/template/spec/containers/9", "value": wrong}],
        ):
            reply = api(
                "PATCH",
                f"{path}/d",
                body,
                headers=headers,
                fieldManager="m",
                force="true",
                dryRun="All",
            )
            assert reply.code < 500, (body, reply.body)
