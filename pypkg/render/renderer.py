"""From a chart and values to manifests: what ``pypkg template`` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pypkg.chart import dependencies, schema
from pypkg.chart.coalesce import coalesce
from pypkg.chart.warning import ignore
from pypkg.errors import ChartError
from pypkg.objects.kinds import install_sorted
from pypkg.objects.manifest import join_documents
from pypkg.render.capabilities import Capabilities
from pypkg.render.context import build
from pypkg.render.documents import read_manifests
from pypkg.render.engine import JINJA_SUFFIX, Limits
from pypkg.render.engines import Engines
from pypkg.render.functions.host import Host, Lookup
from pypkg.render.hooks import separate
from pypkg.render.readings import Readings
from pypkg.render.release import ReleaseInfo
from pypkg.structs import Struct
from pypkg.versions import satisfies

if TYPE_CHECKING:
    from collections.abc import Callable

    from pypkg.chart.chart import Chart, File
    from pypkg.objects.manifest import Manifest
    from pypkg.render.cache import CodeCache
    from pypkg.render.hooks import Hook

_NOTES = "NOTES.txt"


class Settings(Struct):
    """How charts are rendered.

    Attributes:
        host: What template functions need from outside: clock, chance, cluster.
        limits: What rendering may cost.
        cache: Keeps compiled templates between runs; None to compile each time.
        post_renderer: Gets a stream of all manifests and gives another.
        subchart_notes: Add the notes of subcharts (``--render-subchart-notes``).
        validate_schema: Check the values against values.schema.json.
        warn: Hears what a chart's author should know, and Helm lets pass.
    """

    host: Host = Host()
    limits: Limits = Limits()
    cache: CodeCache | None = None
    post_renderer: Callable[[str], str] | None = None
    subchart_notes: bool = False
    validate_schema: bool = True
    warn: Callable[[str], None] = ignore


class Rendered(Struct):
    """What a chart renders to.

    Attributes:
        chart: The chart without the dependencies that are switched off; what a
            release records.
        values: The computed values.
        manifests: What to install, in the order in which Helm creates it.
        hooks: What to run at its moments, in the same order of kinds.
        notes: NOTES.txt, or "".
        crds: What lies in ``crds/``: not rendered, and not part of the manifests.
    """

    chart: Chart
    values: dict[str, Any]
    manifests: list[Manifest]
    hooks: list[Hook]
    notes: str
    crds: list[File]

    @property
    def manifest(self) -> str:
        """The manifests as one text, as a release stores it."""
        return join_documents(self.manifests)


def render(
    chart: Chart,
    values: dict[str, Any] | None = None,
    release: ReleaseInfo | None = None,
    *,
    capabilities: Capabilities | None = None,
    lookup: Lookup | None = None,
    settings: Settings | None = None,
) -> Rendered:
    """Render a chart.

    Args:
        chart: As loaded; it is not changed.
        values: What the user sets, without the chart's defaults.
        release: What templates may know of the release; one that is called
            ``release-name`` by default.
        capabilities: What the cluster can do; by default what Helm assumes
            without one.
        lookup: Reads objects of the cluster for the ``lookup`` function, instead of
            the settings' host.
        settings: The rest.

    Raises:
        ChartError: The chart is for other versions of Kubernetes.
        ValuesError: The values do not fit the chart, or its schema.
        RenderError: A template does not parse, fails, or gives no manifest.
    """
    values = values or {}
    release = release or ReleaseInfo("release-name")
    capabilities = capabilities or Capabilities()
    settings = settings or Settings()
    host = settings.host.replace(lookup=lookup) if lookup else settings.host
    chart = dependencies.process(chart, values, warn=settings.warn)
    computed = coalesce(chart, values, warn=settings.warn)
    if settings.validate_schema:
        schema.validate(chart, computed, warn=settings.warn)
    _check_kube_version(chart, capabilities)
    engines = Engines(
        chart,
        computed,
        lambda tree: build(chart, tree, release, capabilities),
        host=host,
        limits=settings.limits,
        cache=settings.cache,
    )
    outputs, notes = _outputs(engines, chart, with_subcharts=settings.subchart_notes)
    manifests = _manifests(engines, outputs, settings, f"{chart.name} {release.name}")
    plain, hooks = separate(manifests)
    return Rendered(
        chart=chart,
        values=computed,
        manifests=install_sorted(plain, lambda manifest: manifest.kind),
        hooks=install_sorted(hooks, lambda hook: hook.kind),
        notes=notes,
        crds=chart.crds(),
    )


def render_text(name: str, text: str, objects: Any = None) -> str:
    """Render a Go template that stands alone, such as ``--name-template``.

    Args:
        name: Names it in errors.
        text: The template.
        objects: What it sees: a map, or a :class:`GoObject`.

    Raises:
        RenderError: It does not parse, or fails.
    """
    from pypkg.render.engine import TemplateSource  # noqa: PLC0415 - start-up time
    from pypkg.render.functions.catalog import catalog  # noqa: PLC0415 - start-up time
    from pypkg.render.gotemplate.engine import GoTemplateEngine  # noqa: PLC0415 - start-up time

    source = TemplateSource(name, text, "")
    # Not render(), which takes out what Go prints for a value that is not there.
    return GoTemplateEngine([source], catalog(Host())).include(name, objects)


def _check_kube_version(chart: Chart, capabilities: Capabilities) -> None:
    wanted = chart.metadata.kube_version
    if not wanted:
        return
    actual = str(capabilities.kube_version)
    if not satisfies(wanted, actual):
        raise ChartError(
            f"chart requires kubeVersion: {wanted} which is incompatible with"
            f" Kubernetes {actual}",
            hint="render for another version with --kube-version, if this is not for"
            " a cluster",
        )


def _outputs(
    engines: Engines, chart: Chart, *, with_subcharts: bool
) -> tuple[dict[str, str], str]:
    """Render everything, and set the notes apart."""
    outputs: dict[str, str] = {}
    notes: list[str] = []
    own = f"{chart.name}/templates/{_NOTES}"
    for source, output in engines.outputs():
        name = source.name.removesuffix(JINJA_SUFFIX)
        if not name.endswith(_NOTES):
            outputs[source.name] = output
        elif with_subcharts or name == own:
            notes.append(output)
    # As Helm: a line end before all notes but the first that says anything.
    first = next((n for n, note in enumerate(notes) if note), len(notes))
    return outputs, "\n".join(notes[first:])


def _manifests(
    engines: Engines, outputs: dict[str, str], settings: Settings, subject: str
) -> list[Manifest]:
    templates = {source.name: source.text for source in engines.sources}
    if settings.cache is None:
        manifests = list(read_manifests(outputs, templates))
    else:
        readings = Readings(settings.cache, "manifests", subject)
        manifests = list(read_manifests(outputs, templates, readings))
        readings.keep()
    if settings.post_renderer is None:
        return manifests
    from pypkg.render.postrender import post_rendered  # noqa: PLC0415 - start-up time

    return post_rendered(manifests, settings.post_renderer)
