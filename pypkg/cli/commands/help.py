"""``pypkg help``."""

from __future__ import annotations

import click

from pypkg.cli.grammar import Arguments, command


@command(usage="[COMMAND...]", name="help")
def main(arguments: Arguments) -> None:
    """Print the help of a command: ``pypkg help get values``."""
    ctx = click.get_current_context().find_root()
    for name in arguments:
        if not isinstance(ctx.command, click.Group):
            break
        _, found, _ = ctx.command.resolve_command(ctx, [name])
        if found is not None:
            ctx = click.Context(found, info_name=found.name, parent=ctx)
    click.echo(ctx.get_help())
