from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pypkg.release.lookup import capabilities_of, lookup_in
from pypkg.render.functions.errors import FunctionError
from tests.cluster.servers import LOST, refusal, scripted

if TYPE_CHECKING:
    from pypkg.cluster.client import Cluster


def test_one_object_or_a_list_is_found(cluster: Cluster) -> None:
    look = lookup_in(cluster)
    assert look("v1", "Namespace", "", "default")["metadata"]["name"] == "default"
    everything = look("v1", "Namespace", "", "")
    assert everything["kind"] == "NamespaceList"
    assert cluster.namespace in {
        item["metadata"]["name"] for item in everything["items"]
    }
    assert look("v1", "ConfigMap", cluster.namespace, "")["items"] is not None


def test_what_is_not_there_is_empty(cluster: Cluster) -> None:
    look = lookup_in(cluster)
    assert look("v1", "ConfigMap", cluster.namespace, "nope") == {}
    assert look("v1", "Nope", "", "x") == {}
    # A namespaced object without its namespace is not found either.
    assert look("v1", "ConfigMap", "", "x") == {}


def test_an_unknown_group_version_stops_the_rendering(cluster: Cluster) -> None:
    with pytest.raises(FunctionError, match=r"nope\.io/v1, Kind=Nope: the server"):
        lookup_in(cluster)("nope.io/v1", "Nope", "", "x")


def test_a_server_that_fails_stops_the_rendering() -> None:
    cluster, _ = scripted([LOST] * 4)
    with pytest.raises(FunctionError, match="cannot be reached"):
        lookup_in(cluster)("v1", "Secret", "", "x")
    cluster, _ = scripted([refusal(403, message="forbidden")])
    with pytest.raises(FunctionError, match="forbidden"):
        lookup_in(cluster)("v1", "Secret", "", "x")


def test_capabilities_are_the_clusters(cluster: Cluster) -> None:
    found = capabilities_of(cluster)
    said = cluster.version()
    assert str(found.kube_version) == said["gitVersion"]
    assert found.kube_version.minor == said["minor"]
    assert found.api_versions.has("apps/v1")
    assert found.api_versions.has("apps/v1/Deployment")
    assert not found.api_versions.has("apps/v1/Nope")
