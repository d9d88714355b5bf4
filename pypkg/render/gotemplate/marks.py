r"""Marks in generated code: what a piece of it stands for.

Positions cost nothing at run time, because they are not stored. When an error must be
explained, the code is generated once more, with ``\x01index\x02code\x03`` around what
an error may be about; without these three characters, and the index, it is the code
that ran.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from pypkg.render.gotemplate.nodes import Command, Invocation, Operand

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pypkg.render.gotemplate.scopes import Binding

_MARK = re.compile(r"\x01(\d+)\x02|\x03")

Marked: TypeAlias = Operand | Command | Invocation
"""What errors may be about."""


class Mark(NamedTuple):
    """What a piece of generated code stands for.

    Attributes:
        role: ``call`` (of a function), ``field`` (a step of a path) or ``node``.
        node: The part of the template.
        name: The function's or the field's name.
        step: For a field, its index in the path.
        base: For a field or method, what the path begins with.
    """

    role: str
    node: Marked
    name: str = ""
    step: int = 0
    base: Binding | None = None


class Marker:
    """Puts marks around code.

    Attributes:
        marks: Those put so far; None where there are to be none.
    """

    __slots__ = ("marks",)

    def __init__(self, marks: list[Mark] | None) -> None:
        self.marks = marks

    def __call__(
        self,
        code: str,
        role: str,
        node: Marked,
        *,
        name: str = "",
        step: int = 0,
        base: Binding | None = None,
    ) -> str:
        """Give the code, with a mark around it if marks are wanted."""
        if self.marks is None:
            return code
        self.marks.append(Mark(role, node, name, step, base and base.copy()))
        return f"\x01{len(self.marks) - 1}\x02{code}\x03"


class Span(NamedTuple):
    """A marked piece of generated source.

    Attributes:
        line: 1-based line of it.
        start: 0-based column, in the source without marks.
        end: The column behind it.
        mark: What it stands for.
    """

    line: int
    start: int
    end: int
    mark: Mark


def unmarked(source: str) -> str:
    """Give generated source without the marks in it."""
    return _MARK.sub("", source)


def spans(source: str, marks: list[Mark]) -> Iterator[Span]:
    """Find the marked pieces of generated source; marks may be within others."""
    for number, line in enumerate(source.splitlines(), start=1):
        open_marks: list[tuple[int, Mark]] = []
        removed = 0
        for found in _MARK.finditer(line):
            column = found.start() - removed
            removed += len(found[0])
            if found[1]:
                open_marks.append((column, marks[int(found[1])]))
            else:
                start, mark = open_marks.pop()
                yield Span(number, start, column, mark)
