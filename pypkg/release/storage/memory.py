"""Records in the memory of the process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pypkg.release.storage.protocol import (
    already_exists,
    not_found,
    order,
    record_labels,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pypkg.release.records.record import Release
    from pypkg.release.records.summaries import Revision


class MemoryStorage:
    """Records that last as long as the process."""

    def __init__(self) -> None:
        self._releases: dict[tuple[str, int], Release] = {}

    def create(self, release: Release) -> None:
        """Store a new revision.

        Raises:
            OperationInProgressError: This revision exists.
        """
        key = release.name, release.revision
        if key in self._releases:
            raise already_exists(release)
        self._releases[key] = release

    def update(self, release: Release) -> None:
        """Store a revision again.

        Raises:
            ReleaseNotFoundError: There is no such revision.
        """
        key = release.name, release.revision
        if key not in self._releases:
            raise not_found(release.name, release.revision)
        self._releases[key] = release

    def delete(self, release: Revision) -> None:
        """Remove a revision; one that is gone already is no error."""
        self._releases.pop((release.name, release.revision), None)

    def tidy(self, name: str) -> None:
        """Remove what no revision of a release needs any more: there is nothing."""

    def get(self, name: str, revision: int) -> Release:
        """Read one revision.

        Raises:
            ReleaseNotFoundError: There is no such revision.
        """
        try:
            return self._releases[name, revision]
        except KeyError:
            raise not_found(name, revision) from None

    def heads(self, name: str) -> list[Release]:
        """Tell which revisions of a release there are, the oldest first."""
        return self.find({"name": name})

    def outlines(self, name: str) -> list[Release]:
        """Give the revisions of a release, the oldest first."""
        return self.find({"name": name})

    def find(self, labels: Mapping[str, str], *, latest: bool = False) -> list[Release]:
        """Read the revisions whose record has these labels."""
        found = sorted(
            (
                r
                for r in self._releases.values()
                if labels.items() <= record_labels(r).items()
            ),
            key=order,
        )
        if latest:
            last = {(release.namespace, release.name): release for release in found}
            return list(last.values())
        return found
