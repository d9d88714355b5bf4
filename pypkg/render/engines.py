"""Both engines over a chart tree: each template goes to the engine of its language."""

from __future__ import annotations

import posixpath
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pypkg.render.context import as_float64, template_object
from pypkg.render.engine import TemplateSource

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from pypkg.chart.chart import Chart
    from pypkg.render.cache import CodeCache
    from pypkg.render.context import Context
    from pypkg.render.engine import Limits
    from pypkg.render.functions.host import Host
    from pypkg.render.gotemplate.engine import GoTemplateEngine
    from pypkg.render.jinja.engine import JinjaEngine

# Go's own functions that make sense without a pipe of Go's.
_FROM_GO = ("eq", "ge", "gt", "index", "le", "len", "lt", "ne", "print", "printf")


class Engines:
    """Renders the templates of a chart tree, in whichever language each is.

    An engine is made when the first template of its language needs it, so that a
    chart does not pay for the other. Both see the same objects, except for numbers:
    Go templates get those of YAML as float64, as in Helm, and Jinja2 templates as
    they are written.

    Args:
        chart: The root, its dependencies processed.
        values: Its computed values.
        build: Makes the top-level objects of each chart, by its path, from values.
        host: What the functions need from outside.
        limits: What rendering may cost.
        cache: Keeps compiled templates between runs, if anything does.
    """

    def __init__(
        self,
        chart: Chart,
        values: dict[str, Any],
        build: Callable[[dict[str, Any]], dict[str, Context]],
        *,
        host: Host,
        limits: Limits,
        cache: CodeCache | None = None,
    ) -> None:
        self.sources = in_order(sources_of(chart))
        self._values = values
        self._build = build
        self._host = host.replace(
            max_string=limits.output_bytes, max_items=limits.range_items
        )
        self._limits = limits
        self._cache = cache
        self._running: TemplateSource

    def outputs(self) -> Iterator[tuple[TemplateSource, str]]:
        """Render every template that is no partial, in Helm's order.

        Raises:
            TemplateSyntaxError: A template does not parse.
            TemplateExecutionError: A template failed while it ran.
        """
        for source in self.sources:
            if not source.is_partial:
                yield source, self.output(source)
        if "_go" in self.__dict__:
            self._go.save()

    def output(self, source: TemplateSource) -> str:
        """Render one of the tree's templates; see :meth:`outputs`."""
        self._running = source
        engine = self._jinja if source.is_jinja else self._go
        contexts = self._jinja_contexts if source.is_jinja else self._go_contexts
        return engine.render(source.name, _entered(contexts, source))

    def check(self, source: TemplateSource) -> None:
        """Compile a template that nothing may use, such as a partial, for lint.

        Raises:
            TemplateSyntaxError: It does not parse; or, for a Go template, one of the
                tree's does not, as all are parsed together.
        """
        if source.is_jinja:
            self._jinja.check(source.name)
        else:
            self._go.defines()

    @cached_property
    def _go_contexts(self) -> dict[str, Context]:
        from pypkg.render.gotemplate.values import typed  # noqa: PLC0415 - start-up time

        return typed(self._build(as_float64(self._values)))

    @cached_property
    def _jinja_contexts(self) -> dict[str, Context]:
        return self._build(self._values)

    @cached_property
    def _go(self) -> GoTemplateEngine:
        from pypkg.render.functions.catalog import catalog  # noqa: PLC0415 - start-up time
        from pypkg.render.gotemplate.engine import GoTemplateEngine  # noqa: PLC0415 - start-up time

        return GoTemplateEngine(
            [source for source in self.sources if not source.is_jinja],
            catalog(self._host),
            limits=self._limits,
            cache=self._cache,
        )

    @cached_property
    def _jinja(self) -> JinjaEngine:
        from pypkg.render.functions.catalog import checked_catalog  # noqa: PLC0415 - start-up time
        from pypkg.render.gotemplate.predefined import PREDEFINED  # noqa: PLC0415 - start-up time
        from pypkg.render.jinja.engine import JinjaEngine  # noqa: PLC0415 - start-up time

        has_go = any(not source.is_jinja for source in self.sources)
        return JinjaEngine(
            [source for source in self.sources if source.is_jinja],
            {name: PREDEFINED[name] for name in _FROM_GO} | checked_catalog(self._host),
            fallback_include=self._include_go if has_go else None,
            limits=self._limits,
            cache=self._cache,
        )

    def _include_go(self, name: str, data: Any) -> str:
        """Render a named Go template for the Jinja2 template that runs."""
        _entered(self._go_contexts, self._running)
        same = {
            id(context): self._go_contexts[path]
            for path, context in self._jinja_contexts.items()
        }
        return self._go.include(name, as_float64(data, same=same))


def sources_of(chart: Chart) -> Iterator[TemplateSource]:
    """Give the templates of a chart tree; of a library chart, its partials."""
    for path, member in chart.walk():
        for file in member.templates:
            source = TemplateSource(
                f"{path}/{file.name}",
                file.data.decode("utf-8", "surrogateescape"),
                f"{path}/templates",
            )
            if source.is_partial or not member.is_library:
                yield source


def in_order(sources: Iterable[TemplateSource]) -> list[TemplateSource]:
    """Sort templates as Helm parses and runs them: the deepest paths first."""
    return sorted(
        sources, key=lambda source: (source.name.count("/"), source.name), reverse=True
    )


def _entered(contexts: dict[str, Context], source: TemplateSource) -> Context:
    """Give a template's objects, and let ``.Template`` name it."""
    context = contexts[posixpath.dirname(source.base_path)]
    # As a map of the context's own type, which Go prints the name of.
    template = template_object(source.name, source.base_path)
    context["Template"] = type(context)(template)
    return context
