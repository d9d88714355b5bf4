"""Deployments: one ReplicaSet for each template, rolled over to the newest."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING

from pypkg.sandbox.controllers import rollout
from pypkg.sandbox.controllers.deployment_status import deployment_status
from pypkg.sandbox.controllers.objects import (
    CONTROLLER_MANAGER,
    DEPLOYMENT,
    POD,
    REPLICA_SET,
    Name,
)
from pypkg.sandbox.controllers.ownership import (
    adopted,
    controlled,
    controller_name,
    orphans,
    reference_to,
)
from pypkg.sandbox.controllers.pods import is_ended
from pypkg.sandbox.controllers.templates import POD_TEMPLATE_HASH, template_hash

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pypkg.sandbox.controllers.context import Context
    from pypkg.sandbox.controllers.objects import Change, Object

_SOURCE = "deployment-controller"


class Deployments:
    """Rolls Deployments out."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def concerns(self, change: Change) -> Iterable[Name]:
        """The Deployment, or the one that controls the set or, through it, the pod."""
        if change.kind == DEPLOYMENT:
            return [Name.of(change.object)]
        namespace = change.object["metadata"].get("namespace", "")
        if change.kind == REPLICA_SET:
            owner = controller_name(change.object, DEPLOYMENT)
            return [Name(namespace, owner)] if owner else []
        if change.kind == POD and change.type == "DELETED":
            # Recreate waits for the old pods to be gone.
            name = controller_name(change.object, REPLICA_SET)
            found = self._context.objects.get(REPLICA_SET, namespace, name or "")
            owner = controller_name(found, DEPLOYMENT) if found else None
            return [Name(namespace, owner)] if owner else []
        return ()

    def reconcile(self, name: Name) -> float | None:
        """Take the next step of a rollout, and report."""
        deployment = self._context.objects.get(DEPLOYMENT, *name)
        if deployment is None:
            return None
        new, old = self._sets(deployment)
        if "deletionTimestamp" in deployment["metadata"]:
            return self._report(deployment, new, old)
        if deployment["spec"].get("paused"):
            self._resize(deployment, new, old)
        elif deployment["spec"].get("strategy", {}).get("type") == "Recreate":
            self._recreate(deployment, new, old)
        else:
            self._roll(deployment, new, old)
        deployment = self._context.objects.get(DEPLOYMENT, *name)
        if deployment is None:
            return None
        return self._report(deployment, *self._sets(deployment))

    def _sets(self, deployment: Object) -> tuple[Object | None, list[Object]]:
        """The set of the present template, if there is one, and the others by age."""
        objects = self._context.objects
        for orphan in orphans(objects, REPLICA_SET, deployment):
            objects.update(adopted(orphan, deployment), manager=CONTROLLER_MANAGER)
        sets = controlled(objects, REPLICA_SET, deployment)
        sets.sort(
            key=lambda s: (s["metadata"]["creationTimestamp"], rollout.revision(s))
        )
        template = deployment["spec"]["template"]
        new = next(
            (s for s in sets if rollout.same_template(s["spec"]["template"], template)),
            None,
        )
        return new, [s for s in sets if s is not new]

    # Steps

    def _roll(self, deployment: Object, new: Object | None, old: list[Object]) -> None:
        new = self._newest(deployment, new, old)
        current = rollout.desired(new)
        size = rollout.new_set_size(deployment, [new, *old], current)
        if size != current:
            self._scale(deployment, new, size)
            return
        for name, smaller in rollout.old_set_sizes(deployment, new, old).items():
            found = next(s for s in old if s["metadata"]["name"] == name)
            self._scale(deployment, found, smaller)
        self._forget(deployment, new, old)

    def _recreate(
        self, deployment: Object, new: Object | None, old: list[Object]
    ) -> None:
        active = [found for found in old if rollout.desired(found)]
        for found in active:
            self._scale(deployment, found, 0)
        if active or any(self._runs(found) for found in old):
            return
        new = self._newest(deployment, new, old)
        if rollout.desired(new) != rollout.desired(deployment):
            self._scale(deployment, new, rollout.desired(deployment))
        self._forget(deployment, new, old)

    def _runs(self, found: Object) -> bool:
        pods = controlled(self._context.objects, POD, found)
        return any(not is_ended(pod) for pod in pods)

    def _resize(
        self, deployment: Object, new: Object | None, old: list[Object]
    ) -> None:
        """Scale a paused Deployment: no template is rolled out."""
        active = [s for s in (*old, *([new] if new else [])) if rollout.desired(s)]
        target = active[-1] if active else new
        if target is not None and len(active) <= 1:
            self._scale(deployment, target, rollout.desired(deployment))

    def _newest(
        self, deployment: Object, new: Object | None, old: list[Object]
    ) -> Object:
        """Find or create the set of the present template, with its revision."""
        number = max(map(rollout.revision, old), default=0) + 1
        if new is None:
            new = self._create(deployment, old, number)
        else:
            metadata = new["metadata"]
            current = metadata.get("annotations", {})
            annotations = rollout.set_annotations(deployment, current, number)
            minimum = deployment["spec"].get("minReadySeconds", 0)
            if (
                annotations != current
                or new["spec"].get("minReadySeconds", 0) != minimum
            ):
                changed = new | {
                    "metadata": metadata | {"annotations": annotations},
                    "spec": new["spec"] | {"minReadySeconds": minimum},
                }
                new = self._context.objects.update(changed, manager=CONTROLLER_MANAGER)
        self._set_revision(deployment, str(rollout.revision(new)))
        return new

    def _create(self, deployment: Object, old: list[Object], number: int) -> Object:
        spec, metadata = deployment["spec"], deployment["metadata"]
        name_hash = template_hash(
            spec["template"], deployment.get("status", {}).get("collisionCount", 0)
        )
        template = deepcopy(spec["template"])
        labels = template.setdefault("metadata", {}).setdefault("labels", {})
        labels[POD_TEMPLATE_HASH] = name_hash
        selector = deepcopy(spec["selector"])
        selector.setdefault("matchLabels", {})[POD_TEMPLATE_HASH] = name_hash
        size = rollout.new_set_size(deployment, old, 0)
        created = self._context.objects.create(
            {
                "apiVersion": REPLICA_SET.api_version,
                "kind": REPLICA_SET.kind,
                "metadata": {
                    "name": f"{metadata['name']}-{name_hash}",
                    "namespace": metadata["namespace"],
                    "labels": dict(labels),
                    "annotations": rollout.set_annotations(deployment, {}, number),
                    "ownerReferences": [reference_to(deployment)],
                },
                "spec": {
                    "replicas": size,
                    "selector": selector,
                    "template": template,
                    "minReadySeconds": spec.get("minReadySeconds", 0),
                },
            },
            manager=CONTROLLER_MANAGER,
        )
        if size:
            self._say_scaled(deployment, created, 0, size)
        return created

    def _set_revision(self, deployment: Object, number: str) -> None:
        metadata = deployment["metadata"]
        annotations = metadata.get("annotations", {})
        if annotations.get(rollout.REVISION) != number:
            annotations = annotations | {rollout.REVISION: number}
            # With the status, as the real one does: both are then one entry's.
            self._context.objects.update(
                deployment | {"metadata": metadata | {"annotations": annotations}},
                manager=CONTROLLER_MANAGER,
                subresource="status",
            )

    def _scale(self, deployment: Object, found: Object, size: int) -> None:
        before = rollout.desired(found)
        metadata = found["metadata"]
        annotations = metadata.get("annotations", {})
        annotations = annotations | rollout.size_annotations(deployment)
        self._context.objects.update(
            found
            | {
                "metadata": metadata | {"annotations": annotations},
                "spec": found["spec"] | {"replicas": size},
            },
            manager=CONTROLLER_MANAGER,
        )
        if size != before:
            self._say_scaled(deployment, found, before, size)

    def _say_scaled(
        self, deployment: Object, found: Object, before: int, size: int
    ) -> None:
        way = "up" if size > before else "down"
        name = found["metadata"]["name"]
        self._context.events.normal(
            deployment,
            "ScalingReplicaSet",
            f"Scaled {way} replica set {name} from {before} to {size}",
            source=_SOURCE,
        )

    def _forget(self, deployment: Object, new: Object, old: list[Object]) -> None:
        """Delete the sets that the history has no room for, once all is rolled out."""
        sets = [new, *old]
        available = rollout.counted([new], "availableReplicas")
        if available != rollout.desired(deployment) or rollout.wanted(old):
            return
        limit = deployment["spec"].get("revisionHistoryLimit", 10)
        idle = sorted(
            (s for s in old if not rollout.counted([s])), key=rollout.revision
        )
        for found in idle[: max(len(sets) - 1 - limit, 0)]:
            self._context.objects.delete(found)

    # Status

    def _report(
        self, deployment: Object, new: Object | None, old: list[Object]
    ) -> float | None:
        status, wake = deployment_status(deployment, new, old, self._context.clock())
        if status != deployment.get("status", {}):
            self._context.objects.update(
                deployment | {"status": status},
                manager=CONTROLLER_MANAGER,
                subresource="status",
            )
        return wake
