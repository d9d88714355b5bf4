"""One action to a statement: the second stage of the Go template compiler.

An action means the same wherever it stands, but for the variables that it may use.
Charts repeat their actions over and over (``{{- end }}``, ``{{ .Release.Name }}``), so
statements are read once and shared; `parser` puts them together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from pypkg.render.gotemplate import lexer
from pypkg.render.gotemplate.lexer import read_action
from pypkg.render.gotemplate.nodes import Action, Invocation, Jump
from pypkg.render.gotemplate.pipelines import PipelineReader

if TYPE_CHECKING:
    from collections.abc import Container

    from pypkg.render.gotemplate.nodes import Pipe


class Statement(NamedTuple):
    """What an action says.

    Attributes:
        keyword: Its first word, ``comment``, or "" for a pipeline alone.
        node: The node that it is by itself, if it is one.
        pipe: The pipeline of a branch.
        follows: For ``else if`` and ``else with``, the second word.
        name: Of a ``define`` or ``block``.
        uses: The variables that must be declared before, without ``$``.
        shadows: Those that it uses where it declares them: what was declared before.
        declares: Those that it declares, or sets.
        sets: Those that it sets.
    """

    keyword: str
    node: Action | Invocation | Jump | None = None
    pipe: Pipe | None = None
    follows: Literal["", "if", "with"] = ""
    name: str = ""
    uses: tuple[str, ...] = ()
    shadows: tuple[str, ...] = ()
    declares: tuple[str, ...] = ()
    sets: tuple[str, ...] = ()


def read(
    text: str,
    start: int,
    end: int,
    functions: Container[str],
    visible: Container[str],
) -> Statement:
    """Read the action that begins at ``{{``.

    Args:
        text: The template.
        start: Where the action begins.
        end: Where it ends; the text's end, if it has none.
        functions: The names of the functions that it may call.
        visible: The variables that it may use.

    Raises:
        ParseError: It is no action.
    """
    tokens = read_action(text, start, end)
    if tokens is None:
        return Statement("comment")
    reader = _StatementReader(tokens, start, functions, visible)
    statement = reader.statement()
    return statement._replace(
        uses=tuple(reader.uses),
        shadows=tuple(reader.shadowed),
        declares=tuple(reader.declared),
    )


class _StatementReader(PipelineReader):
    """Reads an action whole: its keyword, and what may follow that."""

    def statement(self) -> Statement:  # noqa: PLR0911 - one for each kind
        if self._kinds[0] != lexer.KEYWORD:
            pipe = self.pipeline("command")
            sets = tuple(pipe.variables) if pipe.is_assignment else ()
            return Statement("", Action(pipe), sets=sets)
        self._next = 1
        match self._values[0]:
            case "if" | "with" | "range" as keyword:
                return self._branch(keyword)
            case "else":
                return self._else()
            case "end":
                self._close("end")
                return Statement("end")
            case "break" | "continue" as keyword:
                self._close(f"{{{{{keyword}}}}}")
                return Statement(keyword, Jump(keyword))
            case "define":
                return self._define()
            case _ as keyword:
                return self._invocation(keyword)

    def _branch(self, keyword: str) -> Statement:
        pipe = self.pipeline(keyword)
        sets = tuple(pipe.variables) if pipe.is_assignment else ()
        return Statement(keyword, pipe=pipe, sets=sets)

    def _else(self) -> Statement:
        follows = self._values[1]
        if self._kinds[1] == lexer.KEYWORD and follows in ("if", "with"):
            self._next = 2
            branch = self._branch(follows)
            return branch._replace(
                keyword="else", follows="if" if follows == "if" else "with"
            )
        self._close("else")
        return Statement("else")

    def _define(self) -> Statement:
        context = "define clause"
        name = self._template_name(context)
        self._close(context)
        return Statement("define", name=name)

    def _invocation(self, keyword: str) -> Statement:
        context = f"{keyword} clause"
        position = self._positions[1]
        name = self._template_name(context)
        pipe = None
        if keyword == "block" or self._kinds[2] != lexer.CLOSE:
            pipe = self.pipeline(context)
        return Statement(keyword, Invocation(position, name, pipe), name=name)

    def _template_name(self, context: str) -> str:
        if self._kinds[1] not in (lexer.STRING, lexer.RAW_STRING):
            raise self._unexpected(context)
        self._next = 2
        return self._unquoted(1)
