"""``pypkg upgrade``."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pypkg.cli import connection, inputs
from pypkg.cli.display import release_text
from pypkg.cli.flags import Flags, flag
from pypkg.cli.grammar import Arguments, CommandFailedError, command
from pypkg.cli.options import ValueFlags
from pypkg.cli.output import echo
from pypkg.cli.proposals import complete_release_then_chart
from pypkg.cli.release_options import ChangeFlags, HistoryMaxFlags, UpgradeApplyFlags
from pypkg.cli.repository_options import ChartFlags, DependencyUpdateFlags
from pypkg.cli.settings import Settings
from pypkg.errors import PypkgError

if TYPE_CHECKING:
    from pypkg.release.options import InstallOptions, ReuseValues, UpgradeOptions


class ReuseFlags(Flags):
    """Which values an upgrade starts from."""

    title: ClassVar = "Values of the last revision (kept if no others are given)"

    reset_values: bool = flag(
        "--reset-values", help="forget them: start from the chart's", default=False
    )
    reuse_values: bool = flag(
        "--reuse-values",
        help="keep them all, the old chart's defaults included",
        default=False,
    )
    reset_then_reuse_values: bool = flag(
        "--reset-then-reuse-values",
        help="keep those the user gave, over the new chart's defaults",
        default=False,
    )

    def reuse(self) -> ReuseValues:
        """Say which; the first of several counts, as in Helm."""
        from pypkg.release.options import ReuseValues  # noqa: PLC0415 - start-up time

        if self.reset_values:
            return ReuseValues.RESET
        if self.reuse_values:
            return ReuseValues.REUSE
        if self.reset_then_reuse_values:
            return ReuseValues.RESET_THEN_REUSE
        return ReuseValues.DEFAULT


class UpgradeFlags(
    ValueFlags,
    ReuseFlags,
    HistoryMaxFlags,
    UpgradeApplyFlags,
    ChangeFlags,
    ChartFlags,
    DependencyUpdateFlags,
):
    """The flags of upgrade."""

    title: ClassVar = "Flags"

    install: bool = flag(
        "-i",
        "--install",
        help="install the chart if there is no such release",
        default=False,
    )

    recover: bool = flag(
        "--recover",
        help="give up a pending revision, whoever began it",
        default=False,
    )

    def upgrade_options(self, name: str) -> UpgradeOptions:
        """Give them in the form that the operation takes."""
        from pypkg.release.options import UpgradeOptions  # noqa: PLC0415 - start-up time

        return UpgradeOptions(
            name=name,
            reuse=self.reuse(),
            history_max=self.history_max,
            cleanup_on_fail=self.cleanup_on_fail,
            recover=self.recover,
            **self.shared_options(),
        )

    def install_options(self, name: str, *, replace: bool) -> InstallOptions:
        """Give them in the form that an install takes, for ``--install``."""
        from pypkg.release.options import InstallOptions  # noqa: PLC0415 - start-up time

        return InstallOptions(
            name=name,
            create_namespace=self.create_namespace,
            replace=replace,
            skip_crds=self.skip_crds,
            **self.shared_options(),
        )


@command(
    usage="RELEASE CHART",
    name="upgrade",
    failure="UPGRADE FAILED",
    examples=(
        "pypkg upgrade web ./web --set image.tag=1.29\n"
        "pypkg upgrade web ./web --install --rollback-on-failure -f prod.yaml"
    ),
    complete=complete_release_then_chart,
)
def main(arguments: Arguments, settings: Settings, flags: UpgradeFlags) -> None:
    """Upgrade a release to another chart, or to other values.

    CHART is a chart's folder or .tgz archive, REPOSITORY/CHART, a URL, or
    oci://REGISTRY/CHART.
    """
    from pypkg.release.history import revisions  # noqa: PLC0415 - start-up time
    from pypkg.release.install import install  # noqa: PLC0415 - start-up time
    from pypkg.release.lock.exclusion import alone  # noqa: PLC0415 - start-up time
    from pypkg.release.options import DryRun  # noqa: PLC0415 - start-up time
    from pypkg.release.records.record import Status  # noqa: PLC0415 - start-up time
    from pypkg.release.upgrade import upgrade  # noqa: PLC0415 - start-up time

    def tell(text: str) -> None:
        if flags.output == "table":
            echo(text)

    name, reference = arguments
    options = flags.upgrade_options(name)
    chart = inputs.load_installable(
        reference, settings, flags, update_dependencies=flags.dependency_update
    )
    values = flags.sources().load(inputs.reader(settings))
    with (
        connection.environment(settings, telling=flags.telling()) as env,
        # Whether there is a release is asked and acted on under one lease.
        alone(
            env,
            name,
            "upgrade",
            timeout=options.wait.lock_timeout,
            recover=options.recover,
            dry_run=options.dry_run is not DryRun.NONE,
        ) as held,
    ):
        found = revisions(held.storage, name) if flags.install else []
        gone = bool(found) and found[-1].status == Status.UNINSTALLED
        if flags.install and (gone or not found):
            tell(f'Release "{name}" does not exist. Installing it now.')
            install_options = flags.install_options(name, replace=gone)
            try:
                release = install(held, chart, values, install_options)
            except PypkgError as error:
                raise CommandFailedError("INSTALLATION FAILED", error) from error
        else:
            release = upgrade(held, chart, values, options)
            tell(f'Release "{name}" has been upgraded. Happy Helming!')
    release_text.show(
        release, form=flags.output, notes=not flags.hide_notes, debug=settings.debug
    )
