"""Macros that a chart's templates may call without importing them.

Every macro at the top level of a chart's ``_*.j2`` files is known by its name in all
templates of that chart, as a named template is in a Go chart. Other charts' macros
are imported: ``{% import "cache/_names.j2" as cache %}``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jinja2.utils import pass_context

from pypkg.errors import SourceLocation, TemplateSyntaxError
from pypkg.render.jinja.faults import MisuseError
from pypkg.render.jinja.positions import unpack

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from jinja2.lexer import Lexer
    from jinja2.runtime import Context, Macro

    from pypkg.render.engine import TemplateSource

# Where a template's variables keep the modules of the partials it has used. The
# name cannot be written in a template.
MODULES = "macro modules"


class ChartMacro:
    """A macro that is found when it is called.

    Its partial is run in the context of the template that calls, so it sees that
    template's ``Values``, ``Template`` and so on.
    """

    __slots__ = ("_name", "_partial")

    def __init__(self, name: str, partial: str) -> None:
        self._name = name
        self._partial = partial

    @pass_context
    def __call__(self, context: Context, *args: Any, **named: Any) -> str:
        """Call the macro."""
        return self._macro(context)(*args, **named)

    def _macro(self, context: Context) -> Macro:
        modules = context.parent[MODULES]
        if self._partial not in modules:
            template = context.environment.get_template(self._partial)
            modules[self._partial] = template.make_module(context.parent, shared=True)
        macro: Macro | None = getattr(modules[self._partial], self._name, None)
        if macro is None:
            raise MisuseError(
                f"the macro {self._name} is not at the top level of {self._partial}"
            )
        return macro


def macros_of(
    partials: Iterable[TemplateSource], lexer: Lexer
) -> Mapping[str, ChartMacro]:
    """Find the macros of a chart.

    Args:
        partials: The chart's ``_*.j2`` templates.
        lexer: Reads them, by positions.

    Raises:
        TemplateSyntaxError: Two partials define the same macro.
    """
    found: dict[str, ChartMacro] = {}
    where: dict[str, str] = {}
    for partial in partials:
        for name, position in _definitions(partial, lexer):
            if where.setdefault(name, partial.name) != partial.name:
                line, column = unpack(position)
                raise TemplateSyntaxError(
                    f"the macro {name} is defined in {where[name]} already",
                    location=SourceLocation(partial.name, line, column),
                    source=partial.text,
                    hint="macros of one chart share their names: rename one of them",
                )
            found[name] = ChartMacro(name, partial.name)
    return found


def _definitions(partial: TemplateSource, lexer: Lexer) -> Iterable[tuple[str, int]]:
    """Give the name and position of each ``{% macro NAME``."""
    before = last = ("", "")
    for position, kind, token in lexer.tokeniter(partial.text, partial.name):
        if kind == "whitespace":
            continue
        if before[0] == "block_begin" and last[1] == "macro" and kind == "name":
            yield token, position
        before, last = last, (kind, token)
