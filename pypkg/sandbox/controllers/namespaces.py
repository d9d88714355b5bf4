"""Namespaces: what each one is born with, and how it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pypkg.sandbox.controllers.conditions import new_condition, with_condition
from pypkg.sandbox.controllers.objects import (
    CONFIG_MAP,
    CONTROLLER_MANAGER,
    NAMESPACE,
    SERVICE_ACCOUNT,
    Name,
    kind_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from pypkg.sandbox.controllers.context import Context
    from pypkg.sandbox.controllers.objects import Change, Object

ROOT_CA = "kube-root-ca.crt"
_DESCRIPTION = (
    "Contains a CA bundle that can be used to verify the kube-apiserver when using"
    " internal endpoints such as the internal service IP or"
    " kubernetes.default.svc. No other usage is guaranteed across distributions of"
    " Kubernetes clusters."
)


class Namespaces:
    """Furnishes new namespaces and empties those that are deleted.

    Args:
        context: What to work on.
        certificate: The certificate authority of the API server, in PEM.
    """

    def __init__(self, context: Context, *, certificate: str = "") -> None:
        self._context = context
        self._certificate = certificate

    def concerns(self, change: Change) -> Iterable[Name]:
        """The namespace, or that of what has been deleted."""
        if change.kind == NAMESPACE:
            return [Name.of(change.object)]
        namespace = change.object["metadata"].get("namespace", "")
        if change.type == "DELETED" and namespace:
            return [Name("", namespace)]
        return ()

    def reconcile(self, name: Name) -> None:
        """Furnish or empty a namespace."""
        namespace = self._context.objects.get(NAMESPACE, *name)
        if namespace is None:
            return
        if "deletionTimestamp" in namespace["metadata"]:
            self._terminate(namespace)
        else:
            self._furnish(name.name)

    def _furnish(self, namespace: str) -> None:
        objects = self._context.objects
        if objects.get(SERVICE_ACCOUNT, namespace, "default") is None:
            metadata: Object = {"name": "default", "namespace": namespace}
            objects.create(
                {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata},
                manager=CONTROLLER_MANAGER,
            )
        if objects.get(CONFIG_MAP, namespace, ROOT_CA) is None:
            annotations = {"kubernetes.io/description": _DESCRIPTION}
            metadata = {"name": ROOT_CA, "namespace": namespace}
            objects.create(
                {
                    "apiVersion": "v1",
                    "kind": "ConfigMap",
                    "metadata": metadata | {"annotations": annotations},
                    "data": {"ca.crt": self._certificate},
                },
                manager=CONTROLLER_MANAGER,
            )

    def _terminate(self, namespace: Object) -> None:
        name = namespace["metadata"]["name"]
        left = self._context.objects.within(name)
        for obj in left:
            if "deletionTimestamp" not in obj["metadata"]:
                self._context.objects.delete(obj)
        left = self._context.objects.within(name)
        self._report(namespace, left)
        if left:
            return
        current = self._context.objects.get(NAMESPACE, "", name)
        if current is not None:
            spec = current.get("spec", {})
            held = [f for f in spec.get("finalizers", ()) if f != "kubernetes"]
            self._context.objects.update(
                current | {"spec": spec | {"finalizers": held}},
                manager=CONTROLLER_MANAGER,
                subresource="finalize",
            )

    def _report(self, namespace: Object, left: Sequence[Object]) -> None:
        now = self._context.clock()
        status = namespace.get("status", {})
        conditions = status.get("conditions")
        for kind, reason, message in (
            (
                "NamespaceDeletionDiscoveryFailure",
                "ResourcesDiscovered",
                "All resources successfully discovered",
            ),
            (
                "NamespaceDeletionGroupVersionParsingFailure",
                "ParsedGroupVersions",
                "All legacy kube types successfully parsed",
            ),
            (
                "NamespaceDeletionContentFailure",
                "ContentDeleted",
                "All content successfully deleted, may be waiting on finalization",
            ),
        ):
            new = new_condition(kind, "False", now, reason, message)
            conditions = with_condition(conditions, new)
        conditions = with_condition(conditions, _remaining(left, now))
        conditions = with_condition(conditions, _held(left, now))
        changed = status | {"phase": "Terminating", "conditions": conditions}
        if changed != status:
            self._context.objects.update(
                namespace | {"status": changed},
                manager=CONTROLLER_MANAGER,
                subresource="status",
            )


def _remaining(left: Sequence[Object], now: datetime) -> Object:
    kind = "NamespaceContentRemaining"
    if not left:
        message = "All content successfully removed"
        return new_condition(kind, "False", now, "ContentRemoved", message)
    counts: dict[str, int] = {}
    for obj in left:
        resource = f"{kind_of(obj).kind.lower()}s.{kind_of(obj).group}".rstrip(".")
        counts[resource] = counts.get(resource, 0) + 1
    found = ", ".join(
        f"{resource} has {count} resource instances"
        for resource, count in sorted(counts.items())
    )
    message = f"Some resources are remaining: {found}"
    return new_condition(kind, "True", now, "SomeResourcesRemain", message)


def _held(left: Sequence[Object], now: datetime) -> Object:
    kind = "NamespaceFinalizersRemaining"
    counts: dict[str, int] = {}
    for obj in left:
        for finalizer in obj["metadata"].get("finalizers", ()):
            counts[finalizer] = counts.get(finalizer, 0) + 1
    if not counts:
        message = "All content-preserving finalizers finished"
        return new_condition(kind, "False", now, "ContentHasNoFinalizers", message)
    found = ", ".join(
        f"{finalizer} in {count} resource instances"
        for finalizer, count in sorted(counts.items())
    )
    message = f"Some content in the namespace has finalizers remaining: {found}"
    return new_condition(kind, "True", now, "SomeFinalizersRemain", message)
