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
# No group is repeated possessively: Python before 3.11.5 gets some of these wrong.
_START = re.compile(r"(?:[ ]*(?:#[^\n]*)?\n)*---[ ]*\n")
_QUOTED = r""" "[^"\\\n\t]*" | '(?:[^'\n\t]|'')*'(?!') """
_TEXT = r"[^\n\t:\#]*(?:(?::(?=[^\s])|(?<=[^\s])\#)[^\n\t:\#]*)*"
_ITEM = rf"(?:{_QUOTED} | [A-Za-z0-9_./][A-Za-z0-9_./-]*)"
_LINE = re.compile(
    rf"""
    (?:[ ]*(?:\#[^\n]*)?\n)*   # blank lines and comments
    (?:
      ([ ]*+)                  # indentation
      ((?:-[ ]+)*)             # the beginnings of sequences
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
          | \[[ ]*+(?:{_ITEM}(?:[ ]*,[ ]*{_ITEM})*)?[ ]*\]
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
    """What values on one line mean, by how they are written."""

    __slots__ = ("_floats",)

    def __init__(self, *, floats: bool) -> None:
        super().__init__()
        self._floats = floats

    def __missing__(self, written: str) -> Any:
        # Every collection is one of its own.
        if written[0] == "[":
            return [self[item] for item in _ITEMS.findall(written)]
        if written[0] == "{":
            return {}
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


class _Tree:
    """The collections of a document that are open where a line stands.

    Attributes:
        top: The innermost of them.
        column: Where that one stands.
        waiting: The key in it whose value may be on the lines that follow.
    """

    __slots__ = ("_around", "column", "top", "waiting")

    def __init__(self, root: dict[str, Any]) -> None:
        self.top: Any = root
        self.column = -1
        self.waiting: str | None = ""
        self._around: list[tuple[Any, int]] = []

    def close(self, column: int) -> None:
        """Leave what is indented more than a line that begins in a column."""
        self.waiting = None
        while column < self.column:
            self.top, self.column = self._around.pop()

    def open_items(self, column: int, dashes: str, *, hold_pairs: bool) -> None:
        """Open what a line's dashes begin, and the mapping that is their item."""
        if self.waiting is not None:
            self._open_awaited([], column)
        elif column != self.column or self.top.__class__ is not list:
            raise _NotPlainError
        for space in dashes.split("-")[1:-1]:
            self._open_item([], self.column + 1 + len(space))
        if hold_pairs:
            self._open_item({}, column + len(dashes))

    def open_pairs(self, column: int) -> None:
        """Open the mapping that a line's key begins, or go back to the one it is in."""
        if column > self.column:
            self._open_awaited({}, column)
        elif self.top.__class__ is list:
            # It stood in the column of the mapping around it.
            self.top, self.column = self._around.pop()
            if column != self.column:
                raise _NotPlainError

    def _open_awaited(self, collection: Any, column: int) -> None:
        if self.waiting is None:
            raise _NotPlainError
        self.top[self.waiting] = collection
        self._open(collection, column)

    def _open_item(self, collection: Any, column: int) -> None:
        self.top.append(collection)
        self._open(collection, column)

    def _open(self, collection: Any, column: int) -> None:
        self._around.append((self.top, self.column))
        if len(self._around) > _DEEPEST:
            raise _NotPlainError
        self.top, self.column = collection, column


def _document(lines: list[tuple[str, ...]], scalars: _Scalars) -> Any:  # noqa: C901, PLR0912 - the hottest loop of the product: it dispatches by itself
    """Put the lines of a document together."""
    root: dict[str, Any] = {}
    tree = _Tree(root)
    found: Any
    for indent, dashes, key, value, style, content, _ in lines:
        column = len(indent)
        if column < tree.column:
            tree.close(column)
        if dashes:
            tree.open_items(column, dashes, hold_pairs=bool(key))
        elif key:
            if column != tree.column or tree.top.__class__ is list:
                tree.open_pairs(column)
        elif column <= tree.column or tree.column < 0 or style:
            raise _NotPlainError  # a value on a line of its own
        if value:
            scalar = _joined(value, tree.column) if "\n" in value else value
            found = scalars[scalar]
        else:
            found = _literal(content, style, tree.column) if style else None
        top = tree.top
        if key:
            name = _key(key)
            if name in top:
                raise _NotPlainError
            top[name] = found
            tree.waiting = None if value or style else name
            continue
        if dashes and (value or style):
            top.append(found)
        elif value and tree.waiting is not None:
            top[tree.waiting] = found
        else:
            raise _NotPlainError
        tree.waiting = None
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
