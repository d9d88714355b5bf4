"""The .helmignore file: which files of a chart's folder are left out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Self

from pypkg.errors import ChartError
from pypkg.structs import Struct

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

IGNORE_FILE = ".helmignore"
# Helm never loads hidden files that lie directly in templates/.
_DEFAULTS = ("templates/.?*",)


class _Rule(Struct):
    """A pattern, or several of one kind in a row.

    Attributes:
        expression: What a name, or a whole path, must match.
        negated: Leave out what does not match.
        folders_only: Look at folders only.
        whole_path: Match the path, not the name.
    """

    expression: str
    negated: bool
    folders_only: bool
    whole_path: bool


class IgnoreRules:
    """The rules of a .helmignore file, and the default ones after them.

    Args:
        rules: In the order of the file.
    """

    def __init__(self, rules: Iterable[_Rule]) -> None:
        self._rules = [
            (re.compile(rule.expression).fullmatch, rule) for rule in _joined(rules)
        ]

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
        return cls(rules)

    def ignores(self, path: str, *, is_folder: bool) -> bool:
        """Tell whether a file or folder is left out, with all that lies in it.

        The first rule that decides is followed. A negated rule leaves out whatever
        does *not* match it, which is Helm's reading.

        Args:
            path: Relative to the chart, with ``/``.
            is_folder: Whether it is a folder.
        """
        name = path.rpartition("/")[2]
        for matches, rule in self._rules:
            applies = is_folder or not rule.folders_only
            found = applies and matches(path if rule.whole_path else name) is not None
            if found is not rule.negated:
                return True
        return False


def _joined(rules: Iterable[_Rule]) -> Iterator[_Rule]:
    """Join rules of one kind, so that most charts have but a few to try.

    Between two negated rules the order does not count: any one that matches decides.
    """
    waiting: dict[tuple[bool, bool], list[str]] = {}
    for rule in (*rules, None):
        if rule is not None and not rule.negated:
            kind = rule.folders_only, rule.whole_path
            waiting.setdefault(kind, []).append(rule.expression)
            continue
        for (folders_only, whole_path), expressions in waiting.items():
            expression = "|".join(expressions)
            yield _Rule(expression, False, folders_only, whole_path)  # noqa: FBT003 - a tuple's fields
        waiting.clear()
        if rule is not None:
            yield rule


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
        expression = _expression(body.removeprefix("/") if whole_path else body)
    except ValueError as error:
        raise ChartError(f"{place}: syntax error in pattern: {pattern}") from error
    return _Rule(expression, negated, folders_only, whole_path)


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
