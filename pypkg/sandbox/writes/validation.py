"""What the API server refuses: every fault of an object, in its own words."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from pypkg.sandbox.checks import policies, services, storage, workloads
from pypkg.sandbox.checks.custom_resources import check_custom
from pypkg.sandbox.checks.faults import Faults
from pypkg.sandbox.checks.metadata import check_metadata

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pypkg.sandbox.schemas.schema import GroupVersionKind, Schema
    from pypkg.sandbox.statuses import Cause

Object = dict[str, Any]

_ADMISSION = "admissionregistration.k8s.io"
_RBAC = "rbac.authorization.k8s.io"
_CHECKS: Mapping[tuple[str, str], Callable[[Object, Object | None, Faults], None]] = (
    MappingProxyType(
        {
            ("", "ConfigMap"): storage.check_config_map,
            ("", "PersistentVolume"): storage.check_volume,
            ("", "PersistentVolumeClaim"): storage.check_claim,
            ("", "Pod"): workloads.check_pod,
            ("", "ReplicationController"): workloads.check_replication_controller,
            ("", "Secret"): storage.check_secret,
            ("", "Service"): services.check_service,
            ("apps", "DaemonSet"): workloads.check_daemon_set,
            ("apps", "Deployment"): workloads.check_deployment,
            ("apps", "ReplicaSet"): workloads.check_replica_set,
            ("apps", "StatefulSet"): workloads.check_stateful_set,
            ("autoscaling", "HorizontalPodAutoscaler"): policies.check_autoscaler,
            ("batch", "CronJob"): workloads.check_cron_job,
            ("batch", "Job"): workloads.check_job,
            ("networking.k8s.io", "Ingress"): services.check_ingress,
            ("networking.k8s.io", "IngressClass"): services.check_ingress_class,
            ("networking.k8s.io", "NetworkPolicy"): services.check_network_policy,
            ("policy", "PodDisruptionBudget"): policies.check_disruption_budget,
            ("scheduling.k8s.io", "PriorityClass"): policies.check_priority_class,
            ("storage.k8s.io", "StorageClass"): storage.check_storage_class,
            (_ADMISSION, "MutatingWebhookConfiguration"): policies.check_webhooks,
            (_ADMISSION, "ValidatingWebhookConfiguration"): policies.check_webhooks,
            (_RBAC, "ClusterRole"): policies.check_role,
            (_RBAC, "ClusterRoleBinding"): policies.check_role_binding,
            (_RBAC, "Role"): policies.check_role,
            (_RBAC, "RoleBinding"): policies.check_role_binding,
            (
                "apiextensions.k8s.io",
                "CustomResourceDefinition",
            ): policies.check_custom_resource_definition,
        }
    )
)
_BUILT_IN = "io.k8s."
_EMPTY: tuple[Any, ...] = (None, "", [], {})


def validate(
    obj: Object,
    kind: GroupVersionKind,
    *,
    old: Object | None,
    schema: Schema | None,
    namespaced: bool,
    subresource: str = "",
) -> list[Cause]:
    """Find every fault of an object.

    Args:
        obj: The object, with its defaults.
        kind: Its group, version and kind.
        old: The object as stored; None where it is new.
        schema: Its type; None where nothing is known of it.
        namespaced: Whether it lives in a namespace.
        subresource: The part that is written; "" for the whole object.
    """
    faults = Faults()
    custom = schema is None or not schema.name.startswith(_BUILT_IN)
    metadata = obj.get("metadata") or {}
    before = (old or {}).get("metadata")
    check_metadata(metadata, before, faults, kind=kind.kind, custom=custom)
    if namespaced and not metadata.get("namespace"):
        faults.required("metadata.namespace")
    if custom:
        if schema is not None:
            check_custom(obj, schema, faults)
    elif subresource in {"", "scale"}:
        _check_built_in(obj, old, schema, kind, faults)
    return list(faults)


def _check_built_in(
    obj: Object,
    old: Object | None,
    schema: Schema | None,
    kind: GroupVersionKind,
    faults: Faults,
) -> None:
    check = _CHECKS.get((kind.group, kind.kind))
    if check is not None:
        check(obj, old, faults)
    elif schema is not None:
        _check_required(obj, schema, faults, "")


def _check_required(value: Any, schema: Schema, faults: Faults, field: str) -> None:
    """Check only that what the type requires is there."""
    if isinstance(value, list) and schema.items is not None:
        for index, item in enumerate(value):
            _check_required(item, schema.items, faults, f"{field}[{index}]")
    elif isinstance(value, dict) and not schema.free_form:
        prefix = f"{field}." if field else ""
        for name in sorted(schema.required):
            # Go writes a missing string as an empty one.
            if value.get(name) in _EMPTY:
                faults.required(f"{prefix}{name}")
        for name, item in value.items():
            inner = schema.field(name)
            if inner is not None and name not in {"metadata", "status"}:
                _check_required(item, inner, faults, f"{prefix}{name}")
