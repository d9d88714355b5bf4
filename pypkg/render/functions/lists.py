"""Lists: building, taking apart, searching, sorting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pypkg.render.functions.arithmetic import to_int
from pypkg.render.functions.errors import FunctionError
from pypkg.render.functions.goprint import (
    ListSlice,
    NilSlice,
    StringSlice,
    kind_name,
    type_name,
)
from pypkg.render.functions.strings import strings_of, to_string

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pypkg.render.functions.signature import TemplateFunction


def make_list(*items: Any) -> list[Any]:
    """Give a list of the arguments."""
    return list(items)


def append(items: Any, item: Any) -> list[Any]:
    """Give a new list with ITEM at the end."""
    return [*_sequence(items, "Cannot push on type"), item]


def prepend(items: Any, item: Any) -> list[Any]:
    """Give a new list with ITEM at the beginning."""
    return [item, *_sequence(items, "Cannot prepend on type")]


def first(items: Any) -> Any:
    """Give the first item, nil if there is none."""
    found = _sequence(items, "Cannot find first on type")
    return found[0] if found else None


def last(items: Any) -> Any:
    """Give the last item, nil if there is none."""
    found = _sequence(items, "Cannot find last on type")
    return found[-1] if found else None


def rest(items: Any) -> list[Any]:
    """Give all items but the first; nil for an empty list."""
    found = _sequence(items, "Cannot find rest on type")
    return list(found[1:]) if found else NilSlice()


def initial(items: Any) -> list[Any]:
    """Give all items but the last; nil for an empty list."""
    found = _sequence(items, "Cannot find initial on type")
    return list(found[:-1]) if found else NilSlice()


def reverse(items: Any) -> list[Any]:
    """Give the items in reverse."""
    return list(_sequence(items, "Cannot find reverse on type")[::-1])


def sort_alpha(items: Any) -> StringSlice:
    """Give the items as texts, sorted by bytes, without the nil ones."""
    if not isinstance(items, list | tuple):
        return StringSlice([to_string(items)])
    return StringSlice(sorted(strings_of(items)))


def compact(items: Any) -> list[Any]:
    """Give the items that are not empty."""
    return [i for i in _sequence(items, "Cannot compact on type") if not is_empty(i)]


def uniq(items: Any) -> list[Any]:
    """Give the items without repetitions; 1 and 1.0 differ."""
    out: list[Any] = []
    for item in _sequence(items, "Cannot find uniq on type"):
        if not _holds(out, item):
            out.append(item)
    return out


def without(items: Any, *unwanted: Any) -> list[Any]:
    """Give the items that equal none of the other arguments."""
    found = _sequence(items, "Cannot find without on type")
    return [item for item in found if not _holds(unwanted, item)]


def has(item: Any, items: Any) -> bool:
    """Tell whether a list holds ITEM, type included: 1 is not 1.0."""
    if items is None:
        return False
    return _holds(_sequence(items, "Cannot find has on type"), item)


def take_slice(items: Any, *bounds: Any) -> Any:
    """Give the items from the first bound (0) to the second (the end).

    Bounds outside the list are an error; an empty list gives nil.
    """
    found = _sequence(items, "list should be type of slice or array but")
    if not found:
        return None
    start = to_int(bounds[0]) if bounds else 0
    end = to_int(bounds[1]) if len(bounds) > 1 else len(found)
    if not 0 <= start <= end <= len(found):
        raise FunctionError("reflect.Value.Slice: slice index out of bounds")
    part = found[start:end]
    return type(items)(part) if isinstance(items, StringSlice) else part


def concat(*lists: Any) -> list[Any]:
    """Give the items of all lists as one; nil if there are none."""
    return [item for items in lists for item in _concatenable(items)] or NilSlice()


def _concatenable(items: Any) -> Sequence[Any]:
    problem = f"Cannot concat type {kind_name(items)} as list"
    return _sequence(items, problem, names_kind=False)


def chunk(size: int, items: Any) -> ListSlice:
    """Cut a list into lists of SIZE items; the last may be shorter."""
    found = _sequence(items, "Cannot chunk type")
    if size <= 0:
        raise FunctionError("runtime error: makeslice: len out of range")
    starts = range(0, len(found), size)
    return ListSlice(list(found[start : start + size]) for start in starts)


def is_empty(value: Any) -> bool:
    """Tell whether a value is nil, false, 0, "", or has no items."""
    try:
        return not value
    except TypeError:
        return False


def deep_equal(a: Any, b: Any) -> bool:
    """Tell whether two values are the same all through, types included."""
    if a.__class__ is not b.__class__ and type_name(a) != type_name(b):
        return False
    if isinstance(a, dict):
        return len(a) == len(b) and all(
            key in b and deep_equal(value, b[key]) for key, value in a.items()
        )
    if isinstance(a, list | tuple):
        if getattr(a, "is_nil", False) != getattr(b, "is_nil", False):
            return False
        return len(a) == len(b) and all(map(deep_equal, a, b))
    return bool(a == b)


def _holds(items: Sequence[Any], wanted: Any) -> bool:
    if wanted.__class__ is str:
        return wanted in items
    return any(deep_equal(wanted, item) for item in items)


def _sequence(value: Any, problem: str, *, names_kind: bool = True) -> Sequence[Any]:
    if isinstance(value, list | tuple | bytes):
        return value
    if value is None:
        raise FunctionError(
            "runtime error: invalid memory address or nil pointer dereference"
        )
    if kind_name(value) == "slice":
        # Such as .Capabilities.APIVersions.
        return list(value)
    raise FunctionError(f"{problem} {kind_name(value)}" if names_kind else problem)


FUNCTIONS: dict[str, TemplateFunction] = {
    "append": append,
    "chunk": chunk,
    "compact": compact,
    "concat": concat,
    "first": first,
    "has": has,
    "initial": initial,
    "last": last,
    "list": make_list,
    "mustAppend": append,
    "mustChunk": chunk,
    "mustCompact": compact,
    "mustFirst": first,
    "mustHas": has,
    "mustInitial": initial,
    "mustLast": last,
    "mustPrepend": prepend,
    "mustPush": append,
    "mustRest": rest,
    "mustReverse": reverse,
    "mustSlice": take_slice,
    "mustUniq": uniq,
    "mustWithout": without,
    "prepend": prepend,
    "push": append,
    "rest": rest,
    "reverse": reverse,
    "slice": take_slice,
    "sortAlpha": sort_alpha,
    "tuple": make_list,
    "uniq": uniq,
    "without": without,
}
