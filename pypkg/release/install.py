"""``install``: from a chart to the first revision of a release."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pypkg.errors import NameInUseError, PypkgError, ReleaseError
from pypkg.release import history, rendering
from pypkg.release.applying import resources
from pypkg.release.applying.appliers import applier_for, is_server_side
from pypkg.release.applying.crds import install_crds
from pypkg.release.applying.leftovers import leftovers
from pypkg.release.applying.ownership import adopt, claimed
from pypkg.release.applying.rollout import Rollout
from pypkg.release.drafts import first_revision
from pypkg.release.events import ObjectChanged, Outcome, Warned
from pypkg.release.lock.exclusion import alone, how_to_give_up
from pypkg.release.operation import (
    Operation,
    describe,
    interruption,
    require_cluster,
)
from pypkg.release.options import DryRun, UninstallOptions
from pypkg.release.proposal import Proposal
from pypkg.release.records.names import check_name
from pypkg.release.records.record import Status
from pypkg.release.uninstall import uninstall
from pypkg.render.release import ReleaseInfo

if TYPE_CHECKING:
    from pypkg.chart.chart import Chart
    from pypkg.release.applying.resources import ReleaseObject
    from pypkg.release.environment import Environment
    from pypkg.release.options import InstallOptions
    from pypkg.release.records.record import Release


def install(
    env: Environment,
    chart: Chart,
    user_values: dict[str, Any],
    options: InstallOptions,
) -> Release:
    """Install a chart.

    The revision is recorded as pending before the cluster is touched, and as
    deployed or failed afterwards.

    Args:
        env: The surroundings; without a cluster only a client dry run is possible.
        chart: The chart, with its subcharts.
        user_values: What the user sets.
        options: How.

    Returns:
        The revision, or with a dry run what it would be.

    Raises:
        ReleaseNameError: The name is not valid.
        NameInUseError: A release of this name exists.
        OwnershipError: Objects exist that belong to someone else.
        RenderError: The chart does not render.
        ReleaseError: The installation failed.
        ClusterError: The cluster cannot be reached, refuses, or is not ready in time.
    """
    with alone(
        env,
        options.name,
        "install",
        timeout=options.wait.lock_timeout,
        dry_run=options.dry_run is not DryRun.NONE,
    ) as held:
        _finish_uninstall(held, options)
        return _install(held, chart, user_values, options)


def _install(
    env: Environment,
    chart: Chart,
    user_values: dict[str, Any],
    options: InstallOptions,
) -> Release:
    last = _check(env, options)
    if options.dry_run is not DryRun.CLIENT:
        require_cluster(env).version()
        draft = first_revision(env, chart, user_values, options)
        _provide_crds(Operation(env, draft), chart, options)
    proposal = _render(env, chart, user_values, options, last)
    if options.dry_run is DryRun.CLIENT:
        return proposal.release.with_info(description="Dry run complete")
    return carry_out(env, proposal, options)


def propose(
    env: Environment,
    chart: Chart,
    user_values: dict[str, Any],
    options: InstallOptions,
) -> Proposal:
    """Render what an install would roll out; the cluster is only read.

    What crds/ holds is not created, so templates do not see those kinds.

    Args and errors are those of :func:`install`.
    """
    last = _check(env, options)
    require_cluster(env).version()
    return _render(env, chart, user_values, options, last)


def carry_out(env: Environment, proposal: Proposal, options: InstallOptions) -> Release:
    """Roll out an install that is rendered, and whose CRDs are there.

    Returns:
        The revision, or with a dry run what it would be.

    Raises:
        OwnershipError: Objects exist that belong to someone else.
        ReleaseError: The installation failed.
        ClusterError: The cluster cannot be reached, refuses, or is not ready in time.
    """
    operation = Operation(env, proposal.release)
    targets = claimed(
        resources.build(operation.cluster, proposal.manifests, env.namespace),
        operation.release,
    )
    rollout = _rollout(operation, proposal.last, targets, options)
    if options.dry_run is DryRun.SERVER:
        return operation.release.with_info(description="Dry run complete")
    rollout = rollout.settled(options.apply.field_rules)
    if options.create_namespace:
        _create_namespace(operation, options)
        if env.lease is not None:
            # There was no place for it before.
            env.lease.acquire(options.wait.lock_timeout)
    _begin(operation, proposal.last)
    try:
        rollout.run()
    except BaseException as error:
        _fail(operation, error, options)
        raise
    operation.succeed(options.description or "Install complete")
    return operation.release


def _check(env: Environment, options: InstallOptions) -> Release | None:
    """Check what can be checked first, and give the revision that is taken over."""
    check_name(options.name)
    rendering.check_options(options.render, options.labels, options.dry_run)
    return _previous_revision(env, options)


def _render(
    env: Environment,
    chart: Chart,
    user_values: dict[str, Any],
    options: InstallOptions,
    last: Release | None,
) -> Proposal:
    offline = options.dry_run is DryRun.CLIENT
    rendered = rendering.render_release(
        env,
        chart,
        user_values,
        ReleaseInfo(
            options.name, env.namespace, 1, is_upgrade=options.render.is_upgrade
        ),
        options.render,
        offline=offline,
        look_up=not offline,
    )
    draft = first_revision(env, chart, user_values, options)
    return Proposal(
        release=rendered.into(draft), manifests=rendered.manifests, last=last
    )


def _rollout(
    operation: Operation,
    last: Release | None,
    targets: list[ReleaseObject],
    options: InstallOptions,
) -> Rollout:
    """Plan what to do, after a check that nothing belongs to someone else."""
    adopted = []
    if not options.render.is_upgrade:
        adopted = adopt(
            operation.cluster,
            targets,
            operation.release,
            take=options.apply.take_ownership,
            failing="unable to continue with install",
        )
    applier = applier_for(
        operation,
        options.apply,
        server_side=is_server_side(options.apply, last=None),
        updating=bool(adopted),
        hand_over=True,
    )
    left = leftovers(operation, last, targets) if last is not None else []
    return Rollout(
        verb="install",
        operation=operation,
        applier=applier,
        before=adopted + left,
        targets=targets,
        wait=options.effective_wait,
        disable_hooks=options.disable_hooks,
    )


def _previous_revision(env: Environment, options: InstallOptions) -> Release | None:
    """Give the last revision of the name that is taken over, None for a new name.

    Raises:
        NameInUseError: The name is taken, and may not be taken over.
    """
    if options.dry_run is not DryRun.NONE:
        return None
    last = history.newest(env.storage, options.name)
    if last is None:
        return None
    if options.replace and last.status in {Status.UNINSTALLED, Status.FAILED}:
        return last
    if last.status == Status.FAILED and _was_interrupted(env):
        return last
    hint = (
        f"{options.name} is {last.status}: `upgrade` changes it, `uninstall` removes it"
    )
    if last.status.is_pending or last.status == Status.UNINSTALLING:
        hint = how_to_give_up(last)
    raise NameInUseError("cannot reuse a name that is still in use", hint=hint)


def _was_interrupted(env: Environment) -> bool:
    """Tell whether an install has died, which this one is to make up for."""
    journal = env.lease.inherited if env.lease is not None else None
    return journal is not None and journal.status == Status.PENDING_INSTALL


def _finish_uninstall(env: Environment, options: InstallOptions) -> None:
    """Finish an uninstall that has died, so that its name is free."""
    journal = env.lease.inherited if env.lease is not None else None
    if journal is not None and journal.status == Status.UNINSTALLING:
        rest = replace(
            journal.uninstall_options(options.name),
            ignore_not_found=True,
            wait=options.wait,
        )
        uninstall(env, rest)


def _provide_crds(operation: Operation, chart: Chart, options: InstallOptions) -> None:
    crds = chart.crds()
    if not crds or options.skip_crds:
        return
    if options.dry_run is not DryRun.NONE:
        operation.env.report(
            Warned(
                "This chart or one of its subcharts contains CRDs. Rendering may fail"
                " or contain inaccuracies."
            )
        )
        return
    server_side = is_server_side(options.apply, last=None)
    install_crds(operation, crds, server_side=server_side)


def namespace_object(name: str) -> dict[str, Any]:
    """Give the namespace that an install creates: with Helm's label."""
    return {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": name, "labels": {"name": name}},
    }


def _create_namespace(operation: Operation, options: InstallOptions) -> None:
    """Create the namespace; one that is there gets Helm's label."""
    namespace = namespace_object(operation.env.namespace)
    server_side = is_server_side(options.apply, last=None)
    applier = applier_for(operation, options.apply, server_side=server_side)
    ref = operation.cluster.ref(namespace)
    existed = operation.cluster.find(ref) is not None
    if existed and not server_side:
        return
    applier.create(namespace)
    if not existed:
        operation.env.report(ObjectChanged(ref, Outcome.CREATED))


def _begin(operation: Operation, previous: Release | None) -> None:
    """Record the revision; after an uninstalled or failed one under the next number."""
    if previous is None:
        operation.begin()
        return
    operation.release = replace(operation.release, revision=previous.revision + 1)
    operation.begin()
    if previous.status != Status.FAILED:
        operation.note(
            previous.with_status(Status.SUPERSEDED, "superseded by new release")
        )


def _fail(operation: Operation, error: BaseException, options: InstallOptions) -> None:
    """Record a failure, or with rollback-on-failure remove what there is."""
    name = options.name
    said = describe(error)
    operation.fail(f'Release "{name}" failed: {said}')
    if not options.rollback_on_failure:
        return
    if was_interrupted := isinstance(error, KeyboardInterrupt):
        warning = f"{interruption(error)}: uninstalling {name}, as was asked for"
        operation.env.report(Warned(warning))
    undo = UninstallOptions(
        name=name, disable_hooks=options.disable_hooks, wait=options.effective_wait
    )
    try:
        uninstall(operation.env, undo)
    except PypkgError as second:
        raise ReleaseError(
            "an error occurred while uninstalling the release. original install"
            f" error: {said}: {second}"
        ) from error
    if was_interrupted:
        return
    raise ReleaseError(
        f"release {name} failed, and has been uninstalled due to rollback-on-failure"
        f" being set: {error}",
        hint=getattr(error, "hint", None),
    ) from error
