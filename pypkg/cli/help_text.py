"""What ``--help`` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pypkg.cli.flags import Switch
from pypkg.cli.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pypkg.cli.flags import Flag
    from pypkg.cli.grammar import Command, Group, HelmGrammar

WIDTH = 100
NAMES_WIDTH = 34  # of the column that names commands and flags


def command(command: Command, ctx: click.Context) -> str:
    """Give a command's help.

    What it does, how it is called, examples, then the flags, the command's own ones
    first. The global flags are listed by ``pypkg --help`` only.
    """
    page = _Page(command, ctx)
    page.lines("Aliases", [", ".join(command.aliases)] if command.aliases else [])
    page.lines("Examples", command.examples.splitlines())
    for title, flags in command.sections().items():
        page.table(title, map(_row, flags))
    root = ctx.find_root().command_path
    page.text(f'Global flags, such as -n and --sandbox: "{root} --help".')
    return page.finished()


def group(group: Group, ctx: click.Context, sections: dict[str, dict[str, str]]) -> str:
    """Give a group's help: its commands, a section each, with one line on each."""
    page = _Page(group, ctx)
    page.lines("Aliases", [", ".join(group.aliases)] if group.aliases else [])
    page.lines("Examples", group.examples.splitlines())
    for title, commands in sections.items():
        page.table(title, commands.items())
    if ctx.parent is None:
        page.table(Settings.title, map(_row, group.flags()))
    page.text(f'More about a command: "{ctx.command_path} COMMAND --help".')
    return page.finished()


class _Page:
    """Help, as it grows."""

    def __init__(self, command: HelmGrammar, ctx: click.Context) -> None:
        self._format = click.HelpFormatter(max_width=WIDTH)
        for part in (command.help or "").split("\n\n"):
            if part.startswith(" "):
                self._format.write(f"{part}\n\n")
            else:
                self.text(part)
        self.lines("Usage", [command.get_usage(ctx)])

    def text(self, text: str) -> None:
        """Add a paragraph, wrapped to the page's width."""
        self._format.write_text(text)
        self._format.write_paragraph()

    def lines(self, title: str, lines: Iterable[str]) -> None:
        """Add a section of lines that are left as they are."""
        if lines := list(lines):
            self._format.write(f"{_heading(title)}\n")
            self._format.write("".join(f"  {line}\n" for line in lines) + "\n")

    def table(self, title: str, rows: Iterable[tuple[str, str]]) -> None:
        """Add a section of names and what they mean."""
        self._format.write(f"{_heading(title)}\n")
        self._format.indent()
        self._format.write_dl(list(rows), col_max=NAMES_WIDTH)
        self._format.dedent()
        self._format.write_paragraph()

    def finished(self) -> str:
        return self._format.getvalue().rstrip("\n")


def _heading(title: str) -> str:
    return click.style(f"{title}:", bold=True)


def _row(flag: Flag) -> tuple[str, str]:
    """Give ``-f, --values FILE`` and what it does."""
    names = [name for name in flag.opts if name not in flag.old_names]
    short = next((n for n in names if not n.startswith("--")), None)
    name = f"{short}, {flag.long_name}" if short else f"    {flag.long_name}"
    if isinstance(flag.type, Switch) or not flag.expose_value:
        default = " (default true)" if flag.default is True else ""
        return name, f"{flag.help}{default}"
    value = flag.metavar or "|".join(getattr(flag.type, "choices", ())) or "VALUE"
    default = f" (default {flag.default})" if flag.default else ""
    value = f"[={value}]" if flag.bare else f" {value}"
    return f"{name}{value}", f"{flag.help}{default}"
