"""ConfigMaps, Secrets, claims, volumes and storage classes."""

from __future__ import annotations

import json
from base64 import b64decode
from binascii import Error as Base64Error
from typing import TYPE_CHECKING, Any

from pypkg.objects.equality import equal
from pypkg.sandbox.checks import names
from pypkg.sandbox.checks.faults import IMMUTABLE
from pypkg.sandbox.schemas import quantities

if TYPE_CHECKING:
    from pypkg.sandbox.checks.faults import Faults

Object = dict[str, Any]

_LIMIT = 1024 * 1024
_KEPT = "field is immutable when `immutable` is set"
_ACCESS_MODES = (
    "ReadOnlyMany",
    "ReadWriteMany",
    "ReadWriteOnce",
    "ReadWriteOncePod",
)
# By a Secret's type: the keys that it must have.
_SECRET_KEYS = {
    "kubernetes.io/dockercfg": [".dockercfg"],
    "kubernetes.io/dockerconfigjson": [".dockerconfigjson"],
    "kubernetes.io/ssh-auth": ["ssh-privatekey"],
    "kubernetes.io/tls": ["tls.crt", "tls.key"],
}


def check_config_map(obj: Object, old: Object | None, faults: Faults) -> None:
    """Check a ConfigMap."""
    _check_data(obj, faults, ("data",), encoded=("binaryData",))
    if old is not None and old.get("immutable"):
        _check_kept(obj, old, faults, ("data", "binaryData"))


def check_secret(obj: Object, old: Object | None, faults: Faults) -> None:
    """Check a Secret."""
    _check_data(obj, faults, (), encoded=("data",))
    data = obj.get("data") or {}
    kind = obj.get("type", "")
    for key in _SECRET_KEYS.get(kind, ()):
        if key not in data:
            faults.required(f"data[{key}]")
    if kind == "kubernetes.io/dockerconfigjson" and ".dockerconfigjson" in data:
        _check_json(data[".dockerconfigjson"], faults, "data[.dockerconfigjson]")
    if (
        kind == "kubernetes.io/basic-auth"
        and not {"username", "password"} & data.keys()
    ):
        faults.required("data[username]")
        faults.required("data[password]")
    if kind == "kubernetes.io/service-account-token":
        annotations = obj["metadata"].get("annotations") or {}
        if not annotations.get("kubernetes.io/service-account.name"):
            place = "metadata.annotations[kubernetes.io/service-account.name]"
            faults.required(place)
    if old is None:
        return
    if kind != old.get("type"):
        faults.invalid("type", kind, IMMUTABLE)
    if old.get("immutable"):
        _check_kept(obj, old, faults, ("data",))


def _check_data(
    obj: Object, faults: Faults, plain: tuple[str, ...], encoded: tuple[str, ...]
) -> None:
    """Check keys, and the size of all values; of base64, of what it stands for."""
    size = 0
    for field in (*plain, *encoded):
        for key, value in (obj.get(field) or {}).items():
            for fault in names.config_key(key):
                faults.invalid(f"{field}[{key}]", key, fault)
            size += (
                len(value) * 3 // 4 - value[-2:].count("=")
                if field in encoded
                else len(value.encode())
            )
    if size > _LIMIT:
        faults.too_long("" if plain else "data", _LIMIT)


def _check_kept(
    obj: Object, old: Object, faults: Faults, fields: tuple[str, ...]
) -> None:
    if not obj.get("immutable"):
        faults.forbidden("immutable", _KEPT)
    for field in fields:
        if not equal(obj.get(field) or {}, old.get(field) or {}):
            faults.forbidden(field, _KEPT)


def _check_json(encoded: str, faults: Faults, field: str) -> None:
    try:
        json.loads(b64decode(encoded))
    except (ValueError, Base64Error) as error:
        # The value is secret: only the fault is shown.
        faults.invalid(field, "<secret contents redacted>", str(error))


def check_claim(obj: Object, old: Object | None, faults: Faults) -> None:
    """Check a PersistentVolumeClaim."""
    spec = obj.get("spec") or {}
    _check_access_modes(spec, faults)
    requests = (spec.get("resources") or {}).get("requests") or {}
    if "storage" not in requests:
        faults.required("spec.resources[storage]")
    elif _amount(requests["storage"]) <= 0:
        detail = "must be greater than zero"
        faults.invalid("spec.resources[storage]", requests["storage"], detail)
    modes = ("Block", "Filesystem")
    faults.choose("spec.volumeMode", spec.get("volumeMode"), modes)
    if old is not None:
        _check_claim_change(obj, old, faults)


def _check_claim_change(obj: Object, old: Object, faults: Faults) -> None:
    spec, before = dict(obj.get("spec") or {}), dict(old.get("spec") or {})
    bound = (old.get("status") or {}).get("phase") == "Bound"
    new_size = ((spec.get("resources") or {}).get("requests") or {}).get("storage")
    old_size = ((before.get("resources") or {}).get("requests") or {}).get("storage")
    if not before.get("volumeName"):
        spec.pop("volumeName", None)
    if bound:
        spec.pop("resources", None)
        before.pop("resources", None)
        spec.pop("volumeAttributesClassName", None)
        before.pop("volumeAttributesClassName", None)
        if new_size and old_size and _amount(new_size) < _amount(old_size):
            detail = "field can not be less than status.capacity"
            faults.forbidden("spec.resources.requests.storage", detail)
    if not equal(spec, before):
        faults.forbidden(
            "spec",
            "spec is immutable after creation except resources.requests and"
            " volumeAttributesClassName for bound claims",
        )


def check_volume(obj: Object, _: Object | None, faults: Faults) -> None:
    """Check a PersistentVolume."""
    spec = obj.get("spec") or {}
    _check_access_modes(spec, faults)
    if not (spec.get("capacity") or {}).get("storage"):
        faults.required("spec.capacity")
    policies = ("Delete", "Recycle", "Retain")
    policy = spec.get("persistentVolumeReclaimPolicy")
    faults.choose("spec.persistentVolumeReclaimPolicy", policy, policies)


def _check_access_modes(spec: Object, faults: Faults) -> None:
    modes = spec.get("accessModes") or ()
    if not modes:
        faults.required("spec.accessModes", "at least 1 access mode is required")
    for mode in modes:
        if mode not in _ACCESS_MODES:
            faults.unsupported("spec.accessModes", mode, _ACCESS_MODES)


def check_storage_class(obj: Object, old: Object | None, faults: Faults) -> None:
    """Check a StorageClass, of which nothing may change that makes volumes."""
    if not obj.get("provisioner"):
        faults.required("provisioner")
    modes = ("Immediate", "WaitForFirstConsumer")
    faults.choose("volumeBindingMode", obj.get("volumeBindingMode"), modes)
    faults.choose("reclaimPolicy", obj.get("reclaimPolicy"), ("Delete", "Retain"))
    if old is None:
        return
    for field, detail in (
        ("parameters", "updates to parameters are forbidden."),
        ("provisioner", "updates to provisioner are forbidden."),
        ("reclaimPolicy", "updates to reclaimPolicy are forbidden."),
    ):
        if not equal(obj.get(field), old.get(field)):
            faults.forbidden(field, detail)
    if obj.get("volumeBindingMode") != old.get("volumeBindingMode"):
        mode = obj.get("volumeBindingMode")
        faults.invalid("volumeBindingMode", mode, IMMUTABLE)


def _amount(text: Any) -> Any:
    try:
        return quantities.parse(str(text))
    except ValueError:
        return 0
