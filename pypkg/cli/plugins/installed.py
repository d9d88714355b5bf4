"""The plugins that are installed, by pypkg or by Helm."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from pypkg import paths
from pypkg.cli.output import warn
from pypkg.cli.plugins.definition import DEFINITION, read
from pypkg.cli.settings import variable
from pypkg.errors import PluginError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pypkg.cli.plugins.definition import Plugin


def folders(environ: Mapping[str, str] = os.environ) -> list[Path]:
    """Give the folders of plugins: pypkg's own, where new ones go, and Helm's.

    ``PYPKG_PLUGINS``, or ``HELM_PLUGINS``, names others.
    """
    if given := variable("PLUGINS", environ):
        return [Path(part) for part in given.split(os.pathsep)]
    homes = paths.data_home(environ), paths.helm_data_home(environ)
    return [home / "plugins" for home in homes]


def load() -> list[Plugin]:
    """Read all plugins, by their names; the first of a name counts.

    One that cannot be read is left out, with a warning.
    """
    found: dict[str, Plugin] = {}
    for folder in folders():
        for definition in sorted(folder.glob(f"*/{DEFINITION}")):
            try:
                plugin = read(definition.parent)
            except PluginError as error:
                warn(str(error))
            else:
                found.setdefault(plugin.name, plugin)
    return sorted(found.values(), key=lambda plugin: plugin.name)


def find(name: str, of_type: str = "") -> Plugin | None:
    """Find a plugin by its name, or give None if there is none.

    Args:
        name: The name.
        of_type: Only one for this, such as :data:`POST_RENDERER`.
    """
    for plugin in load():
        if plugin.name == name and of_type in {"", plugin.type}:
            return plugin
    return None
