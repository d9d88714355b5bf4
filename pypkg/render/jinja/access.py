"""What templates may reach of an object: what is listed here, and nothing else.

Jinja2's own sandbox lists what is forbidden. Charts come from strangers, and they
need little: keys of maps, items of lists, a few methods of text. So this is a list
of what is allowed, by type.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from jinja2.environment import TemplateModule
from jinja2.runtime import (
    BlockReference,
    LoopContext,
    Macro,
    TemplateReference,
    Undefined,
)
from jinja2.utils import Cycler, Namespace, missing

from pypkg.render.engine import GoObject

_TEXT = frozenset(
    {
        "capitalize",
        "casefold",
        "count",
        "endswith",
        "find",
        "index",
        "isalnum",
        "isalpha",
        "isdecimal",
        "isdigit",
        "islower",
        "isnumeric",
        "isspace",
        "istitle",
        "isupper",
        "lower",
        "lstrip",
        "partition",
        "removeprefix",
        "removesuffix",
        "rfind",
        "rindex",
        "rpartition",
        "rsplit",
        "rstrip",
        "split",
        "splitlines",
        "startswith",
        "strip",
        "swapcase",
        "title",
        "upper",
    }
)
# Methods of text that could build a huge one: the environment has its own.
GUARDED_TEXT: Final = frozenset({"join", "replace"})
_MAP = frozenset({"get", "items", "keys", "values"})
_LIST = frozenset({"count", "index"})
_LOOP = frozenset(
    {
        "changed",
        "cycle",
        "depth",
        "depth0",
        "first",
        "index",
        "index0",
        "last",
        "length",
        "nextitem",
        "previtem",
        "revindex",
        "revindex0",
    }
)
_MACRO = frozenset({"arguments", "name"})


def attribute(obj: Any, name: str) -> Any:
    """Give ``obj.name`` as templates mean it, or Jinja2's ``missing``.

    A map's key goes before a method of the same name: ``Values.items`` is what
    values.yaml calls ``items``.
    """
    if isinstance(obj, Undefined):
        return obj
    for kind, find in _FINDERS:
        if isinstance(obj, kind):
            found = find(obj, name)
            if found is not missing:
                return found
    return missing


def item(obj: Any, key: Any) -> Any:
    """Give ``obj[key]`` as templates mean it, or Jinja2's ``missing``."""
    if isinstance(obj, Undefined):
        return obj
    if isinstance(obj, Mapping | Sequence):
        try:
            return obj[key]
        except (LookupError, TypeError):
            pass
    return attribute(obj, key) if isinstance(key, str) else missing


def _go_member(obj: GoObject, name: str) -> Any:
    if name in obj.go_methods:
        method: Callable[..., Any] = getattr(obj, obj.go_methods[name])
        return method
    if name in obj.go_fields:
        return getattr(obj, obj.go_fields[name])
    return missing


def _entry(obj: Mapping[str, Any], name: str) -> Any:
    if name in obj:
        return obj[name]
    return getattr(obj, name) if name in _MAP else missing


def _public(obj: Namespace | TemplateModule, name: str) -> Any:
    # Both keep their names beside what Python needs of them.
    return missing if name.startswith("_") else getattr(obj, name, missing)


def _block(obj: TemplateReference, name: str) -> Any:
    try:
        return obj[name]
    except KeyError:
        return missing


Finder = Callable[[Any, str], Any]


def _only(allowed: frozenset[str]) -> Finder:
    def find(obj: Any, name: str) -> Any:
        return getattr(obj, name, missing) if name in allowed else missing

    return find


_FINDERS: Final[tuple[tuple[type | tuple[type, ...], Finder], ...]] = (
    (GoObject, _go_member),
    (Mapping, _entry),
    (str, _only(_TEXT)),
    (LoopContext, _only(_LOOP)),
    (Macro, _only(_MACRO)),
    (Cycler, _only(frozenset({"current", "next", "reset"}))),
    (BlockReference, _only(frozenset({"super"}))),
    ((list, tuple, range), _only(_LIST)),
    ((Namespace, TemplateModule), _public),
    (TemplateReference, _block),
)
