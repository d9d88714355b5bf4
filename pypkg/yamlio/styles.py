"""How go-yaml writes a string: plain, quoted, as a block, folded at 80 columns."""

from __future__ import annotations

import math
import re
from functools import cache

from pypkg.structs import Struct
from pypkg.yamlio.scalars import (
    NUMBER_STARTS,
    WORDS,
    is_timestamp,
    parse_number,
)


class Style(Struct):
    """What tells go-yaml v2, after a way through JSON, from go-yaml v3.

    Attributes:
        width: The column after which to fold.
        sequence_indent: How far a list is indented under its key.
        through_json: Numbers and controls are those that JSON can hold.
        tabs_in_blocks: A text with tabs may be written as a block.
        digits_join: A letter after a digit sorts before punctuation.
    """

    width: float
    sequence_indent: int
    through_json: bool
    tabs_in_blocks: bool
    digits_join: bool


COMPACT = Style(
    width=80,
    sequence_indent=0,
    through_json=True,
    tabs_in_blocks=False,
    digits_join=False,
)
"""``sigs.k8s.io/yaml``, which Helm uses almost everywhere."""

PRETTY = Style(
    width=math.inf,
    sequence_indent=2,
    through_json=False,
    tabs_in_blocks=True,
    digits_join=True,
)
"""``toYamlPretty``."""

_SIMPLE_KEY = 128
_SHORT = _SIMPLE_KEY // 4
_BREAKS = "\r\n\x85\u2028\u2029"
# Letters, digits and marks that need no quotes, wherever they stand.
_SAFE = re.compile(r"[A-Za-z_/$(\\][\w./$()\\+=;^~<>-]*\Z", re.ASCII)
# Minutes and hours of YAML 1.1, which go-yaml quotes but does not read.
_BASE60 = r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?\Z"
# Go-yaml does not write controls, the BOM and all beyond U+FFFF as they are.
_PRINTABLE = "\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd"
_LONGEST_ESCAPE = len("\\U0010FFFF")
_UNREADABLE = "[\x7f-\x84\x86-\x9f\ufffe\uffff]"
_INVALID = "[\ud800-\udfff]"
_BREAK = re.compile(f"[{_BREAKS}]")
_BREAKS_INSIDE = f"([{_BREAKS}]+)(?=[^{_BREAKS}])"
_SPACE_BREAK = f" [{_BREAKS}]"
_BREAK_SPACE = f"[{_BREAKS}] "
_INDICATOR = re.compile(
    "---|\\.\\.\\.|[#,\\[\\]{}&*!|>'\"%@`]|[?:](?:[ \t]|\\Z)|-(?:[ \t]|\\Z)"
)
_INNER_INDICATOR = re.compile(rf":(?:[ \t]|\Z)|[ \t{_BREAKS}]#")
_ASCII_UNPRINTABLE = re.compile("[\x00-\x09\x0b-\x1f\x7f]")
_ASCII_ESCAPED = re.compile('[\x00-\x1f\x7f"\\\\]')
_ESCAPES = {
    "\0": "0", "\a": "a", "\b": "b", "\t": "t", "\n": "n", "\v": "v", "\f": "f",
    "\r": "r", "\x1b": "e", '"': '"', "\\": "\\", "\x85": "N", "\u2028": "L",
    "\u2029": "P",
}  # fmt: skip


@cache
def _unprintable() -> re.Pattern[str]:
    # Compiling so large a set takes longer than reading most charts.
    return re.compile(f"[^\n{_PRINTABLE}]")


@cache
def _escaped() -> re.Pattern[str]:
    return re.compile(f'["\\\\{_BREAKS}]|[^{_PRINTABLE}]')


def _is_printable(text: str) -> bool:
    pattern = _ASCII_UNPRINTABLE if text.isascii() else _unprintable()
    return pattern.search(text) is None


def is_safe(text: str) -> bool:
    """Whether a short text stands for itself without any further look."""
    return _SAFE.match(text) is not None and text not in WORDS


def is_simple_key(key: str) -> bool:
    """Whether a key fits before its colon; others are written after ``? ``."""
    if len(key) <= _SHORT and is_safe(key):
        return True
    size = len(key.encode("utf-8", "replace"))
    return size <= _SIMPLE_KEY and not _BREAK.search(key)


def key_text(key: str, style: Style) -> str:
    """Write a simple key."""
    if is_safe(key):
        return key
    # It is never folded, as if it stood far to the left of the margin.
    return _flow_text(key, -2 * _SIMPLE_KEY, 0, style)


def scalar_text(text: str, column: int, indent: int, style: Style) -> str:
    """Write a value, whose first line is not indented.

    Args:
        text: What to write.
        column: Where the first line begins.
        indent: How far further lines are indented.
        style: Whose rules to follow.

    Raises:
        ValueError: A control character cannot pass through Helm's toYaml.
    """
    if "\n" not in text:
        return _flow_text(text, column, indent, style)
    text = re.sub(_INVALID, "\ufffd", text)
    printable = text.replace("\t", " ") if style.tabs_in_blocks else text
    if text[-1] == " " or re.search(_SPACE_BREAK, text) or not _is_printable(printable):
        return _double_quoted(text, column, indent, style)
    return _literal(text, indent)


def resolves(text: str) -> bool:
    """Whether a plain scalar of this text would be read as something else."""
    if not text or text in WORDS:
        return True
    if text[0] not in NUMBER_STARTS:
        return False
    return (
        parse_number(text) is not None
        or re.match(_BASE60, text) is not None
        or is_timestamp(text)
    )


def _flow_text(text: str, column: int, indent: int, style: Style) -> str:
    text = re.sub(_INVALID, "\ufffd", text)
    if resolves(text) or not _is_printable(text) or "\n" in text:
        return _double_quoted(text, column, indent, style)
    is_plain = not (
        text[0] == " "
        or text[-1] == " "
        or _INDICATOR.match(text)
        or _INNER_INDICATOR.search(text)
        or _BREAK.search(text)
    )
    if is_plain:
        return _folded(text, column, indent, style)
    if re.search(_SPACE_BREAK, text) or re.search(_BREAK_SPACE, text):
        return _double_quoted(text, column, indent, style)
    return _single_quoted(text, column, indent, style)


def _single_quoted(text: str, column: int, indent: int, style: Style) -> str:
    text = text.replace("'", "''")
    # A space at either end is never a place to break.
    lead = text[: len(text) - len(text.lstrip(" "))]
    trail = text[len(text.rstrip(" ")) :] if lead != text else ""
    middle = text[len(lead) : len(text) - len(trail)]
    folded = _folded(middle, column + 1 + len(lead), indent, style)
    if _BREAK.search(text):
        folded = re.sub(_BREAKS_INSIDE, rf"\1{' ' * indent}", folded)
    return f"'{lead}{folded}{trail}'"


def _folded(text: str, column: int, indent: int, style: Style) -> str:
    """Break at single spaces beyond the width."""
    width = style.width
    if column + len(text) <= width or " " not in text:
        return text
    out = []
    margin = "\n" + " " * indent
    words = text.split(" ")
    for i, word in enumerate(words):
        if i:
            # Only a space with letters at both sides may become a line break.
            if column > width and word and words[i - 1]:
                out.append(margin)
                column = indent
            else:
                out.append(" ")
                column += 1
        out.append(word)
        column += len(word)
    return "".join(out)


def _double_quoted(text: str, column: int, indent: int, style: Style) -> str:
    if style.through_json and re.search(_UNREADABLE, text):
        # Helm reads its own JSON back as YAML, which refuses these.
        raise ValueError("control characters are not allowed")
    escaped = _ASCII_ESCAPED if text.isascii() else _escaped()
    width = style.width
    if column + _LONGEST_ESCAPE * len(text) <= width:
        return f'"{escaped.sub(_escape, text)}"'
    out = ['"']
    column += 1
    after_space = False
    last = len(text) - 1
    for i, char in enumerate(text):
        if char != " ":
            shown = _escape_char(char) if escaped.match(char) else char
        elif not after_space and column > width and 0 < i < last:
            out.append("\n" + " " * indent)
            column = indent
            # A space at the beginning of a line must be escaped.
            shown = "\\" if text[i + 1] == " " else ""
        else:
            shown = char
        out.append(shown)
        column += len(shown)
        after_space = char == " "
    return "".join([*out, '"'])


def _literal(text: str, indent: int) -> str:
    hint = "2" if text[0] == " " or text[0] in _BREAKS else ""
    if text[-1] not in _BREAKS:
        chomp = "-"
    else:
        chomp = "+" if len(text) == 1 or text[-2] in _BREAKS else ""
    margin = " " * indent
    first = "" if text[0] in _BREAKS else margin
    # Empty lines are not indented, and the last line end is the writer's.
    body = re.sub(_BREAKS_INSIDE, rf"\1{margin}", text).removesuffix("\n")
    return f"|{hint}{chomp}\n{first}{body}"


def _escape(match: re.Match[str]) -> str:
    return _escape_char(match[0])


def _escape_char(char: str) -> str:
    if char in _ESCAPES:
        return "\\" + _ESCAPES[char]
    code = ord(char)
    if code <= 0xFF:  # noqa: PLR2004 - two hexadecimal digits
        return f"\\x{code:02X}"
    return f"\\u{code:04X}" if code <= 0xFFFF else f"\\U{code:08X}"  # noqa: PLR2004 - four digits
