"""What ``--help`` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pypkg.cli.flag_types import Switch
from pypkg.cli.output import style

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pypkg.cli.flags import Flag

WIDTH = 100
NAMES_WIDTH = 34  # of the column that names commands and flags

Rows = list[tuple[str, str]]


def page(
    text: str,
    lists: Mapping[str, Sequence[str]],
    tables: Mapping[str, Rows],
    closing: str,
) -> str:
    """Lay out the help of a command.

    Args:
        text: What it does; paragraphs are wrapped, indented ones left as they are.
        lists: Lines by title, such as the usage and examples; empty ones are left out.
        tables: Names and what they mean, by title.
        closing: The last line.
    """
    from click.formatting import HelpFormatter  # noqa: PLC0415 - start-up time

    form = HelpFormatter(max_width=WIDTH)
    for part in text.split("\n\n"):
        if part.startswith(" "):
            form.write(part)
            form.write_paragraph()
        else:
            form.write_text(part)
        form.write_paragraph()
    for title, lines in lists.items():
        if lines:
            form.write(f"{_heading(title)}\n")
            form.write("".join(f"  {line}\n" for line in lines))
            form.write_paragraph()
    for title, rows in tables.items():
        form.write(f"{_heading(title)}\n")
        with form.indentation():
            form.write_dl(rows, col_max=NAMES_WIDTH)
        form.write_paragraph()
    form.write_text(closing)
    return form.getvalue().rstrip("\n")


def rows(flags: Iterable[Flag]) -> Rows:
    """Give the names of flags, as in ``-f, --values FILE``, and what they do."""
    return [_row(flag) for flag in flags]


def _row(flag: Flag) -> tuple[str, str]:
    names = [name for name in flag.opts if name not in flag.old_names]
    short = next((n for n in names if not n.startswith("--")), None)
    name = f"{short}, {flag.long_name}" if short else f"    {flag.long_name}"
    if isinstance(flag.kind, Switch):
        default = " (default true)" if flag.default is True else ""
        return name, f"{flag.help}{default}"
    value = flag.metavar or "|".join(flag.kind.choices) or "VALUE"
    default = f" (default {flag.kind.shown(flag.default)})" if flag.default else ""
    value = f"[={value}]" if flag.bare else f" {value}"
    return f"{name}{value}", f"{flag.help}{default}"


def _heading(title: str) -> str:
    return style(f"{title}:", bold=True)
