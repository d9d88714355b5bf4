"""What the API server decides itself about an object: status, spec, generation.

Kubernetes calls these rules a kind's strategy (``PrepareForCreate``,
``PrepareForUpdate``): which part of the object a path may write, and what else
then changes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pypkg.sandbox.schemas.resources import Resource

Object = dict[str, Any]

# Built-in kinds whose metadata.generation is counted.
_GENERATION = frozenset(
    {
        "CSIDriver",
        "CronJob",
        "CustomResourceDefinition",
        "DaemonSet",
        "Deployment",
        "DeviceClass",
        "EndpointSlice",
        "FlowSchema",
        "Ingress",
        "IngressClass",
        "Job",
        "MutatingAdmissionPolicy",
        "MutatingAdmissionPolicyBinding",
        "MutatingWebhookConfiguration",
        "NetworkPolicy",
        "Pod",
        "PodDisruptionBudget",
        "PriorityClass",
        "PriorityLevelConfiguration",
        "ReplicaSet",
        "ReplicationController",
        "ResourceSlice",
        "StatefulSet",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
        "ValidatingWebhookConfiguration",
    }
)
_NEW_STATUS: dict[str, Object] = {
    "Namespace": {"phase": "Active"},
    "PersistentVolume": {"phase": "Pending"},
    "PersistentVolumeClaim": {"phase": "Pending"},
    "Pod": {"phase": "Pending"},
}
# Kinds that a PUT creates where they do not exist (AllowCreateOnUpdate).
CREATED_BY_UPDATE = frozenset(
    {"Endpoints", "Event", "Lease", "LimitRange", "RuntimeClass", "Service"}
)
# Built-in kinds of which an update must name the version that it replaces
# (AllowUnconditionalUpdate is false).
_CONDITIONAL = frozenset(
    {
        "APIService",
        "CSIDriver",
        "CSINode",
        "CSIStorageCapacity",
        "CustomResourceDefinition",
        "Lease",
        "MutatingWebhookConfiguration",
        "PodDisruptionBudget",
        "RuntimeClass",
        "ValidatingWebhookConfiguration",
        "VolumeAttachment",
    }
)
# Kinds whose deletion answers with the object instead of a Status.
RETURNED_BY_DELETE = frozenset({"Namespace", "Pod", "Service", "ServiceAccount"})


def replaces_only_a_version(resource: Resource) -> bool:
    """Whether an update of the kind must state a resourceVersion."""
    return resource.custom or resource.kind in _CONDITIONAL


def prepare_new(obj: Object, resource: Resource) -> None:
    """Give a new object its first status and generation.

    Args:
        obj: The object, changed in place.
        resource: Its resource.
    """
    counted = resource.custom or resource.kind in _GENERATION
    obj["metadata"].pop("generation", None)
    if counted:
        obj["metadata"]["generation"] = 1
    if "status" in resource.subresources:
        obj.pop("status", None)
        if not resource.custom and (first := _NEW_STATUS.get(resource.kind)):
            obj["status"] = dict(first)
    if resource.kind == "Namespace":
        spec = obj.setdefault("spec", {})
        if "kubernetes" not in (finalizers := spec.setdefault("finalizers", [])):
            finalizers.append("kubernetes")


def prepare_update(
    obj: Object, old: Object, resource: Resource, subresource: str
) -> Object:
    """Keep what a path may not write, and count the generation.

    Args:
        obj: The object as the client wants it.
        old: The object as stored.
        resource: Its resource.
        subresource: The path's last part: ``status``; "" for the object itself.

    Returns:
        The object to store.
    """
    result = _allowed(obj, old, resource, subresource)
    metadata, before = result["metadata"], old["metadata"]
    for key in _SYSTEM_FIELDS:
        metadata.pop(key, None)
        if key in before:
            metadata[key] = before[key]
    # Where the scheduler puts a pod is not what anybody asked for.
    counted = "generation" in before and subresource != "binding"
    if counted and _desired(result, resource) != _desired(old, resource):
        metadata["generation"] = before["generation"] + 1
    return result


def is_finished(obj: Object) -> bool:
    """Whether an object was deleted and nothing holds it any longer."""
    metadata = obj["metadata"]
    if "deletionTimestamp" not in metadata or metadata.get("finalizers"):
        return False
    return obj["kind"] != "Namespace" or not obj.get("spec", {}).get("finalizers")


_SYSTEM_FIELDS = (
    "name",
    "namespace",
    "uid",
    "resourceVersion",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "generation",
    "generateName",
)


def _allowed(obj: Object, old: Object, resource: Resource, subresource: str) -> Object:
    match subresource:
        case "" | "scale":
            if "status" not in resource.subresources:
                return obj
            result = {key: value for key, value in obj.items() if key != "status"}
            if "status" in old:
                result["status"] = old["status"]
            if resource.kind == "Namespace":
                # Only /finalize may change what holds a namespace.
                result["spec"] = old.get("spec", {})
            return result
        case "status" | "approval":
            result = {key: value for key, value in old.items() if key != "status"}
            result["metadata"] = _status_metadata(obj, old)
            if "status" in obj:
                result["status"] = obj["status"]
            return result
        case "finalize":
            return {**old, "metadata": obj["metadata"], "spec": obj.get("spec", {})}
        case _:  # ephemeralcontainers, resize
            metadata = {**old["metadata"]}
            return {**old, "metadata": metadata, "spec": obj.get("spec", {})}


def _status_metadata(obj: Object, old: Object) -> Object:
    """A status write leaves labels, owners and finalizers as they are."""
    metadata = dict(old["metadata"])
    metadata.pop("annotations", None)
    for key in ("annotations", "managedFields"):
        if key in obj["metadata"]:
            metadata[key] = obj["metadata"][key]
    return metadata


def _desired(obj: Object, resource: Resource) -> Object:
    ignored = {"apiVersion", "kind", "metadata"}
    if "status" in resource.subresources:
        ignored.add("status")
    return {key: value for key, value in obj.items() if key not in ignored}
