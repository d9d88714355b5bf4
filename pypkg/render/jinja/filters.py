"""The function catalogue as Jinja2 filters and globals.

Called by name, a function is Helm's, with Helm's arguments: ``trunc(5, name)``. As a
filter it takes the piped value where Helm's pipe would put it, which is last:
``name | trunc(5)``. There are two kinds of exception, and `SUBJECT` and `KEPT` list
them: functions whose subject is another argument, and filters that Jinja2 itself
has, which keep the meaning that every Jinja2 author knows.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from jinja2 import filters as builtin
from jinja2.runtime import Undefined
from jinja2.utils import pass_environment

from pypkg.render.jinja.faults import LimitError, MisuseError
from pypkg.render.jinja.indent import Indented, YamlText
from pypkg.render.jinja.printing import kind_of, text_of

if TYPE_CHECKING:
    from jinja2 import Environment

    from pypkg.render.engine import Limits

Function = Callable[..., Any]

# Which argument a filter's piped value becomes, where that is not the last one.
SUBJECT: Final[Mapping[str, int]] = {
    "append": 0,
    "concat": 0,
    "get": 0,
    "hasKey": 0,
    "index": 0,
    "merge": 0,
    "mergeOverwrite": 0,
    "mustAppend": 0,
    "mustMerge": 0,
    "mustMergeOverwrite": 0,
    "mustPrepend": 0,
    "mustPush": 0,
    "mustRegexFindAll": 1,
    "mustRegexReplaceAll": 1,
    "mustRegexReplaceAllLiteral": 1,
    "mustRegexSplit": 1,
    "mustSlice": 0,
    "mustWithout": 0,
    "omit": 0,
    "pick": 0,
    "prepend": 0,
    "push": 0,
    "regexFindAll": 1,
    "regexReplaceAll": 1,
    "regexReplaceAllLiteral": 1,
    "regexSplit": 1,
    "set": 0,
    "slice": 0,
    "tpl": 0,
    "unset": 0,
    "without": 0,
}

# Jinja2's own filters that are here, but for those that this module defines anew.
KEPT: Final = frozenset(
    {
        "abs",
        "capitalize",
        "count",
        "dictsort",
        "first",
        "float",
        "groupby",
        "int",
        "items",
        "last",
        "length",
        "list",
        "lower",
        "map",
        "reject",
        "rejectattr",
        "select",
        "selectattr",
        "sort",
        "sum",
        "title",
        "trim",
        "truncate",
        "unique",
        "upper",
        "urlencode",
        "wordcount",
    }
)
# Those of them that work on text: they get it as it would be printed.
_ON_TEXT = frozenset(
    {"capitalize", "lower", "title", "trim", "truncate", "upper", "wordcount"}
)
# Functions that are there to deal with what may be missing.
_TOLERANT = frozenset({"coalesce", "default", "empty", "required"})
_CHANGING = frozenset(
    {"merge", "mergeOverwrite", "mustMerge", "mustMergeOverwrite", "set", "unset"}
)
_YAML = frozenset({"toYaml", "mustToYaml", "toYamlPretty"})
_INDENTING = frozenset({"indent", "nindent"})
_PRECISION = 100


def as_globals(
    functions: Mapping[str, Function], limits: Limits
) -> dict[str, Function]:
    """Make the functions that templates call by name."""
    return {
        name: _adapted(name, function, limits.range_items)
        for name, function in functions.items()
    }


def as_filters(
    functions: Mapping[str, Function], limits: Limits
) -> dict[str, Function]:
    """Make all filters.

    Args:
        functions: The catalogue, as `as_globals` gives it.
        limits: How much a filter may build.
    """
    own = _OwnFilters(functions, limits)
    kept = {name: builtin.FILTERS[name] for name in KEPT}
    return {
        **{name: _piped(name, function) for name, function in functions.items()},
        **{name: _on_text(f) if name in _ON_TEXT else f for name, f in kept.items()},
        **own.by_name(),
    }


def _adapted(name: str, function: Function, most_items: int) -> Function:
    """Let a function of the catalogue take and give what Jinja2 has."""
    settle = _or_null if name in _TOLERANT else _present

    def call(*args: Any, **named: Any) -> Any:
        if named:
            raise MisuseError(
                f"{name} takes no named arguments", hint=f"write {name}(a, b, ...)"
            )
        values = [_plain(settle(arg)) for arg in args]
        for value in values:
            if isinstance(value, list | dict) and _size(value, {}) > most_items:
                raise LimitError(f"{name} got too much", most_items, "items")
        if name in _CHANGING and values:
            # In Helm every later template sees the change; here a new map is made.
            values[0] = _copied(values[0])
        result = function(*values)
        if name in _YAML:
            return YamlText.of(values[0], result)
        return Indented(result) if name in _INDENTING else result

    return call


def _piped(name: str, function: Function) -> Function:
    subject = SUBJECT.get(name)

    def call(value: Any, *args: Any, **named: Any) -> Any:
        if subject is None:
            return function(*args, value, **named)
        return function(*args[:subject], value, *args[subject:], **named)

    return call


def _on_text(function: Function) -> Function:
    if function is builtin.FILTERS["truncate"]:

        @pass_environment
        def truncate(environment: Environment, value: Any, *args: Any, **n: Any) -> Any:
            return function(environment, text_of(value), *args, **n)

        return truncate

    def call(value: Any, *args: Any, **named: Any) -> Any:
        return function(text_of(value), *args, **named)

    return call


def _present(value: Any) -> Any:
    return str(value) if isinstance(value, Undefined) else value  # raises if missing


def _or_null(value: Any) -> Any:
    return None if isinstance(value, Undefined) else value


def _plain(value: Any) -> Any:
    """Give a value as the catalogue knows it: no markers, no iterators."""
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, Iterator | range | tuple) or (
        isinstance(value, Iterable) and not isinstance(value, Mapping | list | bytes)
    ):
        return list(value)
    return value


def _size(value: Any, known: dict[int, int]) -> int:
    """Count the values in a value, as often as each would be written.

    A list that holds one list several times, which holds one several times, and so
    on, is small until it is written.

    Raises:
        MissingNameError: A missing name is among them.
    """
    if isinstance(value, Undefined):
        str(value)
    if not isinstance(value, list | tuple | dict):
        return 1
    if id(value) not in known:
        items = value.values() if isinstance(value, dict) else value
        known[id(value)] = 1 + sum(_size(item, known) for item in items)
    return known[id(value)]


def _copied(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _copied(item) for key, item in value.items()}
    return [_copied(item) for item in value] if isinstance(value, list) else value


class _OwnFilters:
    """The filters for which neither Jinja2's nor Helm's form would do."""

    def __init__(self, functions: Mapping[str, Function], limits: Limits) -> None:
        self._functions = functions
        self._limits = limits

    def by_name(self) -> dict[str, Function]:
        """Give them under their names; what the catalogue lacks is left out."""
        own: dict[str, Function] = {
            "batch": self.batch,
            "d": self.default,
            "default": self.default,
            "indent": self.indent,
            "join": self.join,
            "max": self._numeric("max"),
            "min": self._numeric("min"),
            "replace": self.replace,
            "reverse": self.reverse,
            "round": self.round,
            "string": text_of,
        }
        if "printf" in self._functions:
            own["format"] = self._functions["printf"]
        if "toJson" in self._functions:
            own["tojson"] = self._functions["toJson"]
        return own

    def default(
        self,
        value: Any,
        other: Any = "",
        boolean: bool = False,  # noqa: FBT001, FBT002 - Jinja2's signature
    ) -> Any:
        """Replace what is missing, null or empty; false and 0 are values.

        With ``boolean`` they count as empty too, as in Helm's function.
        """
        absent = isinstance(value, Undefined) or value is None
        if absent or (boolean and not value):
            return other
        return other if isinstance(value, str | list | Mapping) and not value else value

    @pass_environment
    def join(
        self,
        environment: Environment,
        value: Iterable[Any],
        between: Any = "",
        attribute: str | int | None = None,
    ) -> str:
        """Join the items' texts, without those that are null."""
        if attribute is not None:
            value = map(builtin.make_attrgetter(environment, attribute), value)
        texts = [text_of(item) for item in value if item is not None]
        separator = text_of(between)
        length = sum(map(len, texts)) + len(separator) * len(texts)
        self.check_length("join", length)
        return separator.join(texts)

    def replace(self, value: Any, old: Any, new: Any, count: int = -1) -> str:
        """Replace one text by another, everywhere or the first ``count`` times."""
        text, old, new = text_of(value), text_of(old), text_of(new)
        found = text.count(old) if count < 0 else min(count, text.count(old))
        self.check_length("replace", len(text) + found * (len(new) - len(old)))
        return text.replace(old, new, count)

    def indent(
        self,
        value: Any,
        width: int | str = 4,
        first: bool = False,  # noqa: FBT001, FBT002 - Jinja2's signature
        blank: bool = False,  # noqa: FBT001, FBT002 - Jinja2's signature
    ) -> str:
        """Indent all lines but the first, as Jinja2 does."""
        text = text_of(value)
        columns = width if isinstance(width, int) else len(width)
        self.check_length("indent", len(text) + columns * (text.count("\n") + 1))
        return Indented(builtin.do_indent(text, width, first, blank))

    def batch(
        self, value: Iterable[Any], size: int, fill: Any = None
    ) -> Iterator[list[Any]]:
        """Cut into lists of one size; the last is filled up if there is a filler."""
        if size > self._limits.range_items:
            raise LimitError(
                "batch makes too many items", self._limits.range_items, "items"
            )
        return builtin.do_batch(value, size, fill)

    @staticmethod
    def reverse(value: Any) -> Any:
        """Reverse text or a list."""
        return value[::-1] if isinstance(value, str) else list(value)[::-1]

    @staticmethod
    def round(value: Any, precision: int = 0, method: str = "common") -> Any:
        """Round to a number of decimal places: common, ceil or floor."""
        if not -_PRECISION <= precision <= _PRECISION:
            raise LimitError("round is too precise", _PRECISION, "places")
        if isinstance(value, float) and not math.isfinite(value):
            return value
        return builtin.do_round(value, precision, method)  # type: ignore[arg-type] # checked there

    def _numeric(self, name: str) -> Function:
        """Make max or min: of a list as in Jinja2, of numbers as in Helm."""

        @pass_environment
        def call(environment: Environment, value: Any, *args: Any, **named: Any) -> Any:
            if isinstance(value, int | float) and name in self._functions:
                return self._functions[name](*args, value, **named)
            if isinstance(value, str) or not isinstance(value, Iterable):
                raise MisuseError(f"{name} wants a list, not {kind_of(value)}")
            return builtin.FILTERS[name](environment, value, *args, **named)

        return call

    def check_length(self, name: str, length: int) -> None:
        """Refuse to build text that is too long."""
        if length > self._limits.output_bytes:
            raise LimitError(
                f"{name} would make a text of {length:,} characters",
                self._limits.output_bytes,
            )
