"""An operation under way: the revision it works on, in step with its record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pypkg.cluster.tracker import Tracker
from pypkg.errors import ClusterError, HookFailedError, NotReadyError, ReleaseError
from pypkg.release.events import RevisionRecorded, Warned
from pypkg.release.record import Status

if TYPE_CHECKING:
    from pypkg.cluster.client import Cluster
    from pypkg.release.environment import Environment
    from pypkg.release.record import Release


class Operation:
    """Works on one revision; what is known of it is stored as it changes.

    Attributes:
        env: The surroundings.
        release: The revision as it is now.
    """

    def __init__(self, env: Environment, release: Release) -> None:
        self.env = env
        self.release = release

    @property
    def cluster(self) -> Cluster:
        """The cluster, which every operation but a client dry run has.

        Raises:
            ReleaseError: There is none.
        """
        return require_cluster(self.env)

    @property
    def tracker(self) -> Tracker:
        """Waits for objects, and reports their progress."""
        return Tracker(
            cluster=self.cluster, report=self.env.report, clock=self.env.clock
        )

    def begin(self) -> None:
        """Store the revision for the first time, before the cluster is touched.

        Raises:
            OperationInProgressError: Someone else has made this revision.
        """
        self.env.storage.create(self.release)
        self.env.report(
            RevisionRecorded(
                self.release.name, self.release.revision, self.release.status
            )
        )

    def save(self) -> None:
        """Store the revision as it is now."""
        self.env.storage.update(self.release)

    def finish(self, status: Status, description: str) -> None:
        """Store that the operation is over."""
        self.release = self.release.with_status(status, description)
        self.save()

    def fail(self, description: str) -> None:
        """Store that the operation has failed, if that is still possible."""
        self.release = self.release.with_status(Status.FAILED, description)
        self.note(self.release)

    def note(self, release: Release) -> None:
        """Store a revision on the way; that this fails must not end the operation."""
        try:
            self.env.storage.update(release)
        except (ReleaseError, ClusterError) as error:
            self.env.report(Warned(f"the release is not recorded: {error}"))


def require_cluster(env: Environment) -> Cluster:
    """Give the cluster.

    Raises:
        ReleaseError: There is none.
    """
    if env.cluster is None:
        raise ReleaseError("this needs a cluster")
    return env.cluster


def describe(error: BaseException) -> str:
    """Say what went wrong, as a record keeps it: Helm's words, without causes."""
    if isinstance(error, NotReadyError | HookFailedError):
        return error.summary
    if isinstance(error, KeyboardInterrupt):
        return "context canceled"
    return str(error)
