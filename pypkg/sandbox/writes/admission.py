"""What a default cluster's admission and registries add to an object on its way in.

Some of it depends on other objects: addresses that are free, default classes, the
limits of the namespace.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol

from pypkg.sandbox.schemas.schema import GroupVersionKind
from pypkg.sandbox.writes import pod_admission, service_addresses

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Object = dict[str, Any]

_STORAGE_CLASS = GroupVersionKind("storage.k8s.io", "v1", "StorageClass")
_INGRESS_CLASS = GroupVersionKind("networking.k8s.io", "v1", "IngressClass")
_DEFAULT_STORAGE = "storageclass.kubernetes.io/is-default-class"
_DEFAULT_INGRESS = "ingressclass.kubernetes.io/is-default-class"
_CLAIM_PROTECTION = "kubernetes.io/pvc-protection"
_VOLUME_PROTECTION = "kubernetes.io/pv-protection"


class Reader(Protocol):
    """What admission looks up."""

    allocated: service_addresses.Allocated

    def get(self, kind: GroupVersionKind, namespace: str, name: str) -> Object | None:
        """The object, or None."""

    def list(
        self, kind: GroupVersionKind, namespace: str | None = None
    ) -> list[Object]:
        """The objects of a kind, of one namespace or of all."""


def allocate(
    obj: Object, kind: GroupVersionKind, *, old: Object | None, reader: Reader
) -> None:
    """Complete an object from the state of the cluster, in place.

    Args:
        obj: The object, with its defaults.
        kind: Its group, version and kind.
        old: The object as stored; None where it is new.
        reader: The other objects.

    Raises:
        StatusError: The object is refused.
    """
    if kind == service_addresses.SERVICE:
        service_addresses.allocate(obj, old, reader.allocated)
    elif old is None and (admit := _NEW.get((kind.group, kind.kind))):
        admit(obj, reader)


def _claim(obj: Object, reader: Reader) -> None:
    finalizers = obj["metadata"].setdefault("finalizers", [])
    if _CLAIM_PROTECTION not in finalizers:
        finalizers.append(_CLAIM_PROTECTION)
    spec = obj.get("spec") or {}
    if spec.get("storageClassName") is None:
        default = _default_class(reader, _STORAGE_CLASS, _DEFAULT_STORAGE)
        if default is not None:
            spec["storageClassName"] = default


def _volume(obj: Object, _: Reader) -> None:
    finalizers = obj["metadata"].setdefault("finalizers", [])
    if _VOLUME_PROTECTION not in finalizers:
        finalizers.append(_VOLUME_PROTECTION)


def _ingress(obj: Object, reader: Reader) -> None:
    spec = obj.get("spec") or {}
    annotations = obj["metadata"].get("annotations") or {}
    if "ingressClassName" in spec or "kubernetes.io/ingress.class" in annotations:
        return
    default = _default_class(reader, _INGRESS_CLASS, _DEFAULT_INGRESS)
    if default is not None:
        spec["ingressClassName"] = default


def _default_class(
    reader: Reader, kind: GroupVersionKind, annotation: str
) -> str | None:
    """The newest class that says it is the default."""
    defaults = [
        found
        for found in reader.list(kind)
        if (found["metadata"].get("annotations") or {}).get(annotation) == "true"
    ]
    newest = max(
        defaults,
        key=lambda c: (c["metadata"]["creationTimestamp"], c["metadata"]["name"]),
        default=None,
    )
    return None if newest is None else str(newest["metadata"]["name"])


def _job(obj: Object, _: Reader) -> None:
    """Give a Job the labels by which its pods are known (``generateSelector``)."""
    spec = obj.get("spec") or {}
    template = spec.get("template")
    if not isinstance(template, dict) or spec.get("manualSelector"):
        return
    uid, name = obj["metadata"]["uid"], obj["metadata"].get("name", "")
    prefix = "batch.kubernetes.io/"
    metadata = template.setdefault("metadata", {})
    metadata["labels"] = (metadata.get("labels") or {}) | {
        "controller-uid": uid,
        "job-name": name,
        f"{prefix}controller-uid": uid,
        f"{prefix}job-name": name,
    }
    selector = spec.setdefault("selector", {})
    matching = selector.setdefault("matchLabels", {})
    matching.setdefault(f"{prefix}controller-uid", uid)


_NEW: Mapping[tuple[str, str], Callable[[Object, Reader], None]] = MappingProxyType(
    {
        ("", "PersistentVolume"): _volume,
        ("", "PersistentVolumeClaim"): _claim,
        ("", "Pod"): pod_admission.admit,
        ("batch", "Job"): _job,
        ("networking.k8s.io", "Ingress"): _ingress,
    }
)
