"""A chart tree of templates given in a test, with the real function catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import pytest

from pypkg.render.engine import Limits, TemplateSource
from pypkg.render.functions.catalog import checked_catalog
from pypkg.render.functions.host import Host
from pypkg.render.gotemplate.predefined import PREDEFINED
from pypkg.render.jinja.engine import JinjaEngine

if TYPE_CHECKING:
    from collections.abc import Callable

FUNCTIONS = {**PREDEFINED, **checked_catalog(Host())}
NAME = "web/templates/a.yaml.j2"


class Render(Protocol):
    """Renders a template."""

    def __call__(
        self,
        text: str,
        values: dict[str, Any] | None = None,
        *,
        limits: Limits | None = None,
        include: Callable[[str, Any], str] | None = None,
        **others: str,
    ) -> str: ...


def render_text(
    text: str,
    values: dict[str, Any] | None = None,
    *,
    limits: Limits | None = None,
    include: Callable[[str, Any], str] | None = None,
    **others: str,
) -> str:
    """Render a template of the chart ``web``.

    Args:
        text: The template.
        values: Its Values.
        limits: What it may cost.
        include: Renders named Go templates.
        **others: More templates of the chart, by their names without ``.j2``.
    """
    sources = {NAME: text}
    sources |= {f"web/templates/{name}.j2": other for name, other in others.items()}
    engine = JinjaEngine(
        [TemplateSource(n, t, "web/templates") for n, t in sources.items()],
        FUNCTIONS,
        limits=limits,
        fallback_include=include,
    )
    context = {
        "Values": values or {},
        "Release": {"Name": "shop", "Service": "Helm"},
        "Chart": {"Name": "web", "Version": "1.0.0"},
        "Template": {"Name": NAME, "BasePath": "web/templates"},
    }
    return engine.render(NAME, context)


@pytest.fixture
def render() -> Render:
    """Render a template of the chart ``web``."""
    return render_text
