"""A template file to code: the stages of the compiler, one after the other."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pypkg.errors import SourceLocation, TemplateSyntaxError
from pypkg.render.gotemplate.codegen import generate
from pypkg.render.gotemplate.parser import ParsedFile, Parser
from pypkg.render.gotemplate.pipelines import ParseError

if TYPE_CHECKING:
    from collections.abc import Container, Mapping
    from types import CodeType

    from pypkg.render.engine import TemplateSource
    from pypkg.render.gotemplate.expressions import Memo


Shapes = dict[str, "tuple[CodeType, list[str]]"]
"""Compiled code by its source without the strings, and the strings that are in it."""

# As ascii() writes them.
_STRING = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\"""")
# Python knows that an empty string is false, and the name of an argument is none.
_KEPT = frozenset({"''", "'is_field'"})


def compile_shared(source: str, shapes: Shapes) -> CodeType:
    """Compile a generated module to the code of its function.

    The charts of one scaffold differ in little more than the names in their strings.
    What differs in strings only is compiled once.
    """
    strings: dict[str, str] = {}

    def number(found: re.Match[str]) -> str:
        string = found[0]
        if string in _KEPT:
            return string
        return strings.setdefault(string, f"'{len(strings)}'")

    shape = _STRING.sub(number, source)
    known = shapes.get(shape)
    if known is None:
        code = compile_source(source)
        shapes[shape] = code, list(strings)
        return code
    code, replaced = known
    values = map(_string_of, strings)
    new = dict(zip(map(_string_of, replaced), values, strict=True))
    return code.replace(co_consts=_with_strings(code.co_consts, new))


def compile_source(source: str) -> CodeType:
    """Compile a generated module to the code of its function."""
    module = compile(source, "<template>", "exec", dont_inherit=True)
    code: CodeType = next(c for c in module.co_consts if hasattr(c, "co_code"))
    return code


def _string_of(literal: str) -> str:
    text = literal[1:-1]
    return text.encode().decode("unicode_escape") if "\\" in text else text


def _with_strings(
    constants: tuple[Any, ...], new: Mapping[str, str]
) -> tuple[Any, ...]:
    return tuple(
        new.get(constant, constant)
        if constant.__class__ is str
        else _with_strings(constant, new)
        if constant.__class__ is tuple
        else constant
        for constant in constants
    )


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
        code = generate(self.parse(source), unit, self._memo)
        return compile_shared(code, self._shapes)

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
