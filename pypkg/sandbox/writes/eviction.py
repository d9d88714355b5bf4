"""Evictions: deletions of pods that disruption budgets may refuse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pypkg.sandbox.label_selector import matches
from pypkg.sandbox.schemas.schema import GroupVersionKind
from pypkg.sandbox.statuses import Cause, StatusError
from pypkg.sandbox.writes.deletion import DeleteOptions, delete

if TYPE_CHECKING:
    from pypkg.sandbox.writes.pipeline import Cluster
    from pypkg.sandbox.writes.targets import Target

Object = dict[str, Any]

_BUDGET = GroupVersionKind("policy", "v1", "PodDisruptionBudget")
# Pods in these phases serve nobody, so that no budget counts them.
_UNPROTECTED = frozenset({"Pending", "Succeeded", "Failed"})


def evict(cluster: Cluster, target: Target, eviction: Object) -> None:
    """Delete a pod, unless a disruption budget forbids it.

    Args:
        cluster: Where the pod is.
        target: The pod.
        eviction: The request's body, an ``Eviction``.

    Raises:
        StatusError: 404 for no such pod; 429, a budget forbids it now.
    """
    options = DeleteOptions.from_dict(eviction.get("deleteOptions") or {})
    pod = cluster.read(target)
    if (pod.get("status") or {}).get("phase") not in _UNPROTECTED:
        for budget in _budgets_of(cluster, pod):
            _spend(cluster, budget, dry_run=options.dry_run)
    delete(cluster, target, options)


def _budgets_of(cluster: Cluster, pod: Object) -> list[Object]:
    labels = pod["metadata"].get("labels") or {}
    return [
        budget
        for budget in cluster.list(_BUDGET, pod["metadata"]["namespace"])
        if (selector := budget["spec"].get("selector")) is not None
        and matches(selector, labels)
    ]


def _spend(cluster: Cluster, budget: Object, *, dry_run: bool) -> None:
    status = budget.get("status") or {}
    allowed = status.get("disruptionsAllowed", 0)
    if allowed <= 0:
        cause = Cause(
            "DisruptionBudget",
            f"The disruption budget {budget['metadata']['name']} needs"
            f" {status.get('desiredHealthy', 0)} healthy pods and has"
            f" {status.get('currentHealthy', 0)} currently",
        )
        raise StatusError(
            429,
            "TooManyRequests",
            "Cannot evict pod as it would violate the pod's disruption budget.",
            details={"causes": [cause.to_dict()]},
        )
    if not dry_run:
        # At once: the next eviction must not spend the same allowance.
        cluster.set_status(budget, {**status, "disruptionsAllowed": allowed - 1})
