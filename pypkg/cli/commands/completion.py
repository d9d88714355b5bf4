"""``pypkg completion``."""

from __future__ import annotations

from typing import ClassVar

import click

from pypkg.cli import completion
from pypkg.cli.flags import Flags, flag
from pypkg.cli.grammar import Command, Group, command


class CompletionFlags(Flags):
    """What the script does."""

    title: ClassVar = "Flags"
    no_descriptions: bool = flag(
        "--no-descriptions", help="disable completion descriptions", default=False
    )


def _shell(name: str, loading: str) -> Command:
    def run(options: CompletionFlags) -> None:
        root = click.get_current_context().find_root().command
        click.echo(
            completion.script(root, name, plain=options.no_descriptions), nl=False
        )

    run.__doc__ = (
        f"Print the script that completes pypkg's commands in {name}.\n\n"
        f"To load it for every new session, execute once:\n\n    {loading}"
    )

    return command(name=name)(run)


main = Group(
    "completion",
    [
        _shell("bash", "pypkg completion bash > /etc/bash_completion.d/pypkg"),
        _shell("zsh", 'pypkg completion zsh > "${fpath[1]}/_pypkg"'),
        _shell("fish", "pypkg completion fish > ~/.config/fish/completions/pypkg.fish"),
        _shell("powershell", "pypkg completion powershell >> $PROFILE"),
    ],
    help="Print the script that completes pypkg's commands in a shell.",
)
