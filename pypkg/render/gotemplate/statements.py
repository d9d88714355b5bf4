"""One action to a statement: the second stage of the Go template compiler.

An action means the same wherever it stands, but for the variables that it may use.
Charts repeat their actions over and over (``{{- end }}``, ``{{ .Release.Name }}``), so
statements are read once and shared; `parser` puts them together.

Accepts and refuses what Go's ``text/template/parse`` does, with its messages.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pypkg.render.functions.gostrings import go_quote
from pypkg.render.gotemplate import lexer
from pypkg.render.gotemplate.lexer import Token, read_action
from pypkg.render.gotemplate.literals import (
    LiteralError,
    character,
    floating,
    integer,
    unquote,
)
from pypkg.render.gotemplate.nodes import (
    Action,
    Bool,
    Chain,
    Command,
    Dot,
    Field,
    Identifier,
    Invocation,
    Jump,
    Nil,
    Number,
    Operand,
    Pipe,
    String,
    Variable,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Container

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


@dataclass(slots=True)
class Statement:
    """What an action says.

    Attributes:
        keyword: Its first word, ``comment``, or "" for a pipeline alone.
        node: The node that it is by itself, if it is one.
        pipe: The pipeline of a branch.
        follows: For ``else if`` and ``else with``, the second word.
        name: Of a ``define`` or ``block``.
        uses: The variables that must be declared before, without ``$``.
        declares: Those that it declares, or sets.
        sets: Those that it sets.
    """

    keyword: str
    node: Action | Invocation | Jump | None = None
    pipe: Pipe | None = None
    follows: Literal["", "if", "with"] = ""
    name: str = ""
    uses: frozenset[str] = frozenset()
    declares: tuple[str, ...] = ()
    sets: tuple[str, ...] = ()


def read(
    text: str, start: int, functions: Container[str], visible: Container[str]
) -> tuple[Statement, int]:
    """Read the action that begins at ``{{``.

    Args:
        text: The template.
        start: Where the action begins.
        functions: The names of the functions that it may call.
        visible: The variables that it may use.

    Returns:
        The statement, and where the action ends.

    Raises:
        ParseError: It is no action.
    """
    tokens, end = read_action(text, start)
    if not tokens:
        return Statement("comment"), end
    reader = _Reader(tokens, start, functions, visible)
    statement = reader.statement()
    statement.uses = frozenset(reader.uses)
    statement.declares = tuple(reader.declared)
    return statement, end


class _Reader:
    """A recursive descent over the tokens of one action."""

    def __init__(
        self,
        tokens: list[Token],
        start: int,
        functions: Container[str],
        visible: Container[str],
    ) -> None:
        self._tokens = tokens
        self._start = start
        self._next = 0
        self._functions = functions
        self._visible = visible
        self._parentheses = 0
        self.uses: set[str] = set()
        self.declared: list[str] = []

    # Tokens.

    def _peek(self) -> Token:
        return self._tokens[self._next]

    def _take(self) -> Token:
        token = self._tokens[self._next]
        # The last token is never passed.
        if self._next < len(self._tokens) - 1:
            self._next += 1
        return token

    def _touches(self) -> bool:
        """Tell whether the next token follows the last one without a space."""
        last = self._tokens[self._next - 1]
        return last.position + len(last.value) == self._peek().position

    def _expect(self, kind: str, context: str) -> Token:
        token = self._take()
        if token.kind != kind:
            raise self._unexpected(token, context)
        return token

    def _unexpected(self, token: Token, context: str) -> ParseError:
        if token.kind == lexer.ERROR:
            return ParseError(token.value, token.position, action=self._start)
        return ParseError(f"unexpected {token} in {context}", token.position)

    # Statements.

    def statement(self) -> Statement:  # noqa: PLR0911 - one for each kind
        token = self._peek()
        if token.kind != lexer.KEYWORD:
            pipe = self._pipeline("command", lexer.CLOSE)
            sets = tuple(pipe.variables) if pipe.is_assignment else ()
            return Statement("", Action(pipe), sets=sets)
        self._take()
        match token.value:
            case "if" | "with" | "range" as keyword:
                return self._branch(keyword)
            case "else":
                return self._else()
            case "end":
                self._expect(lexer.CLOSE, "end")
                return Statement("end")
            case "break" | "continue" as keyword:
                self._expect(lexer.CLOSE, f"{{{{{keyword}}}}}")
                return Statement(keyword, Jump(keyword))
            case "define":
                return self._define()
            case _ as keyword:
                return self._invocation(keyword)

    def _branch(self, keyword: str) -> Statement:
        pipe = self._pipeline(keyword, lexer.CLOSE)
        sets = tuple(pipe.variables) if pipe.is_assignment else ()
        return Statement(keyword, pipe=pipe, sets=sets)

    def _else(self) -> Statement:
        token = self._peek()
        if token.kind == lexer.KEYWORD and token.value in ("if", "with"):
            self._take()
            statement = self._branch(token.value)
            statement.follows = "if" if token.value == "if" else "with"
            statement.keyword = "else"
            return statement
        self._expect(lexer.CLOSE, "else")
        return Statement("else")

    def _define(self) -> Statement:
        context = "define clause"
        name = self._template_name(self._take(), context)
        self._expect(lexer.CLOSE, context)
        return Statement("define", name=name)

    def _invocation(self, keyword: str) -> Statement:
        context = f"{keyword} clause"
        token = self._take()
        name = self._template_name(token, context)
        pipe = None
        if keyword == "template" and self._peek().kind == lexer.CLOSE:
            self._take()
        else:
            pipe = self._pipeline(context, lexer.CLOSE)
        return Statement(keyword, Invocation(token.position, name, pipe), name=name)

    def _template_name(self, token: Token, context: str) -> str:
        if token.kind not in (lexer.STRING, lexer.RAW_STRING):
            raise self._unexpected(token, context)
        return self._unquoted(token)

    # Pipelines.

    def _pipeline(self, context: str, end: str) -> Pipe:
        start = self._peek().position
        variables, is_assignment = self._declarations(context)
        commands: list[Command] = []
        while (token := self._peek()).kind != end:
            if token.kind not in _OPERANDS:
                raise self._unexpected(token, context)
            commands.append(self._command())
        self._take()
        if not commands:
            raise ParseError(f"missing value for {context}", start)
        for stage, command in enumerate(commands[1:], start=2):
            if isinstance(command.operands[0], Bool | Dot | Nil | Number | String):
                raise ParseError(
                    f"non executable command in pipeline stage {stage}",
                    command.position,
                )
        return Pipe(start, variables, is_assignment, commands)

    def _declarations(self, context: str) -> tuple[list[str], bool]:
        """Read ``$x :=``, ``$x =`` or, in a range, ``$i, $x :=``."""
        variables: list[str] = []
        while (token := self._peek()).kind == lexer.VARIABLE:
            sign = self._tokens[self._next + 1]
            if sign.kind in (lexer.DECLARE, lexer.ASSIGN):
                self._next += 2
                self.declared.append(token.value)
                return [*variables, token.value], sign.kind == lexer.ASSIGN
            if (sign.kind, sign.value) != (lexer.PUNCTUATION, ","):
                break
            self._next += 2
            self.declared.append(token.value)
            variables.append(token.value)
            if context != "range" or len(variables) > 1:
                raise ParseError(f"too many declarations in {context}", token.position)
            if self._peek().kind not in _AFTER_COMMA:
                raise ParseError("range can only initialize variables", token.position)
        return variables, False

    def _command(self) -> Command:
        start = self._peek().position
        operands: list[Operand] = []
        while True:
            if (operand := self._operand()) is not None:
                operands.append(operand)
            token = self._peek()
            if token.kind in (lexer.CLOSE, lexer.RIGHT_PAREN):
                break
            if token.kind == lexer.PIPE:
                self._take()
                break
            if operand is None or self._touches():
                raise self._unexpected(token, "operand")
        if not operands:
            raise ParseError("empty command", start)
        return Command(start, operands)

    def _operand(self) -> Operand | None:
        """Read a term and the fields that touch it."""
        term = self._term()
        token = self._peek()
        if term is None or token.kind != lexer.FIELD or not self._touches():
            return term
        names: list[str] = []
        while self._peek().kind == lexer.FIELD and self._touches():
            names.append(self._take().value[1:])
        match term:
            case Field() | Variable():
                term.names.extend(names)
                return term
            case Bool() | String() | Number() | Nil() | Dot():
                raise ParseError(
                    f"unexpected . after term {go_quote(str(term))}", token.position
                )
        return Chain(token.position, term, names)

    def _term(self) -> Operand | None:
        token = self._peek()
        read = _TERMS.get(token.kind)
        if read is None:
            return None
        self._take()
        return read(self, token)

    def _nil(self, token: Token) -> Nil:
        return Nil(token.position)

    def _field(self, token: Token) -> Field:
        return Field(token.position, [token.value[1:]])

    def _variable(self, token: Token) -> Variable:
        if token.value not in self.declared and token.value != "$":
            if token.value not in self._visible:
                raise ParseError(
                    f"undefined variable {go_quote(token.value)}", token.position
                )
            self.uses.add(token.value)
        return Variable(token.position, token.value)

    def _dot(self, token: Token) -> Dot:
        return Dot(token.position)

    def _bool(self, token: Token) -> Bool:
        return Bool(token.position, token.value == "true")

    def _identifier(self, token: Token) -> Identifier:
        if token.value not in self._functions:
            raise ParseError(
                f"function {go_quote(token.value)} not defined", token.position
            )
        return Identifier(token.position, token.value)

    def _string(self, token: Token) -> String:
        return String(token.position, token.value, self._unquoted(token))

    def _unquoted(self, token: Token) -> str:
        try:
            return unquote(token.value)
        except LiteralError as error:
            raise ParseError(str(error), token.position) from None

    def _parenthesized(self, token: Token) -> Pipe:
        self._parentheses += 1
        if self._parentheses > _DEEPEST_PARENTHESES:
            raise ParseError("max expression depth exceeded", token.position)
        pipe = self._pipeline("parenthesized pipeline", lexer.RIGHT_PAREN)
        self._parentheses -= 1
        return pipe

    def _character(self, token: Token) -> Number:
        try:
            code = character(token.value)
        except LiteralError as error:
            raise ParseError(str(error), token.position) from None
        return Number(token.position, token.value, code, float(code), is_float=False)

    def _number(self, token: Token) -> Number:
        text = token.value
        whole = integer(text)
        if whole is not None and (whole in _INT64 or whole in _UINT64):
            # Go reads a signed hexadecimal with an E in it as a float.
            is_float = not text.startswith(("0x", "0X")) and _looks_float(text)
            return Number(token.position, text, whole, float(whole), is_float)
        value = floating(text)
        if value is None:
            raise ParseError(f"illegal number syntax: {go_quote(text)}", token.position)
        if not _looks_float(text):
            raise ParseError(f"integer overflow: {go_quote(text)}", token.position)
        whole = int(value) if value.is_integer() and int(value) in _INT64 else None
        return Number(token.position, text, whole, value, is_float=True)


def _looks_float(text: str) -> bool:
    return any(character in ".eEpP" for character in text)


_TERMS: dict[str, Callable[[_Reader, Token], Operand]] = {
    lexer.FIELD: _Reader._field,  # noqa: SLF001 - the table of its own methods
    lexer.IDENTIFIER: _Reader._identifier,  # noqa: SLF001
    lexer.STRING: _Reader._string,  # noqa: SLF001
    lexer.VARIABLE: _Reader._variable,  # noqa: SLF001
    lexer.LEFT_PAREN: _Reader._parenthesized,  # noqa: SLF001
    lexer.DOT: _Reader._dot,  # noqa: SLF001
    lexer.NUMBER: _Reader._number,  # noqa: SLF001
    lexer.BOOL: _Reader._bool,  # noqa: SLF001
    lexer.RAW_STRING: _Reader._string,  # noqa: SLF001
    lexer.CHARACTER: _Reader._character,  # noqa: SLF001
    lexer.NIL: _Reader._nil,  # noqa: SLF001
}
_OPERANDS = frozenset(_TERMS)
_AFTER_COMMA = frozenset({lexer.VARIABLE, lexer.CLOSE, lexer.RIGHT_PAREN})
