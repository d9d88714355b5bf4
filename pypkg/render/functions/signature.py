"""Go's rules for the arguments of a call, from a Python function's annotations.

A template function written in Go has typed parameters, and Go's template engine
refuses an argument of another type. Here the annotations are those types: ``str``
is Go's string, ``int`` its int, ``Any`` its ``interface{}``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import update_wrapper
from typing import Any, Final

from pypkg.render.functions.errors import FunctionError
from pypkg.render.functions.goprint import type_name
from pypkg.structs import Struct
from pypkg.values.int64 import Int64

TemplateFunction = Callable[..., Any]

# An annotation, and the Go type that it stands for; None takes anything.
GO_TYPES: Final[Mapping[str, str | None]] = {
    "Any": None,
    "str": "string",
    "bool": "bool",
    "int": "int",
    "Uint32": "uint32",
    "float": "float64",
    "dict[str, Any]": "map[string]interface {}",
    "list[Any]": "[]interface {}",
    "Moment": "time.Time",
    "Certificate": "sprig.certificate",
}
# inspect.CO_VARARGS: importing inspect takes longer than rendering a small chart.
_VARARGS = 0x04
_MAP, _LIST = "map[string]interface {}", "[]interface {}"
_NUMBERS: Final[Mapping[str, type]] = {
    "int": int,
    "int64": Int64,
    "uint32": int,
    "float64": float,
}
# How many combinations of argument types a function remembers as good.
_REMEMBERED = 64


class Signature(Struct):
    """A function's parameters as Go declares them.

    Attributes:
        names: The parameters' names; the last is the variadic one if there is one.
        types: Go's type of each, or None for ``interface{}``.
        variadic: Whether the last takes any number of arguments.
    """

    names: tuple[str, ...]
    types: tuple[str | None, ...]
    variadic: bool

    @classmethod
    def of(cls, function: TemplateFunction) -> Signature:
        """Read a function's annotations."""
        # The code object is read instead of inspect.signature: that takes
        # milliseconds over the whole catalogue.
        code = function.__code__
        variadic = bool(code.co_flags & _VARARGS)
        is_method = hasattr(function, "__self__")
        names = code.co_varnames[is_method : code.co_argcount + variadic]
        annotations = function.__annotations__
        return cls(names, tuple(GO_TYPES[annotations[n]] for n in names), variadic)

    @property
    def is_free(self) -> bool:
        """Whether any arguments whatever will do."""
        return self.variadic and self.types == (None,)

    def type_at(self, position: int) -> str | None:
        """Give Go's type for an argument, counted from 0."""
        return self.types[min(position, len(self.types) - 1)]

    def is_variadic_at(self, position: int) -> bool:
        """Whether the parameter takes any number of arguments."""
        return self.variadic and position == len(self.names) - 1

    def __len__(self) -> int:
        return len(self.names)


def checked(name: str, function: TemplateFunction) -> TemplateFunction:
    """Let a function be called only with arguments that fit its annotations.

    The Go engine checks by itself, as Go does, and takes functions as they are.
    This is for Jinja2, which has but one kind of whole number: any kind is taken
    where the function wants another.

    Args:
        name: Its name in templates, for errors.
        function: Annotated with the keys of `GO_TYPES`.

    Returns:
        A callable that raises FunctionError for arguments that do not fit.
    """
    signature = Signature.of(function)
    if signature.is_free:
        return function
    known: set[tuple[type, ...]] = set()

    def call(*args: Any) -> Any:
        kinds = tuple(map(type, args))
        if kinds in known:
            return function(*args)
        _check_count(name, signature, len(args))
        fitting = tuple(
            _fit(value, signature.type_at(i)) for i, value in enumerate(args)
        )
        unchanged = all(a is b for a, b in zip(args, fitting, strict=True))
        if unchanged and len(known) < _REMEMBERED:
            known.add(kinds)
        return function(*fitting)

    return update_wrapper(call, function)


def _check_count(name: str, signature: Signature, count: int) -> None:
    wanted = len(signature.names) - signature.variadic
    if count < wanted or (count > wanted and not signature.variadic):
        least = "at least " if signature.variadic else ""
        raise FunctionError(
            f"wrong number of args for {name}: want {least}{wanted} got {count}"
        )


def _fit(value: Any, wanted: str | None) -> Any:
    actual = type_name(value)
    if wanted is None or actual == wanted:
        return value
    if wanted in _NUMBERS and _is_whole(value):
        return _NUMBERS[wanted](value)
    if wanted == _MAP and (value is None or isinstance(value, Mapping)):
        return {} if value is None else value
    if wanted == _LIST and (value is None or isinstance(value, list | tuple)):
        return [] if value is None else value
    got = "nil" if value is None else actual
    raise FunctionError(f"wrong type for value; expected {wanted}; got {got}")


def _is_whole(value: Any) -> bool:
    if isinstance(value, bool):
        return False
    return isinstance(value, int) or (isinstance(value, float) and value.is_integer())
