"""Custom resources: what a CustomResourceDefinition adds to the API.

A definition is accepted as it is written: its status says Established in the same
write, and its resources are served as soon as that write is stored.
"""

from __future__ import annotations

import re
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from pypkg.sandbox.schemas.resources import (
    VERBS,
    Resource,
    Resources,
    custom_subresource,
)

if TYPE_CHECKING:
    from pypkg.sandbox.schemas.schema import Schema
    from pypkg.sandbox.store import Event, Store

Object = dict[str, Any]

DEFINITIONS = "customresourcedefinitions.apiextensions.k8s.io"
CLEANUP_FINALIZER = "customresourcecleanup.apiextensions.k8s.io"
_KIND = "CustomResourceDefinition"


def restore(store: Store, resources: Resources) -> None:
    """Serve the resources of the definitions that are stored already."""
    for definition in store.scan(DEFINITIONS):
        _serve(definition, resources)


def follow(resources: Resources, event: Event) -> None:
    """Serve what a definition says now, or nothing once it is gone."""
    if event.key.resource != DEFINITIONS:
        return
    if event.type == "DELETED":
        spec = event.object["spec"]
        resources.replace_custom(spec["group"], spec["names"]["plural"], ())
    else:
        _serve(event.object, resources)


def _serve(definition: Object, resources: Resources) -> None:
    if not _condition(definition, "Established"):
        return
    spec = definition["spec"]
    resources.replace_custom(
        spec["group"], spec["names"]["plural"], resources_of(definition)
    )


def resources_of(definition: Object) -> list[Resource]:
    """The resources that a definition serves, one for each version."""
    spec = definition["spec"]
    names = spec["names"]
    storage = next(v["name"] for v in spec["versions"] if v.get("storage"))
    served = [version for version in spec["versions"] if version.get("served")]
    return [
        Resource(
            group=spec["group"],
            version=version["name"],
            plural=names["plural"],
            singular=names.get("singular") or names["kind"].lower(),
            kind=names["kind"],
            list_kind=names.get("listKind") or f"{names['kind']}List",
            namespaced=spec.get("scope") == "Namespaced",
            short_names=tuple(names.get("shortNames") or ()),
            categories=tuple(names.get("categories") or ()),
            verbs=VERBS,
            subresources={
                name: custom_subresource(name)
                for name in sorted(version.get("subresources") or {})
            },
            storage_group=spec["group"],
            storage_version=storage,
            schema=(version.get("schema") or {}).get("openAPIV3Schema"),
            columns=tuple(version.get("additionalPrinterColumns") or ()),
            scale=(version.get("subresources") or {}).get("scale"),
            selectable=tuple(
                field["jsonPath"].lstrip(".")
                for field in version.get("selectableFields") or ()
            ),
            custom=True,
        )
        for version in sorted(served, key=lambda v: _priority(v["name"]))
    ]


def _priority(version: str) -> tuple[Any, ...]:
    """Kubernetes' order of versions: v2, v1, v2beta1, v1alpha1, then all others."""
    match = re.fullmatch(r"v(\d+)(?:(alpha|beta)(\d+))?", version)
    if match is None:
        return (1, version)
    major, level, minor = match.groups()
    rank = {None: 0, "beta": 1, "alpha": 2}[level]
    return (0, rank, -int(major), -int(minor or 0))


def accept(obj: Object, resource: Resource, resources: Resources, now: str) -> None:
    """Complete a valid definition and state its status; other kinds are left alone.

    Args:
        obj: The object about to be stored, changed in place.
        resource: Its resource.
        resources: What is served already.
        now: The current time.
    """
    if resource.kind != _KIND or resource.custom:
        return
    spec = obj["spec"]
    names = spec["names"]
    kind = names["kind"]
    names.setdefault("singular", kind.lower())
    names.setdefault("listKind", f"{kind}List")
    spec.setdefault("conversion", {"strategy": "None"})
    finalizers = obj["metadata"].setdefault("finalizers", [])
    if "deletionTimestamp" not in obj["metadata"]:
        if CLEANUP_FINALIZER not in finalizers:
            finalizers.append(CLEANUP_FINALIZER)
        obj["status"] = _status(obj, resources, now)
    if not finalizers:
        del obj["metadata"]["finalizers"]


def _status(definition: Object, resources: Resources, now: str) -> Object:
    spec = definition["spec"]
    old = definition.get("status") or {}
    rival = _rival(spec, resources)
    if rival is None:
        accepted = ("True", "NoConflicts", "no conflicts found")
        established = ("True", "InitialNamesAccepted", _ESTABLISHED)
    else:
        accepted = ("False", "KindConflict", f'"{rival}" is already in use')
        established = ("False", "NotAccepted", "not all names are accepted")
    stored = list(old.get("storedVersions") or ())
    for version in spec.get("versions") or ():
        if version.get("storage") and version.get("name") not in stored:
            stored.append(version["name"])
    return {
        "conditions": [
            _dated("NamesAccepted", accepted, old, now),
            _dated("Established", established, old, now),
        ],
        "acceptedNames": deepcopy(spec["names"]) if rival is None else {},
        "storedVersions": stored,
    }


_ESTABLISHED = "the initial names have been accepted"


def _rival(spec: Object, resources: Resources) -> str | None:
    """A name that another resource of the group has taken."""
    names = spec["names"]
    for other in resources:
        if other.group != spec.get("group") or other.plural == names.get("plural"):
            continue
        if other.kind == names.get("kind"):
            return other.kind
        taken = {other.plural, other.singular, *other.short_names}
        wanted = {names.get("singular"), *(names.get("shortNames") or ())}
        if both := taken & wanted:
            return min(both)
    return None


def _dated(
    kind: str, state: tuple[str, str, str], old: Object, now: str
) -> dict[str, str]:
    status, reason, message = state
    before = next((c for c in old.get("conditions") or () if c["type"] == kind), None)
    unchanged = before is not None and before["status"] == status
    return {
        "type": kind,
        "status": status,
        "lastTransitionTime": before["lastTransitionTime"]
        if before is not None and unchanged
        else now,
        "reason": reason,
        "message": message,
    }


def _condition(definition: Object, kind: str) -> bool:
    conditions = (definition.get("status") or {}).get("conditions") or ()
    return any(c["type"] == kind and c["status"] == "True" for c in conditions)


def set_defaults(value: Any, schema: Schema) -> None:
    """Fill in the defaults that a custom resource's schema states.

    Args:
        value: The object or a value in it, changed in place.
        schema: Its type.
    """
    match value:
        case dict():
            for key, inner in schema.properties.items():
                if not inner.has_default:
                    continue
                # null where null is not allowed counts as absent.
                if key not in value or (value[key] is None and not inner.nullable):
                    value[key] = deepcopy(inner.default)
            for key, item in value.items():
                known = schema.field(key)
                if known is not None and key != "metadata":
                    set_defaults(item, known)
        case list() if schema.items is not None:
            for item in value:
                set_defaults(item, schema.items)
