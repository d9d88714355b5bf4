"""Slash-separated paths; the ``os`` functions are the same on Linux."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pypkg.render.functions.signature import TemplateFunction


def base(path: str) -> str:
    """Give the last element; ``.`` for an empty path."""
    if not path:
        return "."
    return path.rstrip("/").rpartition("/")[2] or "/"


def dirname(path: str) -> str:
    """Give all but the last element, cleaned; ``.`` if there is nothing else."""
    head, slash, _ = path.rpartition("/")
    return clean(head + slash)


def clean(path: str) -> str:
    """Remove ``.``, ``..`` and doubled slashes where that is possible."""
    # Python keeps two leading slashes, as POSIX allows; Go does not.
    return posixpath.normpath(f"/{path.lstrip('/')}" if path.startswith("//") else path)


def ext(path: str) -> str:
    """Give the suffix from the last dot of the last element on."""
    name = path.rpartition("/")[2]
    dot = name.rfind(".")
    return name[dot:] if dot >= 0 else ""


def is_abs(path: str) -> bool:
    """Tell whether a path begins with a slash."""
    return path.startswith("/")


FUNCTIONS: dict[str, TemplateFunction] = {
    "base": base,
    "clean": clean,
    "dir": dirname,
    "ext": ext,
    "isAbs": is_abs,
    "osBase": base,
    "osClean": clean,
    "osDir": dirname,
    "osExt": ext,
    "osIsAbs": is_abs,
}
