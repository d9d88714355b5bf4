"""What compiled templates call while they run.

Of the compiler, a cached template needs this module only, so it imports little.
Failures are raised as `GoError`, with Go's message and without a place: the place is
found afterwards from the traceback. Looking for a field in what has none is left to
Python's AttributeError.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from pypkg.render.functions.goprint import sprint, type_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from pypkg.render.engine import TemplateSource


NO_VALUE = "<no value>"
"""How nil prints; it is removed from the finished text, as Helm does."""


class GoError(Exception):
    """A template that cannot go on; the message is Go's."""


class LimitError(GoError):
    """A template that costs more than its limits allow."""


class Origin:
    """Where a piece of code came from, for errors.

    Attributes:
        source: The file, or tpl's text.
        unit: Which of the file's templates, or which part of one; see `codegen`.
    """

    __slots__ = ("source", "unit")

    def __init__(self, source: TemplateSource, unit: int) -> None:
        self.source = source
        self.unit = unit


def fail(problem: str, *_: object) -> NoReturn:
    """Fail with what the compiler has found, when the template gets there."""
    raise GoError(problem)


def printed(value: Any) -> str:
    """Print a value that is no string, as an action does."""
    return NO_VALUE if value is None else sprint(value)


ONCE = (None,)
"""What is gone through once: an else part that a ``break`` may leave."""


# Arguments whose type is not known before. A nil that was looked up in a map or list
# is an interface to Go, and as such no map; a nil out of a pipeline is an empty one.


def as_string(value: Any, *, is_field: bool = False) -> str:
    """Make sure that a value is a Go string."""
    return value if isinstance(value, str) else _mismatch(value, "string", is_field)


def as_int(value: Any, *, is_field: bool = False) -> int:
    """Make sure that a value is a Go int, which Int64 and bool are not."""
    return value if value.__class__ is int else _mismatch(value, "int", is_field)


def as_bool(value: Any, *, is_field: bool = False) -> bool:
    """Make sure that a value is a bool."""
    return value if isinstance(value, bool) else _mismatch(value, "bool", is_field)


def as_float64(value: Any, *, is_field: bool = False) -> float:
    """Make sure that a value is a float64."""
    return value if isinstance(value, float) else _mismatch(value, "float64", is_field)


def as_uint32(value: Any, *, is_field: bool = False) -> NoReturn:
    """Refuse what is not a constant: nothing in a chart is a uint32."""
    _mismatch(value, "uint32", is_field)


def as_map(value: Any, *, is_field: bool = False) -> dict[str, Any]:
    """Make sure that a value is a map of anything; nil may be an empty one."""
    if isinstance(value, dict) and type_name(value) in _MAPS:
        return value
    if value is None and not is_field:
        return {}
    return _mismatch(value, "map[string]interface {}", is_field)


def as_mutable_map(value: Any, *, is_field: bool = False) -> dict[str, Any]:
    """Make sure that a value is a map that can be changed, which nil cannot."""
    if value is None and not is_field:
        raise GoError("error calling set: assignment to entry in nil map")
    return as_map(value, is_field=is_field)


def as_list(value: Any, *, is_field: bool = False) -> list[Any]:
    """Make sure that a value is a list of anything; nil may be an empty one."""
    if isinstance(value, list) and type_name(value) == "[]interface {}":
        return value
    if value is None and not is_field:
        return []
    return _mismatch(value, "[]interface {}", is_field)


def as_time(value: Any, *, is_field: bool = False) -> Any:
    """Make sure that a value is a time.Time."""
    return _of_type(value, "time.Time", is_field)


def as_certificate(value: Any, *, is_field: bool = False) -> Any:
    """Make sure that a value is what genCA and its kin give."""
    return _of_type(value, "sprig.certificate", is_field)


_MAPS = frozenset({"map[string]interface {}", "common.Values"})


def _of_type(value: Any, expected: str, is_field: bool) -> Any:  # noqa: FBT001 - passed on
    if type_name(value) == expected:
        return value
    return _mismatch(value, expected, is_field)


def _mismatch(value: Any, expected: str, is_field: bool) -> NoReturn:  # noqa: FBT001 - passed on
    if value is None and not is_field:
        raise GoError(f"invalid value; expected {expected}")
    got = "interface {}" if value is None else type_name(value)
    raise GoError(f"wrong type for value; expected {expected}; got {got}")


# Paths.


def field(value: Any, name: str) -> Any:
    """Look up a name that a map may have as a method: ``.Values.AsMap``.

    Raises:
        AttributeError: The value has no fields.
        GoError: The method takes arguments.
    """
    if name in getattr(value, "go_methods", ()):
        return method(value, name)
    return value.get(name)


def method(value: Any, name: str, *arguments: Any) -> Any:
    """Call a method: ``.Files.Get "x"``.

    Raises:
        AttributeError: The value has no such method.
        GoError: The method takes another number of arguments.
    """
    attribute = getattr(value, "go_methods", {}).get(name)
    if attribute is None:
        if isinstance(value, dict):
            raise GoError(f"{name} is not a method but has arguments")
        raise AttributeError(name)
    bound = getattr(value, attribute)
    wanted = parameters(bound)
    if len(arguments) != wanted:
        raise GoError(
            f"wrong number of args for {name}: want {wanted} got {len(arguments)}"
        )
    return bound(*arguments)


def parameters(bound: Any) -> int:
    """Count what a Python method takes; 0 for one that is built in."""
    code = getattr(bound, "__code__", None)
    return code.co_argcount - 1 if code is not None else 0


# Loops.


def elements(value: Any) -> Iterable[Any]:
    """Give what ``range`` goes through, in Go's order; it is false where empty."""
    if value is None:
        return ()
    if isinstance(value, dict):
        return [value[key] for key in sorted(value)]
    if isinstance(value, int) and not isinstance(value, bool):
        # The elements are of the number's own type.
        kind = value.__class__
        return range(value) if kind is int else [kind(n) for n in range(value)]
    items: Iterable[Any] = _sequence(value)
    return items


def pairs(value: Any) -> Iterable[tuple[Any, Any]]:
    """Give keys or indices with the elements, for ``range $k, $v := …``."""
    if value is None:
        return ()
    if isinstance(value, dict):
        return [(key, value[key]) for key in sorted(value)]
    if isinstance(value, int) and not isinstance(value, bool):
        raise GoError(f"can't use {value} to iterate over more than one variable")
    return list(enumerate(_sequence(value)))


def _sequence(value: Any) -> Any:
    # A class that Go sees as a slice, such as .Capabilities.APIVersions, has both.
    if isinstance(value, str) or not (
        hasattr(value, "__len__") and hasattr(value, "__getitem__")
    ):
        raise GoError(f"range can't iterate over {sprint(value)}")
    return value


CHECKS: Mapping[str, Callable[..., Any]] = {
    check.__name__: check
    for check in (
        as_bool,
        as_certificate,
        as_float64,
        as_int,
        as_list,
        as_map,
        as_mutable_map,
        as_string,
        as_time,
        as_uint32,
    )
}
"""The checks of arguments, by the names that compiled templates call."""
