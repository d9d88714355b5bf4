"""YAML exactly as Helm reads and writes it (``sigs.k8s.io/yaml``).

The names are loaded when they are first used, so that writing does not load a reader.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pypkg.yamlio.faults import go_message
    from pypkg.yamlio.reader import load, load_all
    from pypkg.yamlio.writer import PlainText, dump, dump_pretty

__all__ = ["PlainText", "dump", "dump_pretty", "go_message", "load", "load_all"]

_HOMES = {
    "PlainText": "writer",
    "dump": "writer",
    "dump_pretty": "writer",
    "go_message": "faults",
    "load": "reader",
    "load_all": "reader",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
