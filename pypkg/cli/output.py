"""What commands print: tables, JSON and YAML as Helm's, colours on a terminal."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

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


def status(word: str, shown: str | None = None) -> str:
    """Colour a release's status.

    Args:
        word: The status.
        shown: The text to colour, where it is not the status alone.
    """
    return click.style(shown or word, fg=STATUS_COLORS.get(word.strip()))


def table(
    head: Sequence[str], rows: Iterable[Sequence[str]], *, status_column: int
) -> str:
    """Lay out rows as Helm does: columns of equal width, separated by tabs.

    A cell of several lines is cut to the length of its longest.

    Args:
        head: The names of the columns, or [] for none.
        rows: The cells.
        status_column: The column to colour as a release's status.
    """
    lines = [list(row) for row in rows]
    columns = zip(*([head] if head else []), *lines, strict=True)
    widths = [max(map(_longest_line, column)) for column in columns]
    text = ""
    if head:
        text = click.style("\t".join(_padded(head, widths)), bold=True) + "\n"
    for line in lines:
        cells = _padded(line, widths)
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


def go_time(moment: datetime | None, layout: str) -> str:
    """Give a time by a Go layout; "" is the form of Go's ``Time.String``."""
    if moment is None:
        return ""
    from pypkg.render.functions.golayout import (  # noqa: PLC0415 - start-up time
        format_moment,
    )

    layout = layout or "2006-01-02 15:04:05.999999999 -0700 MST"
    rest = getattr(moment, "nanoseconds", 0)
    return format_moment(layout, moment, moment.microsecond * 1000 + rest)


def write(text: str) -> None:
    """Print data exactly: no colours, no newline added, UTF-8 whatever the locale.

    Bytes that were no UTF-8 where they were read are printed as they were.
    """
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode("utf-8", "surrogateescape"))


def warn(message: str) -> None:
    """Print a warning to standard error."""
    click.echo(f"{click.style('WARNING:', fg='yellow', bold=True)} {message}", err=True)
