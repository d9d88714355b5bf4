"""A syntax tree to Python: the fourth stage of the Go template compiler.

A template becomes a function, ``def template(dot, w, b)``, where ``dot`` is its data
and ``w`` takes pieces of output. What Go decides while it interprets is decided here
where it can be: types of constants, numbers of arguments, scopes. What remains is
plain Python over plain values::

    {{ if .Values.a.b -}}      if dot.get("Values").get("a").get("b"):
    name: {{ .name | quote }}     w('name: ')
    {{- end }}                    w(F_quote(dot.get("name")))

(the test whether ``dot`` is nil is left out here). A path is walked by ``get``, which
maps and Go objects have and other values have not: to look into nil, or a number,
raises AttributeError, and ``diagnosis`` finds out from the failed instruction's
position which template text it came from.

A large branch that needs no variable from around it is a function of its own,
``def part(dot, root, w, b)``, which is compiled when it is first run: most of a chart's
templates are for what its values leave off. ``b`` gives a file's functions by number.

The names that generated code calls are the keys of ``runtime.namespace``; a template
function ``quote`` is ``F_quote``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pypkg.render.gotemplate.arguments import NIL
from pypkg.render.gotemplate.expressions import Expressions, Memo
from pypkg.render.gotemplate.marks import Mark, Marker
from pypkg.render.gotemplate.nodes import (
    CURSORS,
    Action,
    Branch,
    Invocation,
    Jump,
    Node,
    Operand,
    Pipe,
    String,
    Text,
)
from pypkg.render.gotemplate.scopes import Binding, Scopes, cursor_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pypkg.render.gotemplate.inline import Value
    from pypkg.render.gotemplate.parser import ParsedFile


def unit_of(template: int) -> int:
    """Number the unit of code that is a file's template; parts are from 0 on."""
    return -1 - template


def generate(file: ParsedFile, unit: int, memo: Memo | None = None) -> str:
    """Write a unit of a file as the source of a Python module with one function.

    Args:
        file: Whose template or part it is.
        unit: From :func:`unit_of`, or a part's number.
        memo: Remembers pipelines, for files whose statements are shared.
    """
    return _Function(None, memo).unit(file, unit)


def generate_marked(file: ParsedFile, unit: int) -> tuple[str, list[Mark]]:
    r"""Write the source with ``\x01index\x02code\x03`` around what has a mark."""
    marks: list[Mark] = []
    return _Function(marks, None).unit(file, unit), marks


class _Function:
    """Writes one function, statement by statement."""

    def __init__(self, marks: list[Mark] | None, memo: Memo | None) -> None:
        self._lines: list[str] = []
        self._indent = 1
        self._text: list[str] = []
        self._mark = Marker(marks)
        self._scopes = Scopes()
        self._expressions = Expressions(self._scopes, self._mark, memo)

    def unit(self, file: ParsedFile, unit: int) -> str:
        if unit < 0:
            return self._source("template(dot, w, b)", file.templates[-1 - unit].body)
        branch = file.branches[unit // 2]
        self._scopes.root.local = "root"
        if unit % 2:
            self._scopes.cursor = cursor_of(branch.cursor)
            return self._source("part(dot, root, w, b)", branch.otherwise or [])
        self._scopes.cursor = cursor_of(CURSORS.get(branch.keyword, branch.cursor))
        return self._source("part(dot, root, w, b)", branch.body)

    def _source(self, head: str, nodes: Sequence[Node]) -> str:
        self._nodes(nodes)
        self._flush()
        return "\n".join([f"def {head}:", *(self._lines or [" pass"]), ""])

    # Lines.

    def _line(self, code: str) -> None:
        self._flush()
        self._lines.append(" " * self._indent + code)

    def _flush(self) -> None:
        """Write the text that has come together since the last statement."""
        if self._text:
            text = ascii("".join(self._text))
            self._text.clear()
            self._lines.append(f"{' ' * self._indent}w({text})")

    # Statements.

    def _nodes(self, nodes: Sequence[Node]) -> None:
        for node in nodes:
            match node:
                case Text():
                    self._text.append(node.value)
                case Action():
                    self._action(node)
                case Branch(keyword="range"):
                    self._range(node)
                case Branch():
                    self._branch(node, "if")
                case Invocation():
                    self._invocation(node)
                case Jump():
                    self._line(node.keyword)

    def _part(self, branch: Branch, cursor: Binding, *, in_else: bool) -> None:
        """Write the body of a branch, or its else part."""
        if branch.is_apart[in_else] and self._scopes.data() is self._scopes.root:
            number = 2 * branch.number + in_else
            self._flush()
            call = f"b[{number}]({cursor.local}, {self._scopes.root.local}, w)"
            self._lines.append(f"{' ' * self._indent} {call}")
        else:
            nodes = branch.otherwise or [] if in_else else branch.body
            self._block(nodes, cursor)

    def _block(self, nodes: Sequence[Node], cursor: Binding) -> None:
        """Write an indented block with variables and a cursor of its own."""
        self._flush()
        before, outside = len(self._lines), self._scopes.cursor
        self._indent += 1
        self._scopes.open()
        self._scopes.cursor = cursor
        self._nodes(nodes)
        self._flush()
        if len(self._lines) == before:
            self._line("pass")
        self._scopes.cursor = outside
        self._scopes.close()
        self._indent -= 1

    def _action(self, node: Action) -> None:
        pipe = node.pipe
        if pipe.variables:
            local, value = self._expressions.bound(pipe)
            self._line(f"{local} = {value.code}")
            return
        value = self._expressions.pipe(pipe)
        if value.is_constant and value.type == "string":
            self._text.append(_constant_of(pipe))
        else:
            self._line(f"w({self._mark(_printed(value), 'node', pipe)})")

    def _invocation(self, node: Invocation) -> None:
        data = self._expressions.pipe(node.pipe) if node.pipe else NIL
        call = f"TEMPLATE({node.name!a})({data.code}, w)"
        self._line(self._mark(call, "node", node))

    def _branch(self, node: Branch, statement: str) -> None:
        """Write an ``if`` or ``with``; ``else if`` becomes ``elif``, to any length."""
        self._scopes.open()
        value = self._expressions.pipe(node.pipe)
        cursor = self._scopes.cursor
        if node.keyword == "with":
            local = self._scopes.cursor.local
            if value.code != local:
                local = self._scopes.local("c")
                value = value._replace(code=f"({local} := {value.code})")
            cursor = Binding(local)
        self._line(f"{statement} {value.code}:")
        self._part(node, cursor, in_else=False)
        match node.otherwise:
            case [Branch(keyword="if" | "with") as only]:
                self._branch(only, "elif")
            case [_, *_]:
                self._line("else:")
                self._part(node, self._scopes.cursor, in_else=True)
        self._scopes.close()

    def _range(self, node: Branch) -> None:
        pipe = node.pipe
        self._scopes.open()
        value = self._expressions.commands(pipe)
        names = self._range_bindings(pipe)
        function = "PAIRS" if names[1:] else "EACH"
        # The variables hold the whole value until there is an element.
        whole = value.code
        holders = "".join(f"{name.local} = " for name in names)
        if node.otherwise or (names and pipe.is_assignment):
            whole = self._scopes.local("r")
            self._line(f"{whole} = {value.code}")
        if names and pipe.is_assignment:
            self._line(f"{holders}{whole}")
        each = self._mark(f"{function}({whole})", "node", pipe)
        if node.otherwise:
            self._loop_or_else(node, names, each, f"{holders}{whole}")
        else:
            self._loop(node, names, each)
        self._scopes.close()

    def _loop_or_else(
        self, node: Branch, names: Sequence[Binding], each: str, nothing: str
    ) -> None:
        """Write a range with an else part, which begins with ``nothing``."""
        items = self._scopes.local("r")
        self._line(f"{items} = {each}")
        self._line(f"if {items}:")
        self._indent += 1
        self._loop(node, names, items)
        self._indent -= 1
        self._line("else:")
        self._line(f" {nothing}")
        otherwise = node.otherwise or []
        if _breaks(otherwise):
            # The break leaves this range, not the one around it.
            self._line(" for _ in ONCE:")
            self._indent += 1
            self._block(otherwise, self._scopes.cursor)
            self._indent -= 1
        else:
            self._part(node, self._scopes.cursor, in_else=True)

    def _loop(self, node: Branch, names: Sequence[Binding], each: str) -> None:
        element = self._scopes.local("c")
        first = f"{names[0].local}, " if names[1:] else ""
        self._line(f"for {first}{element} in {each}:")
        if names:
            self._lines.append(f"{' ' * self._indent} {names[-1].local} = {element}")
        self._part(node, Binding(element, is_field=True), in_else=False)

    def _range_bindings(self, pipe: Pipe) -> list[Binding]:
        bindings = []
        for name in pipe.variables:
            known = self._scopes.find(name) if pipe.is_assignment else None
            local = known.local if known else self._scopes.local("v")
            bindings.append(
                self._scopes.bind(name, Binding(local, is_field=True), known)
            )
        return bindings


def _printed(value: Value) -> str:
    """Write the text with which a value is printed."""
    match value.type:
        case "string":
            return value.code
        case "bool":
            return f"'true' if {value.code} else 'false'"
        case "int":
            return f"repr({value.code})"
    if value.is_atom:
        return f"{value.code} if {value.code}.__class__ is str else P({value.code})"
    return f"x if (x := {value.code}).__class__ is str else P(x)"


def _breaks(nodes: Sequence[Node]) -> bool:
    """Tell whether a ``break`` among nodes leaves the range around them."""
    return any(
        (isinstance(node, Jump) and node.keyword == "break")
        or (
            isinstance(node, Branch)
            and (
                (node.keyword != "range" and _breaks(node.body))
                or _breaks(node.otherwise or [])
            )
        )
        for node in nodes
    )


def _constant_of(pipe: Pipe) -> str:
    """Give the string that a pipeline of one constant is, in parentheses or not."""
    operand: Operand = pipe
    while isinstance(operand, Pipe):
        operand = operand.commands[0].operands[0]
    assert isinstance(operand, String)  # noqa: S101 - the caller has seen its type
    return operand.value
