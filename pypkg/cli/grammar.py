"""Commands and groups that read Helm's grammar.

A command is a function. Its annotations say which groups of flags it takes::

    @command(usage="[NAME] CHART", examples="pypkg template web ./web -f prod.yaml")
    def template(arguments: Arguments, settings: Settings, values: ValueFlags) -> None:
        '''Print what a chart renders to.'''
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, get_type_hints

from pypkg.cli import output
from pypkg.cli.flags import Flag, Flags, UnknownWordError, flag, spelled_out
from pypkg.cli.settings import Settings
from pypkg.errors import PypkgError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import TypedDict, Unpack

    import click

    from pypkg.cli import help_text

    class About(TypedDict, total=False):
        """What is to be said about a command.

        Attributes:
            usage: Its arguments. ``[X]`` may be left out, ``X...`` may be repeated.
            name: Its name, where the function's will not do.
            aliases: Other names.
            examples: Command lines for its help, one a line.
            failure: The title that Helm gives its failures, such as
                ``INSTALLATION FAILED``.
            accepts: Groups of flags that Helm takes here too, and that change nothing;
                help does not list them.
            complete: Completes its arguments in a shell; click's ``shell_complete``.
        """

        usage: str
        name: str
        aliases: Sequence[str]
        examples: str
        failure: str
        accepts: Sequence[type[Flags]]
        complete: Callable[..., Any]


Arguments = tuple[str, ...]
# How long -n is, and how much of two words must agree for one to be meant.
SHORTHAND = 2
SIMILAR = 0.7


class CommandFailedError(PypkgError):
    """A command's failure under the title that Helm gives it."""

    def __init__(self, title: str, error: PypkgError) -> None:
        super().__init__(f"{title}: {error}", hint=error.hint)
        self.exit_code = error.exit_code


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


class Command(HelmGrammar):
    """A command: a function, and the flags that its annotations name.

    Attributes:
        function: What it does.
        groups: The groups of flags that it takes, by the function's parameter.
        complete: Completes its arguments in a shell.
    """

    def __init__(self, function: Callable[..., None], **about: Unpack[About]) -> None:
        annotations = get_type_hints(function)
        self.function = function
        self.groups: dict[str, type[Flags]] = {
            parameter: kind
            for parameter, kind in annotations.items()
            if isinstance(kind, type) and issubclass(kind, Flags)
        }
        self._takes_arguments = "arguments" in annotations
        self._failure = about.get("failure", "")
        self._accepts = about.get("accepts", ())
        self.name = about.get("name") or function.__name__
        self.usage = about.get("usage", "")
        self.aliases = tuple(about.get("aliases", ()))
        self.examples = about.get("examples", "")
        self.complete = about.get("complete")

    @cached_property
    def help(self) -> str:
        """The function's docstring."""
        from inspect import getdoc  # noqa: PLC0415 - start-up time

        return getdoc(self.function) or ""

    def flags(self) -> Iterable[Flag]:
        """Give every flag that may be given here."""
        groups: list[type[Flags]] = [*self.groups.values(), Settings]
        groups += [*self._accepts, HelpFlags]
        return dict.fromkeys(one for group in groups for one in group.declared())

    def call(self, call: Call, words: Sequence[str]) -> None:
        """Read the command line, and call the function."""
        arguments = self.read(call, words)
        if call.given.get("wants_help"):
            output.echo(self.help_page(call.path))
            return
        self._check_count(call, len(arguments))
        try:
            call.settings = settings = Settings(**call.given)
            output.use_color(settings.colored)
            bound: dict[str, Any] = {
                name: settings if group is Settings else group(**call.given)
                for name, group in self.groups.items()
            }
        except UsageError as error:
            error.hint = advice(call.path, error)
            raise
        if self._takes_arguments:
            bound["arguments"] = tuple(arguments)
        try:
            self.function(**bound)
        except CommandFailedError:  # it has another title already
            raise
        except PypkgError as error:
            if self._failure:
                raise CommandFailedError(self._failure, error) from error
            raise

    def _check_count(self, call: Call, given: int) -> None:
        least, most = _counts(self.usage)
        if not least <= given <= most:
            raise UsageError(
                f'"{call.path}" {_requirement(given, least, most)}'
                f"\n\nUsage:  {self.usage_line(call.path)}"
            )

    def help_page(self, path: str) -> str:
        """Give the help text: the flags by groups, without the global ones."""
        from pypkg.cli import help_text  # noqa: PLC0415 - start-up time

        tables: dict[str, help_text.Rows] = {}
        for group in self.groups.values():
            if group is not Settings:
                for title, flags in group.sections().items():
                    tables.setdefault(title, []).extend(help_text.rows(flags))
        root = path.partition(" ")[0]
        closing = f'Global flags, such as -n and --sandbox: "{root} --help".'
        return self.page(path, tables, closing)


def command(**about: Unpack[About]) -> Callable[[Callable[..., None]], Command]:
    """Make a command of a function; :class:`About` says what there is to say."""
    return lambda function: Command(function, **about)


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
            tables[Settings.title] = help_text.rows(self.flags())
        closing = f'More about a command: "{path} COMMAND --help".'
        return self.page(path, tables, closing)

    def sections(self) -> dict[str, dict[str, str]]:
        """Give the commands, each with its line in the help, by title."""
        lines = {name: one.short_help_text() for name, one in self.commands.items()}
        return {"Commands": lines}


def settings_of(ctx: click.Context) -> Settings:
    """Read the global flags of a line that a shell completes, wherever they stand."""
    given: dict[str, list[str]] = {}
    at: click.Context | None = ctx
    while at is not None:
        for name, value in at.params.items():
            if value:
                texts = [value] if isinstance(value, str) else [*value]
                given.setdefault(name, texts)
        at = at.parent
    return Settings(
        **{
            one.name: one.read(given[one.name])
            for one in Settings.declared()
            if one.name in given
        }
    )


def advice(path: str, error: UsageError) -> str:
    """Name what may have been meant, and where to read on."""
    where = f"run '{path} --help' for usage"
    if not isinstance(error, UnknownWordError):
        return error.hint or where
    from difflib import get_close_matches  # noqa: PLC0415 - start-up time

    known = [word for word in error.known if len(word) > SHORTHAND]
    similar = [word for word in known if word.startswith(error.word)]
    similar = similar or get_close_matches(error.word, known, n=1, cutoff=SIMILAR)
    return f"did you mean {similar[0]}? Otherwise {where}" if similar else where


def _counts(usage: str) -> tuple[int, float]:
    """Say how many arguments a usage line allows."""
    words = usage.split()
    least = sum(not word.startswith("[") for word in words)
    return least, float("inf") if "..." in usage else len(words)


def _requirement(given: int, least: int, most: float) -> str:
    """Say in Helm's words how many arguments there must be."""
    if most == 0:
        return "accepts no arguments"
    if least == most:
        return f"requires {_arguments(least)}"
    if given < least:
        return f"requires at least {_arguments(least)}"
    return f"accepts at most {_arguments(int(most))}"


def _arguments(count: int) -> str:
    return f"{count} argument{'' if count == 1 else 's'}"
