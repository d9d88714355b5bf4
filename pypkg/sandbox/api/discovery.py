"""Discovery: what is served, aggregated (v2) and group by group."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Any

from pypkg.sandbox.api.negotiation import JSON, is_json, parse_accept
from pypkg.sandbox.schemas.schema import KUBERNETES_VERSION

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pypkg.sandbox.schemas.resources import Resource, Resources, Subresource

Object = dict[str, Any]

_GROUP = "apidiscovery.k8s.io"
AGGREGATED = f"{JSON};g={_GROUP};v=v2;as=APIGroupDiscoveryList"


def wants_aggregated(accept: str) -> bool:
    """Whether a client prefers all groups in one reply to one reply a group."""
    for accepted in parse_accept(accept):
        if not is_json(accepted.media_type):
            continue
        if not accepted.shape:
            return False
        parameters = accepted.parameters
        if (accepted.shape, parameters.get("g"), parameters.get("v")) == (
            "APIGroupDiscoveryList",
            _GROUP,
            "v2",
        ):
            return True
    return False


def etag(body: bytes) -> str:
    """The strong validator of a reply."""
    return f'"{hashlib.sha256(body).hexdigest().upper()}"'


def aggregated(resources: Resources, *, core: bool) -> Object:
    """The ``APIGroupDiscoveryList``: of the core group, or of all others."""
    items = []
    for group, rows in _by_group(resources):
        if (group == "") != core:
            continue
        metadata: Object = {"creationTimestamp": None}
        if group:
            metadata["name"] = group
        versions = [
            {
                "version": version,
                "resources": [_aggregated_resource(r) for r in sorted_by_name(found)],
                "freshness": "Current",
            }
            for version, found in _by_version(rows)
        ]
        items.append({"metadata": metadata, "versions": versions})
    return {
        "kind": "APIGroupDiscoveryList",
        "apiVersion": f"{_GROUP}/v2",
        "metadata": {},
        "items": items,
    }


def _aggregated_resource(resource: Resource) -> Object:
    entry: Object = {
        "resource": resource.plural,
        "responseKind": resource.gvk._asdict(),
        "scope": "Namespaced" if resource.namespaced else "Cluster",
        "singularResource": resource.singular,
        "verbs": list(resource.verbs),
    }
    if resource.short_names:
        entry["shortNames"] = list(resource.short_names)
    if resource.categories:
        entry["categories"] = list(resource.categories)
    if resource.subresources:
        entry["subresources"] = [
            {
                "subresource": name,
                "responseKind": _kind_of(resource, subresource),
                "verbs": list(subresource.verbs),
            }
            for name, subresource in sorted(resource.subresources.items())
        ]
    return entry


def _kind_of(resource: Resource, subresource: Subresource) -> Object:
    return dict((subresource.kind or resource.gvk)._asdict())


def api_versions(address: str) -> Object:
    """The reply to ``/api``: the versions of the core group."""
    return {
        "kind": "APIVersions",
        "versions": ["v1"],
        "serverAddressByClientCIDRs": [
            {"clientCIDR": "0.0.0.0/0", "serverAddress": address}
        ],
    }


def group_list(resources: Resources) -> Object:
    """The reply to ``/apis``: every group but the core."""
    groups = [_group(group, rows) for group, rows in _by_group(resources) if group]
    return {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}


def api_group(resources: Resources, group: str) -> Object | None:
    """The reply to ``/apis/GROUP``; None for a group that is not served."""
    for name, rows in _by_group(resources):
        if name == group and name:
            return {"kind": "APIGroup", "apiVersion": "v1", **_group(name, rows)}
    return None


def _group(group: str, rows: Iterable[Resource]) -> Object:
    versions = [
        {"groupVersion": f"{group}/{version}", "version": version}
        for version, _ in _by_version(rows)
    ]
    return {"name": group, "versions": versions, "preferredVersion": versions[0]}


def resource_list(resources: Resources, group: str, version: str) -> Object | None:
    """The reply to ``/apis/GROUP/VERSION``; None where nothing is served there."""
    rows = [r for r in resources if (r.group, r.version) == (group, version)]
    if not rows:
        return None
    entries: list[Object] = []
    for resource in sorted_by_name(rows):
        entries.append(_listed_resource(resource))
        for name, subresource in sorted(resource.subresources.items()):
            kind = subresource.kind or resource.gvk
            entry: Object = {
                "name": f"{resource.plural}/{name}",
                "singularName": "",
                "namespaced": resource.namespaced,
                "kind": kind.kind,
                "verbs": list(subresource.verbs),
            }
            if (kind.group, kind.version) != (group, version):
                entry |= {"group": kind.group, "version": kind.version}
            entries.append({k: v for k, v in entry.items() if k != "group" or v})
    return {
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": rows[0].api_version,
        "resources": entries,
    }


def _listed_resource(resource: Resource) -> Object:
    entry: Object = {
        "name": resource.plural,
        "singularName": resource.singular,
        "namespaced": resource.namespaced,
        "kind": resource.kind,
        "verbs": list(resource.verbs),
    }
    if resource.short_names:
        entry["shortNames"] = list(resource.short_names)
    if resource.categories:
        entry["categories"] = list(resource.categories)
    if "list" in resource.verbs:
        digest = hashlib.sha256(resource.key.encode()).digest()
        entry["storageVersionHash"] = base64.b64encode(digest[:8]).decode()
    return entry


def version_info() -> Object:
    """The reply to ``/version``."""
    major, minor, _ = KUBERNETES_VERSION.split(".")
    return {
        "major": major,
        "minor": minor,
        "emulationMajor": major,
        "emulationMinor": minor,
        "minCompatibilityMajor": major,
        "minCompatibilityMinor": str(int(minor) - 1),
        "gitVersion": f"v{KUBERNETES_VERSION}",
        "gitCommit": "0" * 40,
        "gitTreeState": "clean",
        "buildDate": "2026-08-01T00:00:00Z",
        "goVersion": "go1.26.0",
        "compiler": "gc",
        "platform": "linux/amd64",
    }


def sorted_by_name(rows: Iterable[Resource]) -> list[Resource]:
    """Resources in the order of their plural names."""
    return sorted(rows, key=lambda resource: resource.plural)


def _by_group(resources: Resources) -> list[tuple[str, list[Resource]]]:
    groups: dict[str, list[Resource]] = {}
    for resource in resources:
        groups.setdefault(resource.group, []).append(resource)
    return list(groups.items())


def _by_version(rows: Iterable[Resource]) -> list[tuple[str, list[Resource]]]:
    versions: dict[str, list[Resource]] = {}
    for resource in rows:
        versions.setdefault(resource.version, []).append(resource)
    return list(versions.items())
