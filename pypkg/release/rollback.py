"""``rollback``: a new revision with what an earlier one had."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pypkg.errors import NotReadyError, ReleaseError, ReleaseNotFoundError
from pypkg.objects.manifest import read_documents
from pypkg.release import history
from pypkg.release.applying import resources
from pypkg.release.applying.appliers import applier_for
from pypkg.release.applying.leftovers import leftovers
from pypkg.release.applying.ownership import claimed
from pypkg.release.applying.rollout import Rollout
from pypkg.release.drafts import revision_like
from pypkg.release.lock.exclusion import alone
from pypkg.release.operation import Operation, describe, require_cluster
from pypkg.release.options import DryRun
from pypkg.release.proposal import Succession
from pypkg.release.records.names import check_name
from pypkg.release.records.record import Release, Status

if TYPE_CHECKING:
    from pypkg.release.environment import Environment
    from pypkg.release.options import RollbackOptions


def rollback(env: Environment, options: RollbackOptions) -> Release:
    """Go back to an earlier revision; also a way out of a pending operation.

    Args:
        env: The surroundings.
        options: How.

    Returns:
        The new revision, or with a dry run what it would be.

    Raises:
        ReleaseNotFoundError: There is no such release, or no such revision.
        ReleaseError: The rollback failed.
        ClusterError: The cluster cannot be reached, refuses, or is not ready in time.
    """
    if options.dry_run is not DryRun.NONE:
        return propose(env, options).release
    with alone(
        env, options.name, "rollback", timeout=options.wait.lock_timeout
    ) as held:
        return carry_out(held, propose(held, options), options)


def propose(env: Environment, options: RollbackOptions) -> Succession:
    """Give the revision that a rollback would roll out; the cluster is only read.

    Raises:
        ReleaseNotFoundError: There is no such release, or no such revision.
    """
    require_cluster(env).version()
    check_name(options.name)
    last, earlier = _revisions(env, options)
    release = revision_like(env, earlier, last, options)
    return Succession(
        release=release,
        manifests=read_documents(release.manifest),
        last=last,
        current=last,
    )


def carry_out(
    env: Environment, proposal: Succession, options: RollbackOptions
) -> Release:
    """Roll out a rollback.

    Returns:
        The new revision.

    Raises:
        ReleaseError: The rollback failed.
        ClusterError: The cluster cannot be reached, refuses, or is not ready in time.
    """
    operation = Operation(env, proposal.release)
    rollout = _rollout(operation, proposal, options)
    rollout = rollout.settled(options.apply.field_rules)
    history.prune(env.storage, options.name, options.history_max - 1)
    operation.begin()
    try:
        rollout.run()
    except BaseException as error:
        _fail(rollout, error, proposal.last, options)
        raise
    operation.succeed(
        operation.release.info.description,
        instead_of=history.all_deployed(env.storage, options.name),
    )
    return operation.release


def _revisions(env: Environment, options: RollbackOptions) -> tuple[Release, Release]:
    """Give the last revision, and the one to go back to."""
    if options.revision < 0:
        raise ReleaseError("invalid release revision")
    last = history.last(env.storage, options.name)
    wanted = options.revision or last.revision - 1
    try:
        return last, env.storage.get(options.name, wanted)
    except ReleaseNotFoundError as error:
        heads = env.storage.heads(options.name)
        known = ", ".join(str(head.revision) for head in heads)
        raise ReleaseNotFoundError(
            f"release has no {wanted} version", hint=f"there are the revisions {known}"
        ) from error


def _rollout(
    operation: Operation, proposal: Succession, options: RollbackOptions
) -> Rollout:
    """Plan what to do."""
    targets = resources.build(
        operation.cluster, proposal.manifests, operation.release.namespace
    )
    applier = applier_for(
        operation,
        options.apply,
        # The draft follows the revision that it goes back to.
        server_side=not operation.release.is_client_side,
        updating=True,
        hand_over=True,
    )
    before = resources.build_deployed(operation, proposal.current)
    return Rollout(
        verb="rollback",
        operation=operation,
        applier=applier,
        before=before + leftovers(operation, proposal.last, [*before, *targets]),
        targets=claimed(targets, operation.release),
        wait=options.wait,
        disable_hooks=options.disable_hooks,
    )


def _fail(
    rollout: Rollout, error: BaseException, last: Release, options: RollbackOptions
) -> None:
    """Record a failure; Helm leaves the record pending when a hook has failed."""
    what = "Release" if isinstance(error, NotReadyError) else "Rollback"
    rollout.operation.fail(f'{what} "{options.name}" failed: {describe(error)}')
    if rollout.done.failed:
        # Some objects are of the one revision, some of the other.
        rollout.operation.note(last.with_status(Status.SUPERSEDED))
    if options.cleanup_on_fail:
        rollout.clean_up(error)
