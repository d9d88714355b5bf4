"""The revisions of one release: the last, the deployed, those to forget."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pypkg.errors import ReleaseError
from pypkg.release.records.record import Status
from pypkg.release.storage import not_found

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pypkg.release.records.record import Release
    from pypkg.release.records.summaries import Revision
    from pypkg.release.storage import Storage


def revisions(storage: Storage, name: str) -> list[Release]:
    """Give every revision, the oldest first; [] for an unknown release."""
    return storage.find({"name": name})


def newest(storage: Storage, name: str) -> Release | None:
    """Give the newest revision, whatever its state; None for an unknown release."""
    found = storage.find({"name": name}, latest=True)
    return found[-1] if found else None


def last(storage: Storage, name: str) -> Release:
    """Give the newest revision, whatever its state.

    Raises:
        ReleaseNotFoundError: There is no such release.
    """
    found = newest(storage, name)
    if found is None:
        raise not_found(name)
    return found


def all_deployed(storage: Storage, name: str) -> list[Release]:
    """Give the revisions in state deployed: one, or more after a collision."""
    return storage.find({"name": name, "status": Status.DEPLOYED})


def no_deployed(name: str) -> ReleaseError:
    """Say in Helm's words that no revision is deployed."""
    return ReleaseError(
        f'"{name}" has no deployed releases',
        hint="`upgrade --install` installs a release that is not there",
    )


def prune(storage: Storage, name: str, keep: int) -> None:
    """Forget the oldest revisions, but never the one that is deployed.

    Args:
        storage: The records.
        name: The release.
        keep: How many revisions to leave; less than 0 keeps all.
    """
    if keep < 0:
        return
    found = storage.heads(name)
    deployed = [r for r in found if r.status == Status.DEPLOYED][-1:]
    surplus = len(found) - keep
    removable = [head for head in found if head not in deployed]
    forget(storage, removable[: max(surplus, 0)])


def forget(storage: Storage, heads: Sequence[Revision]) -> None:
    """Delete revisions of one release, in this order."""
    for head in heads:
        storage.delete(head)
    if heads:
        storage.tidy(heads[0].name)
