"""Pods and pod templates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pypkg.sandbox.checks import names
from pypkg.sandbox.checks.containers import check_container
from pypkg.sandbox.checks.metadata import check_labels

if TYPE_CHECKING:
    from pypkg.sandbox.checks.faults import Faults

Object = dict[str, Any]

_POLICIES = ("Always", "Never", "OnFailure")
_DNS_POLICIES = ("ClusterFirst", "ClusterFirstWithHostNet", "Default", "None")
_EFFECTS = ("NoExecute", "NoSchedule", "PreferNoSchedule")
_NO_PROBES = "may not be set for init containers without restartPolicy=Always"
_ACCESS = "may not specify more than 1 volume type"


def check_template(template: Object, faults: Faults, field: str) -> None:
    """Check a pod template."""
    metadata = template.get("metadata") or {}
    check_labels(metadata.get("labels") or {}, faults, f"{field}.labels")
    for key in metadata.get("annotations") or {}:
        for fault in names.qualified_name(key.lower()):
            faults.invalid(f"{field}.annotations", key, fault)
    check_pod_spec(template.get("spec") or {}, faults, f"{field}.spec")


def check_pod_spec(spec: Object, faults: Faults, field: str) -> None:
    """Check a pod's spec."""
    volumes = _check_volumes(spec.get("volumes") or (), faults, f"{field}.volumes")
    _check_containers(spec, volumes, faults, field)
    faults.choose(f"{field}.restartPolicy", spec.get("restartPolicy"), _POLICIES)
    faults.choose(f"{field}.dnsPolicy", spec.get("dnsPolicy"), _DNS_POLICIES)
    check_labels(spec.get("nodeSelector") or {}, faults, f"{field}.nodeSelector")
    if account := spec.get("serviceAccountName"):
        for fault in names.dns_subdomain(account):
            faults.invalid(f"{field}.serviceAccountName", account, fault)
    for name in ("hostname", "subdomain"):
        if text := spec.get(name):
            for fault in names.dns_label(text):
                faults.invalid(f"{field}.{name}", text, fault)
    for name in ("activeDeadlineSeconds", "terminationGracePeriodSeconds"):
        number = spec.get(name)
        if number is not None and number < (name == "activeDeadlineSeconds"):
            detail = (
                "must be between 1 and 2147483647, inclusive"
                if name == "activeDeadlineSeconds"
                else "must be greater than or equal to 0"
            )
            faults.invalid(f"{field}.{name}", number, detail)
    for index, toleration in enumerate(spec.get("tolerations") or ()):
        _check_toleration(toleration, faults, f"{field}.tolerations[{index}]")


def _check_containers(
    spec: Object, volumes: dict[str, Object], faults: Faults, field: str
) -> None:
    seen: set[str] = set()
    if not spec.get("containers"):
        faults.required(f"{field}.containers")
    for kind in ("containers", "initContainers"):
        for index, container in enumerate(spec.get(kind) or ()):
            here = f"{field}.{kind}[{index}]"
            name = container.get("name", "")
            if not name:
                faults.required(f"{here}.name")
            elif name in seen:
                faults.duplicate(f"{here}.name", name)
            for fault in names.dns_label(name) if name else ():
                faults.invalid(f"{here}.name", name, fault)
            seen.add(name)
            check_container(container, volumes, faults, here)
            if kind == "initContainers" and container.get("restartPolicy") != "Always":
                for probe in ("livenessProbe", "readinessProbe", "startupProbe"):
                    if probe in container:
                        faults.forbidden(f"{here}.{probe}", _NO_PROBES)


def _check_volumes(volumes: Any, faults: Faults, field: str) -> dict[str, Object]:
    seen: dict[str, Object] = {}
    for index, volume in enumerate(volumes):
        here = f"{field}[{index}]"
        name = volume.get("name", "")
        if not name:
            faults.required(f"{here}.name")
        else:
            for fault in names.dns_label(name):
                faults.invalid(f"{here}.name", name, fault)
        if name in seen:
            faults.duplicate(f"{here}.name", name)
        seen[name] = volume
        sources = [key for key in volume if key != "name"]
        sources.sort(key=lambda source: source != "emptyDir")
        for extra in sources[1:]:
            faults.forbidden(f"{here}.{extra}", _ACCESS)
        _check_source(volume, faults, here)
    return seen


def _check_source(volume: Object, faults: Faults, field: str) -> None:
    for kind, name in (
        ("configMap", "name"),
        ("secret", "secretName"),
        ("persistentVolumeClaim", "claimName"),
        ("hostPath", "path"),
        ("csi", "driver"),
        ("nfs", "server"),
        ("nfs", "path"),
    ):
        if kind in volume and not (volume[kind] or {}).get(name):
            faults.required(f"{field}.{kind}.{name}")


def _check_toleration(toleration: Object, faults: Faults, field: str) -> None:
    operator = toleration.get("operator") or "Equal"
    if operator not in {"Equal", "Exists", "Gt", "Lt"}:
        faults.unsupported(f"{field}.operator", operator, ("Equal", "Exists"))
    if not toleration.get("key") and operator != "Exists":
        detail = (
            "operator must be Exists when `key` is empty, which means"
            ' "match all values and all keys"'
        )
        faults.invalid(f"{field}.operator", operator, detail)
    if operator == "Exists" and toleration.get("value"):
        detail = "value must be empty when `operator` is 'Exists'"
        faults.invalid(f"{field}.operator", toleration, detail)
    if effect := toleration.get("effect"):
        faults.choose(f"{field}.effect", effect, _EFFECTS)
