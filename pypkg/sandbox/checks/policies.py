"""RBAC, autoscaling, disruption budgets, priorities, webhooks and definitions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pypkg.objects.equality import equal
from pypkg.sandbox.checks.faults import IMMUTABLE
from pypkg.sandbox.checks.metadata import check_selector

if TYPE_CHECKING:
    from pypkg.sandbox.checks.faults import Faults

Object = dict[str, Any]

_RBAC = "rbac.authorization.k8s.io"
_HIGHEST_PRIORITY = 1_000_000_000
_METRICS = ("ContainerResource", "External", "Object", "Pods", "Resource")


def check_role(obj: Object, _: Object | None, faults: Faults) -> None:
    """Check a Role or ClusterRole."""
    for index, rule in enumerate(obj.get("rules") or ()):
        here = f"rules[{index}]"
        if not rule.get("verbs"):
            faults.required(f"{here}.verbs", "verbs must contain at least one value")
        if rule.get("nonResourceURLs"):
            if obj["kind"] == "Role":
                detail = "namespaced rules cannot apply to non-resource URLs"
                faults.invalid(
                    f"{here}.nonResourceURLs", rule["nonResourceURLs"], detail
                )
            continue
        if not rule.get("apiGroups"):
            detail = "resource rules must supply at least one api group"
            faults.required(f"{here}.apiGroups", detail)
        if not rule.get("resources"):
            detail = "resource rules must supply at least one resource"
            faults.required(f"{here}.resources", detail)


def check_role_binding(obj: Object, old: Object | None, faults: Faults) -> None:
    """Check a RoleBinding or ClusterRoleBinding, whose role stays."""
    reference = obj.get("roleRef") or {}
    if reference.get("apiGroup") != _RBAC:
        faults.unsupported("roleRef.apiGroup", reference.get("apiGroup", ""), [_RBAC])
    bound = obj["kind"] == "ClusterRoleBinding"
    kinds = ["ClusterRole"] if bound else ["Role", "ClusterRole"]
    if reference.get("kind") not in kinds:
        faults.unsupported("roleRef.kind", reference.get("kind", ""), kinds)
    if not reference.get("name"):
        faults.required("roleRef.name")
    for index, subject in enumerate(obj.get("subjects") or ()):
        here = f"subjects[{index}]"
        if not subject.get("name"):
            faults.required(f"{here}.name")
        kind = subject.get("kind", "")
        if kind not in {"ServiceAccount", "User", "Group"}:
            kinds = ["ServiceAccount", "User", "Group"]
            faults.unsupported(f"{here}.kind", kind, kinds)
        if kind == "ServiceAccount" and bound and not subject.get("namespace"):
            faults.required(f"{here}.namespace")
    if old is not None and not equal(reference, old.get("roleRef")):
        faults.invalid("roleRef", reference, "cannot change roleRef")


def check_autoscaler(obj: Object, _: Object | None, faults: Faults) -> None:
    """Check a HorizontalPodAutoscaler."""
    spec = obj.get("spec") or {}
    least, most = spec.get("minReplicas", 1), spec.get("maxReplicas", 0)
    if least < 1:
        detail = "must be greater than or equal to 1"
        faults.invalid("spec.minReplicas", least, detail)
    if most < 1:
        faults.invalid("spec.maxReplicas", most, "must be greater than 0")
    if most < least:
        detail = "must be greater than or equal to `minReplicas`"
        faults.invalid("spec.maxReplicas", most, detail)
    target = spec.get("scaleTargetRef") or {}
    for name in ("kind", "name"):
        if not target.get(name):
            faults.required(f"spec.scaleTargetRef.{name}")
    for index, metric in enumerate(spec.get("metrics") or ()):
        here = f"spec.metrics[{index}]"
        kind = metric.get("type")
        if not kind:
            faults.required(f"{here}.type", "must specify a metric source type")
        elif kind not in _METRICS:
            faults.unsupported(f"{here}.type", kind, _METRICS)
        elif (source := kind[0].lower() + kind[1:]) not in metric:
            detail = "must populate information for the given metric source"
            faults.required(f"{here}.{source}", detail)


def check_disruption_budget(obj: Object, _: Object | None, faults: Faults) -> None:
    """Check a PodDisruptionBudget."""
    spec = obj.get("spec") or {}
    if "minAvailable" in spec and "maxUnavailable" in spec:
        detail = "minAvailable and maxUnavailable cannot be both set"
        faults.invalid("spec", spec, detail)
    check_selector(spec.get("selector") or {}, faults, "spec.selector")


def check_priority_class(obj: Object, old: Object | None, faults: Faults) -> None:
    """Check a PriorityClass, whose value stays."""
    value, name = obj.get("value", 0), obj["metadata"].get("name", "")
    if value > _HIGHEST_PRIORITY and not name.startswith("system-"):
        detail = (
            f"maximum allowed value of a user defined priority is {_HIGHEST_PRIORITY}"
        )
        faults.forbidden("value", detail)
    policies = ("Never", "PreemptLowerPriority")
    faults.choose("preemptionPolicy", obj.get("preemptionPolicy"), policies)
    if old is not None:
        for field in ("value", "preemptionPolicy"):
            if obj.get(field) != old.get(field):
                faults.forbidden(field, "may not be changed in an update.")


def check_custom_resource_definition(
    obj: Object, old: Object | None, faults: Faults
) -> None:
    """Check a CustomResourceDefinition."""
    spec = obj.get("spec") or {}
    names, group = spec.get("names") or {}, spec.get("group", "")
    plural = names.get("plural", "")
    wanted = f"{plural}.{group}"
    if not group:
        faults.required("spec.group")
    if obj["metadata"].get("name") != wanted:
        name = obj["metadata"].get("name")
        detail = 'must be spec.names.plural+"."+spec.group'
        faults.invalid("metadata.name", name, detail)
    for field in ("plural", "kind"):
        if not names.get(field):
            faults.required(f"spec.names.{field}")
    scopes = ("Cluster", "Namespaced")
    faults.choose("spec.scope", spec.get("scope"), scopes)
    _check_versions(spec.get("versions") or (), faults)
    if old is None:
        return
    before = old.get("spec") or {}
    for field in ("group", "scope"):
        if spec.get(field) != before.get(field):
            faults.invalid(f"spec.{field}", spec.get(field), IMMUTABLE)
    for field in ("plural", "kind"):
        if names.get(field) != (before.get("names") or {}).get(field):
            faults.invalid(f"spec.names.{field}", names.get(field), IMMUTABLE)


def _check_versions(versions: Any, faults: Faults) -> None:
    if not versions:
        faults.required("spec.versions")
    stored = sum(bool(version.get("storage")) for version in versions)
    if versions and stored != 1:
        detail = "must have exactly one version marked as storage version"
        faults.invalid("spec.versions", [v.get("name") for v in versions], detail)
    for index, version in enumerate(versions):
        here = f"spec.versions[{index}]"
        if not version.get("name"):
            faults.required(f"{here}.name")
        schema = (version.get("schema") or {}).get("openAPIV3Schema")
        if schema is None:
            faults.required(f"{here}.schema.openAPIV3Schema", "schemas are required")
        elif schema.get("type") != "object":
            place = f"{here}.schema.openAPIV3Schema.type"
            if schema.get("type"):
                faults.invalid(place, schema["type"], "must be object at the root")
            else:
                faults.required(place, "must not be empty at the root")


def check_webhooks(obj: Object, _: Object | None, faults: Faults) -> None:
    """Check a webhook configuration."""
    for index, webhook in enumerate(obj.get("webhooks") or ()):
        here = f"webhooks[{index}]"
        name = webhook.get("name", "")
        if not name:
            faults.required(f"{here}.name")
        elif name.count(".") < 2:  # noqa: PLR2004 - three segments have two dots
            detail = "should be a domain with at least three segments separated by dots"
            faults.invalid(f"{here}.name", name, detail)
        effects = webhook.get("sideEffects")
        if effects not in {"None", "NoneOnDryRun"}:
            place = f"{here}.sideEffects"
            faults.choose(place, effects, ("None", "NoneOnDryRun"))
        if not webhook.get("admissionReviewVersions"):
            detail = "must specify one of v1, v1beta1"
            faults.required(f"{here}.admissionReviewVersions", detail)
        config = webhook.get("clientConfig") or {}
        if ("url" in config) == ("service" in config):
            detail = "exactly one of url or service is required"
            faults.required(f"{here}.clientConfig", detail)
