"""What the sandbox says about itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pypkg.sandbox.api.discovery import AGGREGATED
from pypkg.sandbox.schemas.resources import VERBS, Resources
from pypkg.sandbox.schemas.schema import Definitions
from pypkg.sandbox.schemas.wire import wire_type

if TYPE_CHECKING:
    from tests.sandbox.conftest import Client

TABLE = Resources.built_in()
DEFINITIONS = Definitions.load()


def test_aggregated_discovery_lists_all_groups_in_one_reply(api: Client) -> None:
    reply = api("GET", "/apis", headers={"Accept": AGGREGATED})
    assert reply.headers["Content-Type"] == AGGREGATED
    groups = [item["metadata"]["name"] for item in reply.json["items"]]
    assert {"apps", "batch", "networking.k8s.io"} <= set(groups)
    (core,) = api("GET", "/api", headers={"Accept": AGGREGATED}).json["items"]
    pods = next(r for r in core["versions"][0]["resources"] if r["resource"] == "pods")
    assert pods["scope"] == "Namespaced"
    assert pods["shortNames"] == ["po"]
    assert pods["verbs"] == list(VERBS)


def test_unchanged_discovery_is_not_sent_again(api: Client) -> None:
    headers = {"Accept": AGGREGATED}
    tag = api("GET", "/api", headers=headers).headers["ETag"]
    again = api("GET", "/api", headers={**headers, "If-None-Match": tag})
    assert (again.code, again.body) == (304, b"")


def test_clients_without_aggregation_read_group_by_group(api: Client) -> None:
    assert api("GET", "/api").json["versions"] == ["v1"]
    groups = {g["name"]: g for g in api("GET", "/apis").json["groups"]}
    assert groups["autoscaling"]["preferredVersion"]["version"] == "v2"
    for group in groups.values():
        assert api("GET", f"/apis/{group['name']}").json["name"] == group["name"]
        for version in group["versions"]:
            path = f"/apis/{version['groupVersion']}"
            found = api("GET", path).json
            assert found["kind"] == "APIResourceList"
            assert api("GET", f"{path}/").json == found
    core = {r["name"]: r for r in api("GET", "/api/v1").json["resources"]}
    assert core["pods/eviction"]["group"] == "policy"
    assert core["pods/status"]["kind"] == "Pod"


def test_openapi_is_one_document_a_group_and_version(api: Client) -> None:
    paths = api("GET", "/openapi/v3").json["paths"]
    address = paths["apis/apps/v1"]["serverRelativeURL"]
    assert api("GET", "/openapi/v3").json["paths"] == paths
    reply = api("GET", address)
    assert reply.headers["Cache-Control"] == "public, immutable"
    document = reply.json
    schemas = document["components"]["schemas"]
    deployment = schemas["io.k8s.api.apps.v1.Deployment"]
    assert deployment["type"] == "object"
    assert deployment["properties"]["spec"]["allOf"] == [
        {"$ref": "#/components/schemas/io.k8s.api.apps.v1.DeploymentSpec"}
    ]
    references = str(document).count("#/$defs/")
    assert references == 0
    patch = document["paths"][
        "/apis/apps/v1/namespaces/{namespace}/deployments/{name}"
    ]["patch"]
    assert "fieldValidation" in [p["name"] for p in patch["parameters"]]
    assert "application/strategic-merge-patch+json" in patch["requestBody"]["content"]
    again = api("GET", address, headers={"If-None-Match": reply.headers["ETag"]})
    assert again.code == 304


def test_every_openapi_document_holds_all_that_it_refers_to(api: Client) -> None:
    for path in api("GET", "/openapi/v3").json["paths"]:
        document = api("GET", f"/openapi/v3/{path}")
        schemas = document.json["components"]["schemas"]
        prefix = b'"$ref":"#/components/schemas/'
        for piece in document.body.split(prefix)[1:]:
            assert piece.split(b'"')[0].decode() in schemas


def test_openapi_v2_is_there_for_old_clients(api: Client) -> None:
    document = api("GET", "/openapi/v2").json
    assert document["swagger"] == "2.0"
    assert "io.k8s.api.core.v1.Pod" in document["definitions"]
    assert api("GET", "/openapi/v2", headers={"Accept": "text/html"}).code == 406


@pytest.mark.parametrize("dialect", ["v2.v1.0", "v2@v1.0"])
def test_openapi_v2_comes_in_protobuf_to_whoever_asks_so(
    api: Client, dialect: str
) -> None:
    accept = f"application/com.github.proto-openapi.spec.{dialect}+protobuf"
    body = api("GET", "/openapi/v2", headers={"Accept": accept}).body
    # The version, the information, the paths and the types.
    assert body.startswith(b"\x0a\x032.0\x12")
    assert b"\x0a\x1aio.k8s.api.core.v1.PodSpec" in body


def test_the_version_is_that_of_the_schemas(api: Client) -> None:
    version = api("GET", "/version").json
    assert (version["major"], version["minor"]) == ("1", "37")
    assert version["gitVersion"] == "v1.37.0"


def test_health_is_plain_text(api: Client) -> None:
    for path in ("/healthz", "/livez", "/readyz", "/readyz/ping"):
        assert api("GET", path).body == b"ok"


def test_every_kind_that_is_served_has_a_type_and_a_wire_form() -> None:
    unknown = {"apiextensions.k8s.io", "apiregistration.k8s.io"}
    for resource in TABLE:
        schema = DEFINITIONS.of_kind(resource.gvk)
        assert schema is not None, resource
        if resource.group not in unknown:
            known = wire_type(schema.name)
            assert known is not None, resource
            assert set(schema.properties) - set(known.forms) <= {"apiVersion", "kind"}


def test_the_table_agrees_with_the_published_client() -> None:
    """Its paths are those of the Python client made for the same version."""
    import re
    from importlib.util import find_spec
    from pathlib import Path

    spec = find_spec("kubernetes.client")
    assert spec is not None
    assert spec.origin is not None
    published = set()
    for file in (Path(spec.origin).parent / "api").glob("*_v*_api.py"):
        for path in re.findall(r"resource_path='([^']+)'", file.read_text()):
            found = re.fullmatch(
                r"/(?:api|apis/([^/]+))/(v\d+)/(?:namespaces/\{namespace\}/)?([a-z]+)"
                r"(?:/\{name\}(?:/([a-z]+))?)?",
                path,
            )
            if found:
                published.add((found[1] or "", found[2], found[3], found[4] or ""))
    served = {
        (r.group, r.version, r.plural, part)
        for r in TABLE
        for part in ("", *r.subresources)
    }
    assert served == published
