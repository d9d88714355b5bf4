"""``pypkg template``."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pypkg.cli import connection, inputs, rendering
from pypkg.cli.flag_types import Commas, OneOf
from pypkg.cli.flags import Flags, flag
from pypkg.cli.grammar import Arguments, command
from pypkg.cli.naming import NameFlags
from pypkg.cli.options import RenderFlags, ValueFlags
from pypkg.cli.output import echo, warn, write
from pypkg.cli.proposals import complete_charts
from pypkg.cli.release_options import (
    DeployFlags,
    HookFlags,
    InstallApplyFlags,
    WaitForJobsFlags,
)
from pypkg.cli.repository_options import ChartFlags, DependencyUpdateFlags
from pypkg.cli.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from pypkg.render.capabilities import Capabilities
    from pypkg.render.functions.host import Lookup
    from pypkg.render.renderer import Rendered
    from pypkg.render.renderer import Settings as RenderSettings

DEFAULT_NAME = "release-name"


class TemplateFlags(
    NameFlags, HookFlags, ValueFlags, RenderFlags, ChartFlags, DependencyUpdateFlags
):
    """The flags of template."""

    title: ClassVar = "Flags"

    show_only: tuple[str, ...] = flag(
        "-s",
        "--show-only",
        help="only what this template renders to, such as templates/service.yaml (can"
        " be repeated)",
        metavar="PATH",
        many=True,
    )
    kube_version: str = flag(
        "--kube-version",
        help="the version of Kubernetes that charts see (default v1.37.0)",
        metavar="VERSION",
    )
    api_versions: tuple[str, ...] = flag(
        "-a",
        "--api-versions",
        help="further API versions that charts see (can be repeated)",
        metavar="GROUP/VERSION,...",
        kind=Commas(),
        many=True,
    )
    is_upgrade: bool = flag(
        "--is-upgrade",
        help="render as for an upgrade instead of an install",
        default=False,
    )
    include_crds: bool = flag(
        "--include-crds", help="begin with what crds/ holds", default=False
    )
    skip_tests: bool = flag("--skip-tests", help="leave tests out", default=False)
    output_dir: str = flag(
        "--output-dir",
        help="write a file for each template below this folder",
        metavar="FOLDER",
    )
    release_name: bool = flag(
        "--release-name",
        help="and there below a folder of the release's name",
        default=False,
    )
    dry_run: str = flag(
        "--dry-run",
        help="server asks the cluster for its version, its APIs, and lookups",
        metavar="client|server",
        bare="client",
        default="client",
        kind=OneOf("client", "server", "true"),
    )
    validate: bool = flag(
        "--validate",
        help="deprecated: use --dry-run=server",
        default=False,
    )

    @property
    def asks_cluster(self) -> bool:
        """Whether a cluster says what charts see."""
        if self.validate:
            echo(
                "Flag --validate has been deprecated, use '--dry-run=server' instead",
                err=True,
            )
        return self.validate or self.dry_run == "server"


class ReplaceFlags(Flags):
    """A flag of install."""

    replace: bool = flag(
        "--replace", help="use the name of an uninstalled release again", default=False
    )


@command(
    usage="[NAME] CHART",
    name="template",
    accepts=[InstallApplyFlags, WaitForJobsFlags, DeployFlags, ReplaceFlags],
    examples=(
        "pypkg template web ./web -f prod.yaml\n"
        "pypkg template ./web --set replicaCount=3 -s templates/deployment.yaml\n"
        "pypkg template web ./web --output-dir rendered"
    ),
    complete=complete_charts,
)
def main(arguments: Arguments, settings: Settings, flags: TemplateFlags) -> None:
    """Print what a chart renders to, without a cluster.

    CHART is a chart's folder or .tgz archive, REPOSITORY/CHART, a URL, or
    oci://REGISTRY/CHART. Flags of install
    that change nothing here are accepted.
    """
    from pypkg.release.records.names import check_name  # noqa: PLC0415 - start-up time
    from pypkg.render.release import ReleaseInfo  # noqa: PLC0415 - start-up time
    from pypkg.render.renderer import render  # noqa: PLC0415 - start-up time
    from pypkg.render.stream import (  # noqa: PLC0415 - start-up time
        show_only,
        template_text,
    )

    name, reference = flags.read(arguments, default=DEFAULT_NAME)
    check_name(name)
    chart = inputs.load_installable(
        reference, settings, flags, update_dependencies=flags.dependency_update
    )
    values = flags.sources().load(inputs.reader(settings))
    capabilities, lookup = _surroundings(settings, flags)
    rendered = render(
        chart,
        values,
        ReleaseInfo(name, connection.namespace(settings), is_upgrade=flags.is_upgrade),
        capabilities=capabilities,
        lookup=lookup,
        settings=_render_settings(flags),
    )
    if flags.output_dir:
        from pathlib import Path  # noqa: PLC0415 - start-up time

        folder = Path(flags.output_dir, name if flags.release_name else "")
        _write_files(_documents(rendered, flags), folder)
        echo()  # as Helm, which prints what is left of the manifest: nothing
        return
    text = template_text(
        rendered,
        include_crds=flags.include_crds,
        include_hooks=not flags.no_hooks,
        skip_tests=flags.skip_tests,
    )
    write(show_only(text, flags.show_only) if flags.show_only else text)


def _render_settings(flags: TemplateFlags) -> RenderSettings:
    from pypkg.render.functions.host import Host  # noqa: PLC0415 - start-up time
    from pypkg.render.renderer import (  # noqa: PLC0415 - start-up time
        Settings as RenderSettings,
    )

    return RenderSettings(
        host=Host(enable_dns=flags.enable_dns),
        cache=rendering.code_cache(),
        post_renderer=flags.post_rendering(),
        subchart_notes=flags.render_subchart_notes,
        validate_schema=not flags.skip_schema_validation,
        warn=warn,
    )


def _surroundings(
    settings: Settings, flags: TemplateFlags
) -> tuple[Capabilities, Lookup | None]:
    """Say what charts learn about the cluster: by flags, or by asking one."""
    if flags.asks_cluster:
        from pypkg.release import lookup  # noqa: PLC0415 - start-up time

        cluster = connection.connect(settings)
        return lookup.capabilities_of(cluster), lookup.lookup_in(cluster)
    from pypkg.render.capabilities import Capabilities  # noqa: PLC0415 - start-up time

    capabilities = Capabilities().with_api_versions(flags.api_versions)
    if flags.kube_version:
        capabilities = capabilities.with_kube_version(flags.kube_version)
    return capabilities, None


def _documents(rendered: Rendered, flags: TemplateFlags) -> Iterator[tuple[str, str]]:
    """Give every document, with the name of the file that it came from."""
    if flags.include_crds:
        for crd in rendered.crds:
            yield crd.name, f"---\n# Source: {crd.name}\n{crd.data.decode()}\n"
    for manifest in rendered.manifests:
        yield manifest.path, manifest.text
    if not flags.no_hooks:
        for hook in rendered.hooks:
            if not (flags.skip_tests and hook.is_test):
                yield hook.path, hook.text


def _write_files(documents: Iterable[tuple[str, str]], folder: Path) -> None:
    """Write a file for each template, with all the documents it gave."""
    written: set[Path] = set()
    for name, text in documents:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a" if path in written else "w", encoding="utf-8") as file:
            file.write(text)
        written.add(path)
        echo(f"wrote {path}")
