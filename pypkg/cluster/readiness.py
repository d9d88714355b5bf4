"""Whether an object has become what its manifest asks: the rules of kstatus.

The rules and their words are those of cli-utils' ``kstatus``, by which Helm 4
waits; Helm's own stricter rules for hooks and ``--wait-for-jobs`` stand beside.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# How long a pod may be without a node before it counts as unschedulable.
SCHEDULE_WINDOW = timedelta(seconds=15)
# The deployment controller's word for "no deadline".
_NO_DEADLINE = 2**31 - 1


class State(StrEnum):
    """kstatus' states of an object."""

    IN_PROGRESS = "InProgress"
    FAILED = "Failed"
    CURRENT = "Current"
    TERMINATING = "Terminating"
    NOT_FOUND = "NotFound"
    UNKNOWN = "Unknown"


@dataclass(frozen=True, slots=True)
class Readiness:
    """An object's state, and what it is waiting for."""

    state: State
    message: str


def readiness(obj: Mapping[str, Any], now: datetime) -> Readiness:
    """Judge a live object, with its status.

    Args:
        obj: The object as the server gives it.
        now: The time, with its zone: pods may take a while to be scheduled.
    """
    if (found := _generic(obj)) is not None:
        return found
    group = str(obj.get("apiVersion") or "").rpartition("/")[0]
    kind = str(obj.get("kind") or "")
    if (group, kind) == ("", "Pod"):
        return _pod(obj, now)
    rule = _RULES.get((group, kind))
    return rule(obj) if rule else _by_ready_condition(obj)


def job_completion(obj: Mapping[str, Any], now: datetime) -> Readiness:
    """Judge a Job by whether it is finished, for hooks and ``--wait-for-jobs``."""
    del now
    completions, conditions = _completions(obj), _conditions(obj)
    if _is_true(conditions.get("Complete")):
        done = _number(obj, "status", "succeeded")
        return _current(f"Job Completed. succeeded: {done}/{completions}")
    if _is_true(conditions.get("Failed")):
        return _failed(
            f"Job Failed. failed: {_number(obj, 'status', 'failed')}/{completions}"
        )
    return _in_progress("Job in progress")


def hook_completion(obj: Mapping[str, Any], now: datetime) -> Readiness:
    """Judge a hook: Jobs and Pods must finish, all else need only exist."""
    match obj.get("apiVersion"), obj.get("kind"):
        case "batch/v1", "Job":
            return job_completion(obj, now)
        case "v1", "Pod":
            return _pod_completion(obj)
        case _:
            return _current("Resource is current")


def readiness_with_jobs(obj: Mapping[str, Any], now: datetime) -> Readiness:
    """Judge a live object; Jobs must be finished, not only begun."""
    if obj.get("apiVersion") == "batch/v1" and obj.get("kind") == "Job":
        return job_completion(obj, now)
    return readiness(obj, now)


def _generic(obj: Mapping[str, Any]) -> Readiness | None:
    """Apply what holds for every kind."""
    if _field(obj, "metadata", "deletionTimestamp"):
        return Readiness(State.TERMINATING, "Resource scheduled for deletion")
    generation = _field(obj, "metadata", "generation")
    observed = _field(obj, "status", "observedGeneration")
    if generation is not None and observed is not None and observed != generation:
        return _in_progress(
            f"{obj.get('kind')} generation is {generation}, but latest observed"
            f" generation is {observed}"
        )
    conditions = _conditions(obj)
    for name, state in (
        ("Reconciling", State.IN_PROGRESS),
        ("Stalled", State.FAILED),
    ):
        if _is_true(conditions.get(name)):
            return Readiness(state, str(conditions[name].get("message") or ""))
    return None


def _by_ready_condition(obj: Mapping[str, Any]) -> Readiness:
    ready = _conditions(obj).get("Ready")
    if ready is None:
        return _current("Resource is current")
    if _is_true(ready):
        return _current("Resource is Ready")
    return _in_progress(str(ready.get("message") or ""))


def _always(obj: Mapping[str, Any]) -> Readiness:
    del obj
    return _current("Resource is always ready")


def _deployment(obj: Mapping[str, Any]) -> Readiness:
    conditions = _conditions(obj)
    progress = conditions.get("Progressing") or {}
    if progress.get("reason") == "ProgressDeadlineExceeded":
        return _failed("Progress deadline exceeded")
    wanted = _number(obj, "spec", "replicas", default=1)
    there = _number(obj, "status", "replicas")
    updated = _number(obj, "status", "updatedReplicas")
    available = _number(obj, "status", "availableReplicas")
    ready = _number(obj, "status", "readyReplicas")
    deadline = _number(obj, "spec", "progressDeadlineSeconds", default=_NO_DEADLINE)
    rolled_out = _is_true(progress) and progress["reason"] == "NewReplicaSetAvailable"
    return _shortfall(
        (wanted > there, f"Replicas: {there}/{wanted}"),
        (wanted > updated, f"Updated: {updated}/{wanted}"),
        (there > wanted, f"Pending termination: {there - wanted}"),
        (updated > available, f"Available: {available}/{updated}"),
        (wanted > ready, f"Ready: {ready}/{wanted}"),
        (not rolled_out and deadline != _NO_DEADLINE, "ReplicaSet not Available"),
        (not _is_true(conditions.get("Available")), "Deployment not Available"),
    ) or _current(f"Deployment is available. Replicas: {there}")


def _replica_set(obj: Mapping[str, Any]) -> Readiness:
    if _is_true(_conditions(obj).get("ReplicaFailure")):
        return _in_progress("Replica Failure condition. Check Pods")
    wanted = _number(obj, "spec", "replicas", default=1)
    there = _number(obj, "status", "replicas")
    for word, name in (
        ("Labelled", "fullyLabeledReplicas"),
        ("Available", "availableReplicas"),
        ("Ready", "readyReplicas"),
    ):
        if wanted > (count := _number(obj, "status", name)):
            return _in_progress(f"{word}: {count}/{wanted}")
    if there > wanted:
        return _in_progress(f"Pending termination: {there - wanted}")
    return _current(f"ReplicaSet is available. Replicas: {there}")


def _stateful_set(obj: Mapping[str, Any]) -> Readiness:
    if _field(obj, "spec", "updateStrategy", "type") == "OnDelete":
        return _current("StatefulSet is using the ondelete update strategy")
    wanted = _number(obj, "spec", "replicas", default=1)
    there = _number(obj, "status", "replicas")
    ready = _number(obj, "status", "readyReplicas")
    updated = _number(obj, "status", "updatedReplicas")
    current = _number(obj, "status", "currentReplicas")
    partition = _field(obj, "spec", "updateStrategy", "rollingUpdate", "partition")
    found = _shortfall(
        (wanted > there, f"Replicas: {there}/{wanted}"),
        (wanted > ready, f"Ready: {ready}/{wanted}"),
        (there > wanted, f"Pending termination: {there - wanted}"),
    )
    if found or partition is None:
        revision = _field(obj, "status", "currentRevision")
        stale = revision != _field(obj, "status", "updateRevision")
        return (
            found
            or _shortfall(
                (wanted > current, f"current: {current}/{wanted}"),
                (stale, "Waiting for updated revision to match current"),
            )
            or _current(f"All replicas scheduled as expected. Replicas: {there}")
        )
    return _shortfall(
        (updated < wanted - partition, f"updated: {updated}/{wanted - partition}")
    ) or _current(f"Partition rollout complete. updated: {updated}")


def _daemon_set(obj: Mapping[str, Any]) -> Readiness:
    for place, name in (("metadata", "generation"), ("status", "observedGeneration")):
        if _field(obj, place, name) is None:
            return _in_progress(f"DaemonSet {place}.{name} not found")
    wanted = _field(obj, "status", "desiredNumberScheduled")
    if wanted is None:
        return _in_progress("Missing .status.desiredNumberScheduled")
    for word, name in (
        ("Current", "currentNumberScheduled"),
        ("Updated", "updatedNumberScheduled"),
        ("Available", "numberAvailable"),
        ("Ready", "numberReady"),
    ):
        if wanted > (count := _number(obj, "status", name)):
            return _in_progress(f"{word}: {count}/{wanted}")
    return _current(f"All replicas scheduled as expected. Replicas: {wanted}")


def _claim(obj: Mapping[str, Any]) -> Readiness:
    phase = _field(obj, "status", "phase") or "unknown"
    if phase != "Bound":
        return _in_progress(f"PVC is not Bound. phase: {phase}")
    return _current("PVC is Bound")


def _pod(obj: Mapping[str, Any], now: datetime) -> Readiness:
    match phase := _field(obj, "status", "phase") or "":
        case "Succeeded":
            return _current("Pod has completed successfully")
        case "Failed":
            return _current("Pod has completed, but not successfully")
        case "Running":
            return _running_pod(obj)
        case "Pending":
            return _pending_pod(obj, now)
        case "":
            return _in_progress("Pod phase not available")
    return Readiness(State.UNKNOWN, f"unknown phase {phase}")


def _running_pod(obj: Mapping[str, Any]) -> Readiness:
    if _is_true(_conditions(obj).get("Ready")):
        return _current("Pod is Ready")
    crashing = [
        str(container.get("name"))
        for container in _field(obj, "status", "containerStatuses") or ()
        if _field(container, "state", "waiting", "reason") == "CrashLoopBackOff"
    ]
    if crashing:
        return _failed(f"Containers in CrashLoop state: {','.join(crashing)}")
    return _in_progress("Pod is running but is not Ready")


def _pending_pod(obj: Mapping[str, Any], now: datetime) -> Readiness:
    scheduled = _conditions(obj).get("PodScheduled") or {}
    if scheduled.get("status") != "False" or scheduled["reason"] != "Unschedulable":
        return _in_progress("Pod is in the Pending phase")
    created = datetime.fromisoformat(str(_field(obj, "metadata", "creationTimestamp")))
    if now - created < SCHEDULE_WINDOW:
        return _in_progress("Pod has not been scheduled")
    return _failed("Pod could not be scheduled")


def _pod_completion(obj: Mapping[str, Any]) -> Readiness:
    name = _field(obj, "metadata", "name")
    match _field(obj, "status", "phase"):
        case "Succeeded":
            return _current(f"pod {name} succeeded")
        case "Failed":
            return _failed(f"pod {name} failed")
    return _in_progress("Pod in progress")


def _disruption_budget(obj: Mapping[str, Any]) -> Readiness:
    del obj
    return _current("AllowedDisruptions has been computed.")


def _job(obj: Mapping[str, Any]) -> Readiness:
    conditions = _conditions(obj)
    succeeded = _number(obj, "status", "succeeded")
    failed = _number(obj, "status", "failed")
    if _is_true(conditions.get("Complete")):
        return _current(f"Job Completed. succeeded: {succeeded}/{_completions(obj)}")
    if _is_true(conditions.get("Failed")):
        return _failed(f"Job Failed. failed: {failed}/{_completions(obj)}")
    if _is_true(conditions.get("Suspended")):
        return _current("Job is suspended")
    if not _field(obj, "status", "startTime"):
        return _in_progress("Job not started")
    active = _number(obj, "status", "active")
    return _current(
        f"Job in progress. success:{succeeded}, active: {active}, failed: {failed}"
    )


def _service(obj: Mapping[str, Any]) -> Readiness:
    if _field(obj, "spec", "type") == "LoadBalancer" and not _field(
        obj, "spec", "clusterIP"
    ):
        return _in_progress("ClusterIP not set. Service type: LoadBalancer")
    return _current("Service is ready")


def _definition(obj: Mapping[str, Any]) -> Readiness:
    conditions = _conditions(obj)
    names = conditions.get("NamesAccepted") or {}
    if names.get("status") == "False":
        return _failed(str(names.get("message") or ""))
    established = conditions.get("Established") or {}
    if established.get("status") == "False" and established["reason"] != "Installing":
        return _failed(str(established.get("message") or ""))
    if _is_true(established):
        return _current("CRD is established")
    return _in_progress("Install in progress")


_RULES: Mapping[tuple[str, str], Callable[[Mapping[str, Any]], Readiness]] = {
    ("", "Service"): _service,
    ("", "Secret"): _always,
    ("", "ConfigMap"): _always,
    ("", "PersistentVolumeClaim"): _claim,
    ("apps", "StatefulSet"): _stateful_set,
    ("apps", "DaemonSet"): _daemon_set,
    ("extensions", "DaemonSet"): _daemon_set,
    ("apps", "Deployment"): _deployment,
    ("extensions", "Deployment"): _deployment,
    ("apps", "ReplicaSet"): _replica_set,
    ("extensions", "ReplicaSet"): _replica_set,
    ("policy", "PodDisruptionBudget"): _disruption_budget,
    ("batch", "CronJob"): _always,
    ("batch", "Job"): _job,
    ("apiextensions.k8s.io", "CustomResourceDefinition"): _definition,
}


def _shortfall(*checks: tuple[bool, str]) -> Readiness | None:
    """Give the first thing that is still missing, of pairs (missing, message)."""
    for missing, message in checks:
        if missing:
            return _in_progress(message)
    return None


def _completions(obj: Mapping[str, Any]) -> int:
    parallelism = _number(obj, "spec", "parallelism", default=1)
    return _number(obj, "spec", "completions", default=parallelism)


def _conditions(obj: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    listed = _field(obj, "status", "conditions")
    if not isinstance(listed, list):
        return {}
    return {str(c.get("type")): c for c in listed if isinstance(c, dict)}


def _is_true(condition: Mapping[str, Any] | None) -> bool:
    return condition is not None and condition.get("status") == "True"


def _field(obj: Any, *path: str) -> Any:
    for name in path:
        if not isinstance(obj, dict):
            return None
        obj = obj.get(name)
    return obj


def _number(obj: Mapping[str, Any], *path: str, default: int = 0) -> int:
    found = _field(obj, *path)
    return found if isinstance(found, int) else default


def _current(message: str) -> Readiness:
    return Readiness(State.CURRENT, message)


def _in_progress(message: str) -> Readiness:
    return Readiness(State.IN_PROGRESS, message)


def _failed(message: str) -> Readiness:
    return Readiness(State.FAILED, message)
