"""Taking an index apart without reading it as YAML.

Indexes have megabytes, and a command looks at one chart. Helm, ChartMuseum and
everybody who uses Helm's code write them alike: a chart's name with two spaces before
it, each version with ``  - ``, its fields with four spaces. Such a text is cut at these
lines, and a version's piece is read when somebody asks for it.

That is safe as long as none of these lines stands inside a value, and it does not:
where one could, the text is unusual, and has to be read as a whole.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from pypkg.errors import YamlError

if TYPE_CHECKING:
    from collections.abc import Collection

_ENTRIES = "\nentries:\n"
# The expressions begin with a line's end, not with ^: they are found ten times as fast.
_TOP_LEVEL = re.compile(r"\n[^ \n]")
_OTHER_DOCUMENT = re.compile(r"\n(?:---|\.\.\.|%)")
# Lines with less than the four spaces of a version's fields.
_OUTER = re.compile(r"\n {1,3}[^ \n]")
_CHART = re.compile(
    r"""\n  ([A-Za-z0-9][\w.-]*|"[^"\\\n]*"|'[^'\n]*'):(?=\n)""", re.ASCII
)
_VERSION = "\n  - "
# The beginnings of values that may go on over lines, however these are indented.
_OPENING = re.compile(r" ([\"'\[{&*!?])")
_QUOTED = {
    '"': re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL),
    "'": re.compile(r"'(?:[^']|'')*'"),
}
_FIELD_OR_LESS = re.compile(r"\n {0,4}[^ \n]")
# Other line ends that YAML knows, and what its readers refuse.
_STRANGE = ("\r", "\t", "\x85", "\u2028", "\u2029", "\ufeff")
_FIELD = r"\n    (%s):((?: [^\n]*)?(?:\n(?:     [^\n]*|    -[^\n]*|(?=\n)))*)"
_ITEM = "\n    - "
# Values that are the text that they look like.
_WORD = re.compile(r"[A-Za-z][\w .,/()+-]*", re.ASCII)
_DOTTED = re.compile(r"v?\d+\.\d+\.\d+(?:[-+][A-Za-z0-9.+-]+)?", re.ASCII)
_PLAIN_QUOTED = re.compile(r'"([^"\\\n]*)"')
# Words that YAML takes for something else.
_MEANINGFUL = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})


class UnusualError(Exception):
    """An index that has to be read as a whole."""


class Parts(NamedTuple):
    """An index, taken apart.

    Attributes:
        head: Everything but the charts.
        charts: By the chart's name, the YAML of each version, indented.
    """

    head: bytes
    charts: dict[str, list[str]]


def split(data: bytes) -> Parts:
    """Take an index apart.

    Raises:
        UnusualError: It is not written as Helm does.
    """
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise UnusualError from None
    text = f"\n{text}"
    start = text.find(_ENTRIES)
    if start < 0 or any(char in text for char in _STRANGE):
        raise UnusualError
    begin = start + len(_ENTRIES) - 1
    ending = _TOP_LEVEL.search(text, begin)
    if not ending and not text.endswith("\n"):
        raise UnusualError
    end = ending.start() if ending else len(text) - 1
    body = text[begin:end]
    head = text[:start] + text[end:]
    if _OTHER_DOCUMENT.search(head, 1):
        raise UnusualError
    _check_values(body)
    return Parts(head.encode(), _charts(body))


def _charts(body: str) -> dict[str, list[str]]:
    before, *pieces = _CHART.split(body)
    charts: dict[str, list[str]] = {}
    versions = 0
    for key, piece in zip(pieces[::2], pieces[1::2], strict=True):
        nothing, *found = piece.split(_VERSION)
        name = _name(key)
        if nothing or not found or name in charts:
            raise UnusualError
        charts[name] = found
        versions += len(found)
    if before.strip() or len(_OUTER.findall(body)) != len(charts) + versions:
        raise UnusualError
    # A text over several lines ends with one, too.
    return {name: [f"    {one}\n" for one in found] for name, found in charts.items()}


def _name(key: str) -> str:
    from pypkg import yamlio  # noqa: PLC0415 - start-up time

    try:
        (name,) = yamlio.load(f"{key}: 0")
    except YamlError:
        raise UnusualError from None
    return str(name)


def _check_values(body: str) -> None:
    """Make sure that no value reaches over a line at which the text is cut.

    A value that is not quoted ends where a line has no more spaces than its key. The
    others must end on their line, or go on with lines of more spaces than fields have.
    """
    for match in _OPENING.finditer(body):
        start = match.start(1)
        end = body.find("\n", start)
        line = body[body.rfind("\n", 0, start) + 1 : start].rstrip(" ")
        if line and line[-1] not in ":-":
            continue  # in the middle of a text
        if match[1] in _QUOTED:
            closed = _QUOTED[match[1]].match(body, start)
            if closed is None or (
                closed.end() > end and _FIELD_OR_LESS.search(closed[0])
            ):
                raise UnusualError
        elif body[start:end] not in ("[]", "{}"):
            raise UnusualError


def fields(text: str, names: Collection[str]) -> dict[str, Any]:
    """Read some fields of a version.

    Args:
        text: Its YAML, as :class:`Parts` has it.
        names: The fields.
    """
    found = re.findall(_FIELD % "|".join(names), f"\n{text}")
    return {name: _value(raw) for name, raw in found}


def _value(raw: str) -> Any:
    """Read what follows a field's colon."""
    if raw.startswith(_ITEM):
        items = [_simple(item) for item in raw.split(_ITEM)[1:]]
        if None not in items:
            return items
    simple = _simple(raw[1:])
    if simple is not None:
        return simple
    from pypkg import yamlio  # noqa: PLC0415 - start-up time

    try:
        return yamlio.load(f"    field:{raw}\n")["field"]
    except YamlError:
        return None  # who reads the whole entry hears of it


def _simple(raw: str) -> str | None:
    """Read a value that is clearly text; None where YAML has to decide."""
    if _DOTTED.fullmatch(raw):
        return raw
    if _WORD.fullmatch(raw):
        return None if raw.lower() in _MEANINGFUL else raw.rstrip()
    quoted = _PLAIN_QUOTED.fullmatch(raw)
    return quoted[1] if quoted else None
