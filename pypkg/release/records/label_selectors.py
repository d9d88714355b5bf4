"""Label selectors, for ``list --selector``: which records are shown."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from pypkg.errors import UsageError

Matches = Callable[[Mapping[str, str]], bool]
# A comma between requirements, not one inside the brackets of a set.
_COMMA = re.compile(r",(?![^(]*\))")
_SET = re.compile(r"(\S+)\s+(in|notin)\s*\(([^()]*)\)")
_EQUALITY = re.compile(r"([^\s=!]+)\s*(==|=|!=)\s*([^\s=!]*)")
_EXISTENCE = re.compile(r"(!?)\s*([^\s=!(),]+)")


def parse_selector(text: str) -> Matches:
    """Read a selector such as ``team=web,stage in (a, b),!old``.

    Returns:
        Tells whether labels satisfy it; "" selects everything.

    Raises:
        UsageError: It does not parse.
    """
    if not text.strip():
        return lambda labels: True  # noqa: ARG005 - nothing is asked of them
    requirements = [_requirement(part.strip(), text) for part in _COMMA.split(text)]
    return lambda labels: all(holds(labels) for holds in requirements)


def _requirement(part: str, text: str) -> Matches:
    if found := _SET.fullmatch(part):
        key, operator, listed = found.groups()
        values = {value.strip() for value in listed.split(",")}
        if operator == "in":
            return lambda labels: labels.get(key) in values
        return lambda labels: labels.get(key) not in values
    if found := _EQUALITY.fullmatch(part):
        key, operator, value = found.groups()
        if operator == "!=":
            return lambda labels: labels.get(key) != value
        return lambda labels: labels.get(key) == value
    if found := _EXISTENCE.fullmatch(part):
        absent, key = found.groups()
        return lambda labels: (key in labels) != bool(absent)
    raise UsageError(
        f"the label selector {text!r} does not parse at {part!r}",
        hint="give it as key=value, key!=value, key in (a,b), key or !key",
    )
