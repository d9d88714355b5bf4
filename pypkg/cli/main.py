"""The root command: global options, and commands loaded when they are called."""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING

from pypkg._version import __version__
from pypkg.cli import failures
from pypkg.cli.flags import Flag, Flags, flag
from pypkg.cli.grammar import Call, Group, HelmGrammar
from pypkg.cli.output import echo

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# Every command, with its line in the help. The module of the same name in
# pypkg.cli.commands holds it, and is imported when the command is called.
SECTIONS: dict[str, dict[str, str]] = {
    "Releases": {
        "install": "install a chart as a release",
        "upgrade": "upgrade a release to another chart or other values",
        "rollback": "go back to an earlier revision of a release",
        "diff": "show what an upgrade or rollback would change",
        "plan": "save an operation, to be carried out exactly so later",
        "apply": "carry out a saved plan",
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
        "verify": "check who signed a chart's archive",
        "show": "print parts of a chart: its values, definition, README, CRDs",
        "dependency": "list and fetch the charts that a chart depends on",
    },
    "Repositories": {
        "repo": "add, list, update, remove and index chart repositories",
        "search": "search for charts",
        "pull": "download charts",
        "push": "upload charts to a registry",
        "registry": "sign in to OCI registries, and out",
    },
    "Cluster and machine": {
        "sandbox": "start, stop and reset the local sandbox cluster",
        "plugin": "list, install, update and remove plugins",
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
    "dep": "dependency",
    "dependencies": "dependency",
    "fetch": "pull",
}


class RootFlags(Flags):
    """What only the root command takes."""

    wants_version: bool = flag("--version", help="print the version", default=False)


class Root(Group):
    """``pypkg``."""

    examples = (
        "pypkg create web\n"
        "pypkg --sandbox install web ./web --set replicaCount=3\n"
        "pypkg --sandbox status web"
    )

    def flags(self) -> Iterable[Flag]:
        """Give the flags of every group, and ``--version``."""
        yield from super().flags()
        yield from RootFlags.declared()

    def names(self) -> list[str]:
        """Name every command, in the order of the help."""
        return [name for section in self.sections().values() for name in section]

    def find(self, name: str) -> HelmGrammar | None:
        """Import a command, or take a plugin's; those of pypkg come first."""
        name = ALIASES.get(name, name)
        if not any(name in section for section in SECTIONS.values()):
            from pypkg.cli.plugins import commands  # noqa: PLC0415 - start-up time

            plugin = commands.added().get(name)
            return commands.PluginCommand(plugin) if plugin else None
        found: HelmGrammar = import_module(f"pypkg.cli.commands.{name}").main
        return found

    def answered(self, call: Call) -> bool:
        """Print the version, if that is asked for."""
        if call.given.get("wants_version"):
            echo(f"pypkg v{__version__}")
            return True
        return False

    def sections(self) -> dict[str, dict[str, str]]:
        """Give the commands without importing them, and those that plugins add."""
        from pypkg.cli.plugins import commands  # noqa: PLC0415 - start-up time

        added = commands.added()
        lines = {name: plugin.summary for name, plugin in added.items()}
        return {**SECTIONS, "Plugins": lines} if lines else SECTIONS


def root() -> Root:
    """Make the root command."""
    return Root(
        "pypkg",
        help="The package manager for Kubernetes, in Python. It runs every Helm chart,"
        " and charts written in Jinja2; it shares releases with Helm.",
    )


def run(words: Sequence[str]) -> int:
    """Run a command line, and give its exit status.

    Args:
        words: What follows the program's name.
    """
    if completion_wanted := os.environ.get("_PYPKG_COMPLETE"):
        from pypkg.cli import completion  # noqa: PLC0415 - only when a shell asks

        return completion.answer(root(), completion_wanted)
    return failures.guarded(lambda call: root().call(call, words), Call("pypkg"))
