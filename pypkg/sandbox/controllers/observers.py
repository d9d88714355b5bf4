"""Controllers that only report: disruption budgets, autoscalers, Ingresses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pypkg.sandbox.controllers.conditions import new_condition, with_condition
from pypkg.sandbox.controllers.objects import (
    AUTOSCALER,
    CONTROLLER_MANAGER,
    DEPLOYMENT,
    DISRUPTION_BUDGET,
    INGRESS,
    POD,
    REPLICA_SET,
    STATEFUL_SET,
    Name,
)
from pypkg.sandbox.controllers.pods import is_active, is_ready
from pypkg.sandbox.controllers.rollout import scaled
from pypkg.sandbox.label_selector import matches

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pypkg.sandbox.controllers.context import Context
    from pypkg.sandbox.controllers.objects import Change, Object

# An address of RFC 5737's documentation network: nothing answers there.
INGRESS_ADDRESS = "203.0.113.254"
_SCALABLE = {kind.kind: kind for kind in (DEPLOYMENT, REPLICA_SET, STATEFUL_SET)}


class DisruptionBudgets:
    """Counts the pods that PodDisruptionBudgets protect."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def concerns(self, change: Change) -> Iterable[Name]:
        """The budget, or all that select the pod."""
        if change.kind == DISRUPTION_BUDGET:
            return [Name.of(change.object)]
        if change.kind != POD:
            return ()
        namespace = change.object["metadata"]["namespace"]
        budgets = self._context.objects.list(DISRUPTION_BUDGET, namespace)
        return [Name.of(b) for b in budgets if _protects(b, change.object)]

    def reconcile(self, name: Name) -> None:
        """Report how many pods may be evicted."""
        budget = self._context.objects.get(DISRUPTION_BUDGET, *name)
        if budget is None or "deletionTimestamp" in budget["metadata"]:
            return
        pods = [
            pod
            for pod in self._context.objects.list(POD, name.namespace)
            if _protects(budget, pod) and is_active(pod)
        ]
        spec, expected, healthy = budget["spec"], len(pods), sum(map(is_ready, pods))
        if "maxUnavailable" in spec:
            missing = scaled(spec["maxUnavailable"], expected, up=True)
            needed = max(expected - missing, 0)
        else:
            needed = scaled(spec.get("minAvailable", 1), expected, up=True)
        allowed = max(healthy - needed, 0) if expected else 0
        old = budget.get("status", {})
        reason = "SufficientPods" if allowed else "InsufficientPods"
        condition = new_condition(
            "DisruptionAllowed", str(allowed > 0), self._context.clock(), reason
        )
        condition |= {
            "message": "",
            "observedGeneration": budget["metadata"]["generation"],
        }
        status = old | {
            "currentHealthy": healthy,
            "desiredHealthy": needed,
            "disruptionsAllowed": allowed,
            "expectedPods": expected,
            "observedGeneration": budget["metadata"]["generation"],
            "conditions": with_condition(old.get("conditions"), condition),
        }
        _write(self._context, budget, status)


class Autoscalers:
    """Reports that HorizontalPodAutoscalers are content: nothing is scaled."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def concerns(self, change: Change) -> Iterable[Name]:
        """The autoscaler, or those of the scaled object."""
        if change.kind == AUTOSCALER:
            return [Name.of(change.object)]
        if change.kind not in _SCALABLE.values():
            return ()
        namespace = change.object["metadata"]["namespace"]
        wanted = (change.kind.kind, change.object["metadata"]["name"])
        return [
            Name.of(found)
            for found in self._context.objects.list(AUTOSCALER, namespace)
            if _target(found) == wanted
        ]

    def reconcile(self, name: Name) -> None:
        """Report the target's size."""
        autoscaler = self._context.objects.get(AUTOSCALER, *name)
        if autoscaler is None or "deletionTimestamp" in autoscaler["metadata"]:
            return
        kind, target = _target(autoscaler)
        found = None
        if kind in _SCALABLE:
            place = (name.namespace, target)
            found = self._context.objects.get(_SCALABLE[kind], *place)
        now = self._context.clock()
        old = autoscaler.get("status", {})
        conditions = old.get("conditions")
        if found is None:
            message = (
                "the HPA controller was unable to get the target's current scale:"
                f' {kind.lower()}s "{target}" not found'
            )
            new = new_condition("AbleToScale", "False", now, "FailedGetScale", message)
            conditions = with_condition(conditions, new)
            size = 0
        else:
            size = int(found["spec"].get("replicas", 1))
            for kind, status, reason, message in (
                (
                    "AbleToScale",
                    "True",
                    "ReadyForNewScale",
                    "recommended size matches current size",
                ),
                (
                    "ScalingActive",
                    "True",
                    "ValidMetricFound",
                    "the HPA was able to successfully calculate a replica count",
                ),
                (
                    "ScalingLimited",
                    "False",
                    "DesiredWithinRange",
                    "the desired count is within the acceptable range",
                ),
            ):
                new = new_condition(kind, status, now, reason, message)
                conditions = with_condition(conditions, new)
        status = old | {
            "conditions": conditions,
            "currentReplicas": size,
            "desiredReplicas": size,
        }
        _write(self._context, autoscaler, status)


class Ingresses:
    """Gives each Ingress an address, as an ingress controller would."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def concerns(self, change: Change) -> Iterable[Name]:
        """The Ingress."""
        return [Name.of(change.object)] if change.kind == INGRESS else ()

    def reconcile(self, name: Name) -> None:
        """Set the address."""
        ingress = self._context.objects.get(INGRESS, *name)
        if ingress is None or "deletionTimestamp" in ingress["metadata"]:
            return
        balancer = {"ingress": [{"ip": INGRESS_ADDRESS}]}
        status = ingress.get("status", {}) | {"loadBalancer": balancer}
        _write(self._context, ingress, status)


def _protects(budget: Object, pod: Object) -> bool:
    labels = pod["metadata"].get("labels", {})
    selector = budget["spec"].get("selector")
    return selector is not None and matches(selector, labels)


def _target(autoscaler: Object) -> tuple[str, str]:
    reference = autoscaler["spec"]["scaleTargetRef"]
    return reference["kind"], reference["name"]


def _write(context: Context, obj: Object, status: Object) -> None:
    if status != obj.get("status", {}):
        context.objects.update(
            obj | {"status": status}, manager=CONTROLLER_MANAGER, subresource="status"
        )
