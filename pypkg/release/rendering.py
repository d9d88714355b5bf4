"""From chart and values to what a revision records: manifest, hooks, notes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pypkg.errors import UsageError
from pypkg.release.events import Warned
from pypkg.release.lookup import capabilities_of, lookup_in
from pypkg.release.operation import require_cluster
from pypkg.release.options import DryRun
from pypkg.release.storage import SYSTEM_LABELS
from pypkg.render.capabilities import Capabilities
from pypkg.render.renderer import Settings, render

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pypkg.chart.chart import Chart, File
    from pypkg.objects.manifest import Manifest
    from pypkg.release.environment import Environment
    from pypkg.release.options import RenderOptions
    from pypkg.release.records.record import Release
    from pypkg.render.hooks import Hook
    from pypkg.render.release import ReleaseInfo
    from pypkg.render.renderer import Rendered


@dataclass(frozen=True, slots=True)
class RenderedRelease:
    """What a chart renders to.

    Attributes:
        chart: The chart, without the dependencies that are switched off.
        manifests: The objects in the order in which they are created.
        manifest: The same as one text.
        hooks: The hooks, likewise.
        notes: NOTES.txt.
    """

    chart: Chart
    manifests: list[Manifest]
    manifest: str
    hooks: tuple[Hook, ...]
    notes: str

    def into(self, release: Release) -> Release:
        """Put this into a revision."""
        return replace(
            release.with_info(notes=self.notes),
            chart=self.chart,
            manifest=self.manifest,
            hooks=self.hooks,
        )


def check_options(
    options: RenderOptions, labels: Mapping[str, str], dry_run: DryRun
) -> None:
    """Check what an install and an upgrade are told.

    Raises:
        UsageError: Secrets are to be hidden without a dry run, or a label is one of
            Helm's own; the words are Helm's.
    """
    if options.hide_secret and dry_run is DryRun.NONE:
        raise UsageError("hiding Kubernetes secrets requires a dry-run mode")
    if not labels.keys().isdisjoint(SYSTEM_LABELS):
        raise UsageError(
            "user supplied labels contains system reserved label name. System labels:"
            f" [{' '.join(SYSTEM_LABELS)}]"
        )


def render_release(
    env: Environment,
    chart: Chart,
    values: dict[str, Any],
    info: ReleaseInfo,
    options: RenderOptions,
    *,
    offline: bool,
    look_up: bool,
) -> RenderedRelease:
    """Render a chart for a release.

    Args:
        env: The surroundings.
        chart: The chart.
        values: What the user sets.
        info: What templates may know of the release.
        options: How.
        offline: Assume a cluster instead of asking it what it can do.
        look_up: Let ``lookup`` read the cluster.

    Raises:
        RenderError: The chart does not render.
        ValuesError: The values do not fit it.
    """
    settings = (env.rendering or Settings()).replace(
        post_renderer=options.post_renderer,
        subchart_notes=options.subchart_notes,
        validate_schema=not options.skip_schema_validation,
        warn=lambda message: env.report(Warned(message)),
    )
    host = settings.host.replace(enable_dns=options.enable_dns)
    rendered = render(
        chart,
        values,
        info,
        capabilities=_capabilities(env, options, offline=offline),
        lookup=lookup_in(require_cluster(env)) if look_up else None,
        settings=settings.replace(host=host),
    )
    return RenderedRelease(
        chart=rendered.chart,
        manifests=rendered.manifests,
        manifest=_manifest_text(rendered, options),
        hooks=tuple(rendered.hooks),
        notes=rendered.notes,
    )


def _capabilities(
    env: Environment, options: RenderOptions, *, offline: bool
) -> Capabilities:
    if not offline:
        return capabilities_of(require_cluster(env))
    assumed = Capabilities().with_api_versions(options.api_versions)
    if options.kube_version:
        return assumed.with_kube_version(options.kube_version)
    return assumed


def _manifest_text(rendered: Rendered, options: RenderOptions) -> str:
    crds = rendered.crds if options.include_crds else ()
    return "".join(
        [
            *(f"---\n# Source: {file.name}\n{_text(file)}\n" for file in crds),
            *(_shown(manifest, options) for manifest in rendered.manifests),
        ]
    )


def _shown(manifest: Manifest, options: RenderOptions) -> str:
    is_secret = (manifest.api_version, manifest.kind) == ("v1", "Secret")
    if options.hide_secret and is_secret:
        return (
            f"---\n# Source: {manifest.path}\n"
            "# HIDDEN: The Secret output has been suppressed\n"
        )
    return manifest.text


def _text(file: File) -> str:
    return file.data.decode("utf-8", errors="replace")
