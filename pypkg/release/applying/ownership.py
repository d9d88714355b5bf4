"""Which release an object belongs to: a label and two annotations say it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pypkg.cluster.apply import with_labels
from pypkg.cluster.parallel import find_metadata
from pypkg.errors import OwnershipError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pypkg.cluster.client import Cluster, Object
    from pypkg.release.applying.resources import ReleaseObject
    from pypkg.release.records.record import Release

MANAGED_BY = "app.kubernetes.io/managed-by"
RELEASE_NAME = "meta.helm.sh/release-name"
RELEASE_NAMESPACE = "meta.helm.sh/release-namespace"
POLICY = "helm.sh/resource-policy"
KEEP = "keep"
ADOPTING = (
    "take such objects over with --take-ownership (a release that has them now loses"
    " them), delete them, or give those of the chart other names"
)


def claimed(targets: Iterable[ReleaseObject], release: Release) -> list[ReleaseObject]:
    """Mark objects as the release's, whatever they said before."""
    annotations = {
        RELEASE_NAME: release.name,
        RELEASE_NAMESPACE: release.namespace,
    }
    return [
        replace(
            target,
            object=with_labels(target.object, {MANAGED_BY: "Helm"}, annotations),
        )
        for target in targets
    ]


def ownership_fault(live: Mapping[str, Any], release: Release) -> str:
    """Say in Helm's words why an object is not the release's, or ""."""
    metadata = live.get("metadata") or {}
    labels = metadata.get("labels") or {}
    annotations = metadata.get("annotations") or {}
    faults = [
        f"{place} validation error: {fault}"
        for place, found, key, value in (
            ("label", labels, MANAGED_BY, "Helm"),
            ("annotation", annotations, RELEASE_NAME, release.name),
            ("annotation", annotations, RELEASE_NAMESPACE, release.namespace),
        )
        if (fault := _value_fault(found, key, value))
    ]
    return "; ".join(["invalid ownership metadata", *faults]) if faults else ""


def adopt(
    cluster: Cluster,
    targets: Iterable[ReleaseObject],
    release: Release,
    *,
    take: bool,
    failing: str,
) -> list[ReleaseObject]:
    """Find those objects that exist already, and check that they may be used.

    Args:
        cluster: Where.
        targets: The objects that are to be created.
        release: Who wants them.
        take: Adopt objects of others as well.
        failing: What goes before the message of a failure.

    Returns:
        Those of the targets that exist.

    Raises:
        OwnershipError: Objects belong to someone else; all are listed.
    """
    targets = list(targets)
    lives = find_metadata(cluster, (target.ref for target in targets))
    existing = []
    faults = []
    for target in targets:
        live = lives.get(target.ref)
        if live is None:
            continue
        if not take and (fault := ownership_fault(live, release)):
            faults.append(
                f"{_named(target)} exists and cannot be imported into the current"
                f" release: {fault}"
            )
        existing.append(target)
    if faults:
        raise OwnershipError(
            f"{failing}: " + "\n".join(faults),
            hint=ADOPTING,
        )
    return existing


def is_kept(obj: Object) -> bool:
    """Tell whether an object asks not to be deleted with its release."""
    annotations = (obj.get("metadata") or {}).get("annotations") or {}
    return str(annotations.get(POLICY, "")).strip().lower() == KEEP


def _value_fault(found: Mapping[str, str], key: str, value: str) -> str:
    if key not in found:
        return f'missing key "{key}": must be set to "{value}"'
    if found[key] != value:
        return f'key "{key}" must equal "{value}": current value is "{found[key]}"'
    return ""


def _named(target: ReleaseObject) -> str:
    ref = target.ref
    return f'{ref.kind} "{ref.name}" in namespace "{ref.namespace or ""}"'
