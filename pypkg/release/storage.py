"""Where records of releases are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pypkg.release.record import Release


class Storage(Protocol):
    """The records of releases, of one namespace or of all."""

    def create(self, release: Release) -> None:
        """Store a new revision.

        Raises:
            ConflictError: This revision exists.
        """

    def update(self, release: Release) -> None:
        """Store a revision again.

        Raises:
            ReleaseNotFoundError: There is no such revision.
        """

    def delete(self, release: Release) -> None:
        """Remove a revision; one that is gone already is no error."""

    def get(self, name: str, revision: int) -> Release:
        """Read one revision.

        Raises:
            ReleaseNotFoundError: There is no such revision.
        """

    def find(self, labels: Mapping[str, str], *, selector: str = "") -> list[Release]:
        """Read the revisions whose record has these labels.

        Args:
            labels: Among them ``name``, ``status`` and ``version``.
            selector: A label selector to satisfy as well, or "".

        Returns:
            By name, then revision.
        """
