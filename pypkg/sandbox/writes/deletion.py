"""Deletion: preconditions, finalizers, propagation to dependents.

What is held by a finalizer is marked and stays; who removes the last finalizer
removes the object. Dependents are the garbage collector's concern (``garbage.py``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from pypkg.sandbox.schemas.conversion import convert
from pypkg.sandbox.schemas.schema import GroupVersionKind
from pypkg.sandbox.statuses import Cause, conflict, forbidden, invalid, success
from pypkg.sandbox.writes.strategies import RETURNED_BY_DELETE

if TYPE_CHECKING:
    from pypkg.sandbox.writes.pipeline import Cluster
    from pypkg.sandbox.writes.targets import Target

Object = dict[str, Any]
Propagation = Literal["Background", "Foreground", "Orphan"]

FOREGROUND = "foregroundDeletion"
ORPHAN = "orphan"
_IMMORTAL = frozenset({"default", "kube-system", "kube-public", "kube-node-lease"})
_KIND = GroupVersionKind("meta.k8s.io", "v1", "DeleteOptions")
_POLICIES: dict[str, Propagation] = {
    "Background": "Background",
    "Foreground": "Foreground",
    "Orphan": "Orphan",
}


@dataclass(frozen=True, slots=True)
class DeleteOptions:
    """How to delete.

    Attributes:
        propagation: What becomes of the dependents.
        uid: Delete only the object of this uid; "" for any.
        resource_version: Delete only this state of the object; "" for any.
        dry_run: Check everything, delete nothing.
    """

    propagation: Propagation = "Background"
    uid: str = ""
    resource_version: str = ""
    dry_run: bool = False

    @classmethod
    def from_dict(cls, wire: Object) -> DeleteOptions:
        """Read a ``DeleteOptions`` body, query parameters already merged into it.

        Raises:
            StatusError: 422, an unknown policy.
        """
        policy = wire.get("propagationPolicy")
        orphan = wire.get("orphanDependents")
        if policy is None:
            policy = "Orphan" if orphan else "Background"
        if policy not in _POLICIES:
            raise invalid(_KIND, "", [_unknown_policy(policy)])
        preconditions = wire.get("preconditions") or {}
        return cls(
            propagation=_POLICIES[policy],
            uid=preconditions.get("uid") or "",
            resource_version=preconditions.get("resourceVersion") or "",
            dry_run=bool(wire.get("dryRun")),
        )


def _unknown_policy(policy: object) -> Cause:
    known = ", ".join(f'"{name}"' for name in ("Background", "Foreground", "Orphan"))
    return Cause(
        "FieldValueNotSupported",
        f'Unsupported value: "{policy}": supported values: {known}, "nil"',
        "propagationPolicy",
    )


def delete(cluster: Cluster, target: Target, options: DeleteOptions) -> Object:
    """Delete an object, or mark it where something holds it.

    Returns:
        The body of the answer: a ``Status``, or the object where it remains or its
        kind answers so.

    Raises:
        StatusError: It does not exist, is another one, or may not be deleted.
    """
    obj = cluster.read(target)
    _check(obj, target, options)
    metadata = obj["metadata"]
    finalizers = list(metadata.get("finalizers") or ())
    wanted = {"Foreground": FOREGROUND, "Orphan": ORPHAN}.get(options.propagation)
    if wanted:
        # The last request's policy counts; the garbage collector takes it off.
        finalizers = [f for f in finalizers if f not in {FOREGROUND, ORPHAN}]
        finalizers.append(wanted)
    held = bool(finalizers) or obj["kind"] == "Namespace"
    if not held:
        if not options.dry_run:
            cluster.store.delete(target.key)
    else:
        obj = _marked(obj, finalizers, cluster.now())
        if not options.dry_run and obj != cluster.read(target):
            stored = convert(obj, target.resource.storage_gvk)
            obj = convert(cluster.store.put(target.key, stored), target.resource.gvk)
    if held or obj["kind"] in RETURNED_BY_DELETE:
        return obj
    resource = target.resource
    details = {
        "name": target.name,
        "group": resource.group,
        "kind": resource.plural,
        "uid": metadata["uid"],
    }
    return success({key: value for key, value in details.items() if value})


def _check(obj: Object, target: Target, options: DeleteOptions) -> None:
    metadata = obj["metadata"]
    for name, wanted, found, why in (
        ("UID", options.uid, metadata["uid"], "deleted and then recreated"),
        (
            "ResourceVersion",
            options.resource_version,
            metadata["resourceVersion"],
            "modified",
        ),
    ):
        if wanted and wanted != found:
            raise conflict(
                target.resource,
                target.name,
                f"the {name} in the precondition ({wanted}) does not match the {name}"
                f" in record ({found}). The object might have been {why}",
            )
    if obj["kind"] == "Namespace" and target.name in _IMMORTAL:
        raise forbidden(
            target.resource, target.name, "this namespace may not be deleted"
        )


def _marked(obj: Object, finalizers: list[str], now: str) -> Object:
    metadata = dict(obj["metadata"])
    if finalizers:
        metadata["finalizers"] = finalizers
    if "deletionTimestamp" not in metadata:
        metadata["deletionTimestamp"] = now
        metadata["deletionGracePeriodSeconds"] = 0
        if obj["kind"] == "Namespace":
            del metadata["deletionGracePeriodSeconds"]
        if "generation" in metadata:
            metadata["generation"] += 1
    marked = {**obj, "metadata": metadata}
    if obj["kind"] == "Namespace":
        marked["status"] = {**obj.get("status", {}), "phase": "Terminating"}
    return marked
