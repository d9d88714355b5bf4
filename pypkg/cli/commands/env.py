"""``pypkg env``."""

from __future__ import annotations

import os

from pypkg.cli.grammar import Arguments, command
from pypkg.cli.output import echo
from pypkg.cli.settings import Settings
from pypkg.cli.variables import variables


@command(usage="[NAME]", name="env", examples="pypkg env\npypkg env PYPKG_CACHE_HOME")
def main(arguments: Arguments, settings: Settings) -> None:
    """Print the settings and folders in use, as a shell reads them."""
    found = {f"PYPKG_{name}": value for name, value in variables(settings).items()}
    found["KUBECONFIG"] = settings.kubeconfig or os.environ.get("KUBECONFIG", "")
    if settings.kube_token:
        found["PYPKG_KUBETOKEN"] = "(hidden)"
    if arguments:
        echo(found.get(arguments[0], ""))
        return
    for name, value in sorted(found.items()):
        echo(f'{name}="{value}"')
