"""A template file to code: the stages of the compiler, one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pypkg.errors import SourceLocation, TemplateSyntaxError
from pypkg.render.gotemplate.codegen import compile_template
from pypkg.render.gotemplate.parser import ParseError, parse

if TYPE_CHECKING:
    from collections.abc import Container
    from types import CodeType

    from pypkg.render.engine import TemplateSource


def compile_file(
    source: TemplateSource, functions: Container[str]
) -> tuple[tuple[str, bool, CodeType], ...]:
    """Compile a file.

    Args:
        source: The file; its name matters for errors only.
        functions: The names of the functions that it may call.

    Returns:
        For the file itself, then each template that it defines: name ("" for the
        file), whether it is empty, code.

    Raises:
        TemplateSyntaxError: It does not parse.
    """
    try:
        templates = parse(source.text, functions)
    except ParseError as fault:
        line, column = place(source.text, fault.position)
        problem = fault.problem
        if fault.action is not None:
            started, _ = place(source.text, fault.action)
            if started != line:
                words = (
                    " started" if problem.endswith(" action") else " in action started"
                )
                problem = f"{problem}{words} at {source.name}:{started}"
        raise TemplateSyntaxError(
            problem,
            location=SourceLocation(source.name, line, column),
            source=source.text,
        ) from None
    return tuple((t.name, t.is_empty, compile_template(t)) for t in templates)


def place(text: str, position: int) -> tuple[int, int]:
    """Give the 1-based line and column of a position in a text."""
    line = text.count("\n", 0, position) + 1
    return line, position - text.rfind("\n", 0, position)
