"""What commands print: tables, JSON and YAML as Helm's, colours on a terminal."""

from __future__ import annotations

import re
import sys
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

STATUS_COLORS = {
    "deployed": "green",
    "failed": "red",
    "unknown": "red",
    "pending-install": "yellow",
    "pending-upgrade": "yellow",
    "pending-rollback": "yellow",
    "uninstalling": "yellow",
}


_SGR = r"\x1b\[[0-9;]*m"
_BOLD = 1
_FOREGROUND = {
    "red": 31,
    "green": 32,
    "yellow": 33,
    "magenta": 35,
    "cyan": 36,
    "bright_black": 90,
}
# What --color says; None where each stream decides for itself.
_wants_color: ContextVar[bool | None] = ContextVar("wants_color", default=None)


def use_color(wanted: bool | None) -> None:  # noqa: FBT001 - there is nothing else
    """Let what follows be coloured, or not; None leaves it to the terminal."""
    _wants_color.set(wanted)


def style(text: str, *, fg: str | None = None, bold: bool = False) -> str:
    """Colour a text for :func:`echo`.

    As ``click.style`` does: importing click would double the start-up time.
    """
    codes = [_FOREGROUND[fg]] if fg else []
    codes += [_BOLD] if bold else []
    return f"\x1b[{';'.join(map(str, codes))}m{text}\x1b[0m" if codes else text


def echo(text: str = "", *, err: bool = False, nl: bool = True) -> None:
    """Print a line, coloured only where colours are wanted.

    Args:
        text: The line, or the lines.
        err: Print it to standard error.
        nl: End it with a line end.
    """
    stream = sys.stderr if err else sys.stdout
    wanted = _wants_color.get()
    if "\x1b" in text and not (stream.isatty() if wanted is None else wanted):
        text = re.sub(_SGR, "", text)
    stream.write(f"{text}\n" if nl else text)
    stream.flush()


def status(word: str, shown: str | None = None) -> str:
    """Colour a release's status.

    Args:
        word: The status.
        shown: The text to colour, where it is not the status alone.
    """
    return style(shown or word, fg=STATUS_COLORS.get(word.strip()))


def table(
    head: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    status_column: int | None = None,
    widest: int = 0,
) -> str:
    """Lay out rows as Helm does: columns of equal width, separated by tabs.

    A cell of several lines is cut to the length of its longest.

    Args:
        head: The names of the columns, or [] for none.
        rows: The cells.
        status_column: The column to colour as a release's status, if there is one.
        widest: The most characters that a column may have; 0 is no limit.
    """
    lines = [list(row) for row in rows]
    columns = zip(*([head] if head else []), *lines, strict=True)
    widths = [max(map(_longest_line, column)) for column in columns]
    if widest:
        widths = [min(width, widest) for width in widths]
    text = ""
    if head:
        text = style("\t".join(_padded(head, widths)), bold=True) + "\n"
    for line in lines:
        cells = _padded(line, widths)
        if status_column is not None:
            cells[status_column] = status(line[status_column], cells[status_column])
        text += "\t".join(cells) + "\n"
    return text


def _padded(cells: Sequence[str], widths: Sequence[int]) -> list[str]:
    return [
        cell.ljust(width) if len(cell) <= width else f"{cell[: width - 3]}..."
        for cell, width in zip(cells, widths, strict=True)
    ]


def _longest_line(cell: str) -> int:
    return max(map(len, cell.split("\n")))


def structured(form: str, data: Any, *, sort_keys: bool = True) -> str:
    """Give data as ``-o json`` or ``-o yaml`` prints it.

    Args:
        form: ``json`` or ``yaml``.
        data: What to print.
        sort_keys: Whether JSON's keys are sorted; Go sorts a map's, and keeps the
            order of a struct's. YAML's always are.
    """
    if form == "json":
        from pypkg import jsonio  # noqa: PLC0415 - start-up time

        return f"{jsonio.dumps(data, sort_keys=sort_keys)}\n"
    from pypkg import yamlio  # noqa: PLC0415 - start-up time

    return yamlio.dump(data)


def ansic(moment: datetime | None) -> str:
    """Give a time as C's ``asctime`` does: ``Mon Jan  2 15:04:05 2006``."""
    if moment is None:
        return ""
    return f"{moment:%a %b} {moment.day:>2} {moment:%H:%M:%S %Y}"


def go_time(moment: datetime, layout: str) -> str:
    """Give a time by a Go layout; "" is the form of Go's ``Time.String``."""
    from pypkg.release.records.timestamps import Timestamp  # noqa: PLC0415 - start-up time
    from pypkg.render.functions.golayout import (  # noqa: PLC0415 - start-up time
        format_moment,
    )

    layout = layout or "2006-01-02 15:04:05.999999999 -0700 MST"
    return format_moment(layout, moment, Timestamp.of(moment).nanosecond)


def write(text: str) -> None:
    """Print data exactly: no colours, no newline added, UTF-8 whatever the locale.

    Bytes that were no UTF-8 where they were read are printed as they were.
    """
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode("utf-8", "surrogateescape"))


def warn(message: str) -> None:
    """Print a warning to standard error."""
    echo(f"{style('WARNING:', fg='yellow', bold=True)} {message}", err=True)
