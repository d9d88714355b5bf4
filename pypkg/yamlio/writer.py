"""Python to YAML, byte for byte as Helm's ``toYaml`` and ``toYamlPretty``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cmp_to_key
from typing import TYPE_CHECKING, Any

from pypkg.yamlio.scalars import (
    NUMBER_STARTS,
    SPECIAL_STARTS,
    WORDS,
    format_float,
    parse_number,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_WIDTH = 80
_SIMPLE_KEY = 128

# Letters, digits and marks that never need quotes, wherever they stand.
_SAFE = re.compile(r"[A-Za-z_/$(\\][\w./$()\\+=;^~<>-]*\Z", re.ASCII)
_BASE60 = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?\Z")
# What go-yaml's emitter does not print as it is: controls, BOM, and all beyond U+FFFF.
_UNPRINTABLE = re.compile("[^\n\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd]")
_BREAKS = "\r\n\x85\u2028\u2029"
_BREAK = re.compile(f"[{_BREAKS}]")
_SPACE_BREAK = re.compile(f" [{_BREAKS}]")
_BREAK_SPACE = re.compile(f"[{_BREAKS}] ")
_INDICATOR = re.compile(
    "(?:---|\\.\\.\\.)|[#,\\[\\]{}&*!|>'\"%@`]|[?:](?:[ \t]|\\Z)|-(?:[ \t]|\\Z)"
)
_INNER_INDICATOR = re.compile(r":(?:[ \t]|\Z)|[ \t\r\n\x85\u2028\u2029]#")
_ESCAPED = re.compile('["\\\\\x85\u2028\u2029\n]|' + _UNPRINTABLE.pattern)
_ESCAPES = {
    "\0": "0", "\a": "a", "\b": "b", "\t": "t", "\n": "n", "\v": "v", "\f": "f",
    "\r": "r", "\x1b": "e", '"': '"', "\\": "\\", "\x85": "N", "\u2028": "L",
    "\u2029": "P",
}  # fmt: skip


def dump(value: Any, *, default: Callable[[Any], Any] | None = None) -> str:
    """Write a value as ``sigs.k8s.io/yaml.Marshal`` does, with a final newline.

    Keys are sorted, sequences stand under their key without indentation, long
    text folds after 80 columns.

    Args:
        value: Mappings with string keys, lists, strings, numbers, booleans, None.
        default: Gives a writable value for one of another class.

    Raises:
        ValueError: A float is infinite or not a number.
        TypeError: A value has no YAML form.
    """
    return _Writer(_COMPACT, default).document(value)


def dump_pretty(value: Any, *, default: Callable[[Any], Any] | None = None) -> str:
    """Write a value as Helm's ``toYamlPretty``: sequences indented, nothing folded.

    Arguments and errors are those of `dump`.
    """
    return _Writer(_PRETTY, default).document(value)


@dataclass(frozen=True, slots=True)
class _Style:
    width: int
    sequence_indent: int
    through_json: bool


_COMPACT = _Style(width=_WIDTH, sequence_indent=0, through_json=True)
_PRETTY = _Style(width=1 << 62, sequence_indent=2, through_json=False)


class _Writer:
    def __init__(self, style: _Style, default: Callable[[Any], Any] | None) -> None:
        self.style = style
        self.default = default
        self.parts: list[str] = []

    def document(self, value: Any) -> str:
        match value:
            case dict() if value:
                self._mapping(value, 0, inline=False)
            case list() | tuple() if value:
                self._sequence(value, 0, inline=False)
            case _:
                self._leaf(value, 0, 2)
        return "".join(self.parts)

    def _mapping(self, mapping: dict[str, Any], indent: int, *, inline: bool) -> None:
        write = self.parts.append
        margin = " " * indent
        for key in sorted_keys(mapping):
            value = mapping[key]
            if not inline:
                write(margin)
            inline = False
            if not is_simple_key(key):
                self._complex_entry(key, value, indent)
                continue
            name = key if _is_safe(key) else self._quoted(key, 0, 0, folds=False)
            write(name)
            write(":")
            if value.__class__ is dict and value:
                write("\n")
                self._mapping(value, indent + 2, inline=False)
            elif value.__class__ is list and value:
                write("\n")
                self._sequence(value, indent + self.style.sequence_indent, inline=False)
            else:
                write(" ")
                self._leaf(value, indent + len(name) + 2, indent + 2)

    def _complex_entry(self, key: str, value: Any, indent: int) -> None:
        write = self.parts.append
        write("? ")
        self._leaf(key, indent + 2, indent + 2)
        write(" " * indent + ": ")
        self._nested(value, indent + 2)

    def _sequence(self, items: Iterable[Any], indent: int, *, inline: bool) -> None:
        write = self.parts.append
        margin = " " * indent + "- "
        for item in items:
            write("- " if inline else margin)
            inline = False
            self._nested(item, indent + 2)

    def _nested(self, value: Any, indent: int) -> None:
        if isinstance(value, dict) and value:
            self._mapping(value, indent, inline=True)
        elif isinstance(value, list | tuple) and value:
            self._sequence(value, indent, inline=True)
        else:
            self._leaf(value, indent, indent)

    def _leaf(self, value: Any, column: int, indent: int) -> None:
        self.parts.append(self._scalar(value, column, indent))
        self.parts.append("\n")

    def _scalar(self, value: Any, column: int, indent: int) -> str:
        match value:
            case str():
                if _is_safe(value) and len(value) < self.style.width:
                    return value
                return self._string(value, column, indent)
            case None:
                return "null"
            case bool():
                return "true" if value else "false"
            case int():
                return int.__repr__(value)
            case float():
                return self._float(value)
            case dict():
                return "{}"
            case list() | tuple():
                return "[]"
        raise TypeError(f"cannot write a {type(value).__name__} as YAML")

    def _float(self, value: float) -> str:
        if (
            self.style.through_json
            and value.is_integer()
            and -(1 << 63) <= value < 1 << 64
        ):
            return str(int(value))
        text = format_float(value)
        return {"+Inf": ".inf", "-Inf": "-.inf", "NaN": ".nan"}.get(text, text)

    def _string(self, text: str, column: int, indent: int) -> str:
        if "\n" in text:
            if (
                text[-1] == " "
                or _SPACE_BREAK.search(text)
                or _UNPRINTABLE.search(text)
            ):
                return self._double_quoted(text, column, indent, folds=True)
            return _literal(text, indent)
        return self._quoted(text, column, indent, folds=True)

    def _quoted(self, text: str, column: int, indent: int, *, folds: bool) -> str:
        if resolves(text) or _UNPRINTABLE.search(text) or "\n" in text:
            return self._double_quoted(text, column, indent, folds=folds)
        plain = not (
            text[0] == " "
            or text[-1] == " "
            or _INDICATOR.match(text)
            or _INNER_INDICATOR.search(text)
            or _BREAK.search(text)
        )
        if plain:
            return self._fold(text, column, indent) if folds else text
        if _SPACE_BREAK.search(text) or _BREAK_SPACE.search(text):
            return self._double_quoted(text, column, indent, folds=folds)
        text = text.replace("'", "''")
        if folds:
            text = self._fold(text, column + 1, indent, inner=True)
        return f"'{text}'"

    def _fold(self, text: str, column: int, indent: int, *, inner: bool = False) -> str:
        if column + len(text) <= self.style.width or " " not in text:
            return text
        out = []
        spaces = False
        last = len(text) - 1
        for i, char in enumerate(text):
            if char != " ":
                out.append(char)
                column += 1
                spaces = False
                continue
            if (
                not spaces
                and column > self.style.width
                and (not inner or 0 < i < last)
                and text[i + 1 : i + 2] != " "
            ):
                out.append("\n" + " " * indent)
                column = indent
            else:
                out.append(char)
                column += 1
            spaces = True
        return "".join(out)

    def _double_quoted(
        self, text: str, column: int, indent: int, *, folds: bool
    ) -> str:
        out = ['"']
        column += 1
        spaces = False
        last = len(text) - 1
        for i, char in enumerate(text):
            if char == " ":
                if folds and not spaces and column > self.style.width and 0 < i < last:
                    out.append("\n" + " " * indent)
                    column = indent
                    if text[i + 1] == " ":
                        out.append("\\")
                        column += 1
                else:
                    out.append(char)
                    column += 1
                spaces = True
                continue
            shown = _escape(char) if _ESCAPED.match(char) else char
            out.append(shown)
            column += len(shown)
            spaces = False
        out.append('"')
        return "".join(out)


def _literal(text: str, indent: int) -> str:
    hint = "2" if text[0] in " " + _BREAKS else ""
    if text[-1] not in _BREAKS:
        chomp = "-"
    else:
        chomp = "+" if len(text) == 1 or text[-2] in _BREAKS else ""
    margin = " " * indent
    lines = text.split("\n")
    if not lines[-1]:
        lines.pop()
    body = "".join(f"\n{margin}{line}" if line else "\n" for line in lines)
    return f"|{hint}{chomp}{body}"


def _escape(char: str) -> str:
    if char in _ESCAPES:
        return "\\" + _ESCAPES[char]
    code = ord(char)
    if code <= 0xFF:  # noqa: PLR2004 - two hexadecimal digits
        return f"\\x{code:02X}"
    return f"\\u{code:04X}" if code <= 0xFFFF else f"\\U{code:08X}"  # noqa: PLR2004 - four digits


def _is_safe(text: str) -> bool:
    return _SAFE.match(text) is not None and text not in WORDS


def resolves(text: str) -> bool:
    """Whether a plain scalar of this text would be read as something else."""
    if not text:
        return True
    if text[0] not in SPECIAL_STARTS:
        return False
    if text in WORDS:
        return True
    if text[0] not in NUMBER_STARTS:
        return False
    return (
        parse_number(text) is not None
        or _BASE60.match(text) is not None
        or is_timestamp(text)
    )


_TIMESTAMP = re.compile(
    r"[0-9]{4}-(?P<month>[0-9]{1,2})-(?P<day>[0-9]{1,2})"
    r"(?:(?:[Tt]|[ ])(?P<hour>[0-9]{1,2}):[0-9]{1,2}:[0-9]{1,2}(?:\.[0-9]+)?"
    r"(?:Z|[-+][0-9]{2}:[0-9]{2})?)?\Z"
)


def is_timestamp(text: str) -> bool:
    """Whether go-yaml would take the text for a date."""
    return _TIMESTAMP.match(text) is not None


def is_simple_key(key: str) -> bool:
    """Whether a key fits before its colon; others are written after ``? ``."""
    return len(key.encode()) <= _SIMPLE_KEY and not _BREAK.search(key)


# Punctuation sorts before letters: lift the letters above it.
_LIFTED = {
    code: code + 0x1000
    for code in map(ord, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
}
_DIGIT = re.compile(r"\d")


def sorted_keys(mapping: dict[str, Any]) -> list[str]:
    """Order keys as go-yaml: runs of digits by number, punctuation before letters."""
    joined = "".join(mapping)
    if joined.isascii():
        if joined.isalpha():
            return sorted(mapping)
        if not _DIGIT.search(joined):
            return sorted(mapping, key=lambda key: key.translate(_LIFTED))
    return sorted(mapping, key=cmp_to_key(compare_keys))


def compare_keys(a: str, b: str) -> int:
    """Compare two keys as go-yaml v2's keyList does."""
    for i, (x, y) in enumerate(zip(a, b, strict=False)):
        if x == y:
            continue
        x_letter, y_letter = x.isalpha(), y.isalpha()
        if x_letter and y_letter:
            return -1 if x < y else 1
        if x_letter or y_letter:
            return -1 if y_letter else 1
        lead = "1" if "0" in {x, y} and _nonzero_before(a, i) else ""
        x_run, y_run = _digits(a, i), _digits(b, i)
        x_number, y_number = int(lead + x_run or "0"), int(lead + y_run or "0")
        if x_number != y_number:
            return -1 if x_number < y_number else 1
        if len(x_run) != len(y_run):
            return -1 if len(x_run) < len(y_run) else 1
        return -1 if x < y else 1
    return len(a) - len(b)


def _nonzero_before(text: str, end: int) -> bool:
    for char in reversed(text[:end]):
        if not char.isdecimal():
            return False
        if char != "0":
            return True
    return False


def _digits(text: str, start: int) -> str:
    end = start
    while end < len(text) and text[end].isdecimal():
        end += 1
    return text[start:end]
