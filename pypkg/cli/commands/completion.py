"""``pypkg completion``."""

from __future__ import annotations

from typing import ClassVar

from pypkg.cli.flags import Flags, flag
from pypkg.cli.grammar import Command, Group, command
from pypkg.cli.output import echo


class CompletionFlags(Flags):
    """What the script does."""

    title: ClassVar = "Flags"
    no_descriptions: bool = flag(
        "--no-descriptions", help="disable completion descriptions", default=False
    )


def _shell(name: str, loading: str) -> Command:
    def run(options: CompletionFlags) -> None:
        from pypkg.cli import completion  # noqa: PLC0415 - start-up time
        from pypkg.cli.main import root  # noqa: PLC0415 - it imports commands

        plain = options.no_descriptions
        echo(completion.script(root(), name, plain=plain), nl=False)

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
