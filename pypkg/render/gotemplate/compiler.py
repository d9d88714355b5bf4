"""A template file to code: the stages of the compiler, one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pypkg.errors import SourceLocation, TemplateSyntaxError
from pypkg.render.gotemplate.codegen import Memo, Shapes, compile_unit
from pypkg.render.gotemplate.parser import ParsedFile, Parser
from pypkg.render.gotemplate.statements import ParseError

if TYPE_CHECKING:
    from collections.abc import Container
    from types import CodeType

    from pypkg.render.engine import TemplateSource


class Compiler:
    """Compiles the files of a chart tree, as far as they are needed.

    What files have in common is read and written once.

    Args:
        functions: The names of the functions that templates may call.
    """

    def __init__(self, functions: Container[str]) -> None:
        self._parser = Parser(functions)
        self._files: dict[str, ParsedFile] = {}
        self._memo: Memo = {}
        self._shapes: Shapes = {}

    def parse(self, source: TemplateSource) -> ParsedFile:
        """Parse a file.

        Raises:
            TemplateSyntaxError: It is no template.
        """
        known = self._files.get(source.text)
        if known is None:
            known = self._files[source.text] = self._parsed(source)
        return known

    def compile(self, source: TemplateSource, unit: int) -> CodeType:
        """Compile a template of a file, or a part of one; see `codegen`."""
        return compile_unit(self.parse(source), unit, self._memo, self._shapes)

    def _parsed(self, source: TemplateSource) -> ParsedFile:
        try:
            return self._parser.parse(source.text)
        except ParseError as fault:
            line, column = place(source.text, fault.position)
            raise TemplateSyntaxError(
                _problem(source, fault, line),
                location=SourceLocation(source.name, line, column),
                source=source.text,
            ) from None


def _problem(source: TemplateSource, fault: ParseError, line: int) -> str:
    """Say what is wrong, and where the action began if that is lines before."""
    if fault.action is None:
        return fault.problem
    started, _ = place(source.text, fault.action)
    if started == line:
        return fault.problem
    is_action = fault.problem.endswith(" action")
    words = "started" if is_action else "in action started"
    return f"{fault.problem} {words} at {source.name}:{started}"


def place(text: str, position: int) -> tuple[int, int]:
    """Give the 1-based line and column of a position in a text."""
    line = text.count("\n", 0, position) + 1
    return line, position - text.rfind("\n", 0, position)
