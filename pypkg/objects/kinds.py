"""The order in which Helm creates and deletes kinds of object."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

T = TypeVar("T")

INSTALL_ORDER = (
    "PriorityClass",
    "Namespace",
    "NetworkPolicy",
    "ResourceQuota",
    "LimitRange",
    "PodSecurityPolicy",
    "PodDisruptionBudget",
    "ServiceAccount",
    "Secret",
    "SecretList",
    "ConfigMap",
    "StorageClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "CustomResourceDefinition",
    "ClusterRole",
    "ClusterRoleList",
    "ClusterRoleBinding",
    "ClusterRoleBindingList",
    "Role",
    "RoleList",
    "RoleBinding",
    "RoleBindingList",
    "Service",
    "DaemonSet",
    "Pod",
    "ReplicationController",
    "ReplicaSet",
    "Deployment",
    "HorizontalPodAutoscaler",
    "StatefulSet",
    "Job",
    "CronJob",
    "IngressClass",
    "Ingress",
    "APIService",
    "MutatingWebhookConfiguration",
    "ValidatingWebhookConfiguration",
)

# The reverse, but that a Service goes before the workloads behind it.
UNINSTALL_ORDER = (
    "ValidatingWebhookConfiguration",
    "MutatingWebhookConfiguration",
    "APIService",
    "Ingress",
    "IngressClass",
    "Service",
    *(
        k
        for k in reversed(INSTALL_ORDER[: INSTALL_ORDER.index("IngressClass")])
        if k != "Service"
    ),
)

_INSTALL_RANK = {kind: rank for rank, kind in enumerate(INSTALL_ORDER)}
_UNINSTALL_RANK = {kind: rank for rank, kind in enumerate(UNINSTALL_ORDER)}


def install_sorted(items: Iterable[T], kind: Callable[[T], str]) -> list[T]:
    """Sort as Helm creates: by kind, otherwise in the order given.

    Args:
        items: Manifests, hooks, or anything that has a kind.
        kind: Gives an item's kind; unknown kinds go last, alphabetically.
    """
    return sorted(items, key=lambda item: _place(kind(item), _INSTALL_RANK))


def uninstall_sorted(items: Iterable[T], kind: Callable[[T], str]) -> list[T]:
    """Sort as Helm deletes; unknown kinds go last here too."""
    return sorted(items, key=lambda item: _place(kind(item), _UNINSTALL_RANK))


def _place(kind: str, rank: Mapping[str, int]) -> tuple[int, str]:
    if kind in rank:
        return rank[kind], ""
    return len(rank), kind
