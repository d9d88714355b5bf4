"""The Jinja2 engine: templates whose names end in ``.j2``."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from jinja2 import Template
from jinja2.utils import pass_context

from pypkg.render.engine import Limits
from pypkg.render.jinja.environment import TPL_SUFFIX, ChartEnvironment
from pypkg.render.jinja.failures import Failures
from pypkg.render.jinja.faults import LimitError, MisuseError
from pypkg.render.jinja.indent import lay_out, own_lines
from pypkg.render.jinja.macros import MODULES
from pypkg.render.jinja.printing import kind_of, text_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from jinja2.runtime import Context

    from pypkg.render.cache import CodeCache
    from pypkg.render.engine import TemplateSource

CONTEXT = "Context"
"""The name by which templates have all top-level objects at once: Go's ``$``."""


class JinjaEngine:
    """Renders the Jinja2 templates of a chart tree.

    Args:
        sources: The tree's templates that are Jinja2, partials included.
        functions: The function catalogue.
        fallback_include: Renders a named template of the Go engine, for
            ``include("name")``; None where there are none.
        limits: What a template may cost.
        clock: Seconds that only grow.
        cache: Keeps compiled templates between runs, if anything does.
    """

    def __init__(
        self,
        sources: Iterable[TemplateSource],
        functions: Mapping[str, Callable[..., Any]],
        *,
        fallback_include: Callable[[str, Any], str] | None = None,
        limits: Limits | None = None,
        clock: Callable[[], float] = time.monotonic,
        cache: CodeCache | None = None,
    ) -> None:
        sources = list(sources)
        self._limits = limits or Limits()
        self._fallback_include = fallback_include
        self._texts = {source.name: source.text for source in sources}
        self._compiled: dict[tuple[str, str], Template] = {}
        self._depth = 0
        self._environment = ChartEnvironment(
            sources,
            functions,
            own_functions={"include": self._include, "tpl": self._tpl},
            limits=self._limits,
            clock=clock,
            cache=cache,
        )
        self._failures = Failures(self._environment, self._texts)

    def render(self, name: str, context: Mapping[str, Any]) -> str:
        """Render one template to text; see :class:`pypkg.render.engine.Engine`."""
        return self._run(self._template(name), context)

    def check(self, name: str) -> None:
        """Compile a template without running it.

        Raises:
            TemplateSyntaxError: It does not parse.
        """
        self._template(name)

    def include(self, name: str, data: Any) -> str:
        """Render a named template, which only Go templates define.

        Raises:
            MisuseError: There are no Go templates in the tree.
        """
        if self._fallback_include is None:
            raise MisuseError(
                f"there is no named template {name}",
                hint="call a macro by its name, such as labels(); include is for"
                " named templates of Go charts",
            )
        return self._fallback_include(name, data)

    def tpl(self, text: str, context: Any) -> str:
        """Render a text that is a Jinja2 template itself."""
        return self._render_text(text, context, "")

    def defines(self) -> Collection[str]:
        """Give no names: Jinja2 has macros instead."""
        return ()

    @pass_context
    def _include(self, context: Context, name: str, data: Any = None) -> str:
        given = context.parent[CONTEXT] if data is None else data
        return own_lines(self.include(text_of(name), given))

    @pass_context
    def _tpl(self, context: Context, text: Any, data: Any = None) -> str:
        given = context.parent[CONTEXT] if data is None else data
        return self._render_text(text_of(text), given, context.name or "")

    def _render_text(self, text: str, context: Any, name: str) -> str:
        if "{" not in text:
            return text
        if not isinstance(context, Mapping):
            raise MisuseError(
                f"tpl wants the top-level objects, not {kind_of(context)}",
                hint=f"leave the argument out, or give {CONTEXT}",
            )
        name = name.removesuffix(TPL_SUFFIX) + TPL_SUFFIX
        # Errors quote it.
        self._texts[name] = text
        template = self._compiled.get((name, text))
        if template is None:
            environment = self._environment
            try:
                code = environment.compile(text, name, name)
            except Exception as error:
                raise self._failures.located(error, name) from error
            template = Template.from_code(environment, code, environment.globals)
            template.name = name
            self._compiled[name, text] = template
        return self._run(template, context)

    def _template(self, name: str) -> Template:
        try:
            return self._environment.get_template(name)
        except Exception as error:
            raise self._failures.located(error, name) from error

    def _run(self, template: Template, context: Mapping[str, Any]) -> str:
        if not self._depth:
            self._environment.start()
        self._depth += 1
        try:
            return self._output(template, context)
        except Exception as error:
            located = self._failures.located(error, template.name or "")
            if located is error:
                raise
            raise located from error
        finally:
            self._depth -= 1

    def _output(self, template: Template, context: Mapping[str, Any]) -> str:
        if self._depth > self._limits.include_depth:
            raise LimitError(
                "tpl nests too deeply", self._limits.include_depth, "levels"
            )
        variables = template.new_context({**context, CONTEXT: context, MODULES: {}})
        pieces: list[str] = []
        length = 0
        for piece in template.root_render_func(variables):
            length += len(piece)
            if length > self._limits.output_bytes:
                raise LimitError("the output is too long", self._limits.output_bytes)
            pieces.append(piece)
        return lay_out(pieces, limit=self._limits.output_bytes)
