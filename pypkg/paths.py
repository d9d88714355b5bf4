"""Where pypkg keeps its files.

``PYPKG_CACHE_HOME``, ``PYPKG_CONFIG_HOME`` and ``PYPKG_DATA_HOME`` decide; then
the XDG variables; then the operating system's own folders, as in Helm.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Kind = Literal["cache", "config", "data"]

_LINUX = {"cache": ".cache", "config": ".config", "data": ".local/share"}
_MACOS = {
    "cache": "Library/Caches",
    "config": "Library/Preferences",
    "data": "Library",
}


def cache_home(environ: Mapping[str, str] = os.environ) -> Path:
    """Give the folder of what can be made again: compiled templates, indexes."""
    return _home("cache", environ)


def config_home(environ: Mapping[str, str] = os.environ) -> Path:
    """Give the folder of the user's settings: repositories, credentials."""
    return _home("config", environ)


def data_home(environ: Mapping[str, str] = os.environ) -> Path:
    """Give the folder of what must survive: the sandbox's state."""
    return _home("data", environ)


def _home(kind: Kind, environ: Mapping[str, str]) -> Path:
    if own := environ.get(f"PYPKG_{kind.upper()}_HOME"):
        return Path(own)
    if shared := environ.get(f"XDG_{kind.upper()}_HOME"):
        return Path(shared, "pypkg")
    if sys.platform == "win32":
        return Path(environ.get("TEMP" if kind == "cache" else "APPDATA", ""), "pypkg")
    folder = (_MACOS if sys.platform == "darwin" else _LINUX)[kind]
    return Path(environ.get("HOME") or Path.home(), folder, "pypkg")
