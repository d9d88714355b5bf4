"""``upgrade``: to another chart, or other values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pypkg.errors import OperationInProgressError, PypkgError, ReleaseError
from pypkg.release import history, rendering
from pypkg.release.applying import resources
from pypkg.release.applying.appliers import applier_for, is_server_side
from pypkg.release.applying.leftovers import leftovers
from pypkg.release.applying.ownership import adopt, claimed
from pypkg.release.applying.rollout import Rollout
from pypkg.release.drafts import next_revision
from pypkg.release.events import Warned
from pypkg.release.lock.exclusion import alone, as_taken_over, how_to_give_up
from pypkg.release.operation import (
    Operation,
    describe,
    interruption,
    require_cluster,
)
from pypkg.release.options import DryRun, RollbackOptions
from pypkg.release.proposal import Succession
from pypkg.release.records.names import check_name
from pypkg.release.records.record import Release, Status
from pypkg.release.records.timestamps import rough
from pypkg.release.reuse import reused_values
from pypkg.release.rollback import rollback
from pypkg.render.release import ReleaseInfo

if TYPE_CHECKING:
    from pypkg.chart.chart import Chart
    from pypkg.release.applying.resources import ReleaseObject
    from pypkg.release.environment import Environment
    from pypkg.release.options import UpgradeOptions


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
    with alone(
        env,
        options.name,
        "upgrade",
        timeout=options.wait.lock_timeout,
        recover=options.recover,
        dry_run=options.dry_run is not DryRun.NONE,
    ) as held:
        return carry_out(held, propose(held, chart, user_values, options), options)


def propose(
    env: Environment,
    chart: Chart,
    user_values: dict[str, Any],
    options: UpgradeOptions,
) -> Succession:
    """Render what an upgrade would roll out; the cluster is only read.

    Args and errors are those of :func:`upgrade`.
    """
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
    draft = next_revision(env, chart, values, last, options)
    return Succession(
        release=rendered.into(draft),
        manifests=rendered.manifests,
        last=last,
        current=current,
    )


def carry_out(
    env: Environment, proposal: Succession, options: UpgradeOptions
) -> Release:
    """Roll out an upgrade that is rendered.

    Returns:
        The new revision, or with a dry run what it would be.

    Raises:
        OwnershipError: New objects exist that belong to someone else.
        ReleaseError: The upgrade failed.
        ClusterError: The cluster cannot be reached, refuses, or is not ready in time.
    """
    operation = Operation(env, proposal.release)
    last, current = proposal.last, proposal.current
    targets = claimed(
        resources.build(operation.cluster, proposal.manifests, last.namespace),
        operation.release,
    )
    rollout = _rollout(operation, last, current, targets, options)
    if options.dry_run is not DryRun.NONE:
        description = options.description or "Dry run complete"
        return operation.release.with_info(description=description)
    rollout = rollout.settled(options.apply.field_rules)
    history.prune(env.storage, options.name, options.history_max - 1)
    operation.begin()
    try:
        rollout.run()
    except BaseException as error:
        _fail(rollout, error, options)
        raise
    deployed = history.all_deployed(env.storage, options.name)
    operation.succeed(
        options.description or "Upgrade complete",
        instead_of={r.revision: r for r in (current, *deployed)}.values(),
    )
    return operation.release


def _starting_point(env: Environment, name: str) -> tuple[Release, Release]:
    """Give the last revision, and the one whose objects are in the cluster.

    Raises:
        OperationInProgressError: The last one is pending.
        ReleaseError: There is no revision to start from.
    """
    found = history.newest(env.storage, name)
    if found is None:
        raise history.no_deployed(name)
    last = as_taken_over(env, found)
    if last.status.is_pending:
        raise _pending(env, last)
    if deployed := history.all_deployed(env.storage, name):
        return last, deployed[-1]
    if last.status in {Status.FAILED, Status.SUPERSEDED}:
        return last, last
    missing = history.no_deployed(name)
    if last.status == Status.UNINSTALLING:
        missing.hint = how_to_give_up(last, flag="--recover")
    raise missing


def _pending(env: Environment, last: Release) -> OperationInProgressError:
    """Say that a revision is pending of which no operation of pypkg is known."""
    since = last.info.last_deployed
    age = f" since {since:%Y-%m-%d %H:%M:%S %Z}" if since else ""
    if since:
        age += f" ({rough(env.now() - since)} ago)"
    return OperationInProgressError(
        "another operation (install/upgrade/rollback) is in progress:"
        f" revision {last.revision} of {last.name} is {last.status}{age}",
        hint=how_to_give_up(last, flag="--recover"),
    )


def _rollout(
    operation: Operation,
    last: Release,
    current: Release,
    targets: list[ReleaseObject],
    options: UpgradeOptions,
) -> Rollout:
    """Plan what to do, after a check that nothing new belongs to someone else."""
    before = resources.build_deployed(operation, current)
    known = {obj.key for obj in before}
    before += leftovers(operation, last, [*before, *targets])
    before += adopt(
        operation.cluster,
        [target for target in targets if target.key not in known],
        operation.release,
        take=options.apply.take_ownership,
        failing="unable to continue with update",
    )
    applier = applier_for(
        operation,
        options.apply,
        server_side=is_server_side(options.apply, last=last),
        updating=True,
        hand_over=current.is_client_side,
    )
    return Rollout(
        verb="upgrade",
        operation=operation,
        applier=applier,
        before=before,
        targets=targets,
        wait=options.effective_wait,
        disable_hooks=options.disable_hooks,
    )


def _fail(rollout: Rollout, error: BaseException, options: UpgradeOptions) -> None:
    """Record a failure; clean up and roll back if that is asked for."""
    name = options.name
    said = describe(error)
    rollout.operation.fail(f'Upgrade "{name}" failed: {said}')
    if options.cleanup_on_fail:
        rollout.clean_up(error)
    if not options.rollback_on_failure:
        return
    env = rollout.operation.env
    if was_interrupted := isinstance(error, KeyboardInterrupt):
        warning = f"{interruption(error)}: rolling {name} back, as was asked for"
        env.report(Warned(warning))
    undo = _undoing(env, said, options)
    try:
        rollback(env, undo)
    except PypkgError as second:
        raise ReleaseError(
            "an error occurred while rolling back the release. original upgrade"
            f" error: {said}: {second}"
        ) from error
    if was_interrupted:
        return
    raise ReleaseError(
        f"release {name} failed, and has been rolled back due to rollback-on-failure"
        f" being set: {error}",
        hint=getattr(error, "hint", None),
    ) from error


def _undoing(env: Environment, said: str, options: UpgradeOptions) -> RollbackOptions:
    """Say how to go back to the last revision that was good."""
    good = [
        release.revision
        for release in env.storage.heads(options.name)
        if release.status in {Status.SUPERSEDED, Status.DEPLOYED}
    ]
    if not good:
        raise ReleaseError(
            "unable to find a previously successful release when attempting to"
            f" rollback. original upgrade error: {said}"
        )
    return RollbackOptions(
        name=options.name,
        revision=good[-1],
        history_max=options.history_max,
        disable_hooks=options.disable_hooks,
        wait=options.effective_wait,
        apply=options.apply,
    )
