"""PersistentVolumeClaims: bind them to volumes, and make the volumes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pypkg.sandbox.controllers.objects import (
    CLAIM,
    CONTROLLER_MANAGER,
    STORAGE_CLASS,
    VOLUME,
    Name,
)
from pypkg.sandbox.controllers.scheduler import SELECTED_NODE
from pypkg.sandbox.label_selector import matches
from pypkg.sandbox.schemas import quantities

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pypkg.sandbox.controllers.context import Context
    from pypkg.sandbox.controllers.objects import Change, Object

PROVISIONER = "pypkg.dev/sandbox"
_BOUND = "pv.kubernetes.io/bind-completed"
_BY_CONTROLLER = "pv.kubernetes.io/bound-by-controller"
_PROVISIONED = "pv.kubernetes.io/provisioned-by"
_STORAGE = "volume.kubernetes.io/storage-provisioner"
_SOURCE = "persistentvolume-controller"


class Claims:
    """Binds claims; a class of any provisioner gets its volumes from here."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def concerns(self, change: Change) -> Iterable[Name]:
        """The claim; the one that is bound to the volume; all that may now be."""
        if change.kind == CLAIM:
            return [Name.of(change.object)]
        if change.kind in {VOLUME, STORAGE_CLASS}:
            claims = self._context.objects.list(CLAIM)
            waiting = [c for c in claims if not _is_bound(c)]
            if change.kind == VOLUME:
                bound = change.object["spec"].get("claimRef", {}).get("name")
                waiting += [c for c in claims if c["metadata"]["name"] == bound]
            return [Name.of(claim) for claim in waiting]
        return ()

    def reconcile(self, name: Name) -> None:
        """Bind a claim, or say why it waits."""
        claim = self._context.objects.get(CLAIM, *name)
        if claim is None or "deletionTimestamp" in claim["metadata"]:
            return
        if _is_bound(claim):
            self._check(claim)
            return
        volume = self._volume(claim)
        if volume is not None:
            self._bind(claim, volume)

    def _check(self, claim: Object) -> None:
        """Notice a lost volume; grow one that is asked to."""
        volume = self._context.objects.get(VOLUME, "", claim["spec"]["volumeName"])
        status = claim["status"]
        if volume is None:
            self._set_status(claim, status | {"phase": "Lost"})
            return
        asked = claim["spec"]["resources"]["requests"]["storage"]
        capacity = volume["spec"]["capacity"]["storage"]
        if quantities.parse(asked) > quantities.parse(capacity):
            spec = volume["spec"] | {"capacity": {"storage": asked}}
            self._context.objects.update(
                volume | {"spec": spec}, manager=CONTROLLER_MANAGER
            )
            self._set_status(claim, status | {"capacity": {"storage": asked}})

    def _volume(self, claim: Object) -> Object | None:
        spec = claim["spec"]
        if name := spec.get("volumeName"):
            return self._context.objects.get(VOLUME, "", name)
        found = self._static(claim)
        if found is not None:
            return found
        wanted = spec.get("storageClassName", "")
        if not wanted:
            self._event(
                claim,
                "FailedBinding",
                "no persistent volumes available for this claim and no storage class"
                " is set",
            )
            return None
        storage = self._context.objects.get(STORAGE_CLASS, "", wanted)
        if storage is None:
            self._context.events.warning(
                claim,
                "ProvisioningFailed",
                f'storageclass.storage.k8s.io "{wanted}" not found',
                source=_SOURCE,
            )
            return None
        late = storage.get("volumeBindingMode") == "WaitForFirstConsumer"
        if late and SELECTED_NODE not in claim["metadata"].get("annotations", {}):
            self._event(
                claim,
                "WaitForFirstConsumer",
                "waiting for first consumer to be created before binding",
            )
            return None
        return self._provision(claim, storage)

    def _static(self, claim: Object) -> Object | None:
        """The smallest free volume that suits a claim."""
        spec = claim["spec"]
        asked = quantities.parse(spec["resources"]["requests"]["storage"])
        suiting = [
            volume
            for volume in self._context.objects.list(VOLUME)
            if _suits(volume, claim)
            and quantities.parse(volume["spec"]["capacity"]["storage"]) >= asked
        ]
        return min(
            suiting,
            key=lambda v: quantities.parse(v["spec"]["capacity"]["storage"]),
            default=None,
        )

    def _provision(self, claim: Object, storage: Object) -> Object:
        metadata, spec = claim["metadata"], claim["spec"]
        name = f"pvc-{metadata['uid']}"
        created = self._context.objects.create(
            {
                "apiVersion": "v1",
                "kind": "PersistentVolume",
                "metadata": {
                    "name": name,
                    "annotations": {_PROVISIONED: storage["provisioner"]},
                    "finalizers": ["kubernetes.io/pv-protection"],
                },
                "spec": {
                    "accessModes": spec["accessModes"],
                    "capacity": {"storage": spec["resources"]["requests"]["storage"]},
                    "claimRef": _claim_reference(claim),
                    "hostPath": {
                        "path": f"/sandbox/{name}",
                        "type": "DirectoryOrCreate",
                    },
                    "persistentVolumeReclaimPolicy": storage.get(
                        "reclaimPolicy", "Delete"
                    ),
                    "storageClassName": storage["metadata"]["name"],
                    "volumeMode": spec.get("volumeMode", "Filesystem"),
                },
            },
            manager=CONTROLLER_MANAGER,
        )
        self._event(
            claim, "ProvisioningSucceeded", f"Successfully provisioned volume {name}"
        )
        return created

    def _bind(self, claim: Object, volume: Object) -> None:
        spec = volume["spec"]
        if "claimRef" not in spec or "uid" not in spec["claimRef"]:
            volume = self._context.objects.update(
                volume | {"spec": spec | {"claimRef": _claim_reference(claim)}},
                manager=CONTROLLER_MANAGER,
            )
        if volume.get("status", {}).get("phase") != "Bound":
            status = volume.get("status", {}) | {"phase": "Bound"}
            self._context.objects.update(
                volume | {"status": status},
                manager=CONTROLLER_MANAGER,
                subresource="status",
            )
        metadata = claim["metadata"]
        annotations = {_BOUND: "yes", _BY_CONTROLLER: "yes"}
        if provisioner := volume["metadata"].get("annotations", {}).get(_PROVISIONED):
            annotations[_STORAGE] = provisioner
        annotations = metadata.get("annotations", {}) | annotations
        name = volume["metadata"]["name"]
        claim = self._context.objects.update(
            claim
            | {
                "metadata": metadata | {"annotations": annotations},
                "spec": claim["spec"] | {"volumeName": name},
            },
            manager=CONTROLLER_MANAGER,
        )
        self._set_status(
            claim,
            {
                "phase": "Bound",
                "accessModes": volume["spec"]["accessModes"],
                "capacity": volume["spec"]["capacity"],
            },
        )

    def _set_status(self, claim: Object, status: Object) -> None:
        if status != claim.get("status"):
            self._context.objects.update(
                claim | {"status": status},
                manager=CONTROLLER_MANAGER,
                subresource="status",
            )

    def _event(self, claim: Object, reason: str, message: str) -> None:
        self._context.events.normal(claim, reason, message, source=_SOURCE)


class Volumes:
    """Frees or deletes the volumes whose claims are gone."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def concerns(self, change: Change) -> Iterable[Name]:
        """The volume, or that of the claim."""
        if change.kind == VOLUME:
            return [Name.of(change.object)]
        if change.kind == CLAIM:
            name = change.object["spec"].get("volumeName")
            return [Name("", name)] if name else []
        return ()

    def reconcile(self, name: Name) -> None:
        """Bring a volume's phase up to date."""
        volume = self._context.objects.get(VOLUME, *name)
        if volume is None:
            return
        claim = volume["spec"].get("claimRef")
        if "deletionTimestamp" in volume["metadata"]:
            if claim is None or not self._is_claimed(claim):
                self._let_go(volume)
        elif claim is None or "uid" not in claim:
            self._set_phase(volume, "Available")
        elif not self._is_claimed(claim):
            if volume["spec"].get("persistentVolumeReclaimPolicy") == "Delete":
                self._let_go(volume)
                self._context.objects.delete(volume)
            else:
                self._set_phase(volume, "Released")

    def _is_claimed(self, claim: Object) -> bool:
        found = self._context.objects.get(CLAIM, claim["namespace"], claim["name"])
        return found is not None and found["metadata"]["uid"] == claim.get("uid")

    def _let_go(self, volume: Object) -> None:
        metadata = dict(volume["metadata"])
        if metadata.pop("finalizers", None):
            self._context.objects.update(
                volume | {"metadata": metadata}, manager=CONTROLLER_MANAGER
            )

    def _set_phase(self, volume: Object, phase: str) -> None:
        status = volume.get("status", {}) | {"phase": phase}
        if status != volume.get("status"):
            self._context.objects.update(
                volume | {"status": status},
                manager=CONTROLLER_MANAGER,
                subresource="status",
            )


def _is_bound(claim: Object) -> bool:
    return claim.get("status", {}).get("phase") in {"Bound", "Lost"}


def _suits(volume: Object, claim: Object) -> bool:
    spec, wanted = volume["spec"], claim["spec"]
    reference = spec.get("claimRef")
    if reference is not None:
        meant = (reference.get("namespace"), reference.get("name"))
        return meant == (claim["metadata"]["namespace"], claim["metadata"]["name"])
    labels = volume["metadata"].get("labels", {})
    return (
        volume.get("status", {}).get("phase") in {"Available", "Pending"}
        and spec.get("storageClassName", "") == wanted.get("storageClassName", "")
        and set(wanted["accessModes"]) <= set(spec["accessModes"])
        and spec.get("volumeMode") == wanted.get("volumeMode")
        and matches(wanted.get("selector") or {}, labels)
    )


def _claim_reference(claim: Object) -> Object:
    metadata = claim["metadata"]
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "name": metadata["name"],
        "namespace": metadata["namespace"],
        "uid": metadata["uid"],
        "resourceVersion": metadata["resourceVersion"],
    }
