"""Helm 3's rules of readiness, for ``--wait=legacy``.

Kinds that are not named here count as ready. Helm 3 looked at the Deployment's new
ReplicaSet; here the Deployment's own status tells how many new pods are ready, at
least, once the old ones are subtracted.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from pypkg.cluster.readiness import Readiness, State

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

_READY = Readiness(State.CURRENT, "Resource is ready")


def legacy_readiness(obj: Mapping[str, Any], now: datetime) -> Readiness:
    """Judge a live object; Jobs count as ready."""
    del now
    rule = _RULES.get((str(obj.get("apiVersion")), str(obj.get("kind"))))
    return (rule(obj) if rule else None) or _READY


def legacy_readiness_with_jobs(obj: Mapping[str, Any], now: datetime) -> Readiness:
    """Judge a live object; Jobs must be finished."""
    if (obj.get("apiVersion"), obj.get("kind")) == ("batch/v1", "Job"):
        return _job(obj) or _READY
    return legacy_readiness(obj, now)


def _job(obj: Mapping[str, Any]) -> Readiness | None:
    spec, status = _parts(obj)
    if status.get("failed", 0) > spec.get("backoffLimit", 6):
        metadata = obj["metadata"]
        name = f"{metadata.get('namespace')}/{metadata['name']}"
        return Readiness(State.FAILED, f"job is failed: {name}")
    if (done := status.get("succeeded", 0)) < (wanted := spec.get("completions", 1)):
        return _waiting(f"Completed: {done}/{wanted}")
    return None


def _pod(obj: Mapping[str, Any]) -> Readiness | None:
    conditions = _parts(obj)[1].get("conditions") or ()
    if any(c["type"] == "Ready" and c["status"] == "True" for c in conditions):
        return None
    return _waiting("Pod is not ready")


def _deployment(obj: Mapping[str, Any]) -> Readiness | None:
    spec, status = _parts(obj)
    if spec.get("paused"):
        return _waiting("Deployment is paused")
    if stale := _stale(obj):
        return stale
    wanted = spec.get("replicas", 1)
    rolling = (spec.get("strategy") or {}).get("rollingUpdate") or {}
    needed = wanted - _scaled(rolling.get("maxUnavailable", 0), wanted, math.floor)
    old = status.get("replicas", 0) - status.get("updatedReplicas", 0)
    ready = max(status.get("readyReplicas", 0) - old, 0)
    if ready < needed:
        return _waiting(f"Ready: {ready}/{needed}")
    return None


def _daemon_set(obj: Mapping[str, Any]) -> Readiness | None:
    spec, status = _parts(obj)
    if stale := _stale(obj):
        return stale
    strategy = spec.get("updateStrategy") or {}
    if strategy.get("type") != "RollingUpdate":
        return None
    wanted = status.get("desiredNumberScheduled", 0)
    if (updated := status.get("updatedNumberScheduled", 0)) != wanted:
        return _waiting(f"Updated: {updated}/{wanted}")
    rolling = strategy.get("rollingUpdate") or {}
    needed = wanted - _scaled(rolling.get("maxUnavailable", 1), wanted, math.ceil)
    if (ready := status.get("numberReady", 0)) < needed:
        return _waiting(f"Ready: {ready}/{needed}")
    return None


def _stateful_set(obj: Mapping[str, Any]) -> Readiness | None:
    spec, status = _parts(obj)
    if stale := _stale(obj):
        return stale
    strategy = spec.get("updateStrategy") or {}
    if strategy.get("type") != "RollingUpdate":
        return None
    wanted = spec.get("replicas", 1)
    partition = (strategy.get("rollingUpdate") or {}).get("partition") or 0
    if (updated := status.get("updatedReplicas", 0)) < wanted - partition:
        return _waiting(f"Updated: {updated}/{wanted - partition}")
    if (ready := status.get("readyReplicas", 0)) != wanted:
        return _waiting(f"Ready: {ready}/{wanted}")
    if not partition and (
        status.get("currentRevision") != status.get("updateRevision")
    ):
        return _waiting("Waiting for updated revision to match current")
    return None


def _replicas(obj: Mapping[str, Any]) -> Readiness | None:
    spec, status = _parts(obj)
    if stale := _stale(obj):
        return stale
    if (ready := status.get("readyReplicas", 0)) < (wanted := spec.get("replicas", 1)):
        return _waiting(f"Ready: {ready}/{wanted}")
    return None


def _claim(obj: Mapping[str, Any]) -> Readiness | None:
    phase = _parts(obj)[1].get("phase")
    return None if phase == "Bound" else _waiting(f"PVC is not Bound. phase: {phase}")


def _service(obj: Mapping[str, Any]) -> Readiness | None:
    spec, status = _parts(obj)
    if spec.get("type") == "ExternalName":
        return None
    if not spec.get("clusterIP"):
        return _waiting("Service does not have cluster IP address")
    if (
        spec.get("type") == "LoadBalancer"
        and not spec.get("externalIPs")
        and not (status.get("loadBalancer") or {}).get("ingress")
    ):
        return _waiting("Service does not have load balancer ingress IP address")
    return None


def _definition(obj: Mapping[str, Any]) -> Readiness | None:
    for condition in _parts(obj)[1].get("conditions") or ():
        match condition["type"], condition["status"]:
            case ("Established", "True") | ("NamesAccepted", "False"):
                return None
    return _waiting("CRD is not established")


_RULES: Mapping[tuple[str, str], Callable[[Mapping[str, Any]], Readiness | None]] = {
    ("v1", "Pod"): _pod,
    ("v1", "Service"): _service,
    ("v1", "PersistentVolumeClaim"): _claim,
    ("v1", "ReplicationController"): _replicas,
    ("apps/v1", "ReplicaSet"): _replicas,
    ("apps/v1", "Deployment"): _deployment,
    ("apps/v1", "DaemonSet"): _daemon_set,
    ("apps/v1", "StatefulSet"): _stateful_set,
    ("apiextensions.k8s.io/v1", "CustomResourceDefinition"): _definition,
}


def _parts(obj: Mapping[str, Any]) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    return obj.get("spec") or {}, obj.get("status") or {}


def _stale(obj: Mapping[str, Any]) -> Readiness | None:
    observed = _parts(obj)[1].get("observedGeneration")
    if observed == obj["metadata"].get("generation"):
        return None
    return _waiting("the controller has not seen the latest change")


def _scaled(value: Any, total: int, rounded: Callable[[float], int]) -> int:
    """Give an absolute number, or a share of the total."""
    if isinstance(value, str) and value.endswith("%"):
        return rounded(total * int(value[:-1]) / 100)
    return int(value)


def _waiting(message: str) -> Readiness:
    return Readiness(State.IN_PROGRESS, message)
