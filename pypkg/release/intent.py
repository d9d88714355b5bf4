"""An operation that is decided on: to be shown, saved, or carried out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pypkg.release import history, install, rollback, upgrade
from pypkg.release.appliers import is_server_side
from pypkg.release.crds import install_crds
from pypkg.release.operation import Operation
from pypkg.release.record import Status

if TYPE_CHECKING:
    from collections.abc import Callable

    from pypkg.chart.chart import Chart, File
    from pypkg.release.environment import Environment
    from pypkg.release.options import InstallOptions, RollbackOptions, UpgradeOptions
    from pypkg.release.proposal import Proposal, Succession
    from pypkg.release.record import Release


@dataclass(frozen=True, slots=True, kw_only=True)
class ToInstall:
    """An install.

    Attributes:
        proposal: What it rolls out.
        options: How.
        crds: The files of crds/ that it creates first.
    """

    proposal: Proposal
    options: InstallOptions
    crds: tuple[File, ...] = ()

    def carry_out(self, env: Environment) -> Release:
        """Do it, under the release's lease."""
        operation = Operation(env, self.proposal.release)
        if self.crds:
            server_side = is_server_side(self.options.apply, last=None)
            install_crds(operation, self.crds, server_side=server_side)
        return install.carry_out(env, self.proposal, self.options)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToUpgrade:
    """An upgrade."""

    proposal: Succession
    options: UpgradeOptions
    crds: tuple[File, ...] = ()
    """None: Helm's upgrades leave them alone."""

    def carry_out(self, env: Environment) -> Release:
        """Do it, under the release's lease."""
        return upgrade.carry_out(env, self.proposal, self.options)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToRollback:
    """A rollback."""

    proposal: Succession
    options: RollbackOptions
    crds: tuple[File, ...] = ()
    """None: Helm's rollbacks leave them alone."""

    def carry_out(self, env: Environment) -> Release:
        """Do it, under the release's lease."""
        return rollback.carry_out(env, self.proposal, self.options)


Intent = ToInstall | ToUpgrade | ToRollback


def to_install(
    env: Environment, chart: Chart, values: dict[str, Any], options: InstallOptions
) -> ToInstall:
    """Decide on an install; the cluster is only read.

    Args and errors are those of :func:`pypkg.release.install.install`.
    """
    return ToInstall(
        proposal=install.propose(env, chart, values, options),
        options=options,
        crds=() if options.skip_crds else tuple(chart.crds()),
    )


def to_upgrade(
    env: Environment,
    chart: Chart,
    values: dict[str, Any],
    options: UpgradeOptions,
    *,
    or_install: Callable[[bool], InstallOptions] | None = None,
) -> ToInstall | ToUpgrade:
    """Decide on an upgrade; the cluster is only read.

    Args:
        env: The surroundings.
        chart: The chart to upgrade to.
        values: What the user sets.
        options: How.
        or_install: How to install it where there is no such release: is told whether
            an uninstalled one is to be replaced. None makes that an error.
    """
    if or_install is not None:
        found = history.revisions(env.storage, options.name)
        gone = bool(found) and found[-1].status == Status.UNINSTALLED
        if gone or not found:
            return to_install(env, chart, values, or_install(gone))
    return ToUpgrade(
        proposal=upgrade.propose(env, chart, values, options), options=options
    )


def to_rollback(env: Environment, options: RollbackOptions) -> ToRollback:
    """Decide on a rollback; the cluster is only read.

    Args and errors are those of :func:`pypkg.release.rollback.rollback`.
    """
    return ToRollback(proposal=rollback.propose(env, options), options=options)
