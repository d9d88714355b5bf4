"""Go's literals: strings, characters and numbers, as ``strconv`` reads them."""

from __future__ import annotations

import re

_SIMPLE_ESCAPES = {
    "a": 7,
    "b": 8,
    "f": 12,
    "n": 10,
    "r": 13,
    "t": 9,
    "v": 11,
    "\\": 92,
    "'": 39,
    '"': 34,
}
_ESCAPE = re.compile(
    r"\\(?:(?P<simple>[abfnrtv\\'\"])|(?P<octal>[0-7]{3})|x(?P<byte>[0-9a-fA-F]{2})"
    r"|u(?P<short>[0-9a-fA-F]{4})|U(?P<long>[0-9a-fA-F]{8})|(?P<bad>.?))",
    re.DOTALL,
)
_BYTE = 256
_LARGEST_RUNE = 0x10FFFF
_SURROGATES = range(0xD800, 0xE000)
# One underscore between digits, or after the base prefix.
_DIGITS = {
    2: re.compile(r"(?:_?[01])+"),
    8: re.compile(r"(?:_?[0-7])+"),
    10: re.compile(r"[0-9](?:_?[0-9])*"),
    16: re.compile(r"(?:_?[0-9a-fA-F])+"),
}
_FLOAT = re.compile(
    r"[+-]?(?:[0-9](?:_?[0-9])*)?(?:\.(?:[0-9](?:_?[0-9])*)?)?"
    r"(?:[eE][+-]?[0-9](?:_?[0-9])*)?"
)
_HEXADECIMAL_FLOAT = re.compile(
    r"[+-]?0[xX](?:_?[0-9a-fA-F])*(?:\.[0-9a-fA-F_]*)?[pP][+-]?[0-9](?:_?[0-9])*"
)
_BASES = {"x": 16, "o": 8, "b": 2}


class LiteralError(ValueError):
    """A literal that Go refuses; the message is Go's."""


def unquote(quoted: str) -> str:
    r"""Give the meaning of a Go string literal, in quotes or backquotes.

    Bytes that form no character (``"\xff"``) become lone surrogates, as
    ``surrogateescape`` decodes them.

    Raises:
        LiteralError: An escape that Go does not know.
    """
    inner = quoted[1:-1]
    if quoted[0] == "`":
        return inner.replace("\r", "")
    if "\\" not in inner:
        return inner
    data = bytearray()
    position = 0
    for match in _ESCAPE.finditer(inner):
        data += inner[position : match.start()].encode("utf-8", "surrogateescape")
        data += _escaped(match, quote=quoted[0])
        position = match.end()
    data += inner[position:].encode("utf-8", "surrogateescape")
    return data.decode("utf-8", "surrogateescape")


def _escaped(match: re.Match[str], *, quote: str) -> bytes:
    code, is_rune = _code(match, quote=quote)
    return chr(code).encode() if is_rune else bytes([code])


def _code(match: re.Match[str], *, quote: str) -> tuple[int, bool]:
    """Give the value of an escape, and whether it is a character, not a byte."""
    if simple := match["simple"]:
        # A string may not escape the other kind of quote.
        if simple in "'\"" and simple != quote:
            raise LiteralError("invalid syntax")
        return _SIMPLE_ESCAPES[simple], True
    if octal := match["octal"]:
        if int(octal, 8) >= _BYTE:
            raise LiteralError("invalid syntax")
        return int(octal, 8), False
    if byte := match["byte"]:
        return int(byte, 16), False
    if digits := match["short"] or match["long"]:
        code = int(digits, 16)
        if code <= _LARGEST_RUNE and code not in _SURROGATES:
            return code, True
    raise LiteralError("invalid syntax")


def character(quoted: str) -> int:
    """Give the code of a character literal, such as ``'a'``.

    Raises:
        LiteralError: It holds no character, or several.
    """
    inner = quoted[1:-1]
    if len(inner) == 1 and inner not in "\\'":
        return ord(inner)
    if match := _ESCAPE.fullmatch(inner):
        return _code(match, quote="'")[0]
    if not inner or inner.startswith("\\"):
        raise LiteralError("invalid syntax")
    raise LiteralError(f"malformed character constant: {quoted}")


def integer(text: str) -> int | None:
    """Read an integer as ``strconv.ParseInt(text, 0, …)`` does, without a limit."""
    if text.isdecimal() and text[0] != "0":
        return int(text)
    sign, digits = (text[0], text[1:]) if text[:1] in ("+", "-") else ("", text)
    base = 10
    if digits[:1] == "0" and len(digits) > 1:
        base = _BASES.get(digits[1].lower(), 8)
        digits = digits[1 if base == 8 and digits[1] not in "oO" else 2 :]  # noqa: PLR2004
    if not _DIGITS[base].fullmatch(digits):
        return None
    value = int(digits.replace("_", ""), base)
    return -value if sign == "-" else value


def floating(text: str) -> float | None:
    """Read a float as ``strconv.ParseFloat`` does; None where it is none, or inf."""
    plain = text.replace("_", "")
    if _HEXADECIMAL_FLOAT.fullmatch(text):
        return _finite(float.fromhex, plain)
    if _FLOAT.fullmatch(text) and any(c.isdigit() for c in text):
        return _finite(float, plain)
    return None


def _finite(read: type[float] | object, text: str) -> float | None:
    try:
        value = read(text)  # type: ignore[operator] # float or float.fromhex
    except (ValueError, OverflowError):
        return None
    return None if value in (float("inf"), float("-inf")) else value
