"""The arithmetic of a rolling update, and the bookkeeping of its revisions."""

from __future__ import annotations

from math import ceil, floor
from typing import TYPE_CHECKING, Any

from pypkg.sandbox.controllers.templates import POD_TEMPLATE_HASH

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pypkg.sandbox.controllers.objects import Object

_PREFIX = "deployment.kubernetes.io/"
REVISION = f"{_PREFIX}revision"
HISTORY = f"{_PREFIX}revision-history"
DESIRED = f"{_PREFIX}desired-replicas"
MAXIMUM = f"{_PREFIX}max-replicas"
# A Deployment's annotations are copied to its ReplicaSets, except these.
_NOT_COPIED = frozenset(
    {
        "kubectl.kubernetes.io/last-applied-configuration",
        "deprecated.deployment.rollback.to",
        REVISION,
        HISTORY,
        DESIRED,
        MAXIMUM,
    }
)


def scaled(value: int | str, total: int, *, up: bool) -> int:
    """Work out an absolute number from ``25%`` or ``3``.

    Args:
        value: A number, or a percentage of ``total``.
        total: What 100% is.
        up: Whether to round a fraction up.
    """
    if isinstance(value, int):
        return value
    share = int(value.removesuffix("%")) * total / 100
    return ceil(share) if up else floor(share)


def surge_and_unavailable(deployment: Object) -> tuple[int, int]:
    """How many pods may be there too many, and how many may be missing."""
    replicas = desired(deployment)
    strategy = deployment["spec"].get("strategy", {})
    if strategy.get("type") == "Recreate":
        return 0, 0
    rolling = strategy.get("rollingUpdate") or {}
    surge = scaled(rolling.get("maxSurge", "25%"), replicas, up=True)
    missing = scaled(rolling.get("maxUnavailable", "25%"), replicas, up=False)
    if not surge and not missing:
        # Both rounded to nothing: without this the rollout could not begin.
        missing = 1
    return surge, min(missing, replicas)


def desired(owner: Object) -> int:
    """The number of pods that an owner asks for."""
    return int(owner["spec"].get("replicas", 1))


def counted(sets: Iterable[Object], field: str = "replicas") -> int:
    """Add up a number of the sets' status."""
    return sum(found.get("status", {}).get(field, 0) for found in sets)


def wanted(sets: Iterable[Object]) -> int:
    """Add up the pods that sets ask for."""
    return sum(map(desired, sets))


def new_set_size(deployment: Object, sets: list[Object], current: int) -> int:
    """How many pods the newest set may ask for now.

    Args:
        deployment: The Deployment.
        sets: All its sets.
        current: How many the newest asks for so far.
    """
    if deployment["spec"].get("strategy", {}).get("type") == "Recreate":
        return desired(deployment)
    surge, _ = surge_and_unavailable(deployment)
    room = desired(deployment) + surge - wanted(sets)
    if room <= 0:
        return min(current, desired(deployment))
    return min(current + room, desired(deployment))


def old_set_sizes(deployment: Object, new: Object, old: list[Object]) -> dict[str, int]:
    """How many pods the older sets should ask for now, where that changes.

    First go pods that are not available, the oldest sets' first; then as many
    others as may be missing.
    """
    _, missing = surge_and_unavailable(deployment)
    minimum = desired(deployment) - missing
    available = counted([new, *old], "availableReplicas")
    unready_new = desired(new) - counted([new], "availableReplicas")
    may_go = wanted([new, *old]) - minimum - unready_new
    sizes = {found["metadata"]["name"]: desired(found) for found in old}
    if may_go <= 0:
        return {}
    for found in old:
        name = found["metadata"]["name"]
        broken = sizes[name] - counted([found], "availableReplicas")
        gone = min(may_go, max(broken, 0))
        sizes[name] -= gone
        may_go -= gone
    spare = available - minimum
    for found in old:
        name = found["metadata"]["name"]
        gone = min(max(spare, 0), sizes[name])
        sizes[name] -= gone
        spare -= gone
    return {
        found["metadata"]["name"]: sizes[found["metadata"]["name"]]
        for found in old
        if sizes[found["metadata"]["name"]] != desired(found)
    }


def same_template(first: Object, second: Object) -> bool:
    """Whether two pod templates are equal but for the hash that names them."""
    return _bare(first) == _bare(second)


def _bare(template: Object) -> Object:
    metadata = dict(template.get("metadata") or {})
    labels = {
        key: value
        for key, value in (metadata.get("labels") or {}).items()
        if key != POD_TEMPLATE_HASH
    }
    return template | {"metadata": metadata | {"labels": labels}}


def revision(obj: Object) -> int:
    """The revision that an object is of, 0 for none."""
    text = obj["metadata"].get("annotations", {}).get(REVISION, "0")
    return int(text) if text.isdigit() else 0


def set_annotations(
    deployment: Object, current: Mapping[str, str], number: int
) -> dict[str, str]:
    """The annotations of a Deployment's newest ReplicaSet.

    Args:
        deployment: The Deployment.
        current: The set's annotations so far.
        number: The revision that the set now is.
    """
    given = deployment["metadata"].get("annotations", {})
    result = dict(current)
    result |= {key: given[key] for key in given.keys() - _NOT_COPIED}
    before = result.get(REVISION, "")
    if not before.isdigit() or int(before) < number:
        result[REVISION] = str(number)
        if before.isdigit():
            earlier = [*filter(None, result.get(HISTORY, "").split(",")), before]
            result[HISTORY] = ",".join(earlier)
    return result | size_annotations(deployment)


def size_annotations(deployment: Object) -> dict[str, str]:
    """The annotations that tell a set how large its Deployment is."""
    surge, _ = surge_and_unavailable(deployment)
    replicas = desired(deployment)
    return {DESIRED: str(replicas), MAXIMUM: str(replicas + surge)}


def is_complete(deployment: Object, status: Mapping[str, Any]) -> bool:
    """Whether every pod is of the newest template, and available."""
    replicas = desired(deployment)
    fields = ("updatedReplicas", "replicas", "availableReplicas")
    return all(status.get(field, 0) == replicas for field in fields)


def has_progressed(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Whether a status is nearer to completion than the one before."""

    def outdated(status: Mapping[str, Any]) -> int:
        return int(status.get("replicas", 0) - status.get("updatedReplicas", 0))

    return outdated(new) < outdated(old) or any(
        new.get(field, 0) > old.get(field, 0)
        for field in ("updatedReplicas", "readyReplicas", "availableReplicas")
    )
