"""Resource quantities: ``500m``, ``1Gi``, ``2e3``, and their canonical form.

The rules are those of ``k8s.io/apimachinery/pkg/api/resource``: a quantity keeps
the family of its suffix, and takes the largest one that leaves no fraction.
"""

from __future__ import annotations

import re
from decimal import ROUND_UP, Decimal

_PATTERN = re.compile(
    r"([+-]?)(\d+\.?\d*|\.\d+)(n|u|m|k|M|G|T|P|E|[KMGTPE]i|[eE][+-]?\d{1,4})?"
)
_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12}
_DECIMAL |= {"P": 15, "E": 18}
_BINARY = ("Ki", "Mi", "Gi", "Ti", "Pi", "Ei")
_NANO = Decimal(10) ** -9
_KIBI = 1024
_MESSAGE = (
    "quantities must match the regular expression"
    " '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
)


def parse(text: str) -> Decimal:
    """The value of a quantity.

    Raises:
        ValueError: The text is no quantity.
    """
    return _split(text)[0]


def canonical(text: str) -> str:
    """The form in which the API server writes a quantity.

    Raises:
        ValueError: The text is no quantity.
    """
    value, suffix = _split(text)
    # Nothing below a billionth is kept; it is rounded away from zero.
    value = value.quantize(_NANO, rounding=ROUND_UP)
    if suffix in _BINARY and (abs(value) >= _KIBI or value == 0):
        return _binary(value)
    if suffix[:1] in {"e", "E"} and len(suffix) > 1:
        number, exponent = _scaled(value)
        return f"{number}e{exponent}" if exponent else str(number)
    number, exponent = _scaled(value)
    names = {power: name for name, power in _DECIMAL.items()}
    return f"{number}{names[exponent]}"


def _split(text: str) -> tuple[Decimal, str]:
    match = _PATTERN.fullmatch(text)
    if match is None:
        raise ValueError(_MESSAGE)
    sign, digits, suffix = match.groups(default="")
    number = Decimal(f"{sign}{digits}")
    if suffix in _DECIMAL:
        return number.scaleb(_DECIMAL[suffix]), suffix
    if suffix in _BINARY:
        return number * _KIBI ** (_BINARY.index(suffix) + 1), suffix
    return number.scaleb(int(suffix[1:])), suffix


def _binary(value: Decimal) -> str:
    if value != value.to_integral_value():
        number, exponent = _scaled(value)
        return f"{number}{'m' if exponent == -3 else 'u' if exponent == -6 else 'n'}"  # noqa: PLR2004 - powers of ten
    number, suffix = int(value), ""
    for name in _BINARY:
        if number == 0 or number % _KIBI:
            break
        number, suffix = number // _KIBI, name
    return f"{number}{suffix}"


def _scaled(value: Decimal) -> tuple[int, int]:
    """The value as a whole number times a power of 1000, the largest that fits."""
    if value == 0:
        return 0, 0
    exponent = 18
    while exponent > -9:  # noqa: PLR2004 - nano is the smallest
        scaled = value.scaleb(-exponent)
        if scaled == scaled.to_integral_value():
            break
        exponent -= 3
    return int(value.scaleb(-exponent)), exponent
