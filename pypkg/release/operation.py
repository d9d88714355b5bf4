"""An operation under way: the revision it works on, in step with its record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pypkg.cluster.tracker import Tracker
from pypkg.errors import (
    ApiError,
    ClusterError,
    HookFailedError,
    NotReadyError,
    OperationInProgressError,
    ReleaseError,
)
from pypkg.release.events import RevisionRecorded, Warned
from pypkg.release.lock.journal import Journal
from pypkg.release.records.record import Status

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pypkg.cluster.client import Cluster
    from pypkg.release.environment import Environment
    from pypkg.release.records.record import Release

# The user may not write records, or their namespace does not exist.
_REFUSED = frozenset({403, 404})


class Operation:
    """Works on one revision; what is known of it is stored as it changes.

    Attributes:
        env: The surroundings.
        release: The revision as it is now.
    """

    def __init__(self, env: Environment, release: Release) -> None:
        self.env = env
        self.release = release
        self._begun = False

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
        if self.env.lease is not None:
            self.env.lease.intend(Journal.of(self.release))
        self._begun = True
        try:
            self.env.storage.create(self.release)
        except OperationInProgressError:
            self._begun = False
            self.settle()
            raise
        except BaseException as error:
            if isinstance(error, ApiError) and error.code in _REFUSED:
                self._begun = False
                self.settle()
                raise
            # It may be stored all the same.
            self.fail(f'Release "{self.release.name}" failed: {describe(error)}')
            raise
        self.env.report(
            RevisionRecorded(
                self.release.name, self.release.revision, self.release.status
            )
        )

    def take_up(self, release: Release, journal: Journal) -> None:
        """Begin to work on a revision that is stored already."""
        if self.env.lease is not None:
            self.env.lease.intend(journal)
        self._begun = True
        self.release = release
        self.env.report(
            RevisionRecorded(release.name, release.revision, release.status)
        )

    def save(self) -> None:
        """Store the revision as it is now.

        Raises:
            LeaseLostError: Another operation may have taken the release over.
        """
        if self.env.lease is not None:
            self.env.lease.check()
        self.env.storage.update(self.release)

    def succeed(self, description: str, *, instead_of: Iterable[Release] = ()) -> None:
        """Store that the revision is deployed.

        It is written before those that it supersedes are: of two that are deployed
        the newer one is known to be the one that counts, of none nothing is known.

        Args:
            description: What happened, in Helm's words.
            instead_of: The revisions that were deployed until now.
        """
        self.release = self.release.with_status(Status.DEPLOYED, description)
        self.save()
        noted = [self.note(r.with_status(Status.SUPERSEDED)) for r in instead_of]
        if all(noted):
            self.settle()

    def fail(self, description: str) -> None:
        """Store that the operation has failed, if that is still possible.

        Where it is not, the journal stays: the next operation does it.
        """
        if not self._begun:
            return
        self.release = self.release.with_status(Status.FAILED, description)
        if self.note(self.release):
            self.settle()

    def note(self, release: Release) -> bool:
        """Store a revision on the way; that this fails must not end the operation.

        Returns:
            Whether it is stored.
        """
        try:
            if self.env.lease is not None:
                self.env.lease.check()
            self.env.storage.update(release)
        except (ReleaseError, ClusterError) as error:
            self.env.report(Warned(f"the release is not recorded: {error}"))
            return False
        return True

    def settle(self) -> None:
        """Note that what was begun is done, or undone."""
        if self.env.lease is not None:
            self.env.lease.settle()


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
        return f"context canceled: {interruption(error)}"
    return str(error)


def interruption(error: BaseException) -> str:
    """Say who has interrupted an operation: the user, unless a signal is named."""
    return str(error) or "interrupted"
