"""Tokens to a syntax tree: the second stage of the Go template compiler.

Accepts and refuses what Go's ``text/template/parse`` does, with its messages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pypkg.render.functions.gostrings import go_quote
from pypkg.render.gotemplate import lexer
from pypkg.render.gotemplate.lexer import Token, tokens
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
    Branch,
    Chain,
    Command,
    Dot,
    Field,
    Identifier,
    Invocation,
    Jump,
    Nil,
    Node,
    Number,
    Operand,
    Pipe,
    String,
    Template,
    Text,
    Variable,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Container

_INT64 = range(-(2**63), 2**63)
_UINT64 = range(2**64)
# Python's own compiler gives up on deeper nesting; no chart comes near.
_DEEPEST_PARENTHESES = 60
_DEEPEST_BLOCKS = 80


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


def parse(text: str, functions: Container[str]) -> list[Template]:
    """Parse a template file.

    Args:
        text: The source.
        functions: The names of the functions that it may call.

    Returns:
        The file's own text first, then what it defines.

    Raises:
        ParseError: It is no template.
    """
    return _Parser(text, functions).file()


class _Parser:
    """A recursive descent over the tokens of one file."""

    def __init__(self, text: str, functions: Container[str]) -> None:
        self._tokens = tokens(text)
        self._next = 0
        self._functions = functions
        self._templates: dict[str, Template] = {}
        self._variables = ["$"]
        self._parentheses = 0
        self._blocks = 0
        self._ranges = 0
        self._action_start: int | None = None

    # Tokens.

    def _peek(self) -> Token:
        return self._tokens[self._next]

    def _take(self) -> Token:
        token = self._tokens[self._next]
        # The last token, EOF or ERROR, is never passed.
        if token.kind not in (lexer.EOF, lexer.ERROR):
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
            return ParseError(token.value, token.position, action=self._action_start)
        return ParseError(f"unexpected {token} in {context}", token.position)

    # Files and blocks.

    def file(self) -> list[Template]:
        body: list[Node] = []
        while (token := self._peek()).kind != lexer.EOF:
            if token.kind == lexer.OPEN:
                after = self._tokens[self._next + 1]
                if (after.kind, after.value) == (lexer.KEYWORD, "define"):
                    self._next += 2
                    self._definition()
                    continue
            node = self._text_or_action()
            if isinstance(node, Token):
                raise ParseError(f"unexpected {{{{{node.value}}}}}", node.position)
            body.append(node)
        return [Template("", body), *self._templates.values()]

    def _definition(self) -> None:
        context = "define clause"
        token = self._take()
        name = self._template_name(token, context)
        self._expect(lexer.CLOSE, context)
        self._define(name, context, token)

    def _define(self, name: str, context: str, token: Token) -> None:
        """Read a template's body, which sees none of the variables around it."""
        outside = self._variables, self._ranges
        self._variables, self._ranges = ["$"], 0
        body, end = self._block()
        if end.value != "end":
            raise ParseError(f"unexpected {{{{else}}}} in {context}", end.position)
        self._variables, self._ranges = outside
        template = Template(name, body)
        known = self._templates.get(name)
        if known is None or known.is_empty:
            self._templates[name] = template
        elif not template.is_empty:
            raise ParseError(
                f"template: multiple definition of template {go_quote(name)}",
                token.position,
            )

    def _block(self) -> tuple[list[Node], Token]:
        """Read nodes up to an ``end`` or ``else``, which is given too."""
        self._blocks += 1
        if self._blocks > _DEEPEST_BLOCKS:
            raise ParseError(
                f"blocks are nested more than {_DEEPEST_BLOCKS} deep",
                self._peek().position,
            )
        body: list[Node] = []
        while self._peek().kind != lexer.EOF:
            node = self._text_or_action()
            if isinstance(node, Token):
                self._blocks -= 1
                return body, node
            body.append(node)
        raise ParseError("unexpected EOF", self._peek().position)

    def _text_or_action(self) -> Node | Token:
        """Read a node, or the ``end`` or ``else`` that closes a block."""
        token = self._take()
        if token.kind == lexer.TEXT:
            return Text(token.position, token.value)
        if token.kind != lexer.OPEN:
            raise self._unexpected(token, "input")
        self._action_start = token.position
        node = self._action()
        self._action_start = None
        return node

    def _action(self) -> Node | Token:
        token = self._peek()
        if token.kind == lexer.KEYWORD and token.value != "define":
            self._take()
            return self._control(token)
        return Action(token.position, self._pipeline("command", lexer.CLOSE))

    def _control(self, token: Token) -> Node | Token:
        match token.value:
            case "if" | "with" | "range" as keyword:
                return self._branch(keyword)
            case "template":
                return self._invocation()
            case "block":
                return self._block_action()
            case "break" | "continue" as keyword:
                return self._jump(keyword, token)
        if token.value == "else":
            self._else()
        else:
            self._expect(lexer.CLOSE, "end")
        return token

    def _else(self) -> None:
        following = self._peek()
        # The if of "else if" is left for the branch that this closes.
        if following.kind != lexer.KEYWORD or following.value not in ("if", "with"):
            self._expect(lexer.CLOSE, "else")

    def _jump(self, keyword: Literal["break", "continue"], token: Token) -> Jump:
        closing = self._take()
        if closing.kind != lexer.CLOSE:
            raise self._unexpected(closing, f"{{{{{keyword}}}}}")
        if not self._ranges:
            raise ParseError(f"{{{{{keyword}}}}} outside {{{{range}}}}", token.position)
        return Jump(token.position, keyword)

    def _branch(self, keyword: Literal["if", "with", "range"]) -> Branch:
        visible = len(self._variables)
        pipe = self._pipeline(keyword, lexer.CLOSE)
        self._ranges += keyword == "range"
        body, end = self._block()
        self._ranges -= keyword == "range"
        otherwise: list[Node] | None = None
        if end.value == "else":
            otherwise = self._otherwise(keyword)
        del self._variables[visible:]
        return Branch(pipe.position, keyword, pipe, body, otherwise)

    def _otherwise(self, keyword: Literal["if", "with", "range"]) -> list[Node]:
        following = self._peek()
        # "else if" needs no end of its own. Neither does "else with" after a with.
        if following.kind == lexer.KEYWORD and keyword == following.value != "range":
            self._take()
            return [self._branch(keyword)]
        otherwise, end = self._block()
        if end.value != "end":
            raise ParseError("expected end; found {{else}}", end.position)
        return otherwise

    def _template_name(self, token: Token, context: str) -> str:
        if token.kind not in (lexer.STRING, lexer.RAW_STRING):
            raise self._unexpected(token, context)
        return self._unquoted(token)

    def _invocation(self) -> Invocation:
        context = "template clause"
        token = self._take()
        name = self._template_name(token, context)
        pipe = None
        if self._peek().kind == lexer.CLOSE:
            self._take()
        else:
            pipe = self._pipeline(context, lexer.CLOSE)
        return Invocation(token.position, name, pipe)

    def _block_action(self) -> Invocation:
        context = "block clause"
        token = self._take()
        name = self._template_name(token, context)
        pipe = self._pipeline(context, lexer.CLOSE)
        self._define(name, context, token)
        return Invocation(token.position, name, pipe)

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
                self._variables.append(token.value)
                return [*variables, token.value], sign.kind == lexer.ASSIGN
            if (sign.kind, sign.value) != (lexer.PUNCTUATION, ","):
                break
            self._next += 2
            self._variables.append(token.value)
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
        if token.value not in self._variables:
            raise ParseError(
                f"undefined variable {go_quote(token.value)}", token.position
            )
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


_TERMS: dict[str, Callable[[_Parser, Token], Operand]] = {
    lexer.FIELD: _Parser._field,  # noqa: SLF001 - the table of its own methods
    lexer.IDENTIFIER: _Parser._identifier,  # noqa: SLF001
    lexer.STRING: _Parser._string,  # noqa: SLF001
    lexer.VARIABLE: _Parser._variable,  # noqa: SLF001
    lexer.LEFT_PAREN: _Parser._parenthesized,  # noqa: SLF001
    lexer.DOT: _Parser._dot,  # noqa: SLF001
    lexer.NUMBER: _Parser._number,  # noqa: SLF001
    lexer.BOOL: _Parser._bool,  # noqa: SLF001
    lexer.RAW_STRING: _Parser._string,  # noqa: SLF001
    lexer.CHARACTER: _Parser._character,  # noqa: SLF001
    lexer.NIL: _Parser._nil,  # noqa: SLF001
}
_OPERANDS = frozenset(_TERMS)
_AFTER_COMMA = frozenset({lexer.VARIABLE, lexer.CLOSE, lexer.RIGHT_PAREN})
