"""The YAML that most files consist of, read line by line.

libyaml makes events of everything, which costs several times what reading the lines of
a values file does, and PyYAML must be imported first. So `read` takes the texts that
hold nothing but block mappings and sequences of simple scalars, where each line tells
by itself what it means. It leaves every other one to `events`, faults included.
"""

from __future__ import annotations

import re
from typing import Any

from pypkg.yamlio.scalars import NUMBER_STARTS, SPECIAL_STARTS, WORDS, parse_number

# Other characters may break lines, or are forbidden. The larger set takes longer to
# compile than most files to read.
_ASCII = r"[\n\t -~]*"
_CHARACTERS = r"[\n\t -~\u00a1-\u1fff\u2030-\ud7ff]*"
_START = re.compile(r"(?:[ ]*(?:#[^\n]*)?\n)*+---[ ]*\n")
_QUOTED = r""" "[^"\\\n\t]*" | '(?:[^'\n\t]|'')*+' """
_TEXT = r"[^\n\t:\#]*(?:(?::(?=[^\s])|(?<=[^\s])\#)[^\n\t:\#]*)*"
_ITEM = rf"(?:{_QUOTED} | [A-Za-z0-9_./][A-Za-z0-9_./-]*)"
_LINE = re.compile(
    rf"""
    (?:[ ]*(?:\#[^\n]*)?\n)*+  # blank lines and comments
    (?:
      ([ ]*+)                  # indentation
      ((?:-[ ]++)*+)           # the beginnings of sequences
      (?:                      # a key, unless it is an item
          ( "[^"\\\n\t]{{0,200}}"
          | '[^'\n\t]{{0,200}}'
          | [A-Za-z_/][A-Za-z0-9_./-]{{0,200}}
          )
          :(?=[ \n]|\Z)[ ]*+
        |
      )
      (?:
          ( {_QUOTED}
          | (?:[^\s\-?:,\[\]{{}}\#&*!|>'"%@`]|[-?:](?=[^\s])){_TEXT}
            (?:\n\1[ ]+[^\s:\#]{_TEXT})*
          | \{{[ ]*\}}
          | \[[ ]*+(?:{_ITEM}(?:[ ]*,[ ]*{_ITEM})*+)?[ ]*\]
          |
          )
          [ ]*+(?:(?<=[ ])\#[^\n]*)?(?:\n|\Z)
        | (\|[-+]?)[ ]*\n      # a block scalar
          ((?:\1[ ]+[^\n]*(?:\n|\Z)|[ ]*\n)*)
      )
    | ((?s:.+))                # what is not so simple
    )
    """,
    re.VERBOSE,
)
_ITEMS = re.compile(_ITEM, re.VERBOSE)
_DEEPEST = 100


class _NotPlainError(Exception):
    """The text holds more than this module knows."""


def read(text: str, *, floats: bool) -> list[Any] | None:
    """Read a text that is plain.

    Args:
        text: YAML.
        floats: Make every number a float.

    Returns:
        Its one document, or none for a text of comments; None where it is not plain.
    """
    if not re.fullmatch(_ASCII if text.isascii() else _CHARACTERS, text):
        return None
    start = _START.match(text)
    lines = _LINE.findall(text, start.end() if start else 0)
    while lines and not any(lines[-1]):
        lines.pop()  # the end, and the comments before it
    if not lines:
        return None if start else []
    if lines[-1][-1]:
        return None
    try:
        return [_document(lines, _Scalars(floats=floats))]
    except _NotPlainError:
        return None


class _Scalars(dict[str, Any]):
    """What simple scalars mean, by how they are written."""

    __slots__ = ("_floats",)

    def __init__(self, *, floats: bool) -> None:
        super().__init__()
        self._floats = floats

    def __missing__(self, written: str) -> Any:
        value = self[written] = self._read(written)
        return value

    def _read(self, written: str) -> Any:
        first = written[0]
        if first == '"':
            return written[1:-1]
        if first == "'":
            return written[1:-1].replace("''", "'")
        text = written.rstrip(" ")
        if first not in SPECIAL_STARTS:
            return text
        if text in WORDS:
            word = WORDS[text]
            if word.__class__ is float:
                raise _NotPlainError
            return word
        number = parse_number(text) if first in NUMBER_STARTS else None
        if number is None:
            return text
        return float(number) if self._floats else number


def _document(lines: list[tuple[str, ...]], scalars: _Scalars) -> Any:  # noqa: C901, PLR0912, PLR0915 - the hottest loop of the product: it dispatches by itself
    """Put the lines of a document together."""
    root: dict[str, Any] = {}
    # The innermost open collection and its column, and those around it.
    top: Any = root
    at = -1
    around: list[tuple[Any, int]] = []
    # The key whose value may be on the lines that follow.
    waiting: str | None = ""
    opened: Any
    for indent, dashes, key, value, style, content, _ in lines:
        column = len(indent)
        if column < at:
            waiting = None
            while column < at:
                top, at = around.pop()
        if dashes:
            if waiting is not None:
                around.append((top, at))
                top[waiting] = opened = []
                top, at = opened, column
            elif column != at or top.__class__ is not list:
                raise _NotPlainError
            for space in dashes.split("-")[1:-1]:
                around.append((top, at))
                opened = []
                top.append(opened)
                top, at = opened, at + 1 + len(space)
            column += len(dashes)
            if key:
                around.append((top, at))
                opened = {}
                top.append(opened)
                top, at = opened, column
        elif not key:
            # A value on a line of its own.
            if column <= at or at < 0 or style:
                raise _NotPlainError
        elif column > at:
            if waiting is None:
                raise _NotPlainError
            around.append((top, at))
            top[waiting] = opened = {}
            top, at = opened, column
        elif top.__class__ is list:
            # It stood in the column of the mapping around it.
            top, at = around.pop()
            if column != at:
                raise _NotPlainError
        found: Any = None
        if value:
            first = value[0]
            if first == "[":
                found = [scalars[item] for item in _ITEMS.findall(value)]
            elif first == "{":
                found = {}
            elif "\n" in value:
                found = scalars[_joined(value, at)]
            else:
                found = scalars[value]
        elif style:
            found = _literal(content, style, at)
        if key:
            name = _key(key)
            if name in top:
                raise _NotPlainError
            top[name] = found
            waiting = None if value or style else name
        else:
            if dashes and (value or style):
                top.append(found)
            elif value and waiting is not None:
                top[waiting] = found
            else:
                raise _NotPlainError
            waiting = None
        if len(around) > _DEEPEST:
            raise _NotPlainError
    return root[""]


def _key(written: str) -> str:
    if written[0] in "\"'":
        return written[1:-1]
    if written in WORDS:
        raise _NotPlainError
    return written


def _joined(lines: str, column: int) -> str:
    """Read a scalar of several lines, in a collection that stands at a column."""
    first, *others = lines.split("\n")
    if any(len(line) - len(line.lstrip(" ")) <= column for line in others):
        raise _NotPlainError
    return " ".join([first.rstrip(" "), *map(str.strip, others)])


def _literal(content: str, style: str, column: int) -> str:
    """Read the lines of a block scalar, in a collection that stands at a column."""
    lines = content.split("\n")
    # The last is what follows the last line break.
    breaks = 0 if lines[-1] else 1
    if breaks:
        lines.pop()
    first = next((n for n, line in enumerate(lines) if line.strip(" ")), None)
    if first is None and style != "|+":
        return ""
    if first is None:
        raise _NotPlainError
    indent = len(lines[first]) - len(lines[first].lstrip(" "))
    is_regular = (
        indent > column
        and lines[first][indent] != "\t"
        and all(len(line) <= indent for line in lines[:first])
        and not any(line[:indent].strip(" ") for line in lines)
        and (breaks or lines[-1].strip(" "))
    )
    if not is_regular:
        raise _NotPlainError
    text = "\n".join([line[indent:] for line in lines])
    if style == "|+":
        return text + "\n" * breaks
    stripped = text.rstrip("\n")
    if style == "|-" or (not breaks and stripped == text):
        return stripped
    return stripped + "\n"
