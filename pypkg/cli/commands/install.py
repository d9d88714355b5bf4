"""``pypkg install``."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pypkg.cli import connection, inputs
from pypkg.cli.display import release_text
from pypkg.cli.flags import flag
from pypkg.cli.grammar import Arguments, command
from pypkg.cli.naming import NameFlags
from pypkg.cli.options import ValueFlags
from pypkg.cli.proposals import complete_charts
from pypkg.cli.release_options import ChangeFlags, InstallApplyFlags
from pypkg.cli.repository_options import ChartFlags, DependencyUpdateFlags
from pypkg.cli.settings import Settings
from pypkg.errors import NotFoundError

if TYPE_CHECKING:
    from pypkg.release.options import InstallOptions


class InstallFlags(
    NameFlags,
    ValueFlags,
    InstallApplyFlags,
    ChangeFlags,
    ChartFlags,
    DependencyUpdateFlags,
):
    """The flags of install."""

    title: ClassVar = "Flags"

    replace: bool = flag(
        "--replace",
        help="reuse the name of an uninstalled or failed release: not in production",
        default=False,
    )

    def install_options(self, name: str) -> InstallOptions:
        """Give them in the form that the operation takes."""
        from pypkg.release.options import InstallOptions  # noqa: PLC0415 - start-up time

        return InstallOptions(
            name=name,
            create_namespace=self.create_namespace,
            replace=self.replace,
            skip_crds=self.skip_crds,
            **self.shared_options(),
        )


@command(
    usage="[NAME] CHART",
    name="install",
    failure="INSTALLATION FAILED",
    examples=(
        "pypkg install web ./web --set replicaCount=3\n"
        "pypkg install web ./web -f prod.yaml --wait\n"
        "pypkg install web team/web --version ^1.2\n"
        "pypkg install web web-1.2.0.tgz -n shop --create-namespace"
    ),
    complete=complete_charts,
)
def main(arguments: Arguments, settings: Settings, flags: InstallFlags) -> None:
    """Install a chart as a release.

    CHART is a chart's folder or .tgz archive, REPOSITORY/CHART, a URL, or
    oci://REGISTRY/CHART.
    """
    from pypkg.release.install import install  # noqa: PLC0415 - start-up time
    from pypkg.release.options import DryRun  # noqa: PLC0415 - start-up time

    name, reference = flags.read(arguments)
    options = flags.install_options(name)
    chart = inputs.load_installable(
        reference, settings, flags, update_dependencies=flags.dependency_update
    )
    values = flags.sources().load(inputs.reader(settings))
    offline = options.dry_run is DryRun.CLIENT
    with connection.environment(
        settings, offline=offline, telling=flags.telling()
    ) as env:
        try:
            release = install(env, chart, values, options)
        except NotFoundError as error:
            if str(error) == f'namespaces "{env.namespace}" not found':
                error.hint = "create it first, or add --create-namespace"
            raise
    release_text.show(
        release, form=flags.output, notes=not flags.hide_notes, debug=settings.debug
    )
