"""What every storage of records is, and what their records have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from pypkg.errors import OperationInProgressError, ReleaseNotFoundError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pypkg.release.records.record import Release
    from pypkg.release.records.summaries import Revision

OWNER = {"owner": "helm"}
TIME_LABELS = ("createdAt", "modifiedAt")
SYSTEM_LABELS = ("name", "owner", "status", "version", *TIME_LABELS)


class Storage(Protocol):
    """The records of releases, of one namespace or of all."""

    def create(self, release: Release) -> None:
        """Store a new revision.

        Raises:
            OperationInProgressError: This revision exists.
        """

    def update(self, release: Release) -> None:
        """Store a revision again.

        Raises:
            ReleaseNotFoundError: There is no such revision.
        """

    def delete(self, release: Revision) -> None:
        """Remove a revision; one that is gone already is no error."""

    def tidy(self, name: str) -> None:
        """Remove what no revision of a release needs any more.

        A storage that cuts large records into pieces may hold some after revisions
        were deleted, or a write was interrupted.
        """

    def get(self, name: str, revision: int) -> Release:
        """Read one revision.

        Raises:
            ReleaseNotFoundError: There is no such revision.
        """

    def heads(self, name: str) -> Sequence[Revision]:
        """Tell which revisions of a release there are, the oldest first.

        Their records are not read, and may be damaged.
        """

    def outlines(self, name: str) -> list[Release]:
        """Read what comes first in the records of a release, the oldest first.

        Returns:
            Revisions with their state, times and words, labels, and the metadata of
            their chart; of the rest nothing may be there.
        """

    def find(self, labels: Mapping[str, str], *, latest: bool = False) -> list[Release]:
        """Read the revisions whose record has these labels.

        Args:
            labels: Among them ``name``, ``status`` and ``version``.
            latest: Only the last revision of each release.

        Returns:
            By namespace, name and revision. A record that cannot be read is left
            out.
        """


def record_name(name: str, revision: int) -> str:
    """Give the name of the Secret or ConfigMap of a revision."""
    return f"sh.helm.release.v1.{name}.v{revision}"


def record_labels(release: Release) -> dict[str, str]:
    """Give the labels of a record, its times only where it was read back."""
    return {
        **release.record_times,
        **release.labels,
        "name": release.name,
        **OWNER,
        "status": str(release.status),
        "version": str(release.revision),
    }


def order(release: Release) -> tuple[str, str, int]:
    """Order revisions by namespace, name and number."""
    return release.namespace, release.name, release.revision


def already_exists(release: Release) -> OperationInProgressError:
    """Say that a revision exists that was to be made; the first words are Helm's."""
    return OperationInProgressError(
        f"release: already exists: revision {release.revision} of {release.name}",
        hint="another operation has just made it: look at it with `history`",
    )


def not_found(
    name: str, revision: int = 0, *, prefix: str = ""
) -> ReleaseNotFoundError:
    """Say that a release, or one revision of it, is not there; in Helm's words."""
    what = f"revision {revision} of {name!r}" if revision else repr(name)
    return ReleaseNotFoundError(
        f"{prefix}release: not found",
        hint=f"there is no {what} in this namespace; `list -A` shows all releases",
    )
