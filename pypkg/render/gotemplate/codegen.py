"""A syntax tree to Python: the third stage of the Go template compiler.

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
position which template text it came from. Positions cost nothing at run time and are
not stored: when an error must be explained, the source is generated again, with marks.

A large branch that needs no variable from around it is a function of its own,
``def part(dot, root, w, b)``, which is compiled when it is first run: most of a chart's
templates are for what its values leave off. ``b`` gives a file's functions by number.

The names that generated code calls are the keys of ``runtime.namespace``; a template
function ``quote`` is ``F_quote``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from pypkg.render.gotemplate.inline import INLINE, Value
from pypkg.render.gotemplate.nodes import (
    CURSORS,
    Action,
    Bool,
    Branch,
    Chain,
    Command,
    Cursor,
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
    Text,
    Variable,
)
from pypkg.render.gotemplate.signatures import SIGNATURES, UNKNOWN, Signature

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pypkg.render.gotemplate.parser import ParsedFile

# The methods of Helm's objects that are maps, .Values and .Files: a get would miss
# them. Those that take an argument take a string.
_STRING_METHODS = frozenset(
    {"Format", "Get", "GetBytes", "Glob", "Has", "Lines", "PathValue", "Table"}
)
_MAP_METHODS = _STRING_METHODS | {"AsConfig", "AsMap", "AsSecrets", "Encode", "YAML"}
_INT64 = range(-(2**63), 2**63)
# Types of parameters that nil fits.
_NILLABLE = frozenset({"list", "map", "mutable_map"})
_LITERALS = (Bool, Nil, Number, String)


Marked: TypeAlias = Operand | Command | Invocation
"""What errors may be about."""


class Binding:
    """A variable or cursor.

    Attributes:
        local: The Python variable.
        may_be_nil: Whether to look into it where it is nil gives nil. It does for
            what came out of a pipeline; the nil in a list or map is an error.
        is_field: It is an element of a list or map: an interface to Go.
    """

    __slots__ = ("is_field", "local", "may_be_nil")

    def __init__(
        self, local: str, *, may_be_nil: bool = False, is_field: bool = False
    ) -> None:
        self.local = local
        self.may_be_nil = may_be_nil
        self.is_field = is_field

    def copy(self) -> Binding:
        """Keep what is known now: a variable may be given other contents."""
        return Binding(self.local, may_be_nil=self.may_be_nil, is_field=self.is_field)


class Mark(NamedTuple):
    """What a piece of generated code stands for.

    Attributes:
        role: ``call`` (of a function), ``field`` (a step of a path) or ``node``.
        node: The part of the template.
        name: The function's or the field's name.
        step: For a field, its index in the path.
        base: For a field or method, what the path begins with.
    """

    role: str
    node: Marked
    name: str = ""
    step: int = 0
    base: Binding | None = None


_NIL = Value("None", is_atom=True, is_constant=True)

Memo = dict[tuple[object, ...], Value]
"""Pipelines that were written before, by themselves and by what ``.`` is there."""


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
    """Writes one function."""

    def __init__(self, marks: list[Mark] | None, memo: Memo | None) -> None:
        self._marks = marks
        self._memo = memo
        self._lines: list[str] = []
        self._indent = 1
        self._text: list[str] = []
        self._locals = 0
        # Whether variables were declared or used, which no other place may share.
        self._is_local = False
        self._root = Binding("dot", may_be_nil=True)
        self._cursor = self._root
        self._scopes: list[dict[str, Binding]] = [{"$": self._root}]

    def unit(self, file: ParsedFile, unit: int) -> str:
        if unit < 0:
            return self._source("template(dot, w, b)", file.templates[-1 - unit].body)
        branch = file.branches[unit // 2]
        self._root.local = "root"
        if unit % 2:
            self._cursor = _cursor(branch.cursor)
            return self._source("part(dot, root, w, b)", branch.otherwise or [])
        self._cursor = _cursor(CURSORS.get(branch.keyword, branch.cursor))
        return self._source("part(dot, root, w, b)", branch.body)

    def _source(self, head: str, nodes: Sequence[Node]) -> str:
        self._nodes(nodes)
        self._flush()
        return "\n".join([f"def {head}:", *(self._lines or [" pass"]), ""])

    # Lines and marks.

    def _line(self, code: str) -> None:
        self._flush()
        self._lines.append(" " * self._indent + code)

    def _flush(self) -> None:
        """Write the text that has come together since the last statement."""
        if self._text:
            text = ascii("".join(self._text))
            self._text.clear()
            self._lines.append(f"{' ' * self._indent}w({text})")

    def _mark(
        self,
        code: str,
        role: str,
        node: Marked,
        *,
        name: str = "",
        step: int = 0,
        base: Binding | None = None,
    ) -> str:
        if self._marks is None:
            return code
        self._marks.append(Mark(role, node, name, step, base and base.copy()))
        return f"\x01{len(self._marks) - 1}\x02{code}\x03"

    def _local(self, prefix: str) -> str:
        self._is_local = True
        self._locals += 1
        return f"{prefix}{self._locals}"

    # Nodes.

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
        if branch.is_apart[in_else] and self._data() is self._root:
            number = 2 * branch.number + in_else
            self._flush()
            call = f"b[{number}]({cursor.local}, {self._root.local}, w)"
            self._lines.append(f"{' ' * self._indent} {call}")
        else:
            nodes = branch.otherwise or [] if in_else else branch.body
            self._block(nodes, cursor)

    def _block(self, nodes: Sequence[Node], cursor: Binding) -> None:
        """Write an indented block with variables and a cursor of its own."""
        self._flush()
        before, outside = len(self._lines), self._cursor
        self._indent += 1
        self._scopes.append({})
        self._cursor = cursor
        self._nodes(nodes)
        self._flush()
        if len(self._lines) == before:
            self._line("pass")
        self._cursor = outside
        self._scopes.pop()
        self._indent -= 1

    def _action(self, node: Action) -> None:
        pipe = node.pipe
        if pipe.variables:
            local, value = self._bound(pipe)
            self._line(f"{local} = {value.code}")
            return
        value = self._pipe(pipe)
        if value.is_constant and value.type == "string":
            self._text.append(_constant_of(pipe))
        else:
            self._line(f"w({self._mark(_printed(value), 'node', pipe)})")

    def _invocation(self, node: Invocation) -> None:
        data = self._pipe(node.pipe) if node.pipe else _NIL
        call = f"TEMPLATE({node.name!a})({data.code}, w)"
        self._line(self._mark(call, "node", node))

    def _branch(self, node: Branch, statement: str) -> None:
        """Write an ``if`` or ``with``; ``else if`` becomes ``elif``, to any length."""
        self._scopes.append({})
        value = self._pipe(node.pipe)
        cursor = self._cursor
        if node.keyword == "with":
            local = self._cursor.local
            if value.code != local:
                local = self._local("c")
                value = value._replace(code=f"({local} := {value.code})")
            cursor = Binding(local)
        self._line(f"{statement} {value.code}:")
        self._part(node, cursor, in_else=False)
        match node.otherwise:
            case [Branch(keyword="if" | "with") as only]:
                self._branch(only, "elif")
            case [_, *_]:
                self._line("else:")
                self._part(node, self._cursor, in_else=True)
        self._scopes.pop()

    def _range(self, node: Branch) -> None:
        pipe = node.pipe
        self._scopes.append({})
        value = self._commands(pipe)
        names = self._range_bindings(pipe)
        function = "PAIRS" if names[1:] else "EACH"
        # The variables hold the whole value until there is an element.
        whole = value.code
        holders = "".join(f"{name.local} = " for name in names)
        if node.otherwise or (names and pipe.is_assignment):
            whole = self._local("r")
            self._line(f"{whole} = {value.code}")
        if names and pipe.is_assignment:
            self._line(f"{holders}{whole}")
        each = self._mark(f"{function}({whole})", "node", pipe)
        if not node.otherwise:
            self._loop(node, names, each)
        else:
            items = self._local("r")
            self._line(f"{items} = {each}")
            self._line(f"if {items}:")
            self._indent += 1
            self._loop(node, names, items)
            self._indent -= 1
            self._line("else:")
            # A break in the else part leaves this range, not the one around it.
            self._indent += 1
            self._line(f"{holders}{whole}")
            if _breaks(node.otherwise):
                self._line("for _ in ONCE:")
                self._block(node.otherwise, self._cursor)
            else:
                self._indent -= 1
                self._part(node, self._cursor, in_else=True)
                self._indent += 1
            self._indent -= 1
        self._scopes.pop()

    def _loop(self, node: Branch, names: Sequence[Binding], each: str) -> None:
        element = self._local("c")
        first = f"{names[0].local}, " if names[1:] else ""
        self._line(f"for {first}{element} in {each}:")
        if names:
            self._lines.append(f"{' ' * self._indent} {names[-1].local} = {element}")
        self._part(node, Binding(element, is_field=True), in_else=False)

    def _range_bindings(self, pipe: Pipe) -> list[Binding]:
        bindings = []
        for name in pipe.variables:
            known = self._variable(name) if pipe.is_assignment else None
            local = known.local if known else self._local("v")
            bindings.append(self._bind(name, Binding(local, is_field=True), known))
        return bindings

    # Variables.

    def _variable(self, name: str) -> Binding | None:
        self._is_local = self._is_local or name != "$"
        for scope in reversed(self._scopes):
            if name in scope:
                return scope[name]
        return None

    def _data(self) -> Binding:
        """Give what ``$`` is."""
        return next(scope["$"] for scope in reversed(self._scopes) if "$" in scope)

    def _bind(self, name: str, binding: Binding, known: Binding | None) -> Binding:
        """Declare a variable, or give a known one other contents."""
        if known is None:
            self._scopes[-1][name] = binding
            return binding
        known.may_be_nil = binding.may_be_nil
        known.is_field = binding.is_field
        return known

    def _bound(self, pipe: Pipe) -> tuple[str, Value]:
        """Declare or find the variable of ``$x := …``; give its local and value."""
        value = self._commands(pipe)
        name = pipe.variables[0]
        known = self._variable(name) if pipe.is_assignment else None
        if pipe.is_assignment and known is None:
            problem = f"undefined variable: {name}"
            failure = self._failure(problem, value, pipe.commands[-1])
            return self._local("v"), failure
        if pipe.is_assignment and not value.is_constant:
            value = value._replace(code=f"GROWN({value.code})")
        # Setting $ must leave the cursor as it is.
        self._is_local = True
        local = known.local if known and known is not self._root else self._local("v")
        binding = Binding(local, may_be_nil=value.type == "any")
        if known is self._root:
            self._scopes[0]["$"] = binding
        else:
            self._bind(name, binding, known)
        return local, value

    # Expressions.

    def _pipe(self, pipe: Pipe) -> Value:
        """Write a pipeline; a variable bound in it is set on the way."""
        if self._memo is None:
            return self._written(pipe)
        cursor, root = self._cursor, self._data()
        key = (
            id(pipe), cursor.local, cursor.may_be_nil, cursor.is_field, root.local
        )  # fmt: skip
        value = self._memo.get(key)
        if value is None:
            outside, self._is_local = self._is_local, False
            value = self._written(pipe)
            if not self._is_local:
                self._memo[key] = value
            self._is_local |= outside
        return value

    def _written(self, pipe: Pipe) -> Value:
        if not pipe.variables:
            return self._commands(pipe)
        local, value = self._bound(pipe)
        return value._replace(code=f"({local} := {value.code})", is_atom=False)

    def _commands(self, pipe: Pipe) -> Value:
        value: Value | None = None
        for command in pipe.commands:
            value = self._command(command, value)._replace(is_field=False)
        assert value is not None  # noqa: S101 - the parser refuses an empty pipeline
        return value

    def _command(  # noqa: PLR0911 - one for each kind of node
        self, command: Command, final: Value | None
    ) -> Value:
        """Write a command; ``final`` is the value of the one before it."""
        first, *arguments = command.operands
        match first:
            case Field():
                return self._path(self._cursor, first, arguments, final)
            case Variable(names=[_, *_]):
                binding = self._variable(first.name)
                if binding is None:
                    problem = f"undefined variable: {first.name}"
                    return self._failure(problem, final, first)
                return self._path(binding, first, arguments, final)
            case Chain():
                return self._chain(first, arguments, final)
            case Identifier():
                return self._call(command, first.name, arguments, final)
        if arguments or final is not None:
            problem = f"can't give argument to non-function {first}"
            return self._failure(problem, final, first)
        if isinstance(first, Nil):
            return self._failure("nil is not a command", None, first)
        return self._operand(first)

    def _operand(self, node: Operand) -> Value:  # noqa: PLR0911 - as above
        """Write an operand that stands alone."""
        match node:
            case Dot():
                return self._held(self._cursor)
            case Bool():
                return _constant(node.value, "bool")
            case String():
                return _constant(node.value, "string")
            case Number():
                return self._number(node)
            case Nil():
                return _NIL
            case Pipe():
                return self._pipe(node)
            case Variable(names=[]):
                binding = self._variable(node.name)
                if binding is None:
                    problem = f"undefined variable: {node.name}"
                    return self._failure(problem, None, node)
                return self._held(binding)
        return self._command(Command(node.position, [node]), None)

    def _held(self, binding: Binding) -> Value:
        return Value(binding.local, is_atom=True, is_field=binding.is_field)

    def _number(self, node: Number) -> Value:
        if node.is_float:
            return _constant(node.floating, "float64")
        if node.integer not in _INT64:
            return self._failure(f"{node.text} overflows int", None, node)
        return _constant(node.integer, "int")

    def _failure(
        self, problem: str, final: Value | None, node: Operand | Command | None = None
    ) -> Value:
        """Write an expression that fails, after what was to be computed before."""
        before = f", {final.code}" if final else ""
        code = f"FAIL({problem!a}{before})"
        return Value(self._mark(code, "node", node) if node else code, calls=True)

    # Paths.

    def _path(
        self,
        base: Binding,
        node: Field | Variable | Chain,
        arguments: Sequence[Operand],
        final: Value | None,
        *,
        test: str | None = None,
    ) -> Value:
        """Write ``.a.b.c``, the last of which may be a method with arguments.

        ``test`` is what is compared with nil first, where it is not the base.
        """
        code = base.local
        has_arguments = bool(arguments) or final is not None
        plain = node.names[:-1] if has_arguments else node.names
        for step, name in enumerate(plain):
            if name in _MAP_METHODS:
                code = f"FIELD({code}, {name!a})"
            else:
                code = f"{code}.get({name!a})"
            if self._marks is not None:
                code = self._mark(code, "field", node, name=name, step=step, base=base)
        if has_arguments:
            expected = "string" if node.names[-1] in _STRING_METHODS else "any"
            values = [self._argument(argument, expected) for argument in arguments]
            if final is not None:
                final = self._checked(final, expected, node)
            before, values = self._ordered(values, final)
            given = "".join(f", {value.code}" for value in values)
            code = f"METHOD({code}, {node.names[-1]!a}{given})"
            step, name = len(plain), node.names[-1]
            code = before(
                self._mark(code, "call", node, name=name, step=step, base=base)
            )
        if base.may_be_nil:
            code = f"(None if {test or base.local} is None else {code})"
        holder = base.local if base.may_be_nil else ""
        return Value(
            code, calls=has_arguments, is_field=not has_arguments, holder=holder
        )

    def _chain(
        self, node: Chain, arguments: Sequence[Operand], final: Value | None
    ) -> Value:
        if isinstance(node.operand, Nil):
            problem = f"indirection through explicit nil in {node}"
            return self._failure(problem, final, node)
        value = self._operand(node.operand)
        base = Binding(self._local("t"), may_be_nil=True)
        test = f"({base.local} := {value.code})"
        path = self._path(base, node, arguments, final, test=test)
        calls = path.calls or value.calls
        return path._replace(calls=calls)

    # Calls.

    def _call(
        self,
        node: Command,
        name: str,
        arguments: Sequence[Operand],
        final: Value | None,
    ) -> Value:
        signature = SIGNATURES.get(name, UNKNOWN)
        if problem := _wrong_count(name, signature, len(arguments), final is not None):
            return self._failure(problem, final, node)
        if name == "call":
            # Its messages name the function as it is written.
            arguments = [String(node.position, "", str(arguments[0])), *arguments]
            signature = UNKNOWN
        values = [
            self._argument(argument, signature.parameter(index))
            for index, argument in enumerate(arguments)
        ]
        if final is not None:
            final = self._checked(final, signature.parameter(len(values)), node)
        if name in ("and", "or"):
            return self._short_circuit(name, values, final)
        before, values = self._ordered(values, final)
        if name == "len":
            # A nil of its own is another error than one that was looked up.
            values.append(Value(_is_field(values[0])))
        inline = INLINE.get(name)
        value = inline(values) if inline else None
        if value is None:
            given = ", ".join(value.code for value in values)
            call = self._mark(f"F_{name}({given})", "call", node, name=name)
            value = Value(call, signature.result, calls=True)
        else:
            # An inlined function may still be called, for what is rare.
            code = self._mark(value.code, "call", node, name=name)
            calls = any(v.calls for v in values)
            value = value._replace(code=code, calls=calls)
        return value._replace(code=before(value.code))

    def _ordered(
        self, values: list[Value], final: Value | None, *, lazy: bool = False
    ) -> tuple[Callable[[str], str], list[Value]]:
        """Add the value of the pipeline so far as the last argument.

        Go has computed it before the other arguments. Where that could make a
        difference, the function that is given too puts it before the call.
        """
        if final is None:
            return str, values
        if final.calls and (lazy or any(not v.is_atom for v in values)):
            local = self._local("t")
            first = f"({local} := {final.code})"
            held = final._replace(code=local, is_atom=True)
            return lambda code: f"({first}, {code})[1]", [*values, held]
        return str, [*values, final]

    def _short_circuit(
        self, name: str, values: list[Value], final: Value | None
    ) -> Value:
        before, values = self._ordered(values, final, lazy=True)
        types = {value.type for value in values}
        code = f"({f' {name} '.join(value.code for value in values)})"
        return Value(
            before(code),
            types.pop() if len(types) == 1 else "any",
            calls=any(v.calls for v in values),
        )

    def _argument(self, node: Operand, expected: str) -> Value:
        """Write an argument of a function, checked against the parameter's type."""
        if isinstance(node, Nil):
            if expected == "any":
                return _NIL
            if expected in _NILLABLE:
                return Value(f"as_{expected}(None)")
            return self._failure(
                f"cannot assign nil to {_GO_NAMES[expected]}", None, node
            )
        if isinstance(node, _LITERALS) and expected != "any":
            return self._literal(node, expected)
        value = self._operand(node)
        return self._checked(value, expected, node)

    def _literal(self, node: Bool | Number | String | Nil, expected: str) -> Value:
        """Write a constant as the type that is asked for."""
        match node, expected:
            case (String(), "string") | (Bool(), "bool"):
                return self._operand(node)
            case Number(integer=int() as value), "int":
                return _constant(value, "int")
            case Number(integer=int() as value), "uint32" if value >= 0:
                return _constant(value % 2**32, "uint32")
            case Number(floating=float() as value), "float64":
                return _constant(value, "float64")
        if wanted := _WANTED.get(expected):
            problem = f"expected {wanted}; found {node}"
        else:
            problem = f"can't handle {node} for arg of type {_GO_NAMES[expected]}"
        return self._failure(problem, None, node)

    def _checked(self, value: Value, expected: str, node: Operand | Command) -> Value:
        """Make sure at run time that a value has a type."""
        if expected in ("any", value.type):
            return value
        name = f"as_{expected}"
        nil = f", is_field={_is_field(value)}" if value.is_field else ""
        python_type = _PYTHON_TYPES.get(expected)
        if python_type is None or value.is_constant:
            code = f"{name}({value.code}{nil})"
        elif value.is_atom:
            code = (
                f"({value.code} if {value.code}.__class__ is {python_type}"
                f" else {name}({value.code}{nil}))"
            )
        else:
            test = f"(x := {value.code}).__class__ is {python_type}"
            code = f"(x if {test} else {name}(x{nil}))"
        return value._replace(
            code=self._mark(code, "node", node), type=expected, is_constant=False
        )


_PYTHON_TYPES = {
    "string": "str",
    "int": "int",
    "bool": "bool",
    "map": "dict",
    "mutable_map": "dict",
}
_GO_NAMES = {
    "string": "string",
    "int": "int",
    "bool": "bool",
    "float64": "float64",
    "uint32": "uint32",
    "map": "map[string]interface {}",
    "mutable_map": "map[string]interface {}",
    "list": "[]interface {}",
    "time": "time.Time",
    "certificate": "sprig.certificate",
}
_WANTED = {
    "string": "string",
    "int": "integer",
    "uint32": "unsigned integer",
    "bool": "bool",
    "float64": "float",
}


def _cursor(kind: Cursor) -> Binding:
    """Give what ``.`` is at the beginning of a part."""
    return Binding("dot", may_be_nil=kind == "data", is_field=kind == "element")


def _is_field(value: Value) -> str:
    """Write whether a value was looked up; in nothing, nothing is."""
    if value.is_field and value.holder:
        return f"{value.holder} is not None"
    return str(value.is_field)


def _wrong_count(
    name: str,
    signature: Signature,
    given: int,
    has_final: bool,  # noqa: FBT001 - part of the count
) -> str | None:
    count, wanted = given + has_final, len(signature.parameters)
    if signature.variadic is not None:
        if count >= wanted:
            return None
        return f"wrong number of args for {name}: want at least {wanted} got {given}"
    if count == wanted:
        return None
    return f"wrong number of args for {name}: want {wanted} got {count}"


def _constant(value: str | float | None, go_type: str) -> Value:
    # In parentheses a number may be followed by a dot.
    code = ascii(value) if isinstance(value, str) else f"({value!r})"
    return Value(code, go_type, is_atom=True, is_constant=True)


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
