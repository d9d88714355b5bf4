from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pypkg.cluster.apply import Applier
from tests.cluster.servers import Answer, refusal, scripted

if TYPE_CHECKING:
    from pypkg.cluster.transport import Request


def schema(group: str, version: str, kind: str) -> dict[str, Any]:
    hooks = {"x-kubernetes-patch-merge-key": "name", "type": "array"}
    return {
        "x-kubernetes-group-version-kind": [
            {"group": group, "version": version, "kind": kind}
        ],
        "properties": {
            "hooks": hooks | {"x-kubernetes-patch-strategy": "merge", "items": {}}
        },
    }


def older_server(request: Request) -> Answer:
    """OpenAPI as before Kubernetes 1.24: one document for all group versions."""
    group = {"groupVersion": "e.com/v1"}
    documents = {
        "/api": {"versions": ["v1"]},
        "/api/v1": {"resources": [{"name": "pods", "kind": "Pod"}]},
        "/apis": {"groups": [{"name": "e.com", "versions": [group]}]},
        "/apis/e.com/v1": {"resources": [{"name": "dbs", "kind": "Db"}]},
        "/openapi/v2": {
            "definitions": {
                "io.k8s.api.core.v1.Pod": schema("", "v1", "Pod"),
                "com.e.v1.Db": schema("e.com", "v1", "Db"),
            }
        },
    }
    if request.method == "PATCH":
        return Answer({})
    if request.path in documents:
        return Answer(documents[request.path])
    return refusal(404)


@pytest.mark.parametrize(
    ("api_version", "kind", "expected"),
    [
        ("v1", "Pod", "application/strategic-merge-patch+json"),
        ("e.com/v1", "Db", "application/merge-patch+json"),
    ],
)
def test_older_servers_tell_how_built_in_kinds_are_merged(
    api_version: str, kind: str, expected: str
) -> None:
    cluster, transport = scripted(older_server)
    applier = Applier(cluster=cluster, manager="helm", server_side=False)

    def hooked(*names: str) -> dict[str, Any]:
        hooks = [{"name": name} for name in names]
        identity = {"apiVersion": api_version, "kind": kind, "metadata": {"name": "x"}}
        return {**identity, "hooks": hooks}

    for _ in range(2):
        applier.update(hooked("a"), hooked("a", "b"), hooked("a"))
    assert transport.header("Content-Type") == expected
    assert sum(r.path.startswith("/openapi") for r in transport.requests) == 2


def test_a_server_that_publishes_nothing_has_no_definitions() -> None:
    cluster, _ = scripted(lambda _: refusal(404))
    assert cluster.openapi.definitions("v1") == {}


@pytest.mark.parametrize("before", ["", "/k8s/clusters/c-1"])
def test_a_gateway_may_put_its_path_before_the_servers(before: str) -> None:
    place = f"{before}/openapi/v3/api/v1?hash=A1"
    documents = {
        "/openapi/v3": {"paths": {"api/v1": {"serverRelativeURL": place}}},
        "/openapi/v3/api/v1?hash=A1": {"components": {"schemas": {"a.Pod": {}}}},
    }
    cluster, _ = scripted(lambda request: Answer(documents[request.path]))
    assert cluster.openapi.definitions("v1") == {"a.Pod": {}}
