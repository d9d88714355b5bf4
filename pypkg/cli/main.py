"""The root command: global options, and commands loaded when they are called."""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING

import click

from pypkg import __version__
from pypkg.cli import failures
from pypkg.cli.flags import Flag
from pypkg.cli.grammar import Group

if TYPE_CHECKING:
    from collections.abc import Sequence

# Every command, with its line in the help. The module of the same name in
# pypkg.cli.commands holds it, and is imported when the command is called.
SECTIONS: dict[str, dict[str, str]] = {
    "Releases": {
        "install": "install a chart as a release",
        "upgrade": "upgrade a release to another chart or other values",
        "rollback": "go back to an earlier revision of a release",
        "diff": "show what an upgrade or rollback would change",
        "uninstall": "remove a release and what it installed",
        "list": "list releases",
        "status": "show the state of a release",
        "history": "show the revisions of a release",
        "get": "print what a release is made of: values, manifest, notes, hooks",
        "test": "run the tests of a release",
        "release": "bring releases in order that were left behind",
    },
    "Charts": {
        "create": "write a new chart to start from",
        "template": "print what a chart renders to",
        "lint": "look for mistakes in a chart",
        "package": "pack a chart into an archive",
        "show": "print parts of a chart: its values, definition, README, CRDs",
    },
    "Cluster and machine": {
        "sandbox": "start, stop and reset the local sandbox cluster",
        "env": "print the settings and folders in use",
        "completion": "print the script that completes commands in a shell",
        "version": "print the version",
        "help": "print the help of a command",
    },
}
ALIASES = {
    "ls": "list",
    "hist": "history",
    "del": "uninstall",
    "delete": "uninstall",
    "un": "uninstall",
    "inspect": "show",
}


class Root(Group):
    """``pypkg``."""

    examples = (
        "pypkg create web\n"
        "pypkg --sandbox install web ./web --set replicaCount=3\n"
        "pypkg --sandbox status web"
    )

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Name every command, in the order of the help."""
        return [name for section in SECTIONS.values() for name in section]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command."""
        name = ALIASES.get(cmd_name, cmd_name)
        if name not in self.list_commands(ctx):
            return None
        module = import_module(f"pypkg.cli.commands.{name}")
        found: click.Command = module.main
        return found

    def sections(self) -> dict[str, dict[str, str]]:
        """Give the commands without importing them."""
        return SECTIONS


def root() -> Root:
    """Make the root command."""
    made = Root(
        "pypkg",
        help="The package manager for Kubernetes, in Python. It runs every Helm chart,"
        " and charts written in Jinja2; it shares releases with Helm.",
    )
    made.params.append(
        Flag(["--version"], bare="true", expose_value=False, callback=_show_version)
    )
    return made


def _show_version(ctx: click.Context, _: click.Parameter, wanted: str | None) -> None:
    if wanted and not ctx.resilient_parsing:
        click.echo(f"pypkg v{__version__}")
        ctx.exit()


def run(words: Sequence[str]) -> int:
    """Run a command line, and give its exit status.

    Args:
        words: What follows the program's name.
    """
    if completion_wanted := os.environ.get("_PYPKG_COMPLETE"):
        from pypkg.cli import completion  # noqa: PLC0415 - only when a shell asks

        return completion.answer(root(), completion_wanted)
    command = root()

    def call() -> None:
        command.parse_args(ctx, list(words))
        command.invoke(ctx)

    with click.Context(command, info_name="pypkg") as ctx:
        return failures.guarded(call, ctx)
