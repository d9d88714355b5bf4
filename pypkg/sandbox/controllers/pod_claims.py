"""The claims that pods use: made where described in place, kept while in use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pypkg.sandbox.controllers.objects import CLAIM, CONTROLLER_MANAGER, POD, Name
from pypkg.sandbox.controllers.ownership import reference_to
from pypkg.sandbox.controllers.pods import is_ended

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pypkg.sandbox.controllers.context import Context
    from pypkg.sandbox.controllers.objects import Change, Object

CLAIM_PROTECTION = "kubernetes.io/pvc-protection"


class ClaimProtection:
    """Lets a deleted claim go once no pod uses it."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def concerns(self, change: Change) -> Iterable[Name]:
        """A claim that is deleted; those of a pod that ends."""
        if change.kind == CLAIM:
            return [Name.of(change.object)]
        if change.kind != POD:
            return ()
        namespace = change.object["metadata"]["namespace"]
        return [Name(namespace, name) for name in _claim_names(change.object)]

    def reconcile(self, name: Name) -> None:
        """Take the finalizer away where nothing needs it."""
        claim = self._context.objects.get(CLAIM, *name)
        if claim is None or "deletionTimestamp" not in claim["metadata"]:
            return
        for pod in self._context.objects.list(POD, name.namespace):
            if name.name in _claim_names(pod) and not is_ended(pod):
                return
        metadata = dict(claim["metadata"])
        finalizers = metadata.get("finalizers", ())
        if CLAIM_PROTECTION in finalizers:
            metadata["finalizers"] = [f for f in finalizers if f != CLAIM_PROTECTION]
            self._context.objects.update(
                claim | {"metadata": metadata}, manager=CONTROLLER_MANAGER
            )


class EphemeralVolumes:
    """Creates the claims that pods describe in place."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def concerns(self, change: Change) -> Iterable[Name]:
        """A pod with such a volume."""
        if change.kind != POD or change.type == "DELETED":
            return ()
        volumes = change.object["spec"].get("volumes", ())
        if any("ephemeral" in volume for volume in volumes):
            return [Name.of(change.object)]
        return ()

    def reconcile(self, name: Name) -> None:
        """Create a pod's missing claims."""
        pod = self._context.objects.get(POD, *name)
        for volume in pod["spec"].get("volumes", ()) if pod else ():
            claim = f"{name.name}-{volume['name']}"
            if pod is None or "ephemeral" not in volume:
                continue
            if self._context.objects.get(CLAIM, name.namespace, claim) is None:
                template = volume["ephemeral"]["volumeClaimTemplate"]
                metadata = template.get("metadata", {}) | {
                    "name": claim,
                    "namespace": name.namespace,
                    "ownerReferences": [reference_to(pod)],
                }
                self._context.objects.create(
                    {
                        "apiVersion": "v1",
                        "kind": "PersistentVolumeClaim",
                        "metadata": metadata,
                        "spec": template["spec"],
                    },
                    manager=CONTROLLER_MANAGER,
                )


def _claim_names(pod: Object) -> set[str]:
    """The claims that a pod uses, those described in place too."""
    names = set()
    for volume in pod["spec"].get("volumes", ()):
        if claim := volume.get("persistentVolumeClaim"):
            names.add(str(claim["claimName"]))
        elif "ephemeral" in volume:
            names.add(f"{pod['metadata']['name']}-{volume['name']}")
    return names
