"""The package manager for Kubernetes, as a library.

::

    chart = pypkg.load_chart("charts-example/web")
    rendered = pypkg.render(chart, {"replicas": 3}, pypkg.ReleaseInfo("shop"))
    for manifest in rendered.manifests:
        print(manifest.kind, manifest.name)

All names are loaded when they are first used: importing pypkg costs nothing.
"""

from pypkg._version import __version__

__all__ = [
    "Capabilities",
    "Chart",
    "Hook",
    "Manifest",
    "PypkgError",
    "ReleaseInfo",
    "Rendered",
    "__version__",
    "load_chart",
    "render",
]

TYPE_CHECKING = False  # importing typing for it would cost more than all the rest
if TYPE_CHECKING:
    from typing import Any

    from pypkg.chart.chart import Chart
    from pypkg.chart.loader import load_chart
    from pypkg.errors import PypkgError
    from pypkg.objects.manifest import Manifest
    from pypkg.render.capabilities import Capabilities
    from pypkg.render.hooks import Hook
    from pypkg.render.release import ReleaseInfo
    from pypkg.render.renderer import Rendered, render

_HOMES = {
    "Capabilities": "pypkg.render.capabilities",
    "Chart": "pypkg.chart.chart",
    "Hook": "pypkg.render.hooks",
    "Manifest": "pypkg.objects.manifest",
    "PypkgError": "pypkg.errors",
    "ReleaseInfo": "pypkg.render.release",
    "Rendered": "pypkg.render.renderer",
    "load_chart": "pypkg.chart.loader",
}


def __getattr__(name: str) -> "Any":
    from importlib import import_module  # noqa: PLC0415 - start-up time

    if name == "render":
        # The package of that name: it can be called. See there.
        return import_module("pypkg.render")
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
