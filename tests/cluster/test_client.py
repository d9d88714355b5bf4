from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pypkg.cluster.client import Cluster
from pypkg.cluster.config import ClusterConfig
from pypkg.cluster.connection import HttpTransport
from pypkg.cluster.discovery import Resource
from pypkg.cluster.reference import ObjectRef
from pypkg.cluster.session import Session
from pypkg.errors import (
    ApiError,
    ConflictError,
    ConnectionFailedError,
    KubeconfigError,
    NotFoundError,
)
from tests.cluster.servers import Answer, refusal, scripted

if TYPE_CHECKING:
    from pypkg.sandbox.daemon import Status

CONFIG_MAPS = Resource("v1", "ConfigMap", "configmaps", namespaced=True)


def config_map(name: str, **data: str) -> dict[str, Any]:
    metadata = {"name": name, "labels": {"app": name}}
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": metadata,
        "data": data,
    }


def test_an_object_is_created_read_changed_and_deleted(cluster: Cluster) -> None:
    made = cluster.create(config_map("a", x="1"), fieldManager="tests")
    ref = cluster.ref(made)
    assert ref == ObjectRef("v1", "ConfigMap", "a", cluster.namespace)
    assert cluster.get(ref)["data"] == {"x": "1"}
    patched = cluster.patch(
        ref, {"data": {"y": "2"}}, "application/merge-patch+json", fieldManager="tests"
    )
    assert patched["data"] == {"x": "1", "y": "2"}
    cluster.update(config_map("a", z="3"))
    assert cluster.get(ref)["data"] == {"z": "3"}
    cluster.delete(ref)
    assert cluster.find(ref) is None
    with pytest.raises(NotFoundError, match='configmaps "a" not found'):
        cluster.delete(ref)


def test_an_object_that_exists_is_not_created_again(cluster: Cluster) -> None:
    cluster.create(config_map("a"))
    with pytest.raises(ConflictError, match="already exists"):
        cluster.create(config_map("a"))


def test_objects_are_listed_with_their_kinds(cluster: Cluster) -> None:
    for name in ("a", "b"):
        cluster.create(config_map(name))
    (found,) = cluster.list(CONFIG_MAPS, cluster.namespace, label_selector="app=b")
    assert (found["kind"], found["metadata"]["name"]) == ("ConfigMap", "b")
    names = {
        item["metadata"]["name"]
        for item in cluster.list(CONFIG_MAPS)
        if item["metadata"]["namespace"] == cluster.namespace
    }
    assert {"a", "b"} <= names


def test_a_long_list_is_read_page_by_page() -> None:
    head = {"apiVersion": "v1", "kind": "ConfigMapList"}
    first = {**head, "metadata": {"continue": "t"}, "items": [config_map("a")]}
    second = {**head, "metadata": {}, "items": [config_map("b")]}
    cluster, transport = scripted([Answer(first), Answer(second)])
    assert len(cluster.list(CONFIG_MAPS, "n")) == 2
    assert transport.requests[1].path.endswith("limit=500&continue=t")


def test_a_list_whose_pages_the_server_has_forgotten_is_read_at_once() -> None:
    head = {"apiVersion": "v1", "kind": "ConfigMapList"}
    first = {**head, "metadata": {"continue": "t"}, "items": [config_map("a")]}
    items = [config_map("a"), config_map("b")]
    whole = {**head, "metadata": {"resourceVersion": "9"}, "items": items}
    cluster, transport = scripted([Answer(first), refusal(410), Answer(whole)])
    found, version = cluster.list_at("/api/v1/configmaps")
    assert [item["metadata"]["name"] for item in found] == ["a", "b"]
    assert version == "9"
    assert transport.requests[-1].path.endswith("?limit=0")


def test_a_cluster_scoped_object_has_no_namespace(cluster: Cluster) -> None:
    obj = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "x"}}
    assert cluster.ref(obj) == ObjectRef("v1", "Namespace", "x")


def test_an_answer_that_is_not_json_is_no_kubernetes() -> None:
    cluster, _ = scripted([Answer(b"<html>")])
    with pytest.raises(ApiError, match="is this a Kubernetes API"):
        cluster.version()


def test_nobody_answers(unused_port: int) -> None:
    config = ClusterConfig(server=f"http://127.0.0.1:{unused_port}")
    session = Session(config, HttpTransport(config, {}), sleep=lambda _: None)
    with pytest.raises(ConnectionFailedError, match="Connection refused") as caught:
        Cluster(session).version()
    assert caught.value.hint


def test_a_server_of_another_authority_is_not_trusted(sandbox: Status) -> None:
    config = ClusterConfig(server=sandbox.server)
    session = Session(config, HttpTransport(config, {}), sleep=lambda _: None)
    with pytest.raises(ConnectionFailedError, match=r"(?i)certificate") as caught:
        Cluster(session).version()
    assert "authority" in str(caught.value.hint)


def test_an_authority_that_is_no_certificate_is_named() -> None:
    config = ClusterConfig(server="https://x", ca=b"nonsense")
    with pytest.raises(KubeconfigError, match="no PEM certificate"):
        HttpTransport(config, {})


def test_without_credentials_the_cluster_refuses(sandbox: Status) -> None:
    config = ClusterConfig(server=sandbox.server, insecure=True)
    session = Session(config, HttpTransport(config, {}), sleep=lambda _: None)
    with pytest.raises(ApiError) as caught:
        Cluster(session).discovery.versions()
    # Most clusters let the unknown in, and allow them next to nothing.
    assert caught.value.code in {401, 403}
    assert "credentials" in str(caught.value.hint)
