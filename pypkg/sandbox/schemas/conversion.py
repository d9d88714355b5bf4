"""Between the versions of a kind: one stored object, seen through each of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pypkg.sandbox.schemas.schema import GroupVersionKind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Object = dict[str, Any]


def convert(obj: Object, target: GroupVersionKind) -> Object:
    """Show an object as another version of its kind.

    Args:
        obj: The object; it is not changed.
        target: The kind wanted. Custom resources keep their fields, as with
            the conversion strategy ``None``.
    """
    if obj.get("apiVersion") == target.api_version:
        return obj
    change = _CONVERSIONS.get((obj.get("apiVersion", ""), target))
    return {
        **(obj if change is None else change(obj)),
        "apiVersion": target.api_version,
    }


def _renamed(names: dict[str, str]) -> Callable[[Object], Object]:
    def change(obj: Object) -> Object:
        return {names.get(key, key): value for key, value in obj.items()}

    return change


# events.k8s.io/v1 calls core/v1's fields by other names, the old ones "deprecated".
_EVENT_FIELDS = {
    "involvedObject": "regarding",
    "message": "note",
    "source": "deprecatedSource",
    "firstTimestamp": "deprecatedFirstTimestamp",
    "lastTimestamp": "deprecatedLastTimestamp",
    "count": "deprecatedCount",
    "reportingComponent": "reportingController",
}


def _autoscaler_to_v1(obj: Object) -> Object:
    """CPU utilisation alone has a field in v1; other metrics are left out."""
    spec = {k: v for k, v in (obj.get("spec") or {}).items() if k != "metrics"}
    metrics = (obj.get("spec") or {}).get("metrics") or []
    if (target := _cpu(metrics, "target")) is not None:
        spec["targetCPUUtilizationPercentage"] = target
    spec.pop("behavior", None)
    status = {
        key: value
        for key, value in (obj.get("status") or {}).items()
        if key not in {"conditions", "currentMetrics"}
    }
    found = (obj.get("status") or {}).get("currentMetrics") or []
    if (current := _cpu(found, "current")) is not None:
        status["currentCPUUtilizationPercentage"] = current
    status.setdefault("currentReplicas", 0)
    status.setdefault("desiredReplicas", 0)
    return {**obj, "spec": spec, "status": status}


def _cpu(metrics: list[Any], side: str) -> int | None:
    for metric in metrics:
        resource = metric.get("resource") or {}
        if metric.get("type") == "Resource" and resource.get("name") == "cpu":
            value: int | None = (resource.get(side) or {}).get("averageUtilization")
            return value
    return None


def _autoscaler_to_v2(obj: Object) -> Object:
    spec = dict(obj.get("spec") or {})
    status = dict(obj.get("status") or {})
    target = spec.pop("targetCPUUtilizationPercentage", None)
    if target is not None:
        utilization = {"type": "Utilization", "averageUtilization": target}
        spec["metrics"] = [
            {"type": "Resource", "resource": {"name": "cpu", "target": utilization}}
        ]
    current = status.pop("currentCPUUtilizationPercentage", None)
    if current is not None:
        used = {"name": "cpu", "current": {"averageUtilization": current}}
        status["currentMetrics"] = [{"type": "Resource", "resource": used}]
    return {**obj, "spec": spec, "status": status}


_AUTOSCALER = "HorizontalPodAutoscaler"
_CONVERSIONS: Mapping[tuple[str, GroupVersionKind], Callable[[Object], Object]] = {
    ("v1", GroupVersionKind("events.k8s.io", "v1", "Event")): _renamed(_EVENT_FIELDS),
    ("events.k8s.io/v1", GroupVersionKind("", "v1", "Event")): _renamed(
        {new: old for old, new in _EVENT_FIELDS.items()}
    ),
    (
        "autoscaling/v2",
        GroupVersionKind("autoscaling", "v1", _AUTOSCALER),
    ): _autoscaler_to_v1,
    (
        "autoscaling/v1",
        GroupVersionKind("autoscaling", "v2", _AUTOSCALER),
    ): _autoscaler_to_v2,
}
