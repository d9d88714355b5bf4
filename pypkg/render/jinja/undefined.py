"""Names that are not there, and which one was meant."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from jinja2.exceptions import UndefinedError
from jinja2.runtime import StrictUndefined
from jinja2.utils import missing

from pypkg.render.engine import GoObject
from pypkg.render.jinja.printing import kind_of, listed

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import FrameType

    from jinja2 import Template

# Python's methods that charts do not have, and what they have instead.
_INSTEAD: Final = {
    "append": "the append filter: xs | append(x)",
    "center": "the functions of Helm",
    "extend": "the concat filter: xs | concat(ys)",
    "format": 'printf("%s-%d", name, number)',
    "format_map": 'printf("%s-%d", name, number)',
    "ljust": 'printf("%-10s", text)',
    "pop": "the omit filter: map | omit(key)",
    "rjust": 'printf("%10s", text)',
    "setdefault": "the merge filter: map | merge(defaults)",
    "update": "the mergeOverwrite filter: map | mergeOverwrite(other)",
    "zfill": 'printf("%05d", number)',
}
_ALIKE: Final = 0.7
_TEST: Final = "where it may be missing, ask `is defined` first or add | default(...)"


class MissingNameError(UndefinedError):
    """A name was used that is not there.

    Attributes:
        missing: What was found instead.
    """

    def __init__(self, found: MissingName) -> None:
        super().__init__(found.problem(""))
        self.missing = found


class MissingName(StrictUndefined):
    """What stands for a missing name until it is used.

    It may be tested with ``is defined`` and replaced with ``default``, and so may
    whatever is asked of it; any other use is an error.

    Attributes:
        place: The compiled template that met it, and the line there; or None.
        nearby: The names that could have been meant, for a name with nothing
            before it.
    """

    __slots__ = ("nearby", "place")

    def __init__(
        self,
        hint: str | None = None,
        obj: Any = missing,
        name: Any = None,
        exc: type[Exception] = MissingNameError,
    ) -> None:
        super().__init__(hint, obj, name, exc)  # type: ignore[arg-type] # narrower in Jinja2
        # Calling it is how Jinja2 makes the exception, from a message.
        self._undefined_exception = lambda _: MissingNameError(self)  # type: ignore[assignment] # as said
        self.place: tuple[Template, int] | None = None
        self.nearby: tuple[str, ...] = ()
        frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - documented
        while frame is not None and "__jinja_template__" not in frame.f_globals:
            frame = frame.f_back
        if frame is None:
            return
        self.place = frame.f_globals["__jinja_template__"], frame.f_lineno
        if obj is missing:
            # The compiler calls a template's variables l_DEPTH_NAME.
            local = (key.split("_", 2)[2] for key in frame.f_locals if key[:2] == "l_")
            self.nearby = tuple(key for key in local if key != name)

    def problem(self, path: str) -> str:
        """Say what is missing.

        Args:
            path: The text of the expression before the name, or "".
        """
        name: Any = self._undefined_name
        obj: Any = self._undefined_obj
        if self._undefined_hint:
            return self._undefined_hint
        if obj is missing:
            return f"{name} is not defined"
        if obj is None:
            return f"{path or 'it'} is null, so it has no {name}"
        if isinstance(obj, Sequence) and isinstance(name, int):
            return f"{path or 'the list'} has no item {name}: it has {len(obj)}"
        if isinstance(obj, Mapping | GoObject):
            return f"{path or kind_of(obj)} has no {name}"
        return f"{path or 'it'} is {kind_of(obj)}, which has no {name}"

    def advice(self, path: str, globally: Iterable[str]) -> str | None:
        """Say what to do about it.

        Args:
            path: The text of the expression before the name, or "".
            globally: The names that every template of the chart knows.
        """
        name, obj = str(self._undefined_name), self._undefined_obj
        if self._undefined_hint:
            return None
        if obj is missing:
            return _about_top_level(name, [*self.nearby, *globally])
        if obj is None:
            where = path or "it"
            return (
                f"give {where} a value in values.yaml, or test it: {{% if {where} %}}"
            )
        if isinstance(obj, Mapping):
            return _about_keys(name, obj)
        return _about_object(name, obj, path, globally)


def similar(name: str, known: Iterable[str]) -> str | None:
    """Find the name that was probably meant."""
    folded: dict[str, str] = {}
    for other in known:
        folded.setdefault(other.lower(), other)
    close = difflib.get_close_matches(name.lower(), folded, n=1, cutoff=_ALIKE)
    return folded[close[0]] if close else None


def _about_keys(name: str, keys: Mapping[Any, Any]) -> str:
    if name in _INSTEAD:
        return f"use {_INSTEAD[name]}"
    if not keys:
        return f"it is empty; {_TEST}"
    meant = similar(name, map(str, keys))
    if meant:
        return f"did you mean {meant}? There {_are(keys)}"
    return f"there {_are(keys)}; {_TEST}"


def _are(keys: Mapping[Any, Any]) -> str:
    return f"is only {listed(keys)}" if len(keys) == 1 else f"are {listed(keys)}"


def _about_top_level(name: str, known: Iterable[str]) -> str:
    if name.startswith("_"):
        return "names that begin with an underscore are not for templates"
    meant = similar(name, known)
    if meant:
        return f"did you mean {meant}?"
    objects = listed(n for n in known if n[:1].isupper() and n != "Values")
    return f"the values of the chart are in Values; also here: {objects}"


def _about_object(name: str, obj: Any, path: str, known: Iterable[str]) -> str | None:
    if isinstance(obj, GoObject):
        return f"it has {listed([*obj.go_fields, *obj.go_methods])}"
    if callable(obj):
        # values.x: the functions keys and values are called like objects.
        meant = similar(path, known)
        return f"did you mean {meant}?" if meant else None
    return f"use {_INSTEAD[name]}" if name in _INSTEAD else None
