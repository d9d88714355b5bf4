"""Lines too long for any terminal: where they begin, and where two of them differ."""

from __future__ import annotations

LONG = 300  # characters
_BEGINNING = 60  # the field's name, and some of the value
_AROUND = 30
_MOST = 200
_GAP = " ... "


def excerpt(line: str) -> str:
    """Give the beginning of a long line, and how long it is; a short one as it is."""
    if len(line) <= LONG:
        return line
    return f"{line[:_MOST]}{_GAP}({len(line)} characters)"


def excerpts(old: str, new: str) -> tuple[str, str]:
    """Give of two lines the beginning and what differs, if one of them is long."""
    if max(len(old), len(new)) <= LONG:
        return old, new
    start = _shared(old, new)
    shorter = min(len(old), len(new))
    end = min(_shared(old[::-1], new[::-1]), shorter - start)
    return _around(old, start, end), _around(new, start, end)


def _around(line: str, start: int, end: int) -> str:
    """Cut a line but for its beginning and what lies between two places.

    Args:
        line: The line.
        start: Where that begins.
        end: Where it ends, from the end of the line.
    """
    first = max(start - _AROUND, 0)
    last = min(len(line) - end + _AROUND, first + _MOST, len(line))
    if first <= _BEGINNING:
        shown = line[:last]
    else:
        shown = f"{line[:_BEGINNING]}{_GAP}{line[first:last]}"
    return shown if last == len(line) else f"{shown}{_GAP}({len(line)} characters)"


def _shared(one: str, other: str) -> int:
    """Count the characters that two texts begin with."""
    pairs = enumerate(zip(one, other))  # noqa: B905 - one may be longer
    return next((i for i, (a, b) in pairs if a != b), min(len(one), len(other)))
