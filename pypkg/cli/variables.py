"""The settings and folders in use, by the names of their variables."""

from __future__ import annotations

import os
import shutil
import sys

from pypkg import paths
from pypkg.cli import connection
from pypkg.cli.places import places
from pypkg.cli.plugins import installed
from pypkg.cli.settings import Settings, variable


def variables(settings: Settings) -> dict[str, str]:
    """Give what ``pypkg env`` prints, and plugins see: by name, without ``PYPKG_``."""
    found = {
        "CACHE_HOME": str(paths.cache_home()),
        "CONFIG_HOME": str(paths.config_home()),
        "DATA_HOME": str(paths.data_home()),
        "DRIVER": variable("DRIVER") or "secret",
        "PLUGINS": os.pathsep.join(map(str, installed.folders())),
        "MAX_HISTORY": variable("MAX_HISTORY") or "10",
    }
    for declared in Settings.declared():
        for name in declared.variables[:1]:
            value = getattr(settings, declared.name)
            found[name.removeprefix("PYPKG_")] = _text(value)
    found |= {name: str(path) for name, path in places(settings).items()}
    found["NAMESPACE"] = connection.namespace(settings)
    return found


def environ(settings: Settings) -> dict[str, str]:
    """Give the variables that tell a plugin what was told to this program.

    They have Helm's names too, and ``HELM_BIN`` is pypkg.
    """
    found = {
        f"{prefix}_{name}": value
        for name, value in variables(settings).items()
        for prefix in ("PYPKG", "HELM")
    }
    # With ``python -m pypkg`` it is the program that was installed beside Python.
    beside = os.path.dirname(sys.executable)  # noqa: PTH120 - as shutil.which takes it
    found["HELM_BIN"] = (
        shutil.which(sys.argv[0]) or shutil.which("pypkg", path=beside) or "pypkg"
    )
    if kubeconfig := connection.overrides(settings).kubeconfig:
        found["KUBECONFIG"] = kubeconfig
    return found


def _text(value: object) -> str:
    """Print a value as a variable would hold it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return ",".join(value)
    return str(value)
