"""What a verb of Go's ``fmt`` makes of a value.

Values are of every type that templates have; a verb that does not fit a type gives
Go's complaint, such as ``%!d(float64=1)``, and raises nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from pypkg.render.functions.goprint import kind_name, sprint, type_name
from pypkg.render.functions.gostrings import encode, go_quote
from pypkg.yamlio.scalars import format_float

if TYPE_CHECKING:
    from collections.abc import Callable

_LARGEST_RUNE = 0x10FFFF
_LARGEST_SHORT = 0xFFFF
# One digit for the leading bit of a float64, 13 for the other 52.
_MANTISSA_DIGITS = 14
_REPLACEMENT = "\ufffd"
_INTEGER_BASES = {"b": 2, "o": 8, "O": 8, "d": 10, "x": 16, "X": 16, "v": 10}
_PREFIXES = {"b": "0b", "o": "0", "O": "0o", "x": "0x", "X": "0X"}
_FLOAT_VERBS = frozenset("eEfFgGvbxX")
_STRING_VERBS = frozenset("svqxX")


class Directive(NamedTuple):
    """What stands between a ``%`` and the verb.

    Attributes:
        plus: Always a sign; for ``%+q``, ASCII only.
        minus: Pad on the right.
        sharp: The alternate form.
        space: A blank for the sign, or between bytes.
        zero: Pad with zeros.
        width: The least number of characters, or None.
        precision: As the verb takes it, or None.
        go_syntax: ``%#v``: write the value as Go's source would.
    """

    plus: bool = False
    minus: bool = False
    sharp: bool = False
    space: bool = False
    zero: bool = False
    width: int | None = None
    precision: int | None = None
    go_syntax: bool = False

    def pad(self, text: str) -> str:
        """Fill a text up to the width."""
        if self.width is None or len(text) >= self.width:
            return text
        if self.minus:
            return text.ljust(self.width)
        return text.rjust(self.width, "0" if self.zero else " ")

    def pad_number(self, sign: str, digits: str) -> str:
        """Fill a number up to the width, with zeros after its sign."""
        if self.zero and not self.minus and self.width is not None:
            digits = digits.rjust(self.width - len(sign), "0")
            return sign + digits
        return self._replace(zero=False).pad(sign + digits)


PLAIN = Directive()


def format_value(verb: str, value: Any, directive: Directive = PLAIN) -> str:
    """Format one value with one verb."""
    if verb == "T" and value is not None:
        return directive.pad(_cut(type_name(value), directive))
    if (formatter := _FORMATTERS.get(value.__class__)) is not None:
        return formatter(verb, value, directive)
    for base, formatter in _FORMATTERS.items():
        # What Go sees as a struct may be anything in Python.
        if isinstance(value, base) and kind_name(value) != "struct":
            return formatter(verb, value, directive)
    if verb in _STRING_VERBS:
        # It has a String method.
        return _string(verb, sprint(value), directive)
    return _bad(verb, value, directive)


def _bad(verb: str, value: Any, directive: Directive) -> str:
    return f"%!{verb}({type_name(value)}={format_value('v', value, directive)})"


def _nil(verb: str, value: None, directive: Directive) -> str:  # noqa: ARG001 - as all
    # It is never cut.
    return directive.pad("<nil>") if verb in "Tv" else f"%!{verb}(<nil>)"


def _bool(verb: str, value: bool, directive: Directive) -> str:  # noqa: FBT001 - the value
    if verb not in "tv":
        return _bad(verb, value, directive)
    return directive.pad("true" if value else "false")


def _integer(verb: str, value: int, directive: Directive) -> str:
    if base := _INTEGER_BASES.get(verb):
        return _based(verb, value, base, directive)
    match verb:
        case "c":
            return directive.pad(_rune(value))
        case "q":
            return directive.pad(_quoted_rune(value, ascii_only=directive.plus))
        case "U":
            return _unicode(value, directive)
        case "e" | "E" | "f" | "F" | "g" | "G" | _:
            return _bad(verb, value, directive)


def _rune(value: int) -> str:
    if 0 <= value <= _LARGEST_RUNE and not 0xD800 <= value < 0xE000:  # noqa: PLR2004 - surrogates
        return chr(value)
    return _REPLACEMENT


def _quoted_rune(value: int, *, ascii_only: bool) -> str:
    character = _rune(value)
    if character == "'":
        return r"'\''"
    if character == '"':
        return "'\"'"
    inner = _quoted(character, ascii_only=ascii_only)[1:-1]
    return f"'{inner}'"


def _quoted(text: str, *, ascii_only: bool) -> str:
    quoted = go_quote(text)
    return "".join(map(_ascii, quoted)) if ascii_only else quoted


def _ascii(character: str) -> str:
    if character.isascii():
        return character
    code = ord(character)
    return f"\\u{code:04x}" if code <= _LARGEST_SHORT else f"\\U{code:08x}"


def _unicode(value: int, directive: Directive) -> str:
    digits = f"{value % 2**64:04X}".rjust(directive.precision or 4, "0")
    text = f"U+{digits}"
    if directive.sharp and (character := _rune(value)).isprintable():
        text = f"{text} '{character}'"
    return directive._replace(zero=False).pad(text)


def _based(verb: str, value: int, base: int, directive: Directive) -> str:
    digits = _digits_of(abs(value), base)
    if verb == "X":
        digits = digits.upper()
    if directive.precision is not None:
        if directive.precision == 0 and value == 0:
            return directive._replace(zero=False).pad("")
        digits = digits.rjust(directive.precision, "0")
        directive = directive._replace(zero=False)
    prefix = ""
    if verb == "O" or (directive.sharp and verb != "v"):
        prefix = _PREFIXES.get(verb, "")
        if verb == "o" and digits.startswith("0"):
            prefix = ""
    sign = (
        "-" if value < 0 else "+" if directive.plus else " " if directive.space else ""
    )
    return directive.pad_number(sign + prefix, digits)


def _digits_of(value: int, base: int) -> str:
    return format(value, {2: "b", 8: "o", 10: "d", 16: "x"}[base])


def _float(verb: str, value: float, directive: Directive) -> str:
    if verb not in _FLOAT_VERBS:
        return _bad(verb, value, directive)
    if value != value or value in (float("inf"), float("-inf")):  # noqa: PLR0124 - NaN
        return _unusual_float(value, directive)
    digits = _float_digits(verb, abs(value), directive)
    sign = "+" if directive.plus else " " if directive.space else ""
    if value < 0 or (value == 0 and str(value).startswith("-")):
        sign = "-"
    return directive.pad_number(sign, digits)


def _unusual_float(value: float, directive: Directive) -> str:
    if value != value:  # noqa: PLR0124 - NaN
        text = "+NaN" if directive.plus else "NaN"
    else:
        text = "-Inf" if value < 0 else "+Inf"
    return directive._replace(zero=False).pad(text)


def _float_digits(verb: str, value: float, directive: Directive) -> str:
    precision = directive.precision
    match verb:
        case "x" | "X":
            digits = _hexadecimal(value, precision)
        case "b":
            mantissa, exponent = _binary(value)
            return f"{mantissa}p{exponent:+d}"
        case "g" | "G" | "v" if precision is None:
            digits = format_float(value)
        case "v":
            digits = f"{value:.{precision}g}"
        case _:
            digits = f"{value:.{6 if precision is None else precision}{verb}}"
    if directive.sharp:
        digits = _with_point(digits, verb, precision)
    return digits.upper() if verb in "GX" else digits


def _with_point(digits: str, verb: str, precision: int | None) -> str:
    """Add what the sharp flag forces: a decimal point, and zeros for %g and %x."""
    # In hexadecimal "e" is a digit. Go counts the "x" of 0x as one, too.
    mantissa = digits.partition("p" if verb in "xX" else "e")[0]
    missing = 0
    if verb in "gGvx":
        missing = 6 if precision is None else precision
        missing -= len(mantissa.replace(".", "").lstrip("0"))
    point = ""
    if "." not in mantissa:
        point = "."
        missing -= mantissa == "0"
    return mantissa + point + "0" * missing + digits.removeprefix(mantissa)


def _binary(value: float) -> tuple[int, int]:
    if value == 0:
        return 0, -1074
    numerator, _, exponent = float.hex(value).partition("p")
    mantissa = int(numerator.removeprefix("0x").replace(".", ""), 16)
    return mantissa, int(exponent) - 52


def _hexadecimal(value: float, precision: int | None) -> str:
    mantissa, _, exponent = float.hex(value).partition("p")
    digits = mantissa.removeprefix("0x").replace(".", "").ljust(_MANTISSA_DIGITS, "0")
    if precision is None:
        digits = digits[0] + digits[1:].rstrip("0")
    elif precision < _MANTISSA_DIGITS - 1:
        digits = _rounded(int(digits, 16), precision)
    else:
        digits = digits.ljust(precision + 1, "0")
    power = int(exponent) if value else 0
    if digits[0] == "2":  # rounded up
        digits, power = f"1{digits[1:]}", power + 1
    point = "." if len(digits) > 1 else ""
    return f"0x{digits[0]}{point}{digits[1:]}p{power:+03d}"


def _rounded(mantissa: int, precision: int) -> str:
    """Cut a float's 53 bits down to a hexadecimal precision, half to even."""
    dropped = 4 * (_MANTISSA_DIGITS - 1 - precision)
    kept, rest = divmod(mantissa, 1 << dropped)
    half = 1 << (dropped - 1)
    kept += rest > half or (rest == half and kept & 1)
    return f"{kept:0{precision + 1}x}"


def _string(verb: str, value: str, directive: Directive) -> str:
    match verb:
        case "v" if directive.go_syntax:
            return directive.pad(go_quote(value))
        case "s" | "v":
            return directive.pad(_cut(value, directive))
        case "q":
            return directive.pad(_quoted_string(_cut(value, directive), directive))
        case "x" | "X":
            return _hex_bytes(verb, encode(value), directive)
    return _bad(verb, value, directive)


def _cut(value: str, directive: Directive) -> str:
    return value if directive.precision is None else value[: directive.precision]


def _quoted_string(value: str, directive: Directive) -> str:
    if directive.sharp and "`" not in value and _is_plain(value):
        return f"`{value}`"
    return _quoted(value, ascii_only=directive.plus)


def _is_plain(value: str) -> bool:
    return all(c == "\t" or (c >= " " and c not in "\x7f\ufeff") for c in value)


def _hex_bytes(verb: str, data: bytes, directive: Directive) -> str:
    if directive.precision is not None:
        data = data[: directive.precision]
    pieces = [f"{byte:02x}" for byte in data]
    prefix = "0x" if directive.sharp and pieces else ""
    if directive.space:
        text = " ".join(prefix + piece for piece in pieces)
    else:
        text = prefix + "".join(pieces)
    return directive.pad(text.upper() if verb == "X" else text)


def _bytes(verb: str, value: bytes, directive: Directive) -> str:
    match verb:
        case "s" | "q":
            text = value.decode("utf-8", "surrogateescape")
            return _string(verb, text, directive)
        case "x" | "X":
            return _hex_bytes(verb, value, directive)
        case "v" if directive.go_syntax:
            return f"[]byte{{{', '.join(f'0x{byte:x}' for byte in value)}}}"
    element = "d" if verb == "v" else verb
    return f"[{' '.join(_integer(element, byte, directive) for byte in value)}]"


def _element(verb: str, value: Any, directive: Directive) -> str:
    """Format an element of a map or list, where nil is nil to every verb."""
    return "<nil>" if value is None else format_value(verb, value, directive)


def _map(verb: str, value: dict[str, Any], directive: Directive) -> str:
    items = (
        (format_value(verb, key, directive), _element(verb, value[key], directive))
        for key in sorted(value)
    )
    if verb == "v" and directive.go_syntax:
        inner = ", ".join(f"{key}:{item}" for key, item in _go_items(items, value))
        return f"{type_name(value)}{{{inner}}}"
    return f"map[{' '.join(f'{key}:{item}' for key, item in items)}]"


def _go_items(items: Any, value: dict[str, Any]) -> list[tuple[str, str]]:
    return [
        (shown, "interface {}(nil)" if value[key] is None else item)
        for key, (shown, item) in zip(sorted(value), items, strict=True)
    ]


def _list(verb: str, value: list[Any] | tuple[Any, ...], directive: Directive) -> str:
    items = [_element(verb, item, directive) for item in value]
    if verb == "v" and directive.go_syntax:
        shown = (
            "interface {}(nil)" if item is None else text
            for item, text in zip(value, items, strict=True)
        )
        return f"{type_name(value)}{{{', '.join(shown)}}}"
    return f"[{' '.join(items)}]"


_FORMATTERS: dict[type, Callable[[str, Any, Directive], str]] = {
    str: _string,
    bool: _bool,
    int: _integer,
    float: _float,
    type(None): _nil,
    bytes: _bytes,
    dict: _map,
    list: _list,
    tuple: _list,
}
