"""The tables in which a server shows objects, laid out as kubectl does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

GAP = "   "


def tables(resources: Mapping[str, Iterable[Mapping[str, Any]]]) -> str:
    """Lay out the live objects of a release.

    Args:
        resources: By ``version/Kind``, the server's Tables.
    """
    return "".join(
        f"==> {kind}\n{_laid_out(found)}\n" for kind, found in sorted(resources.items())
    )


def _laid_out(found: Iterable[Mapping[str, Any]]) -> str:
    """Put the rows of all tables under the head of the first; nothing for none."""
    lines: list[list[str]] = []
    for table in found:
        columns = table.get("columnDefinitions") or []
        shown = [n for n, column in enumerate(columns) if not column.get("priority")]
        if not lines:
            lines.append([columns[n]["name"].upper() for n in shown])
        lines += [
            [_text(row["cells"][n]) for n in shown] for row in table.get("rows") or ()
        ]
    if len(lines) < 2:  # noqa: PLR2004 - the head alone
        return ""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "".join(
        GAP.join(
            cell.ljust(width) for cell, width in zip(line, widths, strict=True)
        ).rstrip()
        + "\n"
        for line in lines
    )


def _text(cell: Any) -> str:
    if cell is None:
        return "<none>"
    if isinstance(cell, bool):
        return str(cell).lower()
    return str(cell)
