"""What commands print: tables, JSON and YAML as Helm's, colours on a terminal."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Sequence
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
    rows: Sequence[Sequence[str]], *, widest: int = 0, status_column: int = -1
) -> str:
    """Lay out rows as Helm does: columns of equal width, separated by tabs.

    Args:
        rows: The cells; the first row is the head.
        widest: Cells are cut to this many characters; 0 is no limit.
        status_column: The column to colour as a status, or -1.
    """
    cells = [[_cut(cell, widest) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = []
    for number, row in enumerate(cells):
        padded = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        if number == 0:
            padded = [click.style(cell, bold=True) for cell in padded]
        elif status_column >= 0:
            cell = padded[status_column]
            padded[status_column] = status(row[status_column], cell)
        lines.append("\t".join(padded))
    return "\n".join(lines)


def _cut(cell: str, widest: int) -> str:
    if widest and len(cell) > widest:
        return f"{cell[: widest - 3]}..."
    return cell


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


def write(text: str) -> None:
    """Print data exactly: no colours, no newline added, UTF-8 whatever the locale."""
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode())
