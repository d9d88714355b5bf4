"""A revision that is decided on, and not rolled out yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pypkg.objects.manifest import Manifest
    from pypkg.release.records.record import Release


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What an install, upgrade or rollback is about to do; nothing is touched yet.

    Attributes:
        release: The new revision, pending, with its manifest, hooks and notes.
        manifests: The objects of its manifest, in the order in which to apply them.
        last: The newest revision there is, or None.
        current: The revision whose objects are in the cluster, or None.
    """

    release: Release
    manifests: list[Manifest]
    last: Release | None = None
    current: Release | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Succession(Proposal):
    """What an upgrade or a rollback is about to do: it follows a revision."""

    last: Release
    current: Release
