"""Answers to a shell that completes a command line.

Click's scripts and protocol, with Helm's grammar: click completes a command line in
which every flag is spelled out, for commands that mirror pypkg's.
"""

from __future__ import annotations

import re
from itertools import takewhile
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem, get_completion_class

from pypkg.cli.grammar import Command, Group, HelmGrammar
from pypkg.cli.output import echo
from pypkg.cli.proposals import complete_context, complete_namespace
from pypkg.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.shell_completion import ShellComplete

    from pypkg.cli.flags import Flag

    Propose = Callable[[click.Context, click.Parameter, str], list[CompletionItem[str]]]

VARIABLE = "_PYPKG_COMPLETE"
# The global flags cannot name what reads them.
_OF_GLOBAL_FLAGS = {"namespace": complete_namespace, "kube_context": complete_context}
# What stands for a path in usage lines and help, as the shell's script calls it.
_PATHS = {
    "ARCHIVE": "file",
    "CHART": "file",
    "DIR": "dir",
    "FILE": "file",
    "FOLDER": "dir",
    "PATH": "file",
}


def script(root: Group, shell: str, *, plain: bool = False) -> str:
    """Give the script that a shell sources.

    Args:
        root: The root command.
        shell: ``bash``, ``zsh``, ``fish`` or ``powershell``.
        plain: Whether to propose words without what they mean.
    """
    text = _completer(root, shell).source()
    asked = f"{shell}_complete"
    return text.replace(asked, f"{asked}_plain") if plain else text


def answer(root: Group, instruction: str) -> int:
    """Print what a shell asks for, and give the exit status.

    Args:
        root: The root command.
        instruction: What the script put into :data:`VARIABLE`: ``zsh_complete``,
            or ``zsh_complete_plain``.
    """
    completer = _completer(root, instruction.partition("_")[0])
    words, incomplete = completer.get_completion_args()
    items = completer.get_completions(_spelled_out(root, words), incomplete)
    if instruction.endswith("_plain"):
        items = [CompletionItem(item.value, item.type) for item in items]
    echo("\n".join(map(completer.format_completion, items)))
    return 0


def _completer(root: Group, shell: str) -> ShellComplete:
    kind = get_completion_class(shell)
    if kind is None:
        raise UsageError(f"there is no completion for {shell}")
    return kind(_mirrored(root), {}, "pypkg", VARIABLE)


def _spelled_out(root: Group, words: list[str]) -> list[str]:
    """Rewrite a command line, each command's part by that command's flags."""
    done: list[str] = []
    at: HelmGrammar | None = root
    while at is not None:
        words = at.spelled_out(words, lenient=True)
        if not isinstance(at, Group):
            break
        flags = sum(1 for _ in takewhile(lambda word: word.startswith("-"), words))
        if flags == len(words):
            break
        at = at.find(words[flags])
        done, words = [*done, *words[: flags + 1]], words[flags + 1 :]
    return [*done, *words]


def _mirrored(one: HelmGrammar) -> click.Command:
    options: list[click.Parameter] = [_option(flag) for flag in one.flags()]
    if isinstance(one, Group):
        return _Group(one, options)
    complete = one.complete if isinstance(one, Command) else None
    argument = click.Argument(
        ["arguments"],
        nargs=-1,
        required=False,
        shell_complete=complete or _proposed_for(one.usage),
    )
    return click.Command(
        one.name, params=[argument, *options], help=one.help, add_help_option=False
    )


def _option(flag: Flag) -> click.Option:
    """Mirror a flag; deprecated names work, but are not proposed."""
    names = [name for name in flag.opts if name not in flag.old_names]
    return click.Option(
        [flag.name, *names],
        type=click.Choice(flag.kind.choices) if flag.kind.choices else None,
        multiple=flag.many,
        help=flag.help,
        shell_complete=flag.complete
        or _OF_GLOBAL_FLAGS.get(flag.name)
        or _proposed_for(flag.metavar or ""),
    )


def _proposed_for(usage: str) -> Propose | None:
    """Let the shell propose paths where a usage line, or a flag's value, is one."""
    word = re.match(r"\[?([A-Z]+)", usage)
    kind = _PATHS.get(word[1]) if word else None
    if kind is None:
        return None
    return lambda _ctx, _param, incomplete: [CompletionItem(incomplete, type=kind)]


class _Group(click.Group):
    """Mirrors a group; its commands are imported when they are called."""

    def __init__(self, group: Group, options: list[click.Parameter]) -> None:
        super().__init__(
            group.name, params=options, help=group.help, add_help_option=False
        )
        self._mirrored = group

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return self._mirrored.names()

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        found = self._mirrored.find(cmd_name)
        return _mirrored(found) if found else None

    def shell_complete(
        self, ctx: click.Context, incomplete: str
    ) -> list[CompletionItem[Any]]:
        """Propose commands, and flags where the word starts as one."""
        commands = [
            CompletionItem(name, help=line)
            for section in self._mirrored.sections().values()
            for name, line in section.items()
            if name.startswith(incomplete)
        ]
        return commands or super().shell_complete(ctx, incomplete)
