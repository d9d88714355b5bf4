"""Commands: functions, whose annotations say which flags they take."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, get_type_hints

from pypkg.cli import output
from pypkg.cli.flags import Flag, Flags
from pypkg.cli.grammar.base import Call, HelmGrammar, HelpFlags
from pypkg.cli.grammar.words import advice
from pypkg.cli.settings import Settings
from pypkg.errors import PypkgError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import TypedDict, Unpack

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


class CommandFailedError(PypkgError):
    """A command's failure under the title that Helm gives it."""

    def __init__(self, title: str, error: PypkgError) -> None:
        super().__init__(f"{title}: {error}", hint=error.hint)
        self.exit_code = error.exit_code


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
