"""Groups: commands of commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pypkg.cli import output
from pypkg.cli.grammar.base import Call, HelmGrammar, HelpFlags
from pypkg.cli.grammar.words import UnknownWordError, advice
from pypkg.cli.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pypkg.cli.flags import Flag


class Group(HelmGrammar):
    """A command of commands; without one of them it prints its help.

    Attributes:
        commands: By their names.
    """

    anywhere = False
    usage = "COMMAND"

    def __init__(
        self,
        name: str,
        commands: Sequence[HelmGrammar] = (),
        *,
        help: str = "",  # noqa: A002 - what everyone calls it
        aliases: Sequence[str] = (),
    ) -> None:
        self.name = name
        self.commands = {one.name: one for one in commands}
        self.aliases = tuple(aliases)
        self._help = help

    @property
    def help(self) -> str:
        """What its commands are about."""
        return self._help

    def flags(self) -> Iterable[Flag]:
        """Give every flag that may be given before the command."""
        for group in (Settings, HelpFlags):
            yield from group.declared()

    def names(self) -> list[str]:
        """Name its commands, in the order of the help."""
        return [*self.commands]

    def find(self, name: str) -> HelmGrammar | None:
        """Find a command by its name or an alias."""
        for one in self.commands.values():
            if name == one.name or name in one.aliases:
                return one
        return None

    def named(self, name: str, path: str) -> HelmGrammar:
        """Find a command.

        Raises:
            UsageError: There is none of that name; similar ones are named.
        """
        found = self.find(name)
        if found is None:
            message = f'unknown command "{name}" for "{path}"'
            error = UnknownWordError(message, name, self.names())
            error.hint = advice(path, error)
            raise error
        return found

    def call(self, call: Call, words: Sequence[str]) -> None:
        """Read the flags before the command, and call that."""
        rest = self.read(call, words)
        if self.answered(call):
            return
        if call.given.get("wants_help") or not rest:
            output.echo(self.help_page(call.path))
            return
        found, rest = self.resolve(rest, call.path)
        call.path += f" {found.name}"
        found.call(call, rest)

    def resolve(self, words: list[str], path: str) -> tuple[HelmGrammar, list[str]]:
        """Find the command that is called, and what is left of the line for it."""
        return self.named(words[0], path), words[1:]

    def answered(self, call: Call) -> bool:  # noqa: ARG002 - a seam
        """Do what the flags alone ask for, if they do, instead of a command."""
        return False

    def help_page(self, path: str) -> str:
        """Give the help text, which lists the commands."""
        from pypkg.cli import help_text  # noqa: PLC0415 - start-up time

        tables = {title: [*found.items()] for title, found in self.sections().items()}
        if " " not in path:
            declared = Settings.sections()
            own = [one for one in self.flags() if one not in {*Settings.declared()}]
            declared[Settings.title] += own
            tables |= {title: help_text.rows(f) for title, f in declared.items()}
        closing = f'More about a command: "{path} COMMAND --help".'
        return self.page(path, tables, closing)

    def sections(self) -> dict[str, dict[str, str]]:
        """Give the commands, each with its line in the help, by title."""
        lines = {name: one.short_help_text() for name, one in self.commands.items()}
        return {"Commands": lines}
