"""JSON to Python, with Go's acceptance and Go's words for what is wrong."""

from __future__ import annotations

import json
import math
import re
from typing import Any, Literal, NoReturn

_SURROGATES = re.compile("[\ud800-\udfff]")
_MAY_BE_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_SPACE = re.compile(r"[ \t\n\r]*")
_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*')
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
_BROKEN_ESCAPE = re.compile(r"\\(?:u[0-9a-fA-F]{0,3}[^0-9a-fA-F]|[^u])")
_BROKEN_NUMBER = re.compile(
    r"-(?![0-9])|-?(?:0|[1-9][0-9]*)(?:\.(?![0-9])|(?:\.[0-9]+)?[eE][-+]?(?![0-9]))"
)
_LONGEST_INT = 4000
_LITERALS = {"t": "true", "f": "false", "n": "null"}
_ESCAPES = {
    "\a": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t",
    "\v": "\\v", "'": "\\'", "\\": "\\\\",
}  # fmt: skip


class NumberError(ValueError):
    """A number that is too large for a float; as in Go, the others were read.

    Attributes:
        value: What was read, with 0.0 for such numbers.
    """

    def __init__(self, message: str, value: Any) -> None:
        super().__init__(message)
        self.value = value


class _TooLargeError(Exception):
    """A number is too large for a float."""


class _TooLarge:
    """A number that is too large, as it is written."""

    def __init__(self, text: str) -> None:
        self.text = text


class _Pairs(list[tuple[str, Any]]):
    """An object, with keys that may stand in it twice."""


def loads(text: str | bytes, *, numbers: Literal["int", "float64"] = "int") -> Any:
    """Read one JSON value.

    Args:
        text: JSON; UTF-8 if bytes.
        numbers: ``int`` keeps whole numbers; ``float64`` makes every number a
            float, as Helm's are in templates.

    Raises:
        NumberError: It holds a number too large for a float.
        ValueError: The text is not JSON; the message is Go's.
    """
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    try:
        value = _parsed(text, numbers)
    except json.JSONDecodeError as error:
        raise ValueError(_Fault(text).find() or str(error)) from None
    except RecursionError:
        raise ValueError("exceeded max depth") from None
    if not text.isascii() or _MAY_BE_SURROGATE.search(text):
        value = _replace_surrogates(value)
    return value


def _parsed(text: str, numbers: Literal["int", "float64"]) -> Any:
    try:
        return json.loads(
            text,
            parse_int=_float if numbers == "float64" else _int,
            parse_float=_float,
            parse_constant=_refuse,
        )
    except _TooLargeError:
        raise _number_error(text, numbers) from None


def _int(text: str) -> int | float:
    # Python refuses to read longer ones as whole numbers.
    return int(text) if len(text) < _LONGEST_INT else _float(text)


def _float(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise _TooLargeError
    return value


def _number_error(text: str, numbers: Literal["int", "float64"]) -> NumberError:
    """Read a text that holds numbers too large, and name the first of them."""

    def kept(number: str) -> Any:
        try:
            return _float(number)
        except _TooLargeError:
            return _TooLarge(number)

    def whole(number: str) -> Any:
        return int(number) if len(number) < _LONGEST_INT else kept(number)

    value = json.loads(
        text,
        parse_int=kept if numbers == "float64" else whole,
        parse_float=kept,
        parse_constant=_refuse,
        object_pairs_hook=_Pairs,
    )
    faults: list[str] = []
    read = _without_too_large(value, (), faults)
    return NumberError(faults[0], _replace_surrogates(read))


def _without_too_large(
    value: Any, path: tuple[str | int, ...], faults: list[str]
) -> Any:
    """Put 0 for numbers that are too large, and say of each where it stands."""
    match value:
        case _TooLarge():
            faults.append(
                f"json: cannot unmarshal number {value.text} into {_target(path)}"
                " of type float64"
            )
            return 0.0
        case _Pairs():
            return {
                key: _without_too_large(item, (*path, key), faults)
                for key, item in value
            }
        case list():
            return [
                _without_too_large(item, (*path, index), faults)
                for index, item in enumerate(value)
            ]
    return value


def _target(path: tuple[str | int, ...]) -> str:
    """Name a place in a value as Go does."""
    if not path:
        return "Go value"
    place = "".join(f".{step}" for step in path)
    return f"Go struct field {place}" if isinstance(path[-1], str) else place


def _refuse(constant: str) -> NoReturn:
    # Python's own extensions: NaN, Infinity, -Infinity.
    raise ValueError(_Fault(constant).find())


def _replace_surrogates(value: Any) -> Any:
    """Put U+FFFD for halves of surrogate pairs, and for bytes that are not UTF-8."""
    match value:
        case str():
            return _SURROGATES.sub("\ufffd", value)
        case list():
            return [_replace_surrogates(item) for item in value]
        case dict():
            return {
                _replace_surrogates(key): _replace_surrogates(item)
                for key, item in value.items()
            }
    return value


class _Fault:
    """Finds what Go's scanner dislikes first."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.open: list[str] = []

    def find(self) -> str:
        """Give Go's message, "" if the text is JSON."""
        try:
            self._value()
            while self.open:
                self._after_value()
            self._skip_space()
        except ValueError as error:
            return str(error)
        if self.position < len(self.text):
            return self._invalid("after top-level value")
        return ""

    def _invalid(self, where: str, position: int | None = None) -> str:
        position = self.position if position is None else position
        if position >= len(self.text):
            return "unexpected end of JSON input"
        char = self.text[position]
        shown = _ESCAPES.get(char, char)
        if shown == char and not char.isprintable():
            code = ord(char)
            shown = f"\\x{code:02x}" if code < 0x80 else f"\\u{code:04x}"  # noqa: PLR2004 - ASCII
        return f"invalid character '{shown}' {where}"

    def _fail(self, where: str, position: int | None = None) -> NoReturn:
        raise ValueError(self._invalid(where, position))

    def _skip_space(self) -> str:
        match = _SPACE.match(self.text, self.position)
        self.position = match.end() if match else self.position
        return self.text[self.position : self.position + 1]

    def _value(self) -> None:
        """Read to the end of a scalar, or into the first scalar of a collection."""
        while True:
            char = self._skip_space()
            if char == "[":
                self.open.append(char)
                self.position += 1
                if self._skip_space() == "]":
                    break
            elif char == "{":
                self.open.append(char)
                self.position += 1
                if self._skip_space() == "}":
                    break
                self._key()
            else:
                self._scalar(char)
                return
        self.open.pop()
        self.position += 1

    def _key(self) -> None:
        if self._skip_space() != '"':
            self._fail("looking for beginning of object key string")
        self._string()
        if self._skip_space() != ":":
            self._fail("after object key")
        self.position += 1

    def _after_value(self) -> None:
        is_array = self.open[-1] == "["
        char = self._skip_space()
        if char == ",":
            self.position += 1
            if not is_array:
                self._key()
            self._value()
        elif char == ("]" if is_array else "}"):
            self.open.pop()
            self.position += 1
        else:
            self._fail(
                "after array element" if is_array else "after object key:value pair"
            )

    def _scalar(self, char: str) -> None:
        if char == '"':
            self._string()
        elif char in _LITERALS:
            self._literal(_LITERALS[char])
        else:
            self._number()

    def _literal(self, word: str) -> None:
        for offset, letter in enumerate(word):
            place = self.position + offset
            if self.text[place : place + 1] != letter:
                self._fail(f"in literal {word} (expecting '{letter}')", place)
        self.position += len(word)

    def _number(self) -> None:
        broken = _BROKEN_NUMBER.match(self.text, self.position)
        if broken:
            self._fail("in numeric literal", broken.end())
        match = _NUMBER.match(self.text, self.position)
        if match is None:
            self._fail("looking for beginning of value")
        self.position = match.end()

    def _string(self) -> None:
        match = _STRING.match(self.text, self.position)
        end = match.end() if match else self.position
        following = self.text[end : end + 1]
        if following == "\\":
            escape = _BROKEN_ESCAPE.match(self.text, end)
            if escape:
                length = 6 if escape[0][1] == "u" else 2
                sequence = self.text[end : end + length]
                raise ValueError(f"invalid escape sequence `{sequence}` in string")
            end = len(self.text)
        if following != '"':
            self._fail("in string", end)
        self.position = end + 1
