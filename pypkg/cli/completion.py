"""Answers to a shell that completes a command line.

click's scripts and protocol, with Helm's grammar: a switch such as ``--debug`` takes
no word after it, which click can only know when it is spelled ``--debug=true``.
"""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem, get_completion_class

from pypkg.cli.grammar import HelmGrammar
from pypkg.errors import UsageError

if TYPE_CHECKING:
    from click.shell_completion import ShellComplete

VARIABLE = "_PYPKG_COMPLETE"


def script(root: click.Command, shell: str, *, plain: bool = False) -> str:
    """Give the script that a shell sources.

    Args:
        root: The root command.
        shell: ``bash``, ``zsh``, ``fish`` or ``powershell``.
        plain: Whether to propose words without what they mean.
    """
    text = _completer(root, shell).source()
    asked = f"{shell}_complete"
    return text.replace(asked, f"{asked}_plain") if plain else text


def answer(root: click.Group, instruction: str) -> int:
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
    click.echo("\n".join(map(completer.format_completion, items)))
    return 0


def _completer(root: click.Command, shell: str) -> ShellComplete:
    kind = get_completion_class(shell)
    if kind is None:
        raise UsageError(f"there is no completion for {shell}")
    return kind(root, {}, "pypkg", VARIABLE)


def _spelled_out(root: click.Command, words: list[str]) -> list[str]:
    """Rewrite a command line, each command's part by that command's flags."""
    done: list[str] = []
    at: click.Command | None = root
    while isinstance(at, HelmGrammar):
        words = at.spelled_out(words, lenient=True)
        if not isinstance(at, click.Group):
            break
        flags = sum(1 for _ in takewhile(lambda word: word.startswith("-"), words))
        if flags == len(words):
            break
        at = at.get_command(click.Context(at), words[flags])
        done, words = [*done, *words[: flags + 1]], words[flags + 1 :]
    return [*done, *words]
