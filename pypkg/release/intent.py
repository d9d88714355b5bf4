"""An operation that is decided on: to be shown, saved, or carried out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from pypkg.release import history, install, rollback, upgrade
from pypkg.release.applying.appliers import is_server_side
from pypkg.release.applying.crds import install_crds
from pypkg.release.operation import Operation
from pypkg.release.options import ApplyOptions
from pypkg.release.proposal import Succession
from pypkg.release.records.record import Status
from pypkg.release.uninstall import uninstall

if TYPE_CHECKING:
    from collections.abc import Callable

    from pypkg.chart.chart import Chart, File
    from pypkg.release.environment import Environment
    from pypkg.release.lock.exclusion import Verb
    from pypkg.release.options import (
        InstallOptions,
        RollbackOptions,
        UninstallOptions,
        UpgradeOptions,
    )
    from pypkg.release.proposal import Proposal
    from pypkg.release.records.record import Release


class _Applying:
    __slots__ = ()
    options: InstallOptions | UpgradeOptions | RollbackOptions

    @property
    def apply(self) -> ApplyOptions:
        """How objects are sent to the cluster."""
        return self.options.apply


@dataclass(frozen=True, slots=True, kw_only=True)
class ToInstall(_Applying):
    """An install.

    Attributes:
        proposal: What it rolls out.
        options: How.
        crds: The files of crds/ that it creates first.
    """

    verb: ClassVar[Verb] = "install"
    proposal: Proposal
    options: InstallOptions
    crds: tuple[File, ...] = ()

    def carry_out(self, env: Environment) -> Release:
        """Do it, under the release's lease."""
        if self.crds:
            operation = Operation(env, self.proposal.release)
            server_side = is_server_side(self.options.apply, last=None)
            install_crds(operation, self.crds, server_side=server_side)
        return install.carry_out(env, self.proposal, self.options)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Following:
    """What is done to a release that is there.

    Attributes:
        proposal: The revision that it leads to.
    """

    crds: ClassVar[tuple[File, ...]] = ()
    proposal: Succession


@dataclass(frozen=True, slots=True, kw_only=True)
class ToUpgrade(_Following, _Applying):
    """An upgrade.

    Attributes:
        options: How.
    """

    verb: ClassVar[Verb] = "upgrade"
    options: UpgradeOptions

    def carry_out(self, env: Environment) -> Release:
        """Do it, under the release's lease."""
        return upgrade.carry_out(env, self.proposal, self.options)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToRollback(_Following, _Applying):
    """A rollback.

    Attributes:
        options: How.
    """

    verb: ClassVar[Verb] = "rollback"
    options: RollbackOptions

    def carry_out(self, env: Environment) -> Release:
        """Do it, under the release's lease."""
        return rollback.carry_out(env, self.proposal, self.options)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToUninstall(_Following):
    """An uninstall; it leads to the last revision with no objects any more.

    Attributes:
        options: How.
    """

    verb: ClassVar[Verb] = "uninstall"
    options: UninstallOptions

    @property
    def apply(self) -> ApplyOptions:
        """How objects are sent to the cluster: none are."""
        return ApplyOptions()

    def carry_out(self, env: Environment) -> Release:
        """Do it, under the release's lease."""
        done = uninstall(env, self.options)
        return done.release if done else self.proposal.release


Intent = ToInstall | ToUpgrade | ToRollback | ToUninstall


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
        last = history.newest(env.storage, options.name)
        gone = last is not None and last.status == Status.UNINSTALLED
        if gone or last is None:
            return to_install(env, chart, values, or_install(gone))
    return ToUpgrade(
        proposal=upgrade.propose(env, chart, values, options), options=options
    )


def to_rollback(env: Environment, options: RollbackOptions) -> ToRollback:
    """Decide on a rollback; the cluster is only read.

    Args and errors are those of :func:`pypkg.release.rollback.rollback`.
    """
    return ToRollback(proposal=rollback.propose(env, options), options=options)


def to_uninstall(env: Environment, options: UninstallOptions) -> ToUninstall:
    """Decide on an uninstall; the cluster is only read.

    Raises:
        ReleaseNotFoundError: There is no such release.
    """
    last = history.last(env.storage, options.name)
    return ToUninstall(
        proposal=Succession(release=last, manifests=[], last=last, current=last),
        options=options,
    )
