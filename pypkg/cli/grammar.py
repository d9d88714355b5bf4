"""Commands and groups that read Helm's grammar.

A command is a function. Its annotations say which groups of flags it takes::

    @command(usage="[NAME] CHART", examples="pypkg template web ./web -f prod.yaml")
    def template(arguments: Arguments, settings: Settings, values: ValueFlags) -> None:
        '''Print what a chart renders to.'''
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

import click

from pypkg.cli import help_text
from pypkg.cli.flags import Flag, Flags, spelled_out
from pypkg.cli.settings import Settings, ThrottleFlags
from pypkg.errors import PypkgError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from click.shell_completion import CompletionItem

Arguments = tuple[str, ...]


class CommandFailedError(PypkgError):
    """A command's failure under the title that Helm gives it."""

    def __init__(self, title: str, error: PypkgError) -> None:
        super().__init__(f"{title}: {error}", hint=error.hint)
        self.exit_code = error.exit_code


def _show_help(ctx: click.Context, _: click.Parameter, wanted: Any) -> None:
    if wanted and not ctx.resilient_parsing:
        click.echo(ctx.get_help(), color=ctx.color)
        ctx.exit()


def help_flag() -> Flag:
    """Make ``-h``, ``--help``."""
    return Flag(
        ["-h", "--help", "wants_help"],
        bare="true",
        default=None,
        is_eager=True,
        expose_value=False,
        callback=_show_help,
        help="print the help of a command",
    )


class HelmGrammar(click.Command):
    """What commands and groups have in common.

    Attributes:
        aliases: Other names.
        usage: The arguments as help shows them.
        examples: Command lines, one a line.
    """

    anywhere = True  # whether flags may follow the first argument
    aliases: tuple[str, ...] = ()
    usage = ""
    examples = ""

    def flags(self) -> list[Flag]:
        """Give every flag that may be given here."""
        return [param for param in self.params if isinstance(param, Flag)]

    def spelled_out(self, words: Sequence[str], *, lenient: bool = False) -> list[str]:
        """Rewrite a command line so that every flag reads ``--name=value``."""
        by_name = {name: one for one in self.flags() for name in one.opts}
        return [*spelled_out(words, by_name, anywhere=self.anywhere, lenient=lenient)]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read a command line in Helm's grammar."""
        try:
            args = self.spelled_out(args, lenient=ctx.resilient_parsing)
        except click.UsageError as error:
            error.ctx = ctx
            raise
        return super().parse_args(ctx, args)

    def shell_complete(
        self, ctx: click.Context, incomplete: str
    ) -> list[CompletionItem[str]]:
        """Propose flags and commands; deprecated names work, but are not proposed."""
        old = {name for one in self.flags() for name in one.old_names}
        found = super().shell_complete(ctx, incomplete)
        return [item for item in found if item.value not in old]

    def get_usage(self, ctx: click.Context) -> str:
        """Give the usage line."""
        return " ".join(filter(None, [ctx.command_path, self.usage, "[flags]"]))

    def page(
        self, ctx: click.Context, tables: Mapping[str, help_text.Rows], closing: str
    ) -> str:
        """Lay out the help."""
        lists = {
            "Usage": [self.get_usage(ctx)],
            "Aliases": [", ".join(self.aliases)] if self.aliases else [],
            "Examples": self.examples.splitlines(),
        }
        return help_text.page(self.help or "", lists, tables, closing)

    def short_help_text(self) -> str:
        """Give the first sentence of the help, as a list of commands shows it."""
        first = (self.help or "").split("\n\n")[0].rstrip(".")
        return first[:1].lower() + first[1:]


class Command(HelmGrammar):
    """A command: a function, and the flags that its annotations name.

    Attributes:
        function: What it does.
        groups: The groups of flags that it takes, by the function's parameter.
    """

    def __init__(self, function: Callable[..., None], **about: Unpack[About]) -> None:
        annotations = inspect.get_annotations(function, eval_str=True)
        self.function = function
        self.groups: dict[str, type[Flags]] = {
            parameter: kind
            for parameter, kind in annotations.items()
            if isinstance(kind, type) and issubclass(kind, Flags)
        }
        self._takes_arguments = "arguments" in annotations
        self._failure = about.get("failure", "")
        self.usage = about.get("usage", "")
        self.aliases = tuple(about.get("aliases", ()))
        self.examples = about.get("examples", "")
        argument = click.Argument(
            ["arguments"],
            nargs=-1,
            required=False,
            shell_complete=about.get("complete"),
        )
        groups: list[type[Flags]] = [*self.groups.values(), Settings, ThrottleFlags]
        groups += about.get("accepts", ())
        taken = dict.fromkeys(one for group in groups for one in group.declared())
        super().__init__(
            about.get("name") or function.__name__,
            params=[argument, *taken, help_flag()],
            help=inspect.getdoc(function),
            add_help_option=False,
        )

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the command line, and count its arguments."""
        rest = super().parse_args(ctx, args)
        least, most = _counts(self.usage)
        given = len(ctx.params["arguments"] or ())
        if not ctx.resilient_parsing and not least <= given <= most:
            raise click.UsageError(
                f'"{ctx.command_path}" {_requirement(given, least, most)}'
                f"\n\nUsage:  {self.get_usage(ctx)}",
                ctx,
            )
        return rest

    def invoke(self, ctx: click.Context) -> None:
        """Call the function with its flags."""
        settings = settings_of(ctx)
        root = ctx.find_root()
        root.obj = settings
        root.color = ctx.color = settings.colored
        bound: dict[str, Any] = {
            name: settings if group is Settings else group(**ctx.params)
            for name, group in self.groups.items()
        }
        if self._takes_arguments:
            bound["arguments"] = ctx.params["arguments"]
        try:
            self.function(**bound)
        except PypkgError as error:
            if self._failure:
                raise CommandFailedError(self._failure, error) from error
            raise

    def get_help(self, ctx: click.Context) -> str:
        """Give the help text: the flags by groups, without the global ones."""
        tables: dict[str, help_text.Rows] = {}
        for group in self.groups.values():
            if group is not Settings:
                for title, flags in group.sections().items():
                    tables.setdefault(title, []).extend(help_text.rows(flags))
        root = ctx.find_root().command_path
        closing = f'Global flags, such as -n and --sandbox: "{root} --help".'
        return self.page(ctx, tables, closing)


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


def command(**about: Unpack[About]) -> Callable[[Callable[..., None]], Command]:
    """Make a command of a function; :class:`About` says what there is to say."""
    return lambda function: Command(function, **about)


class Group(HelmGrammar, click.Group):
    """A command of commands; without one of them it prints its help."""

    anywhere = False

    def __init__(
        self,
        name: str,
        commands: Sequence[HelmGrammar] = (),
        *,
        help: str = "",  # noqa: A002 - click's own word
        aliases: Sequence[str] = (),
    ) -> None:
        super().__init__(
            name,
            commands=[*commands],
            params=[*Settings.declared(), *ThrottleFlags.declared(), help_flag()],
            help=help,
            add_help_option=False,
            invoke_without_command=True,
            callback=_help_without_command,
        )
        self.usage = "COMMAND"
        self.aliases = tuple(aliases)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Find a command by its name or an alias."""
        for one in self.commands.values():
            if isinstance(one, HelmGrammar) and cmd_name in one.aliases:
                return one
        return super().get_command(ctx, cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that is called.

        Raises:
            click.UsageError: There is none of that name; similar ones are named.
        """
        if self.get_command(ctx, args[0]) is None and not ctx.resilient_parsing:
            raise click.NoSuchCommand(
                args[0],
                f'unknown command "{args[0]}" for "{ctx.command_path}"',
                possibilities=self.list_commands(ctx),
                ctx=ctx,
            )
        return super().resolve_command(ctx, args)

    def get_help(self, ctx: click.Context) -> str:
        """Give the help text, which lists the commands."""
        tables = {title: [*found.items()] for title, found in self.sections().items()}
        if ctx.parent is None:
            tables[Settings.title] = help_text.rows([*Settings.declared(), help_flag()])
        closing = f'More about a command: "{ctx.command_path} COMMAND --help".'
        return self.page(ctx, tables, closing)

    def sections(self) -> dict[str, dict[str, str]]:
        """Give the commands, each with its line in the help, by title."""
        lines = {
            name: one.short_help_text()
            for name, one in self.commands.items()
            if isinstance(one, HelmGrammar)
        }
        return {"Commands": lines}

    def shell_complete(
        self, ctx: click.Context, incomplete: str
    ) -> list[CompletionItem[str]]:
        """Propose commands, and flags where the word starts as one."""
        from click.shell_completion import CompletionItem  # noqa: PLC0415 - rare

        commands = [
            CompletionItem(name, help=line)
            for section in self.sections().values()
            for name, line in section.items()
            if name.startswith(incomplete)
        ]
        return commands or super().shell_complete(ctx, incomplete)


def _help_without_command(**_: Any) -> None:
    ctx = click.get_current_context()
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help(), color=ctx.color)


def settings_of(ctx: click.Context) -> Settings:
    """Read the global flags, given before the command or after it."""
    given: dict[str, Any] = {}
    chain: list[click.Context] = []
    at: click.Context | None = ctx
    while at is not None:
        chain.insert(0, at)
        at = at.parent
    for declared in Settings.declared():
        name = str(declared.name)
        for context in chain:
            source = context.get_parameter_source(name)
            if name not in given or source is click.core.ParameterSource.COMMANDLINE:
                given[name] = context.params[name]
    return Settings(**given)


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
