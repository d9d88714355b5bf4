"""What commands and groups have in common: they read a line, and have a help page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pypkg.cli.flags import Flag, Flags, flag
from pypkg.cli.grammar.words import advice, spelled_out
from pypkg.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pypkg.cli import help_text
    from pypkg.cli.settings import Settings


class Call:
    """A command line that is being read, and what it has told so far.

    Attributes:
        path: The command: ``pypkg get values``.
        given: What was given for flags, by their names.
        settings: The global flags, once all is read.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.given: dict[str, Any] = {}
        self.settings: Settings | None = None


class HelpFlags(Flags):
    """``-h``, ``--help``, which every command takes."""

    wants_help: bool = flag(
        "-h", "--help", help="print the help of a command", default=False
    )


class HelmGrammar:
    """What commands and groups have in common.

    Attributes:
        name: What it is called by.
        aliases: Other names.
        usage: The arguments as help shows them.
        examples: Command lines, one a line.
    """

    anywhere = True  # whether flags may follow the first argument
    name = ""
    aliases: tuple[str, ...] = ()
    usage = ""
    examples = ""

    @property
    def help(self) -> str:
        """What it does: a sentence, and paragraphs that say more."""
        raise NotImplementedError

    def flags(self) -> Iterable[Flag]:
        """Give every flag that may be given here."""
        raise NotImplementedError

    def call(self, call: Call, words: Sequence[str]) -> None:
        """Read what is left of a command line, and do what it says.

        Raises:
            UsageError: There is no such flag, or a value is none for its flag.
        """
        raise NotImplementedError

    def help_page(self, path: str) -> str:
        """Give the help text.

        Args:
            path: The command as it is called.
        """
        raise NotImplementedError

    def spelled_out(self, words: Sequence[str], *, lenient: bool = False) -> list[str]:
        """Rewrite a command line so that every flag reads ``--name=value``."""
        flags = self._by_name()
        return [*spelled_out(words, flags, anywhere=self.anywhere, lenient=lenient)]

    def _by_name(self) -> dict[str, Flag]:
        """Give the flags by each name; an own one hides a global one, as in pflag."""
        flags = reversed([*self.flags()])
        return {name: one for one in flags for name in one.opts}

    def read(self, call: Call, words: Sequence[str]) -> list[str]:
        """Read the flags into the call, and give the arguments."""
        try:
            texts, arguments = self._parted(self.spelled_out(words))
            call.given |= {one.name: one.read(given) for one, given in texts.items()}
        except UsageError as error:
            error.hint = advice(call.path, error)
            raise
        return arguments

    def _parted(self, words: list[str]) -> tuple[dict[Flag, list[str]], list[str]]:
        """Tell flags, each with all that was given for it, from arguments."""
        by_name = self._by_name()
        texts: dict[Flag, list[str]] = {}
        arguments: list[str] = []
        for at, word in enumerate(words):
            if arguments and not self.anywhere:
                return texts, [*arguments, *words[at:]]
            if word == "--":
                return texts, [*arguments, *words[at + 1 :]]
            if word.startswith("--"):
                name, _, text = word.partition("=")
                texts.setdefault(by_name[name], []).append(text)
            else:
                arguments.append(word)
        return texts, arguments

    def usage_line(self, path: str) -> str:
        """Give the usage line."""
        return " ".join(filter(None, [path, self.usage, "[flags]"]))

    def page(
        self, path: str, tables: Mapping[str, help_text.Rows], closing: str
    ) -> str:
        """Lay out the help."""
        from pypkg.cli import help_text  # noqa: PLC0415 - start-up time

        lists = {
            "Usage": [self.usage_line(path)],
            "Aliases": [", ".join(self.aliases)] if self.aliases else [],
            "Examples": self.examples.splitlines(),
        }
        return help_text.page(self.help, lists, tables, closing)

    def short_help_text(self) -> str:
        """Give the first sentence of the help, as a list of commands shows it."""
        first = self.help.split("\n\n")[0].rstrip(".")
        return first[:1].lower() + first[1:]
