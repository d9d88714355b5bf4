"""Pipelines to Python expressions.

What Go evaluates in turn must stay in turn where it can make a difference: the value
of the pipeline so far before the arguments of the next command.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pypkg.render.gotemplate.arguments import (
    LITERALS,
    NIL,
    checked,
    constant,
    converted,
    looked_up,
    mismatch,
)
from pypkg.render.gotemplate.inline import INLINE, Value
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
from pypkg.render.gotemplate.scopes import Binding, Scopes
from pypkg.render.gotemplate.signatures import SIGNATURES, UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pypkg.render.gotemplate.marks import Marker

# The methods of Helm's objects that are maps, .Values and .Files: a get would miss
# them. Those that take an argument take a string.
_STRING_METHODS = frozenset(
    {"Format", "Get", "GetBytes", "Glob", "Has", "Lines", "PathValue", "Table"}
)
_MAP_METHODS = _STRING_METHODS | {"AsConfig", "AsMap", "AsSecrets", "Encode", "YAML"}
_INT64 = range(-(2**63), 2**63)

Memo = dict[tuple[object, ...], Value]
"""Pipelines that were written before, by themselves and by what ``.`` is there."""


class Expressions:
    """Writes the pipelines of one function.

    Args:
        scopes: What names mean where the function's writer is.
        mark: Puts marks around what errors may be about.
        memo: Remembers pipelines, for files whose statements are shared.
    """

    def __init__(self, scopes: Scopes, mark: Marker, memo: Memo | None) -> None:
        self._scopes = scopes
        self._mark = mark
        self._memo = memo

    def pipe(self, pipe: Pipe) -> Value:
        """Write a pipeline; a variable bound in it is set on the way."""
        if self._memo is None:
            return self._written(pipe)
        cursor, root = self._scopes.cursor, self._scopes.data()
        key = (
            id(pipe), cursor.local, cursor.may_be_nil, cursor.is_field, root.local
        )  # fmt: skip
        value = self._memo.get(key)
        if value is None:
            outside, self._scopes.is_local = self._scopes.is_local, False
            value = self._written(pipe)
            if not self._scopes.is_local:
                self._memo[key] = value
            self._scopes.is_local |= outside
        return value

    def _written(self, pipe: Pipe) -> Value:
        if not pipe.variables:
            return self.commands(pipe)
        local, value = self.bound(pipe)
        return value._replace(code=f"({local} := {value.code})", is_atom=False)

    def bound(self, pipe: Pipe) -> tuple[str, Value]:
        """Declare or find the variable of ``$x := …``; give its local and value."""
        value = self.commands(pipe)
        name = pipe.variables[0]
        known = self._scopes.find(name) if pipe.is_assignment else None
        if pipe.is_assignment and known is None:
            problem = f"undefined variable: {name}"
            failure = self._failure(problem, value, pipe.commands[-1])
            return self._scopes.local("v"), failure
        if pipe.is_assignment and not value.is_constant:
            value = value._replace(code=f"GROWN({value.code})")
        local = self._scopes.hold(name, known, may_be_nil=value.type == "any")
        return local, value

    def commands(self, pipe: Pipe) -> Value:
        """Write a pipeline's value, without the variables that it is for."""
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
                return self._path(self._scopes.cursor, first, arguments, final)
            case Variable(names=[_, *_]):
                binding = self._scopes.find(first.name)
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
                return self._held(self._scopes.cursor)
            case Bool():
                return constant(node.value, "bool")
            case String():
                return constant(node.value, "string")
            case Number():
                return self._number(node)
            case Nil():
                return NIL
            case Pipe():
                return self.pipe(node)
            case Variable(names=[]):
                binding = self._scopes.find(node.name)
                if binding is None:
                    problem = f"undefined variable: {node.name}"
                    return self._failure(problem, None, node)
                return self._held(binding)
        return self._command(Command(node.position, [node]), None)

    def _held(self, binding: Binding) -> Value:
        return Value(binding.local, is_atom=True, is_field=binding.is_field)

    def _number(self, node: Number) -> Value:
        if node.is_float:
            return constant(node.floating, "float64")
        if node.integer not in _INT64:
            return self._failure(f"{node.text} overflows int", None, node)
        return constant(node.integer, "int")

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
        has_arguments = bool(arguments) or final is not None
        code = base.local
        for step, name in enumerate(node.names[:-1] if has_arguments else node.names):
            if name in _MAP_METHODS:
                code = f"FIELD({code}, {name!a})"
            else:
                code = f"{code}.get({name!a})"
            if self._mark.marks is not None:
                code = self._mark(code, "field", node, name=name, step=step, base=base)
        if has_arguments:
            code = self._method(code, base, node, arguments, final)
        if base.may_be_nil:
            code = f"(None if {test or base.local} is None else {code})"
        holder = base.local if base.may_be_nil else ""
        return Value(
            code, calls=has_arguments, is_field=not has_arguments, holder=holder
        )

    def _method(
        self,
        receiver: str,
        base: Binding,
        node: Field | Variable | Chain,
        arguments: Sequence[Operand],
        final: Value | None,
    ) -> str:
        """Write the call of a path's last name, a method of what is before it."""
        name = node.names[-1]
        expected = "string" if name in _STRING_METHODS else "any"
        values = [self._argument(argument, expected) for argument in arguments]
        if final is not None:
            final = self._checked(final, expected, node)
        before, values = self._ordered(values, final)
        given = "".join(f", {value.code}" for value in values)
        code = f"METHOD({receiver}, {name!a}{given})"
        step = len(node.names) - 1
        return before(self._mark(code, "call", node, name=name, step=step, base=base))

    def _chain(
        self, node: Chain, arguments: Sequence[Operand], final: Value | None
    ) -> Value:
        if isinstance(node.operand, Nil):
            problem = f"indirection through explicit nil in {node}"
            return self._failure(problem, final, node)
        value = self._operand(node.operand)
        base = Binding(self._scopes.local("t"), may_be_nil=True)
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
        piped = final is not None
        if problem := signature.wrong_count(name, len(arguments), piped=piped):
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
            values.append(Value(looked_up(values[0])))
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
            local = self._scopes.local("t")
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
        if isinstance(node, LITERALS) and expected != "any":
            if (value := converted(node, expected)) is not None:
                return value
            return self._failure(mismatch(node, expected), None, node)
        return self._checked(self._operand(node), expected, node)

    def _checked(self, value: Value, expected: str, node: Operand | Command) -> Value:
        """Make sure at run time that a value has a type."""
        checked_value = checked(value, expected)
        if checked_value is value:
            return value
        code = self._mark(checked_value.code, "node", node)
        return checked_value._replace(code=code)
