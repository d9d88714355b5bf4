"""Texts: cutting, trimming, replacing, quoting, wrapping."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pypkg.render.functions.errors import FunctionError
from pypkg.render.functions.goprint import StringMap, StringSlice, sprint
from pypkg.render.functions.gostrings import (
    WHITE_SPACE,
    byte_length,
    byte_slice,
    decode,
    encode,
    go_quote,
    is_lower,
    is_title,
    is_upper,
    lower_rune,
    searching,
    title_rune,
    to_lower,
    to_upper,
    upper_rune,
)

if TYPE_CHECKING:
    from pypkg.render.functions.host import Host
    from pypkg.render.functions.signature import TemplateFunction

# Below this many bytes there is no room for a letter and an ellipsis.
_SHORTEST_ABBREVIATION = 4
_SHORTEST_ABBREVIATION_INSIDE = 7
_DELETE_SPACES = dict.fromkeys(map(ord, WHITE_SPACE))


def to_string(value: Any) -> str:
    """Give a value as text: a string as it is, anything else as ``print`` shows it."""
    if isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return decode(value)
    return sprint(value)


def abbrev(width: int, text: str) -> str:
    """Cut a text to WIDTH bytes, ``...`` included; below 4 it stays whole."""
    if width < _SHORTEST_ABBREVIATION or byte_length(text) <= width:
        return text
    return byte_slice(text, 0, width - 3) + "..."


def abbrevboth(left: int, right: int, text: str) -> str:
    """Cut both ends: skip LEFT bytes, give at most RIGHT, both ellipses included."""
    if right < _SHORTEST_ABBREVIATION or (
        left > 0 and right < _SHORTEST_ABBREVIATION_INSIDE
    ):
        return text
    data = encode(text)
    if len(data) <= right:
        return text
    offset = min(left, len(data))
    if len(data) - offset < right - 3:
        offset = len(data) - (right - 3)
    if offset <= _SHORTEST_ABBREVIATION:
        return decode(data[: right - 3]) + "..."
    if right < _SHORTEST_ABBREVIATION_INSIDE:
        return ""
    if offset + right - 3 < len(data):
        return "..." + abbrev(right - 3, decode(data[offset:]))
    return "..." + decode(data[len(data) - (right - 3) :])


def trunc(length: int, text: str) -> str:
    """Give the first LENGTH bytes, or the last ones if LENGTH is negative."""
    if text.isascii():
        if length >= 0:
            return text[:length]
        return text[length:] if -length < len(text) else text
    data = encode(text)
    if length >= 0:
        return decode(data[:length])
    return decode(data[length:]) if -length < len(data) else text


def substr(start: int, end: int, text: str) -> str:
    """Give the bytes from START to END.

    A negative START means from the beginning, an END that is negative or too
    large means to the end. Bounds that do not fit the text are an error.
    """
    if start < 0:
        return byte_slice(text, 0, end)
    if end < 0 or end > byte_length(text):
        end = byte_length(text)
    return byte_slice(text, start, end)


def trim(text: str) -> str:
    """Remove white space at both ends."""
    return text.strip(WHITE_SPACE)


def trim_all(characters: str, text: str) -> str:
    """Remove any of CHARACTERS at both ends."""
    return text.strip(characters) if characters else text


def trim_suffix(suffix: str, text: str) -> str:
    """Remove SUFFIX, once, if the text ends with it."""
    form, back = searching(suffix)
    return back(form(text).removesuffix(form(suffix)))


def trim_prefix(prefix: str, text: str) -> str:
    """Remove PREFIX, once, if the text begins with it."""
    form, back = searching(prefix)
    return back(form(text).removeprefix(form(prefix)))


def nospace(text: str) -> str:
    """Remove all white space; where there is some, letters beyond ASCII are garbled."""
    # Sprig reads bytes and writes each as a letter of its own.
    letters = encode(text).decode("latin-1")
    kept = letters.translate(_DELETE_SPACES)
    return text if kept == letters else kept


def upper(text: str) -> str:
    """Turn every letter to upper case."""
    return to_upper(text)


def lower(text: str) -> str:
    """Turn every letter to lower case."""
    return to_lower(text)


def title(text: str) -> str:
    """Turn the first letter of every word to title case; the rest stays."""
    out = []
    previous = " "
    for char in text:
        out.append(title_rune(char) if _separates(previous) else char)
        previous = char
    return "".join(out)


def _separates(char: str) -> bool:
    if char.isascii():
        return not (char.isalnum() or char == "_")
    return char in WHITE_SPACE


def untitle(text: str) -> str:
    """Turn the first letter of every word to lower case."""
    out = []
    first = True
    for char in text:
        if char in WHITE_SPACE:
            first = True
        elif first:
            char, first = lower_rune(char), False  # noqa: PLW2901 - the mapped letter
        out.append(char)
    return "".join(out)


def swapcase(text: str) -> str:
    """Swap case; a small letter that begins a word takes title case."""
    out = []
    after_space = True
    for char in text:
        mapped = char
        if is_upper(char) or is_title(char):
            mapped, after_space = lower_rune(char), False
        elif is_lower(char):
            mapped = title_rune(char) if after_space else upper_rune(char)
            after_space = False
        else:
            after_space = char in WHITE_SPACE
        out.append(mapped)
    return "".join(out)


def camelcase(text: str) -> str:
    """Join words, each with a capital: ``http_server`` to ``HttpServer``."""
    from pypkg.render.functions import casing  # noqa: PLC0415 - start-up time

    return casing.pascal_case(text)


def snakecase(text: str) -> str:
    """Lower words and join them by underscores: ``HTTPServer`` to ``http_server``."""
    from pypkg.render.functions import casing  # noqa: PLC0415 - start-up time

    return casing.separate_words(text, "_")


def kebabcase(text: str) -> str:
    """Lower words and join them by hyphens: ``HTTPServer`` to ``http-server``."""
    from pypkg.render.functions import casing  # noqa: PLC0415 - start-up time

    return casing.separate_words(text, "-")


def initials(text: str) -> str:
    """Give the first letter of every word."""
    out = []
    gap = True
    # Sprig reads bytes and writes each as a letter of its own.
    for char in encode(text).decode("latin-1"):
        if char in WHITE_SPACE:
            gap = True
        elif gap:
            out.append(char)
            gap = False
    return "".join(out)


def contains(part: str, text: str) -> bool:
    """Tell whether PART occurs in TEXT."""
    form, _ = searching(part)
    return form(part) in form(text)


def has_prefix(prefix: str, text: str) -> bool:
    """Tell whether TEXT begins with PREFIX."""
    form, _ = searching(prefix)
    found: bool = form(text).startswith(form(prefix))
    return found


def has_suffix(suffix: str, text: str) -> bool:
    """Tell whether TEXT ends with SUFFIX."""
    form, _ = searching(suffix)
    found: bool = form(text).endswith(form(suffix))
    return found


def quote(*values: Any) -> str:
    """Quote each value with ``"`` and Go's escapes, joined by spaces; skip nil."""
    return " ".join(
        go_quote(value if value.__class__ is str else to_string(value))
        for value in values
        if value is not None
    )


def squote(*values: Any) -> str:
    """Put each value between ``'``, nothing escaped, joined by spaces; skip nil."""
    return " ".join(f"'{sprint(value)}'" for value in values if value is not None)


def cat(*values: Any) -> str:
    """Join values by spaces; skip nil."""
    return " ".join(sprint(value) for value in values if value is not None)


def plural(one: str, many: str, count: int) -> str:
    """Give ONE if COUNT is 1, else MANY."""
    return one if count == 1 else many


def wrap(width: int, text: str) -> str:
    """Break lines at spaces before column WIDTH; longer words stay whole."""
    return _wrap(encode(text), width, b"\n", break_words=False)


def wrap_with(width: int, separator: str, text: str) -> str:
    """Break at column WIDTH with SEPARATOR; longer words are broken too."""
    return _wrap(encode(text), width, encode(separator) or b"\n", break_words=True)


def _wrap(data: bytes, width: int, newline: bytes, *, break_words: bool) -> str:
    width = max(width, 1)
    lines = []
    offset = 0
    while len(data) - offset > width:
        if data[offset] == ord(" "):
            offset += 1
            continue
        end = skip = data.rfind(b" ", offset, offset + width + 1)
        if end < 0:
            end = skip = offset + width
            if break_words:
                skip -= 1
            else:
                end = skip = data.find(b" ", end)
                if end < 0:
                    break
        lines.append(data[offset:end])
        offset = skip + 1
    return decode(newline.join([*lines, data[offset:]]))


def split_list(separator: str, text: str) -> StringSlice:
    """Split into a list; an empty SEPARATOR splits into letters."""
    return StringSlice(_split(separator, text) if separator else text)


def _split(separator: str, text: str, times: int = -1) -> list[str]:
    form, back = searching(separator)
    return [back(part) for part in form(text).split(form(separator), times)]


def split(separator: str, text: str) -> StringMap:
    """Split into a map with the keys ``_0``, ``_1``, ..."""
    return _numbered(split_list(separator, text))


def splitn(separator: str, count: int, text: str) -> StringMap:
    """Split into at most COUNT parts: a map with the keys ``_0``, ``_1``, ..."""
    if count == 0:
        return StringMap()
    if count < 0:
        return split(separator, text)
    if separator:
        return _numbered(_split(separator, text, count - 1))
    head = text[: count - 1]
    rest = text[count - 1 :]
    return _numbered([*head, rest] if rest else [*head])


def _numbered(parts: list[str]) -> StringMap:
    return StringMap({f"_{i}": part for i, part in enumerate(parts)})


def strings_of(value: Any) -> StringSlice:
    """Give a list's items as texts, without the nil ones; a scalar alone in a list."""
    if isinstance(value, list | tuple):
        return StringSlice(to_string(item) for item in value if item is not None)
    return StringSlice() if value is None else StringSlice([to_string(value)])


def join(separator: str, value: Any) -> str:
    """Join a list's items as texts, without the nil ones."""
    return separator.join(strings_of(value))


def hello() -> str:
    """Give ``Hello!``."""
    return "Hello!"


FUNCTIONS: dict[str, TemplateFunction] = {
    "abbrev": abbrev,
    "abbrevboth": abbrevboth,
    "camelcase": camelcase,
    "cat": cat,
    "contains": contains,
    "hasPrefix": has_prefix,
    "hasSuffix": has_suffix,
    "hello": hello,
    "initials": initials,
    "join": join,
    "kebabcase": kebabcase,
    "lower": lower,
    "nospace": nospace,
    "plural": plural,
    "quote": quote,
    "snakecase": snakecase,
    "split": split,
    "splitList": split_list,
    "splitn": splitn,
    "squote": squote,
    "substr": substr,
    "swapcase": swapcase,
    "title": title,
    "toString": to_string,
    "toStrings": strings_of,
    "trim": trim,
    "trimAll": trim_all,
    "trimPrefix": trim_prefix,
    "trimSuffix": trim_suffix,
    "trimall": trim_all,
    "trunc": trunc,
    "untitle": untitle,
    "upper": upper,
    "wrap": wrap,
    "wrapWith": wrap_with,
}


class _Growing:
    """Functions that could build texts of any size, within the host's limit."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def repeat(self, count: int, text: str) -> str:
        """Give TEXT, COUNT times; a negative COUNT is an error."""
        if count < 0:
            raise FunctionError("strings: negative Repeat count")
        self._host.check_length("repeat", count * byte_length(text))
        return text * count

    def indent(self, spaces: int, text: str) -> str:
        """Indent every line, empty ones too, by SPACES."""
        if spaces < 0:
            raise FunctionError("strings: negative Repeat count")
        self._host.check_length("indent", spaces * (text.count("\n") + 1) + len(text))
        pad = " " * spaces
        return pad + text.replace("\n", "\n" + pad)

    def nindent(self, spaces: int, text: str) -> str:
        """Begin a new line and indent every line by SPACES."""
        return "\n" + self.indent(spaces, text)

    def replace(self, old: str, new: str, text: str) -> str:
        """Replace every OLD by NEW; an empty OLD matches between all letters."""
        if len(new) > len(old):
            grown = text.count(old) * (len(new) - len(old)) + len(text)
            self._host.check_length("replace", grown)
        form, back = searching(old)
        return back(form(text).replace(form(old), form(new)))


def host_functions(host: Host) -> dict[str, TemplateFunction]:
    """Give the functions that need the host's limits."""
    growing = _Growing(host)
    return {
        "indent": growing.indent,
        "nindent": growing.nindent,
        "repeat": growing.repeat,
        "replace": growing.replace,
    }
