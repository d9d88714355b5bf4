"""From a command line to an operation that is only shown, or saved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pypkg.cli import inputs

if TYPE_CHECKING:
    from pypkg.cli.commands.install import InstallFlags
    from pypkg.cli.commands.upgrade import UpgradeFlags
    from pypkg.cli.grammar import Arguments
    from pypkg.cli.settings import Settings
    from pypkg.release.environment import Environment
    from pypkg.release.intent import ToInstall, ToUpgrade


def install_meant(
    env: Environment, arguments: Arguments, settings: Settings, flags: InstallFlags
) -> ToInstall:
    """Decide on the install that a command line asks for."""
    from pypkg.release.intent import to_install  # noqa: PLC0415 - start-up time

    name, reference = flags.read(arguments)
    chart = inputs.load_installable(
        reference, settings, flags, update_dependencies=flags.dependency_update
    )
    values = flags.sources().load(inputs.reader(settings))
    return to_install(env, chart, values, flags.install_options(name))


def upgrade_meant(
    env: Environment, arguments: Arguments, settings: Settings, flags: UpgradeFlags
) -> ToInstall | ToUpgrade:
    """Decide on the upgrade that a command line asks for, or the install."""
    from pypkg.release.intent import to_upgrade  # noqa: PLC0415 - start-up time

    name, reference = arguments
    chart = inputs.load_installable(
        reference, settings, flags, update_dependencies=flags.dependency_update
    )
    return to_upgrade(
        env,
        chart,
        flags.sources().load(inputs.reader(settings)),
        flags.upgrade_options(name),
        or_install=(lambda gone: flags.install_options(name, replace=gone))
        if flags.install
        else None,
    )
