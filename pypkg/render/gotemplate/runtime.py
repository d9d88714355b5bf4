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


NO_VALUE = "<no value>"
"""How nil prints; it is removed from the finished text, as Helm does."""


class GoError(Exception):
    """A template that cannot go on; the message is Go's."""


class LimitError(GoError):
    """A template that costs more than its limits allow."""


def fail(problem: str, *_: object) -> NoReturn:
    """Fail with what the compiler has found, when the template gets there."""
    raise GoError(problem)


def printed(value: Any) -> str:
    """Print a value that is no string, as an action does."""
    return NO_VALUE if value is None else sprint(value)


# Arguments whose type is not known before.


def as_string(value: Any) -> str:
    """Make sure that a value is a Go string."""
    return value if isinstance(value, str) else _mismatch(value, "string")


def as_int(value: Any) -> int:
    """Make sure that a value is a Go int, which Int64 and bool are not."""
    return value if value.__class__ is int else _mismatch(value, "int")


def as_bool(value: Any) -> bool:
    """Make sure that a value is a bool."""
    return value if isinstance(value, bool) else _mismatch(value, "bool")


def as_float64(value: Any) -> float:
    """Make sure that a value is a float64."""
    return value if isinstance(value, float) else _mismatch(value, "float64")


def as_uint32(value: Any) -> NoReturn:
    """Refuse what is not a constant: nothing in a chart is a uint32."""
    _mismatch(value, "uint32")


def as_map(value: Any) -> dict[str, Any]:
    """Make sure that a value is a map of anything; nil is an empty one."""
    if value is None:
        return {}
    if isinstance(value, dict) and type_name(value) in _MAPS:
        return value
    return _mismatch(value, "map[string]interface {}")


def as_list(value: Any) -> list[Any]:
    """Make sure that a value is a list of anything; nil is an empty one."""
    if value is None:
        return []
    if isinstance(value, list) and type_name(value) == "[]interface {}":
        return value
    return _mismatch(value, "[]interface {}")


def as_time(value: Any) -> Any:
    """Make sure that a value is a time.Time."""
    return value if type_name(value) == "time.Time" else _mismatch(value, "time.Time")


def as_certificate(value: Any) -> Any:
    """Make sure that a value is what genCA and its kin give."""
    if type_name(value) == "sprig.certificate":
        return value
    return _mismatch(value, "sprig.certificate")


_MAPS = frozenset({"map[string]interface {}", "common.Values"})


def _mismatch(value: Any, expected: str) -> NoReturn:
    if value is None:
        raise GoError(f"invalid value; expected {expected}")
    raise GoError(f"wrong type for value; expected {expected}; got {type_name(value)}")


# Paths.


def field(value: Any, name: str) -> Any:
    """Look up a name that a map may have as a method: ``.Values.AsMap``."""
    methods = getattr(value, "go_methods", {})
    if name in methods and isinstance(value, dict):
        return getattr(value, methods[name])()
    return value.get(name)


def method(value: Any, name: str, *arguments: Any) -> Any:
    """Call a method with arguments: ``.Files.Get "x"``.

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
    wanted = bound.__code__.co_argcount - 1
    if len(arguments) != wanted:
        raise GoError(
            f"wrong number of args for {name}: want {wanted} got {len(arguments)}"
        )
    return bound(*arguments)


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
    return _sequence(value)


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


CHECKS: Mapping[str, Callable[[Any], Any]] = {
    check.__name__: check
    for check in (
        as_bool,
        as_certificate,
        as_float64,
        as_int,
        as_list,
        as_map,
        as_string,
        as_time,
        as_uint32,
    )
}
"""The checks of arguments, by the names that compiled templates call."""
