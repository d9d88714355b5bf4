"""``pypkg env``."""

from __future__ import annotations

import os

from pypkg import paths
from pypkg.cli import connection, plugins, repositories
from pypkg.cli.grammar import Arguments, command
from pypkg.cli.output import echo
from pypkg.cli.settings import Settings, variable


@command(usage="[NAME]", name="env", examples="pypkg env\npypkg env PYPKG_CACHE_HOME")
def main(arguments: Arguments, settings: Settings) -> None:
    """Print the settings and folders in use, as a shell reads them."""
    found = _variables(settings)
    if arguments:
        echo(found.get(arguments[0], ""))
        return
    for name, value in sorted(found.items()):
        echo(f'{name}="{value}"')


def _variables(settings: Settings) -> dict[str, str]:
    found = {
        "PYPKG_CACHE_HOME": str(paths.cache_home()),
        "PYPKG_CONFIG_HOME": str(paths.config_home()),
        "PYPKG_DATA_HOME": str(paths.data_home()),
        "PYPKG_DRIVER": variable("DRIVER") or "secret",
        "PYPKG_PLUGINS": os.pathsep.join(map(str, plugins.folders())),
        "PYPKG_MAX_HISTORY": variable("MAX_HISTORY") or "10",
        "KUBECONFIG": settings.kubeconfig or os.environ.get("KUBECONFIG", ""),
    }
    for declared in Settings.declared():
        for variable_name in declared.variables[:1]:
            found[variable_name] = _text(getattr(settings, declared.name))
    for name, path in repositories.places(settings).items():
        found[f"PYPKG_{name}"] = str(path)
    found["PYPKG_NAMESPACE"] = connection.namespace(settings)
    if settings.kube_token:
        found["PYPKG_KUBETOKEN"] = "(hidden)"
    return found


def _text(value: object) -> str:
    """Print a value as a variable would hold it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return ",".join(value)
    return str(value)
