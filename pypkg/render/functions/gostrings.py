"""Go's view of text: bytes in UTF-8, runes, white space, case, quoting.

A Go string may hold bytes that are not UTF-8 (the half of a letter that ``trunc``
leaves, the bytes of ``b64dec``). In Python each such byte is a surrogate escape,
so that it comes out again as the byte it was.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any, Final

from pypkg.render.functions.errors import FunctionError

if TYPE_CHECKING:
    from collections.abc import Callable

WHITE_SPACE: Final = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007"
    "\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
)
"""What ``unicode.IsSpace`` accepts; Python's own set is larger."""

_INVALID = "[\udc80-\udcff]"
_NEEDS_ESCAPE = r"[^ !#-\[\]-~]"
_ESCAPES = {
    "\a": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t",
    "\v": "\\v", '"': '\\"', "\\": "\\\\",
}  # fmt: skip


def encode(text: str) -> bytes:
    """Give a text's bytes as Go holds them."""
    return text.encode("utf-8", "surrogateescape")


def decode(data: bytes) -> str:
    """Give bytes as text, those that are not UTF-8 as surrogate escapes."""
    return data.decode("utf-8", "surrogateescape")


def searching(part: str) -> tuple[Callable[[str], Any], Callable[[Any], str]]:
    """Tell in which form texts are searched for PART, and how they become text again.

    Letters do, but for bytes that are none, such as the half of one: these Go finds
    within letters.
    """
    if part.isascii() or not re.search(_INVALID, part):
        return str, str
    return encode, decode


def valid(text: str) -> str:
    """Put U+FFFD for each byte that is not UTF-8."""
    return text if text.isascii() else re.sub(_INVALID, "\ufffd", text)


def byte_slice(text: str, start: int, end: int) -> str:
    """Slice by bytes, as Go's ``text[start:end]``.

    Raises:
        FunctionError: The bounds are not within the text.
    """
    data: str | bytes = text if text.isascii() else encode(text)
    problem = ""
    if end < 0:
        problem = f"[:{end}]"
    elif end > len(data):
        problem = f"[:{end}] with length {len(data)}"
    elif start < 0:
        problem = f"[{start}:]"
    elif start > end:
        problem = f"[{start}:{end}]"
    if problem:
        raise FunctionError(f"runtime error: slice bounds out of range {problem}")
    part = data[start:end]
    return part if isinstance(part, str) else decode(part)


def byte_length(text: str) -> int:
    """Give the length in bytes, as Go's ``len``."""
    return len(text) if text.isascii() else len(encode(text))


def to_upper(text: str) -> str:
    """Map each letter to upper case; none becomes two, unlike in Python."""
    if text.isascii():
        return text.upper()
    return "".join(map(upper_rune, valid(text)))


def to_lower(text: str) -> str:
    """Map each letter to lower case, none of them by its neighbours."""
    if text.isascii():
        return text.lower()
    return "".join(map(lower_rune, valid(text)))


def upper_rune(char: str) -> str:
    """Apply ``unicode.ToUpper``."""
    mapped = char.upper()
    return mapped if len(mapped) == 1 else char


def lower_rune(char: str) -> str:
    """Apply ``unicode.ToLower``."""
    # Only the dotted capital I has a longer full mapping than its simple one.
    return char.lower()[0]


def title_rune(char: str) -> str:
    """Apply ``unicode.ToTitle``."""
    mapped = char.title()
    return mapped if len(mapped) == 1 else char


def is_upper(char: str) -> bool:
    """Apply ``unicode.IsUpper``."""
    return "A" <= char <= "Z" if char.isascii() else unicodedata.category(char) == "Lu"


def is_lower(char: str) -> bool:
    """Apply ``unicode.IsLower``."""
    return "a" <= char <= "z" if char.isascii() else unicodedata.category(char) == "Ll"


def is_title(char: str) -> bool:
    """Apply ``unicode.IsTitle``."""
    return unicodedata.category(char) == "Lt"


def is_letter(char: str) -> bool:
    """Apply ``unicode.IsLetter``."""
    return unicodedata.category(char)[0] == "L"


def is_number(char: str) -> bool:
    """Apply ``unicode.IsNumber``."""
    return unicodedata.category(char)[0] == "N"


def is_punctuation(char: str) -> bool:
    """Apply ``unicode.IsPunct``."""
    return unicodedata.category(char)[0] == "P"


def go_quote(text: str) -> str:
    """Quote as fmt's ``%q``: double quotes, Go's escapes."""
    if re.search(_NEEDS_ESCAPE, text) is None:
        return f'"{text}"'
    return f'"{re.sub(_NEEDS_ESCAPE, _escape, text)}"'


def _escape(match: re.Match[str]) -> str:
    char = match[0]
    if char in _ESCAPES:
        return _ESCAPES[char]
    code = ord(char)
    if 0xDC80 <= code <= 0xDCFF:  # noqa: PLR2004 - a byte that is not UTF-8
        return f"\\x{code - 0xDC00:02x}"
    if char.isprintable():
        return char
    if code < 0x80:  # noqa: PLR2004 - ASCII
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"  # noqa: PLR2004 - four digits
