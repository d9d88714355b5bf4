"""What revisions that failed, or were interrupted, have left in the cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pypkg.cluster.parallel import find_metadata
from pypkg.release import history
from pypkg.release.applying.ownership import ownership_fault
from pypkg.release.applying.resources import build_deployed
from pypkg.release.records.record import Status

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pypkg.release.applying.resources import ReleaseObject
    from pypkg.release.operation import Operation
    from pypkg.release.records.record import Release


def _is_unfinished(revision: Release) -> bool:
    status = revision.status
    return status in {Status.FAILED, Status.UNINSTALLING} or status.is_pending


def leftovers(
    operation: Operation, last: Release, known: Iterable[ReleaseObject]
) -> list[ReleaseObject]:
    """Find the objects in the cluster that only a revision before accounts for.

    After a failure some objects are of the failed revision, some of the one before it.
    Helm looks at one of the two, and forgets what only the other has. Objects that
    do not belong to the release are not its.

    Args:
        operation: The operation that can remove them.
        last: The last revision; if it is whole, nothing is left over.
        known: The objects that are accounted for.
    """
    if not _is_unfinished(last):
        return []
    accounted = {obj.key for obj in known}
    found = []
    for revision in reversed(history.revisions(operation.env.storage, last.name)):
        forgotten = {
            obj.key: obj
            for obj in build_deployed(operation, revision)
            if obj.key not in accounted
        }
        accounted |= forgotten.keys()
        lives = find_metadata(
            operation.cluster, (obj.ref for obj in forgotten.values())
        )
        found += [
            obj
            for obj in forgotten.values()
            if obj.ref in lives
            and not ownership_fault(lives[obj.ref], operation.release)
        ]
        if not _is_unfinished(revision):
            break
    return found
