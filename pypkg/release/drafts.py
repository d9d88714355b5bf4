"""Revisions as they begin: pending, and not rendered yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pypkg.release.applying.appliers import apply_method, is_server_side
from pypkg.release.records.record import Info, Release, Status
from pypkg.release.reuse import merged_labels

if TYPE_CHECKING:
    from pypkg.chart.chart import Chart
    from pypkg.release.environment import Environment
    from pypkg.release.options import InstallOptions, RollbackOptions, UpgradeOptions


def first_revision(
    env: Environment, chart: Chart, values: dict[str, Any], options: InstallOptions
) -> Release:
    """Begin the first revision of a release."""
    now = env.now()
    server_side = is_server_side(options.apply, last=None)
    return Release(
        name=options.name,
        namespace=env.namespace,
        revision=1,
        info=Info(
            first_deployed=now,
            last_deployed=now,
            status=Status.PENDING_INSTALL,
            description="Initial install underway",
        ),
        chart=chart,
        config=values,
        labels=dict(options.labels),
        apply_method=apply_method(server_side=server_side),
    )


def next_revision(
    env: Environment,
    chart: Chart,
    values: dict[str, Any],
    last: Release,
    options: UpgradeOptions,
) -> Release:
    """Begin the revision after the last one."""
    server_side = is_server_side(options.apply, last=last)
    return Release(
        name=last.name,
        namespace=last.namespace,
        revision=last.revision + 1,
        info=Info(
            first_deployed=last.info.first_deployed,
            last_deployed=env.now(),
            status=Status.PENDING_UPGRADE,
            description="Preparing upgrade",
        ),
        chart=chart,
        config=values,
        labels=merged_labels(last.labels, dict(options.labels)),
        apply_method=apply_method(server_side=server_side),
    )


def revision_like(
    env: Environment, earlier: Release, last: Release, options: RollbackOptions
) -> Release:
    """Begin a revision after the last one, with what an earlier one had."""
    server_side = is_server_side(options.apply, last=earlier)
    return Release(
        name=last.name,
        namespace=last.namespace,
        revision=last.revision + 1,
        info=Info(
            first_deployed=last.info.first_deployed,
            last_deployed=env.now(),
            status=Status.PENDING_ROLLBACK,
            notes=earlier.info.notes,
            description=options.description or f"Rollback to {earlier.revision}",
            rollback_revision=earlier.revision,
        ),
        chart=earlier.chart,
        config=earlier.config,
        manifest=earlier.manifest,
        hooks=earlier.hooks,
        labels=earlier.labels,
        apply_method=apply_method(server_side=server_side),
    )
