"""Automatic indentation: where a value of several lines goes on.

A template's output is a sequence of pieces: the template's own text, and the
values that its expressions gave. :func:`lay_out` joins them. Text is copied; a
value that needs care is marked with a class of this module, and what stands around
it decides how it is written:

* Its second and further lines begin in the column of the first.
* A map or list from ``toYaml`` after ``key:`` moves to the lines below the key.
* An empty map or list between other entries vanishes with its line, and so does a
  line that holds nothing but values that turned out empty.
* In the middle of a line of a block scalar (``|``), further lines begin where the
  scalar's lines do, since any other space would become part of its text.
"""

from __future__ import annotations

import json
import re
import textwrap
from collections import deque
from typing import TYPE_CHECKING, Any, Literal

from pypkg.render.engine import Limits
from pypkg.render.jinja.faults import LimitError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

DEFAULT_LIMIT = Limits().output_bytes

_BLANK = " \t\r"
_STEP = "  "

# The start of a line: its indentation, or a comment's, and the dashes of a list.
_ENTRY = re.compile(r"[ \t]*(?:#+[ \t]*)?(?:-[ \t]+)*")
_COMMENT = re.compile(r"[ \t]*#+")
# A key whose value comes next, with an anchor or a tag perhaps.
_KEY = re.compile(r":(?:[ \t]+[&!][^ \t]*)*[ \t]*$")
_BLOCK_SCALAR = re.compile(
    r"(?:^|[:-])[ \t]+(?:[&!]\S+[ \t]+)*[|>][-+1-9]{0,2}[ \t\r]*(?:[ \t]#.*)?$"
)
# A block scalar that counts its indentation from a parent which it cannot see.
_COUNTED = re.compile(r"[|>][-+]?[1-9]")
_JSON_IN_YAML = str.maketrans(
    {c: f"\\u{ord(c):04x}" for c in "\x7f\x85\u2028\u2029\ufeff"}
)


class Value(str):
    """The text of an expression whose place decides how it is written.

    Made where the text is empty or has several lines; other values are ordinary
    strings, and so is whatever a template makes of this one.
    """

    __slots__ = ()

    def __str__(self) -> str:
        """Stay what it is: compiled templates call ``str`` on all they write."""
        return self


class Indented(Value):
    """Text that its author has indented: it is written as it is."""

    __slots__ = ()


class YamlText(Value):
    """What ``toYaml`` gave.

    Attributes:
        shape: ``block`` for a map or list with entries, ``empty`` for ``{}`` and
            ``[]``, ``scalar`` for all else.
    """

    # A subclass of str has no room for slots with values.
    shape: Literal["block", "empty", "scalar"]
    _value: Any

    @classmethod
    def of(cls, value: Any, text: str) -> YamlText:
        """Mark the YAML text of a value."""
        marked = cls(text)
        marked._value = value
        if isinstance(value, (dict, list, tuple)):
            marked.shape = "block" if value else "empty"
        else:
            marked.shape = "scalar"
        return marked

    @property
    def movable(self) -> str:
        """The text, in a form that means the same at any indentation."""
        if self.shape == "scalar" and _COUNTED.match(self):
            return json.dumps(self._value, ensure_ascii=False).translate(_JSON_IN_YAML)
        return str.__str__(self)


def lay_out(pieces: Iterable[str], *, limit: int = DEFAULT_LIMIT) -> str:
    """Join the pieces of an output.

    Args:
        pieces: Text, and the values among it.
        limit: How many characters they may make.

    Raises:
        LimitError: They would make more.
    """
    pieces = list(pieces)
    if sum(map(len, pieces)) > limit:
        raise LimitError("the output is too long", limit)
    if not any(isinstance(piece, Value) for piece in pieces):
        return "".join(pieces)
    return _Layout(pieces, limit).text()


def gather(pieces: Iterable[str], *, limit: int = DEFAULT_LIMIT) -> str:
    """Join the pieces of a part of an output, such as a macro's.

    Returns:
        The text. Where ``toYaml`` gave all of it, that very value: so a macro can
        pass it on, and the place that it is printed in decides.
    """
    pieces = list(pieces)
    said = [piece for piece in pieces if piece.strip()]
    if len(said) == 1 and isinstance(said[0], YamlText):
        return said[0]
    return lay_out(pieces, limit=limit)


def own_lines(text: str) -> str:
    """Give what a macro or a named template says, without the margin around it.

    The spaces by which all its lines are indented are dropped, and the blank lines
    before and after, so that authors may write macros as they like to read them.
    """
    if isinstance(text, YamlText):
        return text
    return textwrap.dedent(text).strip("\r\n").rstrip()


class _Layout:
    """Writes pieces one after the other, knowing what stands around each."""

    def __init__(self, pieces: Iterable[str], limit: int) -> None:
        self._ahead = deque(pieces)
        self._written: list[str] = []
        self._limit = limit
        self._room = limit - sum(map(len, self._ahead))

    def text(self) -> str:
        while self._ahead:
            piece = self._ahead.popleft()
            if not isinstance(piece, Value) or isinstance(piece, Indented):
                self._written.append(piece)
                continue
            ends_line = not self._rest_of_line().strip(_BLANK)
            before = self._take_line()
            if ends_line and not before.strip(_BLANK) and self._vanishes(piece, before):
                self._drop_rest_of_line()
                continue
            self._written.append(self._placed(piece, before, ends_line=ends_line))
        return "".join(self._written)

    def _placed(self, value: Value, before: str, *, ends_line: bool) -> str:
        """Give the line so far and the value after it."""
        if isinstance(value, YamlText):
            text = value.movable
            if value.shape == "block" and _KEY.search(before):
                margin = _margin(before, _end(_ENTRY, before)) + _STEP
                return (
                    f"{before.rstrip(_BLANK)}\n{margin}{self._continued(text, margin)}"
                )
            if text == "[]" and self._is_parent_at(before):
                # Only a list's entries may stand in their parent's column.
                before += _STEP
            return before + self._continued(text, _margin(before))
        text = str.__str__(value)
        if ends_line:
            # The template ends the line itself.
            text = text.removesuffix("\n").removesuffix("\r")
        if text.startswith(("\n", "\r\n")):
            before = before.rstrip(_BLANK)
        margin = _margin(before)
        if "\n" in text and before[_end(_ENTRY, before) :]:
            margin = self._block_scalar_margin(before) or margin
        return before + self._continued(text, margin)

    def _vanishes(self, value: Value, before: str) -> bool:
        """Tell whether a value that is alone on its line takes the line with it."""
        if not value:
            return True
        if not isinstance(value, YamlText) or value.shape != "empty":
            return False
        above = next(self._lines_above(), "")
        below = self._line_below()
        column = len(before)
        if value == "[]" and self._is_parent_at(before):
            return below.startswith(f"{before}-")
        has_entry_above = bool(above.strip()) and _indentation(above) >= column
        return has_entry_above or (
            bool(below.strip()) and _indentation(below) == column
        )

    def _is_parent_at(self, before: str) -> bool:
        """Tell whether the line above is a key in this very column."""
        above = next(self._lines_above(), "")
        return (
            not before.strip(_BLANK)
            and _indentation(above) == len(before)
            and _KEY.search(above) is not None
            and not above.lstrip().startswith("-")
        )

    def _block_scalar_margin(self, before: str) -> str | None:
        """Give the margin of the block scalar that this line is in, if it is."""
        inner = _indentation(before)
        for line in self._lines_above(comments=True):
            indentation = _indentation(line)
            if indentation < inner:
                if _BLOCK_SCALAR.search(line):
                    return " " * inner
                inner = indentation
        return None

    def _continued(self, text: str, margin: str) -> str:
        """Begin all lines but the first with a margin; blank lines stay blank."""
        first, *others = text.split("\n")
        self._room -= len(others) * len(margin)
        if self._room < 0:
            raise LimitError("the output is too long", self._limit)
        blank = margin.rstrip()
        lines = [(margin if line.strip("\r") else blank) + line for line in others]
        if lines and not others[-1] and self._rest_of_line().strip(_BLANK):
            # The text ends with a line end, and the line goes on.
            lines[-1] = margin
        return "\n".join([first, *lines])

    # What was written, and what is to come

    def _take_line(self) -> str:
        """Take back the line so far."""
        parts: list[str] = []
        while self._written:
            piece = self._written.pop()
            head, newline, tail = piece.rpartition("\n")
            parts.append(tail)
            if newline:
                self._written.append(head + newline)
                break
        return "".join(reversed(parts))

    def _lines_above(self, *, comments: bool = False) -> Iterator[str]:
        """Give the document's finished lines that say something, the nearest first."""
        for line in self._finished_lines():
            if line.startswith("---"):
                return
            if _says_something(line, comments=comments):
                yield line

    def _finished_lines(self) -> Iterator[str]:
        rest = ""
        for piece in reversed(self._written):
            rest, *lines = (piece + rest).split("\n")
            yield from reversed(lines)
        yield rest

    def _line_below(self) -> str:
        """Give the start of the document's next line that says something, or ""."""
        text = ""
        for piece in self._ahead:
            text += piece
            for line in text.split("\n")[1:]:
                if line.startswith("---"):
                    return ""
                if _says_something(line):
                    return line
        return ""

    def _rest_of_line(self) -> str:
        rest = ""
        for piece in self._ahead:
            head, newline, _ = piece.partition("\n")
            rest += head
            if newline or rest.strip(_BLANK):
                break
        return rest

    def _drop_rest_of_line(self) -> None:
        while self._ahead:
            _, newline, tail = self._ahead.popleft().partition("\n")
            if newline:
                self._ahead.appendleft(tail)
                break


def _margin(before: str, end: int | None = None) -> str:
    """Give what further lines begin with, below a line that begins so."""
    before = before[:end]
    comment = _end(_COMMENT, before)
    rest = "".join(c if c == "\t" else " " for c in before[comment:])
    return before[:comment] + rest


def _end(pattern: re.Pattern[str], text: str) -> int:
    match = pattern.match(text)
    return match.end() if match else 0


def _says_something(line: str, *, comments: bool = False) -> bool:
    line = line.lstrip()
    return bool(line) and (comments or not line.startswith("#"))


def _indentation(line: str) -> int:
    return len(line) - len(line.lstrip(_BLANK))
