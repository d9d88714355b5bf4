"""The .helmignore file: which files of a chart's folder are left out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

from pypkg.errors import ChartError

IGNORE_FILE = ".helmignore"
# Helm never loads hidden files that lie directly in templates/.
_DEFAULTS = ("templates/.?*",)


@dataclass(frozen=True, slots=True)
class _Rule:
    pattern: re.Pattern[str]
    negated: bool
    folders_only: bool
    whole_path: bool

    def matches(self, path: str) -> bool:
        name = path if self.whole_path else path.rpartition("/")[2]
        return self.pattern.fullmatch(name) is not None


@dataclass(frozen=True, slots=True)
class IgnoreRules:
    """The rules of a .helmignore file, and the default ones after them."""

    _rules: tuple[_Rule, ...]

    @classmethod
    def parse(cls, text: str = "", *, source: str = IGNORE_FILE) -> Self:
        """Read the file: one shell pattern a line, ``#`` comments, ``!`` negation.

        Args:
            text: The file's content.
            source: Its path, for errors.

        Raises:
            ChartError: A pattern is malformed, or has the unsupported ``**``.
        """
        rules = []
        for number, line in enumerate([*text.split("\n"), *_DEFAULTS], start=1):
            pattern = line.strip()
            if pattern and not pattern.startswith("#"):
                rules.append(_rule(pattern, f"{source}:{number}"))
        return cls(tuple(rules))

    def ignores(self, path: str, *, is_folder: bool) -> bool:
        """Tell whether a file or folder is left out, with all that lies in it.

        The first rule that decides is followed. A negated rule leaves out whatever
        does *not* match it, which is Helm's reading.

        Args:
            path: Relative to the chart, with ``/``.
            is_folder: Whether it is a folder.
        """
        for rule in self._rules:
            applies = is_folder or not rule.folders_only
            if rule.negated:
                if not applies or not rule.matches(path):
                    return True
            elif applies and rule.matches(path):
                return True
        return False


def _rule(pattern: str, place: str) -> _Rule:
    if "**" in pattern:
        raise ChartError(
            f"{place}: double-star (**) syntax is not supported: {pattern}",
            hint="name a folder with a trailing slash to leave out all that is in it",
        )
    body = pattern.removeprefix("!")
    negated = body != pattern
    folders_only = body.endswith("/")
    body = body.removesuffix("/")
    # A slash elsewhere makes the pattern one for the whole path.
    whole_path = "/" in body
    try:
        compiled = re.compile(_expression(body.removeprefix("/")))
    except (ValueError, re.error) as error:
        raise ChartError(f"{place}: syntax error in pattern: {pattern}") from error
    return _Rule(compiled, negated, folders_only, whole_path)


def _expression(glob: str) -> str:
    """Translate a pattern of Go's ``filepath.Match`` into a regular expression.

    Raises:
        ValueError: A bracket or a backslash is left open.
    """
    parts = []
    at = 0
    while at < len(glob):
        char = glob[at]
        at += 1
        match char:
            case "*":
                parts.append("[^/]*")
            case "?":
                parts.append("[^/]")
            case "[":
                part, at = _bracket(glob, at)
                parts.append(part)
            case "\\":
                if at == len(glob):
                    raise ValueError("nothing after the backslash")
                parts.append(re.escape(glob[at]))
                at += 1
            case _:
                parts.append(re.escape(char))
    return "(?s:" + "".join(parts) + ")"


def _bracket(glob: str, at: int) -> tuple[str, int]:
    """Translate ``[a-z]`` from after its bracket; give also where it ends."""
    negated = glob[at : at + 1] == "^"
    at += negated
    ranges: list[str] = []
    while True:
        if ranges and glob[at : at + 1] == "]":
            break
        low, at = _bracket_char(glob, at)
        high = low
        if glob[at : at + 1] == "-":
            high, at = _bracket_char(glob, at + 1)
        # A range the wrong way round matches nothing, as in Go.
        ranges.append(f"{re.escape(low)}-{re.escape(high)}" if low <= high else "")
    inside = "".join(ranges)
    if not inside:
        return "." if negated else "(?!)", at + 1
    return f"[{'^' if negated else ''}{inside}]", at + 1


def _bracket_char(glob: str, at: int) -> tuple[str, int]:
    if glob[at : at + 1] in ("", "-", "]"):
        raise ValueError("a bracket is left open or empty")
    if glob[at] == "\\":
        at += 1
        if at == len(glob):
            raise ValueError("nothing after the backslash")
    return glob[at], at + 1
