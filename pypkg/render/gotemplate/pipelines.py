"""The pipeline of an action: terms, commands, declarations.

Accepts and refuses what Go's ``text/template/parse`` does, with its messages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pypkg.render.functions.gostrings import go_quote
from pypkg.render.gotemplate import lexer
from pypkg.render.gotemplate.literals import (
    LiteralError,
    character,
    floating,
    integer,
    unquote,
)
from pypkg.render.gotemplate.nodes import (
    Bool,
    Chain,
    Command,
    Dot,
    Field,
    Identifier,
    Nil,
    Number,
    Operand,
    Pipe,
    String,
    Variable,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Container

    from pypkg.render.gotemplate.lexer import Tokens

_INT64 = range(-(2**63), 2**63)
_UINT64 = range(2**64)
# Python's own compiler gives up on deeper nesting; no chart comes near.
_DEEPEST_PARENTHESES = 60


class ParseError(Exception):
    """A template that does not parse.

    Attributes:
        problem: What is wrong, in Go's words.
        position: 0-based offset in the text.
        action: Where the action began, if that is on a line before.
    """

    def __init__(
        self, problem: str, position: int, *, action: int | None = None
    ) -> None:
        super().__init__(problem)
        self.problem = problem
        self.position = position
        self.action = action


class PipelineReader:
    """A recursive descent over the tokens of one action.

    Args:
        tokens: The action's.
        start: Where the action begins.
        functions: The names of the functions that it may call.
        visible: The variables that it may use.

    Attributes:
        uses: The variables that must be declared before, without ``$``.
        shadowed: Those that it declares and uses, too: until it is done, they are what
            was declared before.
        declared: Those that were declared, or set, so far.
    """

    def __init__(
        self,
        tokens: Tokens,
        start: int,
        functions: Container[str],
        visible: Container[str],
    ) -> None:
        self._tokens = tokens
        self._kinds, self._values, self._positions = tokens
        self._start = start
        self._next = 0
        self._functions = functions
        self._visible = visible
        self._parentheses = 0
        self.uses: set[str] = set()
        self.shadowed: set[str] = set()
        self.declared: list[str] = []

    # Tokens. The last one is never passed.

    def _touches(self) -> bool:
        """Tell whether the next token follows the last one without a space."""
        at = self._next
        end = self._positions[at - 1] + len(self._values[at - 1])
        return end == self._positions[at]

    def _close(self, context: str) -> None:
        if self._kinds[self._next] != lexer.CLOSE:
            raise self._unexpected(context)

    def _unexpected(self, context: str) -> ParseError:
        """Refuse the next token."""
        at = self._next
        position = self._positions[at]
        if self._kinds[at] == lexer.ERROR:
            return ParseError(self._values[at], position, action=self._start)
        shown = self._tokens.shown(at)
        return ParseError(f"unexpected {shown} in {context}", position)

    def pipeline(self, context: str, end: str = lexer.CLOSE) -> Pipe:
        """Read a pipeline, up to the token that ends it.

        Args:
            context: What it is part of, for errors: ``if``, ``command``.
            end: The kind of that token, which is passed unless it ends the action.

        Raises:
            ParseError: It is no pipeline.
        """
        kinds = self._kinds
        start = self._next
        variables: list[str] = []
        is_assignment = False
        if kinds[start] == lexer.VARIABLE:
            variables, is_assignment = self._declarations(context)
        commands: list[Command] = []
        while (kind := kinds[self._next]) != end:
            if kind not in _OPERANDS:
                raise self._unexpected(context)
            commands.append(self._command())
        if end != lexer.CLOSE:
            self._next += 1
        if not commands:
            position = self._positions[start]
            raise ParseError(f"missing value for {context}", position)
        for stage, command in enumerate(commands[1:], start=2):
            if isinstance(command.operands[0], Bool | Dot | Nil | Number | String):
                raise ParseError(
                    f"non executable command in pipeline stage {stage}",
                    command.position,
                )
        position = self._positions[start]
        return Pipe(position, variables, commands, is_assignment=is_assignment)

    def _declarations(self, context: str) -> tuple[list[str], bool]:
        """Read ``$x :=``, ``$x =`` or, in a range, ``$i, $x :=``."""
        kinds, values = self._kinds, self._values
        variables: list[str] = []
        while kinds[at := self._next] == lexer.VARIABLE:
            sign = kinds[at + 1]
            is_last = sign in (lexer.DECLARE, lexer.ASSIGN)
            if not is_last and (sign, values[at + 1]) != (lexer.PUNCTUATION, ","):
                break
            self._next += 2
            self.declared.append(values[at])
            variables.append(values[at])
            if is_last:
                return variables, sign == lexer.ASSIGN
            if context != "range" or len(variables) > 1:
                raise ParseError(
                    f"too many declarations in {context}", self._positions[at]
                )
            if kinds[self._next] not in _AFTER_COMMA:
                raise ParseError(
                    "range can only initialize variables", self._positions[at]
                )
        return variables, False

    def _command(self) -> Command:
        start = self._next
        operands: list[Operand] = []
        while True:
            if (operand := self._operand()) is not None:
                operands.append(operand)
            kind = self._kinds[self._next]
            if kind in (lexer.CLOSE, lexer.RIGHT_PAREN):
                break
            if kind == lexer.PIPE:
                self._next += 1
                break
            if operand is None or self._touches():
                raise self._unexpected("operand")
        if not operands:
            raise ParseError("empty command", self._positions[start])
        return Command(self._positions[start], operands)

    def _operand(self) -> Operand | None:
        """Read a term and the fields that touch it."""
        at = self._next
        read = _TERMS.get(self._kinds[at])
        if read is None:
            return None
        self._next = at + 1
        term = read(self, at)
        at = self._next
        if self._kinds[at] != lexer.FIELD or not self._touches():
            return term
        position = self._positions[at]
        names = self._names(at)
        self._next = at + 1
        match term:
            case Field() | Variable():
                term.names.extend(names)
                return term
            case Bool() | String() | Number() | Nil() | Dot():
                shown = go_quote(str(term))
                raise ParseError(f"unexpected . after term {shown}", position)
        return Chain(position, term, names)

    def _names(self, at: int) -> list[str]:
        return self._values[at][1:].split(".")

    def _nil(self, at: int) -> Nil:
        return Nil(self._positions[at])

    def _field(self, at: int) -> Field:
        return Field(self._positions[at], self._names(at))

    def _variable(self, at: int) -> Variable:
        name = self._values[at]
        if name in self.declared:
            self.shadowed.add(name)
        elif name != "$":
            if name not in self._visible:
                raise ParseError(
                    f"undefined variable {go_quote(name)}", self._positions[at]
                )
            self.uses.add(name)
        return Variable(self._positions[at], name)

    def _dot(self, at: int) -> Dot:
        return Dot(self._positions[at])

    def _bool(self, at: int) -> Bool:
        return Bool(self._positions[at], value=self._values[at] == "true")

    def _identifier(self, at: int) -> Identifier:
        name = self._values[at]
        if name not in self._functions:
            raise ParseError(
                f"function {go_quote(name)} not defined", self._positions[at]
            )
        return Identifier(self._positions[at], name)

    def _string(self, at: int) -> String:
        return String(self._positions[at], self._values[at], self._unquoted(at))

    def _unquoted(self, at: int) -> str:
        try:
            return unquote(self._values[at])
        except LiteralError as error:
            raise ParseError(str(error), self._positions[at]) from None

    def _parenthesized(self, at: int) -> Pipe:
        self._parentheses += 1
        if self._parentheses > _DEEPEST_PARENTHESES:
            raise ParseError("max expression depth exceeded", self._positions[at])
        pipe = self.pipeline("parenthesized pipeline", lexer.RIGHT_PAREN)
        self._parentheses -= 1
        return pipe

    def _character(self, at: int) -> Number:
        text, position = self._values[at], self._positions[at]
        try:
            code = character(text)
        except LiteralError as error:
            raise ParseError(str(error), position) from None
        return Number(position, text, code, float(code), is_float=False)

    def _number(self, at: int) -> Number:
        text, position = self._values[at], self._positions[at]
        whole = integer(text)
        if whole is not None and (whole in _INT64 or whole in _UINT64):
            # Go reads a signed hexadecimal with an E in it as a float.
            is_float = not text.startswith(("0x", "0X")) and _looks_float(text)
            return Number(position, text, whole, float(whole), is_float=is_float)
        value = floating(text)
        if value is None:
            raise ParseError(f"illegal number syntax: {go_quote(text)}", position)
        if not _looks_float(text):
            raise ParseError(f"integer overflow: {go_quote(text)}", position)
        whole = int(value) if value.is_integer() and int(value) in _INT64 else None
        return Number(position, text, whole, value, is_float=True)


def _looks_float(text: str) -> bool:
    return any(character in ".eEpP" for character in text)


_TERMS: dict[str, Callable[[PipelineReader, int], Operand]] = {
    lexer.FIELD: PipelineReader._field,  # noqa: SLF001 - the table of its own methods
    lexer.IDENTIFIER: PipelineReader._identifier,  # noqa: SLF001
    lexer.STRING: PipelineReader._string,  # noqa: SLF001
    lexer.VARIABLE: PipelineReader._variable,  # noqa: SLF001
    lexer.LEFT_PAREN: PipelineReader._parenthesized,  # noqa: SLF001
    lexer.DOT: PipelineReader._dot,  # noqa: SLF001
    lexer.NUMBER: PipelineReader._number,  # noqa: SLF001
    lexer.BOOL: PipelineReader._bool,  # noqa: SLF001
    lexer.RAW_STRING: PipelineReader._string,  # noqa: SLF001
    lexer.CHARACTER: PipelineReader._character,  # noqa: SLF001
    lexer.NIL: PipelineReader._nil,  # noqa: SLF001
}
_OPERANDS = frozenset(_TERMS)
_AFTER_COMMA = frozenset({lexer.VARIABLE, lexer.CLOSE, lexer.RIGHT_PAREN})
