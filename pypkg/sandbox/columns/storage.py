"""The columns of volumes, claims and storage classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pypkg.sandbox.columns.column import AGE, NAME, Column, at, field, name

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

Object = dict[str, Any]

_MODES = {
    "ReadWriteOnce": "RWO",
    "ReadOnlyMany": "ROX",
    "ReadWriteMany": "RWX",
    "ReadWriteOncePod": "RWOP",
}
_DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"


def _modes(path: str) -> Any:
    def cell(obj: Object, _: datetime) -> str:
        given = at(obj, path) or ()
        return ",".join(short for mode, short in _MODES.items() if mode in given)

    return cell


def _claim(volume: Object, _: datetime) -> str:
    claim = at(volume, "spec.claimRef")
    return f"{claim.get('namespace', '')}/{claim['name']}" if claim else ""


def _phase(obj: Object, _: datetime) -> str:
    if "deletionTimestamp" in obj["metadata"]:
        return "Terminating"
    return str(at(obj, "status.phase") or "")


def _claim_capacity(claim: Object, _: datetime) -> str:
    if not at(claim, "spec.volumeName"):
        return ""
    return str(at(claim, "status.capacity.storage") or "")


def _bound(cell: Any) -> Any:
    """Claims show the modes that they got, and none before they are bound."""
    return lambda obj, now: cell(obj, now) if at(obj, "spec.volumeName") else ""


def _class_name(obj: Object, now: datetime) -> str:
    default = at(obj, "metadata.annotations") or {}
    mark = " (default)" if default.get(_DEFAULT_CLASS) == "true" else ""
    return f"{name(obj, now)}{mark}"


def _boolean(title: str, path: str) -> Column:
    return Column(title, lambda obj, _: bool(at(obj, path)), type="boolean")


_VOLUME_MODE = Column("VolumeMode", field("spec.volumeMode", "<unset>"), priority=1)
_ATTRIBUTES = Column(
    "VolumeAttributesClass", field("spec.volumeAttributesClassName", "<unset>")
)

STORAGE_COLUMNS: Mapping[str, tuple[Column, ...]] = {
    "persistentvolumes": (
        NAME,
        Column("Capacity", field("spec.capacity.storage")),
        Column("Access Modes", _modes("spec.accessModes")),
        Column("Reclaim Policy", field("spec.persistentVolumeReclaimPolicy")),
        Column("Status", _phase),
        Column("Claim", _claim),
        Column("StorageClass", field("spec.storageClassName")),
        _ATTRIBUTES,
        Column("Reason", field("status.reason")),
        AGE,
        _VOLUME_MODE,
    ),
    "persistentvolumeclaims": (
        NAME,
        Column("Status", _phase),
        Column("Volume", field("spec.volumeName")),
        Column("Capacity", _claim_capacity),
        Column("Access Modes", _bound(_modes("status.accessModes"))),
        Column("StorageClass", field("spec.storageClassName")),
        _ATTRIBUTES,
        AGE,
        _VOLUME_MODE,
    ),
    "storageclasses.storage.k8s.io": (
        Column("Name", _class_name, format="name"),
        Column("Provisioner", field("provisioner")),
        Column("ReclaimPolicy", field("reclaimPolicy", "Delete")),
        Column("VolumeBindingMode", field("volumeBindingMode", "Immediate")),
        _boolean("AllowVolumeExpansion", "allowVolumeExpansion"),
        AGE,
    ),
    "volumeattributesclasses.storage.k8s.io": (
        NAME,
        Column("DriverName", field("driverName")),
        AGE,
    ),
    "volumeattachments.storage.k8s.io": (
        NAME,
        Column("Attacher", field("spec.attacher")),
        Column("PV", field("spec.source.persistentVolumeName")),
        Column("Node", field("spec.nodeName")),
        _boolean("Attached", "status.attached"),
        AGE,
    ),
    "csidrivers.storage.k8s.io": (
        NAME,
        _boolean("AttachRequired", "spec.attachRequired"),
        _boolean("PodInfoOnMount", "spec.podInfoOnMount"),
        _boolean("StorageCapacity", "spec.storageCapacity"),
        Column(
            "TokenRequests",
            lambda obj, _: (
                ",".join(
                    request.get("audience", "")
                    for request in at(obj, "spec.tokenRequests") or ()
                )
                or "<unset>"
            ),
        ),
        _boolean("RequiresRepublish", "spec.requiresRepublish"),
        Column(
            "Modes",
            lambda obj, _: ",".join(at(obj, "spec.volumeLifecycleModes") or ()),
        ),
        AGE,
    ),
    "csinodes.storage.k8s.io": (
        NAME,
        Column(
            "Drivers", lambda obj, _: len(at(obj, "spec.drivers") or ()), type="integer"
        ),
        AGE,
    ),
}
