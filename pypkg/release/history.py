"""The revisions of one release: the last, the deployed, those to forget."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pypkg.errors import ReleaseError
from pypkg.release.records.record import Status
from pypkg.release.storage import not_found

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pypkg.release.records.record import Release
    from pypkg.release.storage import Storage


def revisions(storage: Storage, name: str) -> list[Release]:
    """Give every revision, the oldest first; [] for an unknown release."""
    return storage.find({"name": name})


def last(storage: Storage, name: str) -> Release:
    """Give the newest revision, whatever its state.

    Raises:
        ReleaseNotFoundError: There is no such release.
    """
    found = revisions(storage, name)
    if not found:
        raise not_found(name)
    return found[-1]


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
    found = revisions(storage, name)
    deployed = [r for r in found if r.status == Status.DEPLOYED][-1:]
    surplus = len(found) - keep
    removable = [release for release in found if release not in deployed]
    forget(storage, removable[: max(surplus, 0)])


def forget(storage: Storage, revisions: Sequence[Release]) -> None:
    """Delete revisions of one release, in this order."""
    for release in revisions:
        storage.delete(release)
    if revisions:
        storage.tidy(revisions[0].name)
