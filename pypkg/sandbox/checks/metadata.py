"""``metadata``, and label selectors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pypkg.sandbox.checks import names
from pypkg.sandbox.checks.faults import IMMUTABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pypkg.sandbox.checks.faults import Faults

Object = dict[str, Any]

_ANNOTATIONS_LIMIT = 256 * 1024
_CRON_JOB_LIMIT = 52  # a Job's name adds eleven characters, and must be a label
# By kind; every other name is a subdomain.
_NAMES: Mapping[str, Callable[[str], Iterator[str]]] = {
    "ClusterRole": names.path_segment,
    "ClusterRoleBinding": names.path_segment,
    "Namespace": names.dns_label,
    "Role": names.path_segment,
    "RoleBinding": names.path_segment,
    "Service": names.dns_1035_label,
}
_OPERATORS = ("DoesNotExist", "Exists", "In", "NotIn")


def check_metadata(
    metadata: Object, old: Object | None, faults: Faults, *, kind: str, custom: bool
) -> None:
    """Check an object's metadata.

    Args:
        metadata: It.
        old: That of the object as stored; None where it is new.
        faults: Takes what is found.
        kind: The object's kind.
        custom: Whether it is a custom resource.
    """
    name = metadata.get("name", "")
    if not name:
        faults.required("metadata.name", "name or generateName is required")
    elif old is None:
        _check_name(name, faults, kind="" if custom else kind)
    elif name != old.get("name"):
        faults.invalid("metadata.name", name, IMMUTABLE)
    check_labels(metadata.get("labels") or {}, faults, "metadata.labels")
    _check_annotations(metadata.get("annotations") or {}, faults)
    for index, reference in enumerate(metadata.get("ownerReferences") or ()):
        for field in ("apiVersion", "kind", "name", "uid"):
            if not reference.get(field):
                faults.invalid(
                    f"metadata.ownerReferences[{index}].{field}",
                    reference.get(field, ""),
                    {
                        "apiVersion": "version must not be empty",
                        "kind": "must not be empty",
                        "name": "must not be empty",
                        "uid": "must not be empty",
                    }[field],
                )
    for finalizer in metadata.get("finalizers") or ():
        for fault in names.qualified_name(finalizer):
            faults.invalid("metadata.finalizers", finalizer, fault)


def _check_name(name: str, faults: Faults, *, kind: str) -> None:
    for fault in _NAMES.get(kind, names.dns_subdomain)(name):
        faults.invalid("metadata.name", name, fault)
    if kind == "CronJob" and len(name) > _CRON_JOB_LIMIT:
        limit = f"must be no more than {_CRON_JOB_LIMIT} characters"
        faults.invalid("metadata.name", name, limit)


def check_labels(labels: Mapping[str, str], faults: Faults, field: str) -> None:
    """Check labels, or a selector's ``matchLabels``."""
    for key, value in labels.items():
        for fault in names.qualified_name(key):
            faults.invalid(field, key, fault)
        for fault in names.label_value(value):
            faults.invalid(field, value, fault)


def _check_annotations(annotations: Mapping[str, str], faults: Faults) -> None:
    size = 0
    for key, value in annotations.items():
        for fault in names.qualified_name(key.lower()):
            faults.invalid("metadata.annotations", key, fault)
        size += len(key.encode()) + len(value.encode())
    if size > _ANNOTATIONS_LIMIT:
        faults.too_long("metadata.annotations", _ANNOTATIONS_LIMIT)


def check_selector(selector: Object, faults: Faults, field: str) -> None:
    """Check a LabelSelector."""
    check_labels(selector.get("matchLabels") or {}, faults, f"{field}.matchLabels")
    for index, requirement in enumerate(selector.get("matchExpressions") or ()):
        here = f"{field}.matchExpressions[{index}]"
        operator, values = requirement.get("operator"), requirement.get("values") or []
        if operator in {"In", "NotIn"} and not values:
            detail = "must be specified when `operator` is 'In' or 'NotIn'"
            faults.required(f"{here}.values", detail)
        elif operator in {"Exists", "DoesNotExist"} and values:
            detail = (
                "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
            )
            faults.forbidden(f"{here}.values", detail)
        elif operator not in _OPERATORS:
            detail = "not a valid selector operator"
            faults.invalid(f"{here}.operator", operator or "", detail)
        key = requirement.get("key", "")
        for fault in names.qualified_name(key):
            faults.invalid(f"{here}.key", key, fault)
