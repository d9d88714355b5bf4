"""``upgrade``: to another chart, or other values."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pypkg.errors import OperationInProgressError, PypkgError, ReleaseError
from pypkg.objects.manifest import read_documents
from pypkg.release import changes, history, rendering, resources
from pypkg.release.appliers import applier_for, apply_method, is_server_side
from pypkg.release.hooks import run_hooks
from pypkg.release.names import check_name
from pypkg.release.operation import Operation, describe, require_cluster
from pypkg.release.options import DryRun, RollbackOptions, WaitStrategy
from pypkg.release.ownership import adopt, claimed
from pypkg.release.record import Info, Release, Status
from pypkg.release.reuse import merged_labels, reused_values
from pypkg.release.rollback import rollback
from pypkg.release.waiting import wait_ready
from pypkg.render.release import ReleaseInfo

if TYPE_CHECKING:
    from pypkg.chart.chart import Chart
    from pypkg.cluster.apply import Applier
    from pypkg.release.environment import Environment
    from pypkg.release.options import UpgradeOptions
    from pypkg.release.resources import ReleaseObject


def upgrade(
    env: Environment,
    chart: Chart,
    user_values: dict[str, Any],
    options: UpgradeOptions,
) -> Release:
    """Upgrade a release.

    Args:
        env: The surroundings; a cluster is needed even for a dry run.
        chart: The chart to upgrade to.
        user_values: What the user sets now.
        options: How.

    Returns:
        The new revision, or with a dry run what it would be.

    Raises:
        OperationInProgressError: Another operation has the release, or died with it.
        OwnershipError: New objects exist that belong to someone else.
        RenderError: The chart does not render.
        ReleaseError: There is no such release, or the upgrade failed.
        ClusterError: The cluster cannot be reached, refuses, or is not ready in time.
    """
    options = _completed(options)
    require_cluster(env).version()
    check_name(options.name)
    rendering.check_options(options.render, options.labels, options.dry_run)
    last, current = _starting_point(env, options.name)
    chart, values = reused_values(chart, current, user_values, options.reuse)
    rendered = rendering.render_release(
        env,
        chart,
        values,
        ReleaseInfo(options.name, last.namespace, last.revision + 1, is_upgrade=True),
        options.render,
        offline=False,
        look_up=options.dry_run is not DryRun.CLIENT,
    )
    server_side = is_server_side(options.apply, last=last)
    draft = _draft(env, chart, values, last, current, options)
    operation = Operation(env, rendered.into(draft))
    before = _deployed_objects(operation, current)
    targets = claimed(
        resources.build(operation.cluster, rendered.manifests, last.namespace),
        operation.release,
    )
    before += _adopted(operation, before, targets, options)
    if options.dry_run is not DryRun.NONE:
        description = options.description or "Dry run complete"
        return operation.release.with_info(description=description)
    applier = applier_for(
        operation,
        options.apply,
        server_side=server_side,
        updating=True,
        hand_over=current.is_client_side,
    )
    history.prune(env.storage, options.name, options.history_max - 1)
    operation.begin()
    done = changes.Changes()
    try:
        _perform(operation, applier, before, targets, done, options)
    except BaseException as error:
        _fail(operation, error, done, options)
        raise
    operation.note(current.with_status(Status.SUPERSEDED))
    operation.set_status(Status.DEPLOYED, options.description or "Upgrade complete")
    operation.save()
    return operation.release


def _perform(
    operation: Operation,
    applier: Applier,
    before: list[ReleaseObject],
    targets: list[ReleaseObject],
    done: changes.Changes,
    options: UpgradeOptions,
) -> None:
    server_side = applier.server_side
    if not options.disable_hooks:
        run_hooks(
            operation,
            "pre-upgrade",
            options.wait,
            server_side=server_side,
            failing="pre-upgrade hooks failed",
        )
    changes.update(applier, before, targets, operation.env.report, done)
    wait_ready(operation, targets, options.wait)
    if not options.disable_hooks:
        run_hooks(
            operation,
            "post-upgrade",
            options.wait,
            server_side=server_side,
            failing="post-upgrade hooks failed",
        )


def _fail(
    operation: Operation,
    error: BaseException,
    done: changes.Changes,
    options: UpgradeOptions,
) -> None:
    """Record a failure; clean up and roll back if that is asked for."""
    name = options.name
    said = describe(error)
    operation.set_status(Status.FAILED, f'Upgrade "{name}" failed: {said}')
    operation.note(operation.release)
    if options.cleanup_on_fail:
        changes.clean_up(
            operation.cluster, done, operation.env.report, error, "upgrade"
        )
    if not options.rollback_on_failure:
        return
    good = [
        revision.revision
        for revision in history.revisions(operation.env.storage, name)
        if revision.status in {Status.SUPERSEDED, Status.DEPLOYED}
    ]
    if not good:
        raise ReleaseError(
            "unable to find a previously successful release when attempting to"
            f" rollback. original upgrade error: {said}"
        ) from error
    undo = RollbackOptions(
        name=name,
        revision=good[-1],
        history_max=options.history_max,
        disable_hooks=options.disable_hooks,
        wait=options.wait,
        apply=options.apply,
    )
    try:
        rollback(operation.env, undo)
    except PypkgError as second:
        raise ReleaseError(
            "an error occurred while rolling back the release. original upgrade"
            f" error: {said}: {second}"
        ) from error
    raise ReleaseError(
        f"release {name} failed, and has been rolled back due to rollback-on-failure"
        f" being set: {error}",
        hint=getattr(error, "hint", None),
    ) from error


def _completed(options: UpgradeOptions) -> UpgradeOptions:
    if options.rollback_on_failure and options.wait.strategy == WaitStrategy.HOOK_ONLY:
        wait = replace(options.wait, strategy=WaitStrategy.WATCHER)
        return replace(options, wait=wait)
    return options


def _starting_point(env: Environment, name: str) -> tuple[Release, Release]:
    """Give the last revision, and the one whose objects are in the cluster.

    Raises:
        OperationInProgressError: The last one is pending.
        ReleaseError: There is no revision to start from.
    """
    revisions = history.revisions(env.storage, name)
    if not revisions:
        raise history.no_deployed(name)
    last = revisions[-1]
    if last.status.is_pending:
        raise OperationInProgressError(
            "another operation (install/upgrade/rollback) is in progress",
            hint=f"revision {last.revision} is {last.status} since"
            f" {last.info.last_deployed}; if nothing runs any more, `rollback {name}`"
            " ends it",
        )
    deployed = [r for r in revisions if r.status == Status.DEPLOYED]
    if deployed:
        return last, deployed[-1]
    if last.status in {Status.FAILED, Status.SUPERSEDED}:
        return last, last
    raise history.no_deployed(name)


def _draft(
    env: Environment,
    chart: Chart,
    values: dict[str, Any],
    last: Release,
    current: Release,
    options: UpgradeOptions,
) -> Release:
    server_side = is_server_side(options.apply, last=last)
    return Release(
        name=options.name,
        namespace=current.namespace,
        revision=last.revision + 1,
        info=Info(
            first_deployed=current.info.first_deployed,
            last_deployed=env.now(),
            status=Status.PENDING_UPGRADE,
            description="Preparing upgrade",
        ),
        chart=chart,
        config=values,
        labels=merged_labels(last.labels, dict(options.labels)),
        apply_method=apply_method(server_side=server_side),
    )


def _deployed_objects(operation: Operation, current: Release) -> list[ReleaseObject]:
    return resources.build_deployed(
        operation.cluster,
        read_documents(current.manifest),
        current.namespace,
        operation.env.report,
    )


def _adopted(
    operation: Operation,
    before: list[ReleaseObject],
    targets: list[ReleaseObject],
    options: UpgradeOptions,
) -> list[ReleaseObject]:
    """Give the objects that are new to the release, and exist already."""
    known = {obj.key for obj in before}
    return adopt(
        operation.cluster,
        [target for target in targets if target.key not in known],
        operation.release,
        take=options.apply.take_ownership,
        failing="unable to continue with update",
    )
