"""The grammar of ``--set`` and its relatives, exactly Helm's (``pkg/strvals``)."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Literal, NoReturn

from pypkg.errors import StrvalsError
from pypkg.values.int64 import Int64

if TYPE_CHECKING:
    from collections.abc import Callable

Mode = Literal["typed", "string", "json", "file", "literal"]

MAX_INDEX = 65536
MAX_NESTING = 30

_OPTIONS: dict[str, str] = {
    "typed": "--set",
    "string": "--set-string",
    "json": "--set-json",
    "file": "--set-file",
    "literal": "--set-literal",
}
_INTEGER = re.compile(r"([+-]?)0*([0-9]{1,19})")
_WORDS = {"true": True, "false": False, "null": None, "0": Int64(0)}
_MIN_INT64, _MAX_INT64 = -(2**63), 2**63 - 1


def parse_into(
    expression: str,
    target: dict[str, Any],
    *,
    mode: Mode = "typed",
    read_file: Callable[[str], str] | None = None,
) -> None:
    r"""Set what an expression says in a tree of values, in place.

    ``name=value,outer.inner=value,list[0].name=value,list={a,b}``; a backslash takes
    the meaning from the character after it. Lists and maps that the tree already
    has are changed; an index beyond a list's end fills the gap with null.

    Args:
        expression: The text given on the command line.
        target: The tree.
        mode: How a value is read. ``typed``: true, false, null and integers are what
            they look like, everything else is text. ``string``: text always.
            ``json``: a JSON value. ``file``: the path of a file with the text.
            ``literal``: all that follows ``=``, commas and backslashes included.
        read_file: Gives a file's text, for mode ``file``; its errors pass through.

    Raises:
        StrvalsError: With the column of the fault.
    """
    _Parser(expression, mode, read_file).parse(target)


class _Parser:
    """Reads an expression from left to right.

    Where the text ends before a value, Helm takes what was complete until then, with
    no error. Methods return False for that, as Helm's return ``io.EOF``.
    """

    def __init__(
        self, text: str, mode: Mode, read_file: Callable[[str], str] | None
    ) -> None:
        self.text = text
        self.mode = mode
        self.read_file = read_file
        self.at = 0
        self.key_stops = "=[." if mode == "literal" else "=[.,"

    def parse(self, target: dict[str, Any]) -> None:
        while self.key(target, 0):
            pass

    def key(self, data: dict[str, Any], depth: int) -> bool:
        start = self.at
        name, stop = self.until(self.key_stops)
        match stop:
            case "=":
                at_end = self.at == len(self.text)
                assign(data, name, self.value())
                return not at_end or self.mode in ("json", "literal")
            case "[":
                return self.index(data, name, depth, start)
            case ".":
                return self.nest(data, name, depth + 1, start)
        if stop:
            self.fail(f'key "{name}" has no value (cannot end with ,)', at=self.at - 1)
        if name:
            self.fail(f'key "{name}" has no value')
        return False

    def index(self, data: dict[str, Any], name: str, depth: int, start: int) -> bool:
        number = self.list_index()
        if number is None:
            return False
        items = data.get(name, [])
        if not isinstance(items, list):
            self.conflict(name, items, "a list", start)
        # Set even where the text ends after the bracket: ``a[0]`` makes an empty list.
        assign(data, name, items)
        return self.item(items, number, depth)

    def nest(self, data: dict[str, Any], name: str, depth: int, start: int) -> bool:
        if depth > MAX_NESTING:
            self.fail(
                "value name nested level is greater than maximum supported nested"
                f" level of {MAX_NESTING}"
            )
        inner = data.get(name, {})
        if not isinstance(inner, dict):
            self.conflict(name, inner, "a map", start)
        complete = self.key(inner, depth)
        if inner:
            assign(data, name, inner)
        elif complete:
            self.fail(f'key map "{name}" has no value', at=start)
        return complete

    def list_index(self) -> int | None:
        start = self.at
        text, stop = self.until("]")
        if not stop:
            return None
        if not _INTEGER.fullmatch(text):
            self.fail(f'error parsing index: "{text}" is no integer', at=start)
        number = int(text)
        if number < 0:
            self.fail(f"negative {number} index not allowed", at=start)
        return number

    def item(self, items: list[Any], number: int, depth: int) -> bool:
        """Read on after ``]``, and set that item of the list."""
        start = self.at
        between, stop = self.until("[.=")
        if between:
            self.fail(f'unexpected data at end of array index: "{between}"', at=start)
        if not stop:
            return False
        old = items[number] if number < len(items) else None
        match stop:
            case "=":
                self.place(items, number, self.value(), start)
                return True
            case "[":
                inner_number = self.list_index()
                if inner_number is None:
                    return False
                inner = [] if old is None else old
                if not isinstance(inner, list):
                    self.conflict(f"[{number}]", inner, "a list", start)
                complete = self.item(inner, inner_number, depth)
                new: Any = inner
            case _:
                new = old if isinstance(old, dict) else {}
                if number < len(items):
                    items[number] = new
                complete = self.key(new, depth)
        if complete:
            self.place(items, number, new, start)
        return complete

    def place(self, items: list[Any], number: int, value: Any, at: int) -> None:
        if number > MAX_INDEX:
            self.fail(
                f"index of {number} is greater than maximum supported index of"
                f" {MAX_INDEX}",
                at=at,
            )
        items.extend([None] * (number + 1 - len(items)))
        items[number] = value

    def value(self) -> Any:
        match self.mode:
            case "json":
                return self.json_value()
            case "literal":
                text, self.at = self.text[self.at :], len(self.text)
                return text
        if self.at == len(self.text):
            return ""
        if self.text[self.at] == "{":
            self.at += 1
            return self.list_value()
        return self.convert(self.until(",")[0])

    def list_value(self) -> list[Any]:
        start = self.at - 1
        items = []
        stop = ","
        while stop == ",":
            text, stop = self.until(",}")
            if not stop:
                self.fail("list must terminate with '}'", at=start)
            items.append(self.convert(text))
        if self.text.startswith(",", self.at):
            self.at += 1
        return items

    def json_value(self) -> Any:
        """Read a JSON value; nothing before a comma or the end is null."""
        if self.skip_blank():
            return None
        try:
            value, self.at = _JSON.raw_decode(self.text, self.at)
        except json.JSONDecodeError as error:
            self.fail(f"not JSON: {error.msg}", at=error.pos)
        except (ValueError, RecursionError) as error:
            self.fail(f"not JSON: {error}")
        self.skip_blank()
        return value

    def skip_blank(self) -> bool:
        """Go past blanks and one comma; tell whether that, or the end, was next."""
        rest = self.text[self.at :].lstrip()
        self.at = len(self.text) - len(rest)
        if rest and rest[0] != ",":
            return False
        self.at += bool(rest)
        return True

    def convert(self, text: str) -> Any:
        if self.mode == "typed":
            return typed(text)
        if self.mode == "file" and self.read_file is not None:
            return self.read_file(text)
        return text

    def until(self, stops: str) -> tuple[str, str]:
        """Read to one of the characters, and past it.

        Returns:
            The text before it, without backslashes; and the character, or "" where
            the text ends first.
        """
        text = self.text
        found: list[str] = []
        while self.at < len(text):
            char = text[self.at]
            self.at += 1
            if char in stops:
                return "".join(found), char
            if char == "\\" and self.mode != "literal":
                char = text[self.at : self.at + 1]
                self.at += 1
            found.append(char)
        self.at = len(text)
        return "".join(found), ""

    def conflict(self, name: str, value: Any, expected: str, at: int) -> NoReturn:
        self.fail(
            f'"{name}" is {_kind(value)} already, and {expected} is set here', at=at
        )

    def fail(self, problem: str, *, at: int | None = None) -> NoReturn:
        column = (self.at if at is None else at) + 1
        raise StrvalsError(self.text, column, problem, option=_OPTIONS[self.mode])


def assign(data: dict[str, Any], name: str, value: Any) -> None:
    """Set a key; an empty name is read past and sets nothing."""
    if name:
        data[name] = value


def typed(text: str) -> Any:
    """Give an unquoted value its type, as ``--set`` does.

    Returns:
        True, False, None, an Int64, or the text. ``007`` and ``1.5`` stay text.
    """
    word = text.casefold()
    if word in _WORDS:
        return _WORDS[word]
    match = _INTEGER.fullmatch(text)
    if match and text[0] != "0":
        number = int(match[1] + match[2])
        if _MIN_INT64 <= number <= _MAX_INT64:
            return Int64(number)
    return text


def _kind(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case dict():
            return "a map"
        case list():
            return "a list"
        case int() | float():
            return "a number"
        case _:
            return "text"


def _finite(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise ValueError(f"the number {text} is too large")
    return number


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON value")


_JSON = json.JSONDecoder(parse_float=_finite, parse_constant=_no_constant)
