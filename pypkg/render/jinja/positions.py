"""Columns for Jinja2, which counts lines only.

A *position* is a line and a column in one integer. The lexer here hands positions
to Jinja2 wherever it expects a line number; parser and compiler carry them through
to the compiled template, and what comes back out of it is unpacked.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from jinja2 import nodes
from jinja2.compiler import CodeGenerator
from jinja2.exceptions import TemplateSyntaxError
from jinja2.lexer import Lexer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jinja2.compiler import Frame, MacroRef

_COLUMN_BITS = 20
_COLUMN_MASK = (1 << _COLUMN_BITS) - 1
_NEWLINE = re.compile(r"\r\n|\r|\n")
_DEBUG_INFO = re.compile(r"(\d+)=(\d+)")
_OFFSET = re.compile(r" at (\d+)$")


def pack(line: int, column: int) -> int:
    """Make one integer of a 1-based line and column."""
    return (line << _COLUMN_BITS) | min(column, _COLUMN_MASK)


def unpack(position: int) -> tuple[int, int]:
    """Give back a line and column; the column is 0 where only the line is known."""
    return position >> _COLUMN_BITS, position & _COLUMN_MASK


def position_of(compiled: str, code_line: int) -> int:
    """Find the position of a line of a compiled template.

    Args:
        compiled: The Python source that Jinja2 made.
        code_line: 1-based.
    """
    pairs = _DEBUG_INFO.findall(compiled.rpartition("debug_info = ")[2])
    before = [int(place) for place, line in pairs if int(line) <= code_line]
    return before[-1] if before else pack(1, 0)


class PositionLexer(Lexer):
    """A lexer that says where in its line each token begins."""

    def tokeniter(
        self,
        source: str,
        name: str | None,
        filename: str | None = None,
        state: str | None = None,
    ) -> Iterator[tuple[int, str, str]]:
        """Give position, kind and text of each token."""
        # As Jinja2 does before it counts.
        text = "\n".join(_NEWLINE.split(source))
        offset = line_start = 0
        line = 1
        try:
            for _, kind, token in super().tokeniter(source, name, filename, state):
                # Tokens come in order; only whitespace may be missing between them.
                start = text.find(token, offset)
                if start > offset:
                    line, line_start = _counted(text, offset, start, line, line_start)
                yield pack(line, start - line_start + 1), kind, token
                offset = start + len(token)
                if "\n" in token:
                    line, line_start = _counted(text, start, offset, line, line_start)
        except TemplateSyntaxError as error:
            raise _placed(error, text, offset) from None


def _counted(
    text: str, start: int, end: int, line: int, line_start: int
) -> tuple[int, int]:
    """Count the lines of a part of a text, and find where the last one begins."""
    newline = text.rfind("\n", start, end)
    if newline < 0:
        return line, line_start
    return line + text.count("\n", start, end), newline + 1


def _placed(error: TemplateSyntaxError, text: str, offset: int) -> TemplateSyntaxError:
    """Give a fault that the lexer met after an offset its position."""
    message = error.message or ""
    said = _OFFSET.search(message)
    if said:
        offset = int(said.group(1))
        message = message[: said.start()]
    else:
        offset += len(text[offset:]) - len(text[offset:].lstrip())
    line_start = text.rfind("\n", 0, offset) + 1
    position = pack(text.count("\n", 0, offset) + 1, offset - line_start + 1)
    return TemplateSyntaxError(message, position, error.name, error.filename)


class ChartCodeGenerator(CodeGenerator):
    """Compiles what charts need otherwise than other users of Jinja2.

    Every part of an expression that can fail has a line of Python of its own: a
    traceback names lines of the compiled template, and the compiled template knows
    the position of each of its lines. Loops and macros look at the clock.
    """

    def _on_own_line(self, node: nodes.Expr, frame: Frame, **options: Any) -> None:
        self.write("(")
        # Jinja2 places a comparison behind its last operand.
        self.newline(node.expr if isinstance(node, nodes.Compare) else node)
        visit = getattr(super(), f"visit_{type(node).__name__}")
        visit(node, frame, **options)
        self.write(")")

    # Jinja2's names for what visits a node.
    visit_Add = visit_Sub = visit_Mul = visit_Div = _on_own_line  # noqa: N815 - as above
    visit_FloorDiv = visit_Mod = visit_Pow = visit_Neg = _on_own_line  # noqa: N815
    visit_Compare = visit_Filter = visit_Test = _on_own_line  # noqa: N815
    visit_Getattr = visit_Getitem = _on_own_line  # noqa: N815

    def visit_Call(  # noqa: N802
        self,
        node: nodes.Call,
        frame: Frame,
        forward_caller: bool = False,  # noqa: FBT001, FBT002 - Jinja2's signature
    ) -> None:
        """Compile a call."""
        self._on_own_line(node, frame, forward_caller=forward_caller)

    def visit_Name(self, node: nodes.Name, frame: Frame) -> None:  # noqa: N802
        """Compile a name; one that is read may be undefined."""
        if node.ctx == "load":
            self._on_own_line(node, frame)
        else:
            super().visit_Name(node, frame)

    def visit_Concat(self, node: nodes.Concat, frame: Frame) -> None:  # noqa: N802
        """Compile ``~``, with the environment's idea of what values look like."""
        self.write("environment.join_text((")
        for operand in node.nodes:
            self.visit(operand, frame)
            self.write(", ")
        self.write("))")

    def visit_For(self, node: nodes.For, frame: Frame) -> None:  # noqa: N802
        """Compile a loop."""
        node.body.insert(0, _tick(node))
        super().visit_For(node, frame)

    def macro_body(
        self, node: nodes.Macro | nodes.CallBlock, frame: Frame
    ) -> tuple[Frame, MacroRef]:
        """Compile the body of a macro or a call block."""
        node.body.insert(0, _tick(node))
        return super().macro_body(node, frame)

    def visit_Include(self, node: nodes.Include, frame: Frame) -> None:  # noqa: N802
        """Compile an include; without Values it would be of little use."""
        node.with_context = True
        super().visit_Include(node, frame)

    def visit_ScopedEvalContextModifier(  # noqa: N802
        self,
        node: nodes.ScopedEvalContextModifier,
        frame: Frame,  # noqa: ARG002 - as Jinja2
    ) -> None:
        """Refuse ``autoescape``, the one tag that makes this node."""
        self.fail("autoescape is for web pages", node.lineno)

    def visit_Import(self, node: nodes.Import, frame: Frame) -> None:  # noqa: N802
        """Compile an import; as for an include."""
        node.with_context = True
        super().visit_Import(node, frame)

    def visit_FromImport(  # noqa: N802
        self, node: nodes.FromImport, frame: Frame
    ) -> None:
        """Compile an import of names."""
        node.with_context = True
        super().visit_FromImport(node, frame)

    def _output_child_to_const(
        self, node: nodes.Expr, frame: Frame, finalize: CodeGenerator._FinalizeInfo
    ) -> str:
        """Keep constants for the run: only there are values laid out."""
        if not isinstance(node, nodes.TemplateData):
            raise nodes.Impossible
        return super()._output_child_to_const(node, frame, finalize)

    def position(self, node: nodes.Node) -> str:
        """Name a place, for the messages that Jinja2 compiles in."""
        return f"line {unpack(node.lineno)[0]}"


def _tick(node: nodes.Stmt) -> nodes.Stmt:
    """Make the statement ``environment.tick()``."""
    call = nodes.EnvironmentAttribute("tick()", lineno=node.lineno)
    return nodes.ExprStmt(call, lineno=node.lineno)
