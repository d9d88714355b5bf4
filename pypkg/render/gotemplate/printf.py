"""Go's ``fmt.Sprintf``: a layout, and the arguments that it asks for."""

from __future__ import annotations

from typing import Any

from pypkg.render.functions.goprint import sprint, type_name
from pypkg.render.gotemplate.verbs import Directive, format_value

_LARGEST_WIDTH = 1_000_000


def sprintf(layout: str, *arguments: Any) -> str:
    """Format arguments as Go's ``printf`` does, mistakes included.

    ``sprintf("%d", 1.0)`` is ``%!d(float64=1)``; nothing is ever raised for a wrong
    verb, a missing or a superfluous argument.
    """
    return _Formatter(layout, arguments).run()


class _Formatter:
    """One call: a position in the layout and one in the arguments."""

    def __init__(self, layout: str, arguments: tuple[Any, ...]) -> None:
        self._layout = layout
        self._at = 0
        self._arguments = arguments
        self._argument = 0
        self._reordered = False
        self._good_index = True

    def run(self) -> str:
        out: list[str] = []
        while (percent := self._layout.find("%", self._at)) >= 0:
            out.append(self._layout[self._at : percent])
            self._at = percent + 1
            out.append(self._verb())
        out.append(self._layout[self._at :])
        if not self._reordered and self._argument < len(self._arguments):
            extra = self._arguments[self._argument :]
            out.append(f"%!(EXTRA {', '.join(map(_typed, extra))})")
        return "".join(out)

    def _verb(self) -> str:
        """Format one verb; the percent sign is behind."""
        self._good_index = True
        flags = self._flags()
        after_index = self._index()
        width, problems = self._number()
        if width is None:
            width = self._digits()
            if after_index and width is not None:
                self._good_index = False
        if width is not None and width < 0:
            flags, width = flags._replace(minus=True, zero=False), -width
        precision, precision_problems = self._precision(after_index=after_index)
        problems += precision_problems
        self._index()
        if self._at >= len(self._layout):
            return f"{problems}%!(NOVERB)"
        verb = self._layout[self._at]
        self._at += 1
        directive = flags._replace(width=width, precision=precision)
        if verb == "v":
            # %+v asks for the names of fields, of which there are none.
            directive = directive._replace(
                plus=False, sharp=False, go_syntax=directive.sharp
            )
        return problems + self._formatted(verb, directive)

    def _formatted(self, verb: str, directive: Directive) -> str:
        if verb == "%":
            return "%"
        if not self._good_index:
            return f"%!{verb}(BADINDEX)"
        if self._argument >= len(self._arguments):
            return f"%!{verb}(MISSING)"
        value = self._arguments[self._argument]
        self._argument += 1
        return format_value(verb, value, directive)

    def _flags(self) -> Directive:
        flags: dict[str, bool] = {}
        names = {"+": "plus", "-": "minus", "#": "sharp", " ": "space", "0": "zero"}
        while (name := names.get(self._layout[self._at : self._at + 1])) is not None:
            flags[name] = True
            self._at += 1
        return Directive(**flags)

    def _index(self) -> bool:
        """Read ``[2]``, which chooses the next argument."""
        if not self._layout.startswith("[", self._at):
            return False
        self._reordered = True
        end = self._layout.find("]", self._at)
        if end < 0:
            self._good_index = False
            self._at += 1
            return False
        text = self._layout[self._at + 1 : end]
        self._at = end + 1
        number = int(text) if text.isascii() and text.isdigit() else 0
        if 1 <= number <= len(self._arguments):
            self._argument = number - 1
            return True
        self._good_index = False
        return False

    def _digits(self) -> int | None:
        start = self._at
        while self._layout[self._at : self._at + 1] in set("0123456789"):
            self._at += 1
        digits = self._layout[start : self._at]
        if not digits or int(digits) > _LARGEST_WIDTH:
            return None
        return int(digits)

    def _number(self) -> tuple[int | None, str]:
        """Take a width or precision given as ``*``, and the complaint about it."""
        if not self._layout.startswith("*", self._at):
            return None, ""
        self._at += 1
        if self._argument >= len(self._arguments):
            return None, "%!(BADWIDTH)"
        value = self._arguments[self._argument]
        self._argument += 1
        if not isinstance(value, int) or isinstance(value, bool):
            return None, "%!(BADWIDTH)"
        if abs(value) > _LARGEST_WIDTH:
            return None, "%!(BADWIDTH)"
        return int(value), ""

    def _precision(self, *, after_index: bool) -> tuple[int | None, str]:
        if not self._layout.startswith(".", self._at):
            return None, ""
        self._at += 1
        if after_index:
            self._good_index = False
        self._index()
        precision, problem = self._number()
        problem = problem.replace("WIDTH", "PREC")
        if precision is not None and precision < 0:
            return None, "%!(BADPREC)"
        if precision is None and not problem:
            precision = self._digits() or 0
        return precision, problem


def _typed(value: Any) -> str:
    return "<nil>" if value is None else f"{type_name(value)}={sprint(value)}"
