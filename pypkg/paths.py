"""Where pypkg keeps its files.

``PYPKG_CACHE_HOME``, ``PYPKG_CONFIG_HOME`` and ``PYPKG_DATA_HOME`` decide; then
the XDG variables; then the operating system's own folders, as in Helm.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Kind = Literal["cache", "config", "data"]

_LINUX = {"cache": ".cache", "config": ".config", "data": ".local/share"}
_MACOS = {
    "cache": "Library/Caches",
    "config": "Library/Preferences",
    "data": "Library",
}


def cache_home(environ: Mapping[str, str] = os.environ) -> Path:
    """Give the folder of what can be made again: compiled templates, indexes."""
    return _path(_home("cache", environ))


def cache_folder(name: str, environ: Mapping[str, str] = os.environ) -> str:
    """Give a folder in :func:`cache_home` as text: pathlib costs start-up time."""
    return os.path.join(_home("cache", environ), name)


def config_home(environ: Mapping[str, str] = os.environ) -> Path:
    """Give the folder of the user's settings: repositories, credentials."""
    return _path(_home("config", environ))


def data_home(environ: Mapping[str, str] = os.environ) -> Path:
    """Give the folder of what must survive: the sandbox's state."""
    return _path(_home("data", environ))


def helm_config_home(environ: Mapping[str, str] = os.environ) -> Path:
    """Give the folder of Helm's settings."""
    return _path(_home("config", environ, program="helm"))


def helm_data_home(environ: Mapping[str, str] = os.environ) -> Path:
    """Give the folder of what Helm keeps, such as starters of charts."""
    return _path(_home("data", environ, program="helm"))


def _path(text: str) -> Path:
    from pathlib import Path  # noqa: PLC0415 - start-up time

    return Path(text)


def _home(kind: Kind, environ: Mapping[str, str], program: str = "pypkg") -> str:
    if own := environ.get(f"{program.upper()}_{kind.upper()}_HOME"):
        return own
    if shared := environ.get(f"XDG_{kind.upper()}_HOME"):
        return os.path.join(shared, program)
    if sys.platform == "win32":
        return os.path.join(
            environ.get("TEMP" if kind == "cache" else "APPDATA", ""), program
        )
    folder = (_MACOS if sys.platform == "darwin" else _LINUX)[kind]
    return os.path.join(environ.get("HOME") or os.path.expanduser("~"), folder, program)
