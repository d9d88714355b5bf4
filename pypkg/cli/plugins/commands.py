"""Commands that plugins add: ``pypkg NAME ...`` runs the plugin NAME."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from pypkg.cli.failures import SIGNALLED, Exit
from pypkg.cli.grammar import HelmGrammar
from pypkg.cli.plugins import installed
from pypkg.cli.settings import ClusterFlags, Settings, variable
from pypkg.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pypkg.cli.flags import Flag
    from pypkg.cli.grammar import Call
    from pypkg.cli.plugins.definition import Plugin

# Global flags that are taken out of a plugin's words, as Helm does; others stay there.
_TAKEN = frozenset(
    {one.name for one in ClusterFlags.declared()}
    | {"registry_config", "repository_cache", "repository_config"}
    | {"namespace", "debug", "sandbox"}
)


class PluginCommand(HelmGrammar):
    """A command whose program reads its part of the line itself."""

    def __init__(self, plugin: Plugin) -> None:
        self._plugin = plugin
        self.name = plugin.name
        self.usage = plugin.usage

    @property
    def help(self) -> str:
        """What the plugin says of itself."""
        return self._plugin.description

    def flags(self) -> Iterable[Flag]:
        """Give the flags that are pypkg's, wherever they stand."""
        return [one for one in Settings.declared() if one.name in _TAKEN]

    def call(self, call: Call, words: Sequence[str]) -> None:
        """Take the global flags out of the line, and run the program with the rest.

        Raises:
            Exit: The program ended with another status than 0.
            PluginError: It cannot be run.
            UsageError: A global flag lacks its value.
        """
        texts, rest = self._parted_from(words)
        call.given |= {one.name: one.read(given) for one, given in texts.items()}
        call.settings = settings = Settings(**call.given)
        status = run(self._plugin, settings, rest)
        if status:
            raise Exit(status if status > 0 else SIGNALLED - status)

    def _parted_from(
        self, words: Sequence[str]
    ) -> tuple[dict[Flag, list[str]], list[str]]:
        """Tell global flags, each with what was given for it, from all else."""
        by_name = self._by_name()
        texts: dict[Flag, list[str]] = {}
        rest: list[str] = []
        left = iter(words)
        for word in left:
            name, equals, value = word.partition("=")
            found = by_name.get(name)
            if found is None:
                rest.append(word)
                continue
            if not equals:
                value = found.bare or next(left, "")
                if not value:
                    raise UsageError(f"flag needs an argument: {name}")
            texts.setdefault(found, []).append(value)
        return texts, rest

    def usage_line(self, path: str) -> str:
        """Give the usage line; which flags there are, the plugin says itself."""
        return f"{path} {self.usage}".rstrip()

    def help_page(self, path: str) -> str:
        """Give what the plugin says of itself, and where to read on."""
        return self.page(path, {}, f'Its own help: "{path} --help".')


def added() -> dict[str, Plugin]:
    """Give the plugins that add commands, by name; none with PYPKG_NO_PLUGINS=1."""
    if variable("NO_PLUGINS") == "1":
        return {}
    return {one.name: one for one in installed.load() if one.adds_command}


def run(plugin: Plugin, settings: Settings, arguments: Sequence[str]) -> int:
    """Run a plugin's program, and give its status; -N where the signal N ended it.

    It sees what ``pypkg env`` prints, under Helm's names too, and itself calls pypkg
    by ``HELM_BIN``.

    Raises:
        PluginError: It cannot be run.
    """
    from pypkg.cli import variables  # noqa: PLC0415 - only here

    environ = plugin.environ({**os.environ, **variables.environ(settings)})
    words = plugin.command(environ)
    if not plugin.ignores_flags:
        words += arguments
    sys.stdout.flush()
    try:
        return subprocess.run(words, env=environ, check=False).returncode  # noqa: S603 - the user installed it
    except OSError as error:
        raise plugin.not_run(error, words[0]) from error
