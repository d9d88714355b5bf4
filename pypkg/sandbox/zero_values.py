"""What Go's zero values make visible: structs that are always written.

The API server's objects are Go structs. A struct that is not behind a pointer is
written even if nothing was said of it, as ``{}``; a list without ``omitempty``
exists, as null, in an empty object. Both show: in replies, and in
``managedFields``, as what exists cannot be added. OpenAPI tells neither.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pypkg.sandbox.schema import Schema

_API = "io.k8s.api."
# Beside what is required: optional fields that are structs all the same.
_STRUCTS = {
    "apps.v1.DaemonSetSpec": {"updateStrategy"},
    "apps.v1.DeploymentSpec": {"strategy"},
    "apps.v1.ReplicaSetSpec": {"template"},
    "apps.v1.StatefulSetSpec": {"updateStrategy"},
    "batch.v1.JobTemplateSpec": {"spec"},
    "core.v1.Container": {"resources"},
    "core.v1.ContainerStatus": {"lastState", "state"},
    "core.v1.EphemeralContainer": {"resources"},
    "core.v1.Event": {"source"},
    "core.v1.NodeDaemonEndpoints": {"kubeletEndpoint"},
    "core.v1.NodeStatus": {"daemonEndpoints", "nodeInfo"},
    "core.v1.PersistentVolumeClaimSpec": {"resources"},
    "core.v1.PodTemplate": {"template"},
    "core.v1.PodTemplateSpec": {"spec"},
    "core.v1.ServiceStatus": {"loadBalancer"},
    "discovery.v1.Endpoint": {"conditions"},
    "networking.v1.IngressServiceBackend": {"port"},
    "networking.v1.IngressStatus": {"loadBalancer"},
    "networking.v1.NetworkPolicySpec": {"podSelector"},
}
# Required, but behind a pointer.
_POINTERS = {"LabelSelector", "SecretReference", "LocalObjectReference"}
# Required lists are null in an empty object; so are these, which are optional.
_NULLS = {
    "discovery.v1.EndpointSlice": {"endpoints", "ports"},
    "rbac.v1.ClusterRole": {"rules"},
    "rbac.v1.Role": {"rules"},
}
_KIND = "x-kubernetes-group-version-kind"


def structs(schema: Schema) -> Iterator[tuple[str, Schema]]:
    """The fields of a built-in type that are always written."""
    if not schema.name.startswith(("io.k8s.api.", "io.k8s.apiextensions-apiserver.")):
        return
    listed = _STRUCTS.get(schema.name.removeprefix(_API), set())
    for name, below in schema.properties.items():
        if not below.properties:
            continue
        if (
            name == "metadata"
            or name in listed
            or _is_kind_part(schema, name)
            or (name in schema.required and _last(below) not in _POINTERS)
        ):
            yield name, below


def zero(schema: Schema) -> dict[str, Any]:
    """An empty object of a built-in type, as Go writes it."""
    result: dict[str, Any] = {name: zero(below) for name, below in structs(schema)}
    listed = _NULLS.get(schema.name.removeprefix(_API), set())
    for name, below in schema.properties.items():
        if name in result or not (name in schema.required or name in listed):
            continue
        if below.type in {"array", "object"}:
            result[name] = None
    return result


def write_structs(value: Any, schema: Schema | None) -> None:
    """Complete a value with the structs that are always written, in place."""
    if schema is None or schema.free_form:
        return
    if isinstance(value, list):
        for item in value:
            write_structs(item, schema.items)
    elif isinstance(value, dict):
        if schema.properties:
            for name, _ in structs(schema):
                value.setdefault(name, {})
        for name, below in value.items():
            if isinstance(below, (dict, list)):
                write_structs(below, schema.field(name))


def _is_kind_part(schema: Schema, name: str) -> bool:
    return name in {"spec", "status"} and _KIND in schema.node


def _last(schema: Schema) -> str:
    return schema.name.rpartition(".")[2]
