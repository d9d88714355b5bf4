"""What a parameter makes of an argument: converted or refused now, or when it runs.

Go's constants have no type until one is asked for, so that a literal is converted, or
refused, while the template is compiled. Of other arguments the type is mostly not
known before; they are checked at run time.
"""

from __future__ import annotations

from pypkg.render.gotemplate.inline import Value
from pypkg.render.gotemplate.nodes import Bool, Nil, Number, String

LITERALS = (Bool, Nil, Number, String)
NIL = Value("None", is_atom=True, is_constant=True)

# Types of parameters that nil fits.
_NILLABLE = frozenset({"list", "map", "mutable_map"})
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


def constant(value: str | float | None, go_type: str) -> Value:
    """Write a constant of one of Go's types."""
    # In parentheses a number may be followed by a dot.
    code = ascii(value) if isinstance(value, str) else f"({value!r})"
    return Value(code, go_type, is_atom=True, is_constant=True)


def converted(node: Bool | Nil | Number | String, expected: str) -> Value | None:
    """Write a literal as the type that is asked for; None if it cannot be that."""
    match node, expected:
        case Nil(), _ if expected in _NILLABLE:
            return Value(f"as_{expected}(None)")
        case (String(value=value), "string") | (Bool(value=value), "bool"):
            return constant(value, expected)
        case Number(integer=int() as value), "int":
            return constant(value, "int")
        case Number(integer=int() as value), "uint32" if value >= 0:
            return constant(value % 2**32, "uint32")
        case Number(floating=float() as value), "float64":
            return constant(value, "float64")
    return None


def mismatch(node: Bool | Nil | Number | String, expected: str) -> str:
    """Say in Go's words why a literal is not of the type that is asked for."""
    if isinstance(node, Nil):
        return f"cannot assign nil to {_GO_NAMES[expected]}"
    if wanted := _WANTED.get(expected):
        return f"expected {wanted}; found {node}"
    return f"can't handle {node} for arg of type {_GO_NAMES[expected]}"


def checked(value: Value, expected: str) -> Value:
    """Make sure at run time that a value has a type, unless it is known to."""
    if expected in ("any", value.type):
        return value
    name = f"as_{expected}"
    nil = f", is_field={looked_up(value)}" if value.is_field else ""
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
    return value._replace(code=code, type=expected, is_constant=False)


def looked_up(value: Value) -> str:
    """Write whether a value was looked up; in nothing, nothing is."""
    if value.is_field and value.holder:
        return f"{value.holder} is not None"
    return str(value.is_field)
