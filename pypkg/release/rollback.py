"""``rollback``: a new revision with what an earlier one had."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pypkg.errors import NotReadyError, PypkgError, ReleaseError, ReleaseNotFoundError
from pypkg.objects.manifest import read_documents
from pypkg.release import changes, history, resources
from pypkg.release.appliers import applier_for, apply_method, is_server_side
from pypkg.release.hooks import run_hooks
from pypkg.release.names import check_name
from pypkg.release.operation import Operation, describe, require_cluster
from pypkg.release.options import DryRun
from pypkg.release.ownership import claimed
from pypkg.release.record import Info, Release, Status
from pypkg.release.storage import not_found
from pypkg.release.waiting import wait_ready

if TYPE_CHECKING:
    from pypkg.cluster.apply import Applier
    from pypkg.release.environment import Environment
    from pypkg.release.options import RollbackOptions
    from pypkg.release.resources import ReleaseObject


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
    require_cluster(env).version()
    check_name(options.name)
    current, earlier = _revisions(env, options)
    server_side = is_server_side(options.apply, last=earlier)
    operation = Operation(
        env, _draft(env, current, earlier, options, server_side=server_side)
    )
    if options.dry_run is not DryRun.NONE:
        return operation.release
    targets = claimed(
        resources.build(
            operation.cluster,
            read_documents(earlier.manifest),
            operation.release.namespace,
        ),
        operation.release,
    )
    applier = applier_for(
        operation,
        options.apply,
        server_side=server_side,
        updating=True,
        hand_over=True,
    )
    history.prune(env.storage, options.name, options.history_max - 1)
    operation.begin()
    done = changes.Changes()
    try:
        _perform(operation, applier, current, targets, done, options)
    except BaseException as error:
        _fail(operation, error, done, options)
        raise
    for release in history.all_deployed(env.storage, options.name):
        operation.note(release.with_status(Status.SUPERSEDED))
    operation.set_status(Status.DEPLOYED, operation.release.info.description)
    operation.save()
    return operation.release


def _perform(
    operation: Operation,
    applier: Applier,
    current: Release,
    targets: list[ReleaseObject],
    done: changes.Changes,
    options: RollbackOptions,
) -> None:
    before = _objects(operation, current)
    server_side = applier.server_side
    if not options.disable_hooks:
        run_hooks(operation, "pre-rollback", options.wait, server_side=server_side)
    try:
        changes.update(applier, before, targets, operation.env.report, done)
    except PypkgError:
        # Some objects are of the one revision, some of the other.
        operation.note(current.with_status(Status.SUPERSEDED))
        raise
    wait_ready(operation, targets, options.wait)
    if not options.disable_hooks:
        run_hooks(operation, "post-rollback", options.wait, server_side=server_side)


def _fail(
    operation: Operation,
    error: BaseException,
    done: changes.Changes,
    options: RollbackOptions,
) -> None:
    """Record a failure; Helm leaves the record pending when a hook has failed."""
    what = "Release" if isinstance(error, NotReadyError) else "Rollback"
    said = f'{what} "{options.name}" failed: {describe(error)}'
    operation.set_status(Status.FAILED, said)
    operation.note(operation.release)
    if options.cleanup_on_fail:
        changes.clean_up(
            operation.cluster, done, operation.env.report, error, "rollback"
        )


def _revisions(env: Environment, options: RollbackOptions) -> tuple[Release, Release]:
    """Give the last revision, and the one to go back to."""
    if options.revision < 0:
        raise ReleaseError("invalid release revision")
    revisions = history.revisions(env.storage, options.name)
    if not revisions:
        raise not_found(options.name)
    current = revisions[-1]
    wanted = options.revision or current.revision - 1
    for release in revisions:
        if release.revision == wanted:
            return current, release
    known = ", ".join(str(release.revision) for release in revisions)
    raise ReleaseNotFoundError(
        f"release has no {wanted} version", hint=f"there are the revisions {known}"
    )


def _draft(
    env: Environment,
    current: Release,
    earlier: Release,
    options: RollbackOptions,
    *,
    server_side: bool,
) -> Release:
    description = options.description or f"Rollback to {earlier.revision}"
    return Release(
        name=options.name,
        namespace=current.namespace,
        revision=current.revision + 1,
        info=Info(
            first_deployed=current.info.first_deployed,
            last_deployed=env.now(),
            status=Status.PENDING_ROLLBACK,
            notes=earlier.info.notes,
            description=description,
            rollback_revision=earlier.revision,
        ),
        chart=earlier.chart,
        config=earlier.config,
        manifest=earlier.manifest,
        hooks=earlier.hooks,
        labels=earlier.labels,
        apply_method=apply_method(server_side=server_side),
    )


def _objects(operation: Operation, current: Release) -> list[ReleaseObject]:
    return resources.build_deployed(
        operation.cluster,
        read_documents(current.manifest),
        current.namespace,
        operation.env.report,
    )
