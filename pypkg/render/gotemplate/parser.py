"""Statements to syntax trees: the third stage of the Go template compiler.

The file is read from action to action; what is between is text. Blocks are kept on a
stack, which also knows which variables are declared where.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, NoReturn, TypeAlias, cast

from pypkg.render.functions.gostrings import go_quote
from pypkg.render.gotemplate.lexer import SPACE, TRIMS_AFTER, TRIMS_BEFORE, pieces
from pypkg.render.gotemplate.nodes import (
    CURSORS,
    Branch,
    Cursor,
    Node,
    Template,
    Text,
)
from pypkg.render.gotemplate.pipelines import ParseError
from pypkg.render.gotemplate.statements import Statement, read

if TYPE_CHECKING:
    from collections.abc import Container

_Keyword: TypeAlias = Literal["if", "with", "range"]

# Python's own compiler gives up on deeper nesting; no chart comes near.
_DEEPEST_BLOCKS = 80
# How many nodes make a part worth compiling for itself, when it is first needed.
_APART = 8


class ParsedFile(NamedTuple):
    """A file's templates.

    Attributes:
        templates: The file's own text first, then what it defines.
        branches: All branches in it, by their numbers.
    """

    templates: list[Template]
    branches: list[Branch]


class _Block:
    """A block that is not closed yet.

    Attributes:
        kind: What opened it; "" for the file.
        nodes: Where its next node goes.
        cursor: What ``.`` is in it.
        start: How many variables were declared before its part began.
        outside: How many before the block itself.
        branch: The branch that it belongs to.
        in_else: Whether it is at its else part.
        is_chained: It is an ``else if``, which ends with the block around it.
        size: How many nodes are in this part, at any depth.
        is_apart: Nothing in this part needs what is around it.
        template: The name of the template that it is in.
    """

    def __init__(
        self,
        kind: Literal["", "if", "with", "range", "define", "block"],
        nodes: list[Node],
        *,
        cursor: Cursor = "data",
        start: int = 1,
        outside: int = 1,
        branch: Branch | None = None,
        is_chained: bool = False,
        template: str = "",
    ) -> None:
        self.kind = kind
        self.nodes = nodes
        self.cursor = cursor
        self.start = start
        self.outside = outside
        self.branch = branch
        self.in_else = False
        self.is_chained = is_chained
        self.size = 0
        self.is_apart = True
        self.template = template


class Parser:
    """Parses the files of a chart tree.

    Args:
        functions: The names of the functions that templates may call.
        shares: Whether a statement that occurs again is the same object again. Its
            positions are then those of the first place.
    """

    def __init__(self, functions: Container[str], *, shares: bool = True) -> None:
        self._functions = functions
        self._shares = shares
        self._statements: dict[str, Statement] = {}

    def parse(self, text: str) -> ParsedFile:
        """Parse a template file.

        Raises:
            ParseError: It is no template.
        """
        file = _File()
        position = 0
        before = ""
        is_trimmed = False
        for turn, piece in enumerate(pieces(text)):
            if turn % 2:
                if piece.startswith(TRIMS_BEFORE):
                    before = before.rstrip(SPACE)
                if before:
                    file.text(before)
                file.add(self._statement(text, piece, position, file.visible), position)
                is_trimmed = piece.endswith(TRIMS_AFTER)
            elif (start := piece.find("{{")) >= 0:
                self._refuse(text, position + start, file.visible)
            else:
                before = piece.lstrip(SPACE) if is_trimmed else piece
            position += len(piece)
        if before:
            file.text(before)
        return file.end(len(text))

    def _statement(
        self, text: str, action: str, start: int, visible: Container[str]
    ) -> Statement:
        known = self._statements.get(action)
        if known is None or not all(name in visible for name in known.uses):
            end = start + len(action)
            known = read(text, start, end, self._functions, visible)
            if self._shares:
                self._statements[action] = known
        return known

    def _refuse(self, text: str, position: int, visible: Container[str]) -> NoReturn:
        """Say what is wrong with the beginning of an action that has no end."""
        read(text, position, len(text), self._functions, visible)
        raise ParseError("unclosed action", len(text))


class _File:
    """Puts the statements of one file together."""

    def __init__(self) -> None:
        self.visible = ["$"]
        self._body: list[Node] = []
        self._blocks = [_Block("", self._body)]
        self._branches: list[Branch] = []
        self._templates: dict[str, Template] = {}
        self._outside: list[list[str]] = []

    def text(self, text: str) -> None:
        """Add a piece of text."""
        block = self._blocks[-1]
        block.nodes.append(Text(text))
        block.size += 1

    def end(self, position: int) -> ParsedFile:
        """Give the templates, at the end of the file."""
        if len(self._blocks) > 1:
            raise ParseError("unexpected EOF", position)
        templates = [Template("", self._body), *self._templates.values()]
        return ParsedFile(templates, self._branches)

    def add(self, statement: Statement, position: int) -> None:
        """Add what an action says."""
        match statement.keyword:
            case "":
                self._append(statement)
            case "end":
                self._close(position)
            case "if" | "with" | "range":
                self._open(statement, position)
            case "else":
                self._else(statement, position)
            case "define":
                if len(self._blocks) > 1:
                    raise ParseError("unexpected <define> in command", position)
                self._begin(statement, "define", position)
            case "template":
                self._append(statement)
            case "block":
                self._append(statement)
                self._begin(statement, "block", position)
            case "break" | "continue":
                self._jump(statement, position)

    def _append(self, statement: Statement) -> None:
        assert statement.node is not None  # noqa: S101 - these statements are nodes
        block = self._blocks[-1]
        block.nodes.append(statement.node)
        block.size += 1
        if statement.uses or statement.declares:
            self._uses(statement)
            self.visible += statement.declares

    def _uses(self, statement: Statement) -> None:
        """Mark the parts that need a variable from around them.

        Of several with one name, which one it is may depend on what runs: an else
        part sees those of the first part here, but not when it runs.
        """
        for name in statement.uses + statement.shadows + statement.sets:
            if name in self.visible:
                declared = self.visible.index(name)
                for block in reversed(self._blocks):
                    if block.start <= declared or not block.branch:
                        break
                    block.is_apart = False

    # Branches.

    def _open(
        self, statement: Statement, position: int, *, is_chained: bool = False
    ) -> None:
        assert statement.pipe is not None  # noqa: S101 - a branch has one
        keyword = cast("_Keyword", statement.follows or statement.keyword)
        self._uses(statement)
        around = self._blocks[-1]
        branch = Branch(
            keyword,
            statement.pipe,
            around.cursor,
            len(self._branches),
            around.template,
        )
        self._branches.append(branch)
        around.nodes.append(branch)
        outside = len(self.visible)
        self.visible += statement.declares
        self._push(
            _Block(
                keyword,
                branch.body,
                cursor=CURSORS.get(keyword, around.cursor),
                start=len(self.visible),
                outside=outside,
                branch=branch,
                is_chained=is_chained,
                template=around.template,
            ),
            position,
        )

    def _push(self, block: _Block, position: int) -> None:
        self._blocks.append(block)
        if len(self._blocks) > _DEEPEST_BLOCKS:
            raise ParseError(
                f"blocks are nested more than {_DEEPEST_BLOCKS} deep", position
            )

    def _else(self, statement: Statement, position: int) -> None:
        block = self._blocks[-1]
        if not block.kind:
            raise ParseError("unexpected {{else}}", position)
        if block.branch is None:
            raise ParseError(
                f"unexpected {{{{else}}}} in {block.kind} clause", position
            )
        if block.in_else:
            raise ParseError("expected end; found {{else}}", position)
        if statement.follows and statement.follows != block.kind:
            raise ParseError(f"unexpected <{statement.follows}> in input", position)
        self._leave_part(block)
        block.in_else = True
        block.branch.otherwise = block.nodes = []
        block.cursor = block.branch.cursor
        block.size, block.is_apart = 0, True
        if statement.follows:
            self._open(statement, position, is_chained=True)

    def _leave_part(self, block: _Block) -> None:
        """Note what is known of a part, and tell the block around it."""
        assert block.branch is not None  # noqa: S101 - only branches have parts
        self._blocks[-2].size += block.size + 1
        is_chain = block.in_else and len(block.nodes) == 1
        is_apart = block.is_apart and block.size >= _APART and not is_chain
        block.branch.is_apart[block.in_else] = is_apart

    def _close(self, position: int) -> None:
        if len(self._blocks) == 1:
            raise ParseError("unexpected {{end}}", position)
        block = self._blocks[-1]
        if block.branch is None:
            self._blocks.pop()
            self._finish(block, position)
            return
        while True:
            self._leave_part(block)
            del self.visible[block.outside :]
            self._blocks.pop()
            if not block.is_chained:
                return
            block = self._blocks[-1]

    def _jump(self, statement: Statement, position: int) -> None:
        """Add a ``break`` or ``continue``, which must stay with its loop."""
        if not self._in_loop():
            word = statement.keyword
            raise ParseError(f"{{{{{word}}}}} outside {{{{range}}}}", position)
        assert statement.node is not None  # noqa: S101 - a jump is a node
        self._blocks[-1].nodes.append(statement.node)
        for around in reversed(self._blocks):
            around.is_apart = False
            if around.kind == "range" and not around.in_else:
                return

    def _in_loop(self) -> bool:
        """Tell whether there is a loop around, in the same template."""
        for block in reversed(self._blocks):
            if block.kind == "range" and not block.in_else:
                return True
            if block.branch is None:
                return False
        return False

    # Templates.

    def _begin(
        self, statement: Statement, kind: Literal["define", "block"], position: int
    ) -> None:
        """Begin a template, which sees none of the variables around it."""
        self._outside.append(self.visible)
        self.visible = ["$"]
        self._push(_Block(kind, [], template=statement.name), position)

    def _finish(self, block: _Block, position: int) -> None:
        self.visible = self._outside.pop()
        template = Template(block.template, block.nodes)
        known = self._templates.get(template.name)
        if known is None or known.is_empty:
            self._templates[template.name] = template
        elif not template.is_empty:
            raise ParseError(
                f"template: multiple definition of template {go_quote(template.name)}",
                position,
            )
