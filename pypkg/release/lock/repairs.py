"""Which records an operation that died leaves out of order, and how they become.

- A pending revision has failed; the one before stays what it was. The record holds the
  objects that were to be applied, so whatever comes next knows what there may be.
- A release that is being uninstalled is uninstalled, or has failed, as the next
  operation wants it.
- Of several deployed revisions the newest counts: a new one is recorded before the
  ones that it supersedes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pypkg.release.records.record import Status

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pypkg.release.records.record import Release

_VERBS = {
    Status.PENDING_INSTALL: "Release",
    Status.PENDING_UPGRADE: "Upgrade",
    Status.PENDING_ROLLBACK: "Rollback",
    Status.UNINSTALLING: "Uninstall",
}


@dataclass(frozen=True, slots=True)
class Repair:
    """A record that is brought in order.

    Attributes:
        found: The revision as it was found.
        becomes: The revision as it becomes.
    """

    found: Release
    becomes: Release

    def __str__(self) -> str:
        """Say what changes."""
        found = self.found
        return (
            f"revision {found.revision} of {found.name} was left {found.status}:"
            f" it is {self.becomes.status} now"
        )


def repairs(
    revisions: Sequence[Release],
    *,
    is_abandoned: Callable[[Release], bool],
    reason: str,
    undo_uninstall: bool,
) -> list[Repair]:
    """Say what is out of order with the revisions of a release.

    Args:
        revisions: All of them, the oldest first.
        is_abandoned: Tells of a revision that is being worked on whether nobody does.
        reason: Why a revision has failed, for its description.
        undo_uninstall: Whether a release that is half uninstalled has failed; else
            it is left as it is, to be uninstalled.
    """
    wrong = {*_VERBS} if undo_uninstall else {*_VERBS} - {Status.UNINSTALLING}
    made = [
        Repair(release, _failed(release, reason))
        for release in revisions
        if release.status in wrong and is_abandoned(release)
    ]
    deployed = [r for r in revisions if r.status == Status.DEPLOYED]
    gone = bool(revisions) and revisions[-1].status == Status.UNINSTALLED
    surplus = deployed if gone else deployed[:-1]
    return made + [Repair(r, r.with_status(Status.SUPERSEDED)) for r in surplus]


def _failed(release: Release, reason: str) -> Release:
    description = f'{_VERBS[release.status]} "{release.name}" failed: {reason}'
    return release.with_info(
        status=Status.FAILED, deleted=None, description=description
    )
