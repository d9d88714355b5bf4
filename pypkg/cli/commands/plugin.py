"""``pypkg plugin``."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from pypkg.cli import plugins
from pypkg.cli.flags import Flags, flag
from pypkg.cli.grammar import Arguments, Group, command
from pypkg.cli.output import echo, table
from pypkg.cli.proposals import complete_plugin
from pypkg.errors import PluginError

if TYPE_CHECKING:
    from pypkg.cli.plugins import Plugin

HEAD = ["NAME", "VERSION", "TYPE", "APIVERSION", "PROVENANCE", "SOURCE"]


class ListFlags(Flags):
    """The flags of plugin list."""

    title: ClassVar = "Flags"

    type: str = flag(
        "--type",
        help="only those for this, such as postrenderer/v1",
        metavar="TYPE",
    )


@command(name="list", aliases=["ls"])
def _list(flags: ListFlags) -> None:
    """List plugins."""
    rows = [_row(one) for one in plugins.installed() if flags.type in {"", one.type}]
    echo(table(HEAD, rows), nl=False)


def _row(plugin: Plugin) -> list[str]:
    is_signed = any(plugin.folder.parent.glob(f"{plugin.name}-*.prov"))
    provenance = "signed" if is_signed else "unsigned"
    return [
        plugin.name,
        plugin.version,
        plugin.type,
        plugin.api_version,
        "local dev" if plugin.folder.is_symlink() else provenance,
        str(plugin.definition.get("sourceURL") or "unknown"),
    ]


@command(
    usage="FOLDER",
    name="install",
    aliases=["add"],
    examples="pypkg plugin install ./my-renderer",
)
def _install(arguments: Arguments) -> None:
    """Install a plugin from a folder on this machine.

    The folder stays where it is: what is changed in it counts at once. What
    "helm plugin install" installs, from wherever, pypkg uses too.
    """
    source = Path(arguments[0]).resolve()
    plugin = plugins.read(source)
    if plugins.find(plugin.name):
        raise PluginError(
            f"plugin already exists: {plugin.name}",
            hint=f"`pypkg plugin uninstall {plugin.name}` makes place for another",
        )
    echo("Installing plugin from local directory (development mode)")
    place = plugins.folders()[0] / plugin.name
    place.parent.mkdir(parents=True, exist_ok=True)
    place.symlink_to(source, target_is_directory=True)
    _run_hook(plugins.read(place), "install")
    echo(f"Installed plugin: {plugin.name}")


@command(
    usage="NAME...",
    name="uninstall",
    aliases=["rm", "remove"],
    complete=complete_plugin,
)
def _uninstall(arguments: Arguments) -> None:
    """Remove plugins."""
    for name in arguments:
        plugin = plugins.find(name)
        if plugin is None:
            raise PluginError(
                f"plugin: {name} not found", hint="`pypkg plugin list` names those"
            )
        if plugin.folder.is_symlink():
            plugin.folder.unlink()
        else:
            shutil.rmtree(plugin.folder)
        _run_hook(plugin, "delete")
        echo(f"Uninstalled plugin: {name}")


def _run_hook(plugin: Plugin, event: str) -> None:
    """Run what a plugin does when it comes or goes.

    Raises:
        PluginError: That failed.
    """
    environ = plugin.environ(os.environ)
    words = plugin.hook(event, environ)
    if not words:
        return
    try:
        subprocess.run(words, env=environ, check=True)  # noqa: S603 - the user named it
    except (OSError, subprocess.CalledProcessError) as error:
        raise PluginError(
            f"plugin {event} hook for {plugin.name} failed: {error}"
        ) from error


main = Group(
    "plugin",
    [_list, _install, _uninstall],
    help="List, install and remove plugins.\n\nHelm's plugins run with pypkg,"
    " too: those that add commands (cli/v1), those that fetch URLs of a scheme"
    " (getter/v1), and post-renderers (postrenderer/v1), see --post-renderer of"
    " install. They are looked for in the folder plugins of PYPKG_DATA_HOME and of"
    " Helm's, or where PYPKG_PLUGINS or HELM_PLUGINS says.",
)
