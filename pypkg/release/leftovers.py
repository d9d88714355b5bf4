"""What a revision that failed, or was interrupted, has left in the cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pypkg.release.ownership import ownership_fault
from pypkg.release.record import Status
from pypkg.release.resources import build_deployed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pypkg.release.operation import Operation
    from pypkg.release.record import Release
    from pypkg.release.resources import ReleaseObject


def leftovers(
    operation: Operation, revision: Release, known: Iterable[ReleaseObject]
) -> list[ReleaseObject]:
    """Find the objects of a failed revision that no other revision accounts for.

    Helm forgets them. Only those that are there and belong to the release count.

    Args:
        operation: The operation that can remove them.
        revision: The revision; one that has not failed has left nothing.
        known: The objects that are accounted for.
    """
    if revision.status != Status.FAILED:
        return []
    accounted = {obj.key for obj in known}
    return [
        obj
        for obj in build_deployed(operation, revision)
        if obj.key not in accounted
        and (live := operation.cluster.find(obj.ref)) is not None
        and not ownership_fault(live, operation.release)
    ]
