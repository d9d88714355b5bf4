from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pypkg.errors import NotFoundError
from tests.cluster.servers import Answer, refusal, scripted

if TYPE_CHECKING:
    from pypkg.cluster.client import Cluster
    from pypkg.cluster.transport import Request


def test_kinds_are_found_with_their_paths(cluster: Cluster) -> None:
    deployment = cluster.discovery.resource("apps/v1", "Deployment")
    assert deployment.path("n", "x") == "/apis/apps/v1/namespaces/n/deployments/x"
    assert deployment.path() == "/apis/apps/v1/deployments"
    namespace = cluster.discovery.resource("v1", "Namespace")
    assert not namespace.namespaced
    assert namespace.path("ignored", "x") == "/api/v1/namespaces/x"
    assert {"get", "watch"} <= namespace.verbs
    assert cluster.discovery.versions()[0] == "v1"


def test_a_kind_in_another_version_is_suggested(cluster: Cluster) -> None:
    with pytest.raises(NotFoundError, match='kind "Deployment"') as caught:
        cluster.discovery.resource("extensions/v1beta1", "Deployment")
    assert caught.value.hint == "the cluster serves Deployment in apps/v1"


def test_a_missing_kind_is_asked_for_again() -> None:
    group = {
        "metadata": {"name": "e.com"},
        "versions": [
            {
                "version": "v1",
                "resources": [
                    {
                        "resource": "dbs",
                        "responseKind": {"kind": "Db"},
                        "scope": "Namespaced",
                        "verbs": ["get"],
                    },
                    {"resource": "others"},
                ],
            }
        ],
    }
    empty = Answer({"kind": "APIGroupDiscoveryList", "items": []})
    full = Answer({"kind": "APIGroupDiscoveryList", "items": [group]})
    cluster, transport = scripted([empty, empty, empty, full, empty, full])
    assert cluster.discovery.find("e.com/v1", "Db") is None
    assert cluster.discovery.resource("e.com/v1", "Db").plural == "dbs"
    assert len(transport.requests) == 4
    for _ in range(3):
        with pytest.raises(NotFoundError):
            cluster.discovery.resource("e.com/v1", "Nope")
    assert len(transport.requests) == 6


def older_server(request: Request) -> Answer:
    """Discovery as before Kubernetes 1.27, with one group whose server is down."""
    documents = {
        "/api": {"kind": "APIVersions", "versions": ["v1"]},
        "/apis": {
            "kind": "APIGroupList",
            "groups": [
                {
                    "name": "apps",
                    "versions": [
                        {"groupVersion": "apps/v1beta1"},
                        {"groupVersion": "apps/v1"},
                    ],
                    "preferredVersion": {"groupVersion": "apps/v1"},
                },
                {"name": "m", "versions": [{"groupVersion": "metrics.k8s.io/v1"}]},
            ],
        },
        "/api/v1": {
            "resources": [
                {"name": "pods", "kind": "Pod", "namespaced": True},
                {"name": "pods/log", "kind": "Pod", "namespaced": True},
            ]
        },
        "/apis/apps/v1": {"resources": [{"name": "deployments", "kind": "Deployment"}]},
        "/apis/apps/v1beta1": {"resources": []},
    }
    if request.path in documents:
        return Answer(documents[request.path])
    return refusal(500)


def test_servers_without_aggregated_discovery_are_asked_group_by_group() -> None:
    cluster, _ = scripted(older_server)
    assert cluster.discovery.versions() == ["v1", "apps/v1", "apps/v1beta1"]
    assert cluster.discovery.resource("v1", "Pod").plural == "pods"
    assert len(cluster.discovery.resources()) == 2
