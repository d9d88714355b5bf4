"""The ``scale`` subresource: how many replicas, whatever the kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pypkg.sandbox.label_selector import equalities, format_selector
from pypkg.sandbox.schemas.schema import GroupVersionKind
from pypkg.sandbox.statuses import Cause, bad_request, invalid

if TYPE_CHECKING:
    from pypkg.sandbox.schemas.resources import Resource

Object = dict[str, Any]

_KIND = GroupVersionKind("autoscaling", "v1", "Scale")
_SPEC, _STATUS = ".spec.replicas", ".status.replicas"


def to_scale(obj: Object, resource: Resource) -> Object:
    """Show an object's scale."""
    paths = resource.scale or {}
    metadata = obj["metadata"]
    kept = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
    replicas = _at(obj, paths.get("specReplicasPath", _SPEC))
    status: Object = {
        "replicas": _at(obj, paths.get("statusReplicasPath", _STATUS)) or 0
    }
    if selector := _selector(obj, resource):
        status["selector"] = selector
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": {key: metadata[key] for key in kept if key in metadata},
        "spec": {"replicas": replicas} if replicas else {},
        "status": status,
    }


def with_scale(obj: Object, scale: Object, resource: Resource) -> Object:
    """Give an object the replicas that its scale asks for.

    Raises:
        StatusError: 400 for what is no number, 422 for a negative one.
    """
    replicas = (scale.get("spec") or {}).get("replicas", 0)
    if not isinstance(replicas, int) or isinstance(replicas, bool):
        raise bad_request("spec.replicas must be a whole number")
    if replicas < 0:
        cause = Cause(
            "FieldValueInvalid",
            f"Invalid value: {replicas}: must be greater than or equal to 0",
            "spec.replicas",
        )
        raise invalid(_KIND, obj["metadata"]["name"], [cause])
    *parents, last = _parts((resource.scale or {}).get("specReplicasPath", _SPEC))
    place = obj
    for part in parents:
        place = place.setdefault(part, {})
    place[last] = replicas
    if version := (scale.get("metadata") or {}).get("resourceVersion"):
        obj["metadata"]["resourceVersion"] = version
    return obj


def _selector(obj: Object, resource: Resource) -> str:
    if resource.scale is not None:
        path = resource.scale.get("labelSelectorPath")
        return str(_at(obj, path) or "") if path else ""
    selector = (obj.get("spec") or {}).get("selector") or {}
    if "matchLabels" not in selector and "matchExpressions" not in selector:
        return equalities(selector)  # a ReplicationController's plain map
    return format_selector(selector)


def _at(obj: Object, path: str) -> Any:
    value: Any = obj
    for part in _parts(path):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def _parts(path: str) -> list[str]:
    return [part for part in path.split(".") if part]
