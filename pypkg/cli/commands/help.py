"""``pypkg help``."""

from __future__ import annotations

from pypkg.cli.grammar import Arguments, Group, HelmGrammar, command
from pypkg.cli.output import echo


@command(usage="[COMMAND...]", name="help")
def main(arguments: Arguments) -> None:
    """Print the help of a command: ``pypkg help get values``."""
    from pypkg.cli.main import root  # noqa: PLC0415 - it imports commands when called

    at: HelmGrammar = root()
    path = at.name
    for name in arguments:
        if not isinstance(at, Group):
            break
        at = at.named(name, path)
        path += f" {at.name}"
    echo(at.help_page(path))
