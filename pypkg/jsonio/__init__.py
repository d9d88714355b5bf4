"""JSON exactly as Go's encoding/json reads and writes it.

The names are loaded when they are first used, so that writing does not load a reader.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pypkg.jsonio.reader import NumberError, loads
    from pypkg.jsonio.writer import dumps, format_number

__all__ = ["NumberError", "dumps", "format_number", "loads"]

_HOMES = {
    "NumberError": "reader",
    "dumps": "writer",
    "format_number": "writer",
    "loads": "reader",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
