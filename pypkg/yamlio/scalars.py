"""What a plain YAML scalar means to Go: YAML 1.1 as go-yaml resolves it.

Helm reads YAML through ``sigs.k8s.io/yaml``, hence through go-yaml v2: ``yes`` is
a boolean, ``0644`` is octal, ``1_000`` a number, ``1:30`` and dates are strings.
"""

from __future__ import annotations

import math
import operator
import re

_TRUE = ("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON")
_FALSE = ("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF")
WORDS: dict[str, bool | float | None] = {
    **dict.fromkeys(_TRUE, True),
    **dict.fromkeys(_FALSE, False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
}
# A plain scalar that begins with none of these is a string.
SPECIAL_STARTS = frozenset("yYnNtTfFoO~+-0123456789.")
NUMBER_STARTS = frozenset("+-0123456789.")

# Compiled by re when they are first needed: most files have plain numbers only.
_INT = (
    r"[-+]?(?:0[xX](?P<hex>[0-9a-fA-F]+)|0[bB](?P<bin>[01]+)"
    r"|0[oO]?(?P<oct>[0-7]+)|(?P<dec>0|[1-9][0-9]*))\Z"
)
_BASES = {"hex": 16, "bin": 2, "oct": 8, "dec": 10}
_FLOAT = r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z"
_MISPLACED_UNDERSCORE = r"(?<![0-9])_|_(?![0-9])"
_TIMESTAMP = (
    r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})"
    r"(?:[Tt]([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?:\.[0-9]+)?(?:Z|[-+][0-9]{2}:[0-9]{2})"
    r"| ([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?:\.[0-9]+)?)?\Z"
)
_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_FEBRUARY = 2
# Where %g turns to exponents.
_EXPONENT_BELOW, _EXPONENT_FROM = 1e-4, 1e6
_MIN_INT, _MAX_UINT = -(1 << 63), (1 << 64) - 1
_UINT_DIGITS = len(str(_MAX_UINT))
# Python refuses to read longer ones; they are floats anyway.
_LONGEST_INT = 4000


def resolve(text: str) -> bool | float | str | None:
    """Give the value of a plain scalar: bool, int, float, None or the text itself."""
    if text and text[0] not in SPECIAL_STARTS:
        return text
    if text in WORDS:
        return WORDS[text]
    if text[0] in NUMBER_STARTS:
        number = parse_number(text)
        if number is not None:
            return number
    return text


def parse_number(text: str) -> int | float | None:
    """Read a number as go-yaml does, or give None where the text is a string."""
    if text.isdecimal() and text[0] != "0" and len(text) < _UINT_DIGITS:
        return int(text)
    if text[0] == ".":
        # After a leading dot underscores must stand between digits.
        misplaced = re.search(_MISPLACED_UNDERSCORE, text)
        return None if misplaced else _parse_float(text.replace("_", ""))
    plain = text.replace("_", "")
    match = re.match(_INT, plain, re.ASCII)
    kind = match.lastgroup if match else None
    if match and kind and len(plain) < _LONGEST_INT:
        value = int(match[kind], _BASES[kind])
        value = -value if plain[0] == "-" else value
        in_range = value <= (_MAX_UINT if plain[0] not in "+-" else _MAX_UINT >> 1)
        if in_range and value >= _MIN_INT:
            return value
    return _parse_float(plain)


def _parse_float(text: str) -> float | None:
    if not re.match(_FLOAT, text):
        return None
    value = float(text)
    # Go's ParseFloat reports a number out of range, and the scalar stays a string.
    return None if math.isinf(value) else value


def is_timestamp(text: str) -> bool:
    """Whether go-yaml would take a plain scalar for a date."""
    match = re.match(_TIMESTAMP, text)
    if match is None:
        return False
    year, month, day, *clock = (int(part) for part in match.groups() if part)
    if not 1 <= month <= len(_DAYS):
        return False
    leaps = (
        month == _FEBRUARY and year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    )
    exists = 1 <= day <= _DAYS[month - 1] + leaps
    return exists and all(map(operator.lt, clock, (24, 60, 60)))


def format_float32(value: float) -> str:
    """Format as Go's ``FormatFloat(value, 'g', -1, 32)``: how float keys are named."""
    import struct  # noqa: PLC0415 - start-up time, and rare

    single = struct.unpack("f", struct.pack("f", value))[0]
    for precision in range(1, 10):
        digits = f"{single:.{precision - 1}e}"
        if struct.unpack("f", struct.pack("f", float(digits)))[0] == single:
            break
    mantissa, exponent = digits.split("e")
    power = int(exponent)
    if not -4 <= power < 6:  # noqa: PLR2004 - strconv's %g thresholds
        return f"{mantissa}e{power:+03d}"
    text = f"{float(digits):.{max(0, precision - 1 - power)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def format_float(value: float) -> str:
    """Format as Go's ``FormatFloat(value, 'g', -1, 64)``, also fmt's ``%v``."""
    if _EXPONENT_BELOW <= abs(value) < _EXPONENT_FROM:
        return repr(value).removesuffix(".0")
    if value == 0:
        return repr(value).removesuffix(".0")
    if not math.isfinite(value):
        return {math.inf: "+Inf", -math.inf: "-Inf"}.get(value, "NaN")
    sign, digits, exponent = decompose(value)
    power = exponent + len(digits) - 1
    mantissa = digits[0] + (f".{digits[1:]}" if len(digits) > 1 else "")
    return f"{sign}{mantissa}e{power:+03d}"


def decompose(value: float) -> tuple[str, str, int]:
    """Split a finite float into sign, shortest digits and the power of the last."""
    mantissa, _, exponent = repr(value).partition("e")
    sign = "-" if mantissa[0] == "-" else ""
    whole, _, fraction = mantissa.lstrip("-").partition(".")
    fraction = fraction.rstrip("0")
    digits = (whole + fraction).lstrip("0")
    power = int(exponent or 0) - len(fraction)
    stripped = digits.rstrip("0")
    return sign, stripped or "0", power + len(digits) - len(stripped)
