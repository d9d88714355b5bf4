"""Numbers: conversions that never fail, 64-bit and decimal arithmetic, sequences."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from pypkg.render.functions.errors import FunctionError
from pypkg.render.functions.goprint import IntSlice, sprint, type_name
from pypkg.values.int64 import Int64

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

    from pypkg.render.functions.host import Host
    from pypkg.render.functions.signature import TemplateFunction

_PLAIN_INTS = frozenset({int, Int64, bool})
_BITS = 64
# Python refuses to read longer numbers, which are out of range anyway.
_LONGEST = 4000
_MIN, _MAX = -(1 << 63), (1 << 63) - 1
# Compiled by re when they are first needed.
_INTEGER = (
    r"[-+]?(?:0[xX](?P<hex>_?[0-9a-fA-F]+(?:_[0-9a-fA-F]+)*)"
    r"|0[bB](?P<bin>_?[01]+(?:_[01]+)*)|0[oO](?P<oct>_?[0-7]+(?:_[0-7]+)*)"
    r"|0(?P<old>_?[0-7]+(?:_[0-7]+)*)"
    r"|(?P<dec>[0-9]|[1-9][0-9]*(?:_[0-9]+)*))\Z"
)
_BASES = {"hex": 16, "bin": 2, "oct": 8, "old": 8, "dec": 10}
_DECIMAL = r"[-+]?[0-9]+\Z"
_OCTAL = r"[-+]?[0-7]+\Z"
_ZERO_FRACTION = r"\.0+\Z"
_FLOAT = (
    r"[-+]?(?:inf(?:inity)?|nan|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[-+]?[0-9]+)?"
    r"|0x(?:[0-9a-f]+\.?[0-9a-f]*|\.[0-9a-f]+)p[-+]?[0-9]+)\Z"
)
# Underscores stand between digits, or after the prefix of a base.
_BAD_UNDERSCORE = r"(?<![0-9a-fA-FxX])_|_(?![0-9a-fA-F])"


def wrap64(value: int) -> Int64:
    """Keep the lower 64 bits, as Go's int64 does on overflow."""
    if _MIN <= value <= _MAX:
        return Int64(value)
    return Int64((value + (1 << _BITS - 1)) % (1 << _BITS) - (1 << _BITS - 1))


def to_int64(value: Any) -> Int64:
    """Give a whole number (int64): floats lose their fraction, texts are read.

    What is no number is 0: ``"1.9"``, a list, nil. ``true`` is 1. Texts may be
    hexadecimal (``0x10``), octal (``010``) or binary (``0b1``).
    """
    match value:
        case float():
            if not _MIN <= value < 2.0**63:  # NaN too
                return Int64(_MIN)
            return Int64(value)
        case int():
            return Int64(0) if _is_duration(value) else wrap64(value)
        case str():
            number = parse_integer(re.sub(_ZERO_FRACTION, "", value) or value)
            return Int64(number if number is not None else 0)
    return Int64(0)


def _is_duration(value: int) -> bool:
    # The library that Sprig converts with does not know this type.
    return value.__class__ not in _PLAIN_INTS and type_name(value) == "time.Duration"


def to_int(value: Any) -> int:
    """Give a whole number (int), by the rules of int64."""
    return value if value.__class__ is int else int(to_int64(value))


def to_float64(value: Any) -> float:
    """Give a number with a fraction; what is no number is 0."""
    match value:
        case float():
            return value
        case int():
            return 0.0 if _is_duration(value) else float(value)
        case str():
            return parse_float(value) or 0.0
    return 0.0


def parse_float(text: str) -> float | None:
    """Read a number with a fraction, None if it is none or too large."""
    if "_" in text:
        if re.search(_BAD_UNDERSCORE, text):
            return None
        text = text.replace("_", "")
    if re.match(_FLOAT, text, re.IGNORECASE | re.ASCII) is None:
        return None
    if "x" in text or "X" in text:
        return float.fromhex(text)
    number = float(text)
    return None if math.isinf(number) and "n" not in text.lower() else number


def parse_integer(text: str) -> int | None:
    """Read a 64-bit integer with Go's prefixes, None if it is none."""
    match = re.match(_INTEGER, text)
    if match is None or match.lastgroup is None or len(text) > _LONGEST:
        return None
    number = int(match[match.lastgroup].replace("_", ""), _BASES[match.lastgroup])
    number = -number if text[0] == "-" else number
    return number if _MIN <= number <= _MAX else None


def atoi(text: str) -> int:
    """Read a decimal whole number; anything else is 0."""
    if re.match(_DECIMAL, text) is None:
        return 0
    if len(text) > _LONGEST:
        return _MIN if text[0] == "-" else _MAX
    return min(max(int(text), _MIN), _MAX)


def to_decimal(value: Any) -> Int64:
    """Read an octal number, as in file modes: ``"0777"`` to 511."""
    text = sprint(value)
    number = int(text, 8) if re.match(_OCTAL, text) else 0
    return Int64(number if _MIN <= number <= _MAX else 0)


def add1(value: Any) -> Int64:
    """Add 1."""
    return wrap64(to_int64(value) + 1)


def add(*values: Any) -> Int64:
    """Add whole numbers."""
    return wrap64(sum(map(to_int64, values)))


def sub(a: Any, b: Any) -> Int64:
    """Subtract the second whole number from the first."""
    return wrap64(to_int64(a) - to_int64(b))


def mul(first: Any, *values: Any) -> Int64:
    """Multiply whole numbers."""
    return wrap64(math.prod(map(to_int64, values), start=to_int64(first)))


def div(a: Any, b: Any) -> Int64:
    """Divide whole numbers, towards zero; division by zero is an error."""
    dividend, divisor = to_int64(a), to_int64(b)
    _check_divisor(divisor)
    quotient = abs(dividend) // abs(divisor)
    return wrap64(quotient if (dividend < 0) == (divisor < 0) else -quotient)


def mod(a: Any, b: Any) -> Int64:
    """Give the remainder, with the sign of the first; division by zero is an error."""
    dividend, divisor = to_int64(a), to_int64(b)
    _check_divisor(divisor)
    remainder = abs(dividend) % abs(divisor)
    return Int64(-remainder if dividend < 0 else remainder)


def _check_divisor(divisor: int) -> None:
    if divisor == 0:
        raise FunctionError("runtime error: integer divide by zero")


def biggest(first: Any, *values: Any) -> Int64:
    """Give the largest, as whole numbers."""
    return max(map(to_int64, (first, *values)))


def smallest(first: Any, *values: Any) -> Int64:
    """Give the smallest, as whole numbers."""
    return min(map(to_int64, (first, *values)))


def biggest_float(first: Any, *values: Any) -> float:
    """Give the largest, with fractions."""
    return _extreme(max, (first, *values))


def smallest_float(first: Any, *values: Any) -> float:
    """Give the smallest, with fractions."""
    return _extreme(min, (first, *values))


def _extreme(choose: Callable[[list[float]], float], values: tuple[Any, ...]) -> float:
    numbers = [to_float64(value) for value in values]
    return math.nan if any(map(math.isnan, numbers)) else choose(numbers)


def ceil(value: Any) -> float:
    """Round up to a whole number (float64)."""
    return _rounded(math.ceil, to_float64(value))


def floor(value: Any) -> float:
    """Round down to a whole number (float64)."""
    return _rounded(math.floor, to_float64(value))


def _rounded(function: Callable[[float], int], value: float) -> float:
    if not math.isfinite(value):
        return value
    return math.copysign(function(value), value)


def round_to(value: Any, places: int, *threshold: float) -> float:
    """Round to PLACES digits after the point; THRESHOLD is 0.5 unless given."""
    power = math.pow(10, places)
    shifted = power * to_float64(value)
    limit = threshold[0] if threshold else 0.5
    if math.modf(shifted)[0] >= limit:
        return ceil(shifted) / power
    return floor(shifted) / power


def add1f(value: Any) -> float:
    """Add 1 in decimal arithmetic."""
    return _in_decimal("__add__", value, (1,))


def addf(*values: Any) -> float:
    """Add in decimal arithmetic: 0.1 and 0.2 are 0.3."""
    return _in_decimal("__add__", 0, values)


def subf(first: Any, *values: Any) -> float:
    """Subtract from the first in decimal arithmetic."""
    return _in_decimal("__sub__", first, values)


def mulf(first: Any, *values: Any) -> float:
    """Multiply in decimal arithmetic."""
    return _in_decimal("__mul__", first, values)


def divf(first: Any, *values: Any) -> float:
    """Divide the first to 16 decimal places; division by zero is an error."""
    return _in_decimal("divide", first, values)


def _in_decimal(operation: str, first: Any, values: tuple[Any, ...]) -> float:
    from decimal import Context, localcontext  # noqa: PLC0415 - start-up time

    with localcontext(Context(prec=2000)):
        result = _decimal(first)
        for value in values:
            operand = _decimal(value)
            if operation == "divide":
                result = _divide(result, operand)
            else:
                result = getattr(result, operation)(operand)
        # Helm's decimals have no negative zero.
        return float(result) + 0.0


def _decimal(value: Any) -> Decimal:
    from decimal import Decimal  # noqa: PLC0415 - start-up time

    number = to_float64(value)
    if not math.isfinite(number):
        shown = "NaN" if math.isnan(number) else sprint(number)
        raise FunctionError(f"Cannot create a Decimal from {shown}")
    return Decimal(repr(number))


def _divide(dividend: Decimal, divisor: Decimal) -> Decimal:
    from decimal import ROUND_HALF_UP, Decimal  # noqa: PLC0415 - start-up time

    if not divisor:
        raise FunctionError("decimal division by 0")
    return (dividend / divisor).quantize(Decimal("1e-16"), ROUND_HALF_UP)


FUNCTIONS: dict[str, TemplateFunction] = {
    "add": add,
    "add1": add1,
    "add1f": add1f,
    "addf": addf,
    "atoi": atoi,
    "biggest": biggest,
    "ceil": ceil,
    "div": div,
    "divf": divf,
    "float64": to_float64,
    "floor": floor,
    "int": to_int,
    "int64": to_int64,
    "max": biggest,
    "maxf": biggest_float,
    "min": smallest,
    "minf": smallest_float,
    "mod": mod,
    "mul": mul,
    "mulf": mulf,
    "round": round_to,
    "sub": sub,
    "subf": subf,
    "toDecimal": to_decimal,
}


class _Sequences:
    """Functions that could build lists of any length, within the host's limit."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def until(self, count: int) -> IntSlice:
        """Give the numbers from 0 up to COUNT, without it; down if negative."""
        return self.until_step(0, count, -1 if count < 0 else 1)

    def until_step(self, start: int, stop: int, step: int) -> IntSlice:
        """Give the numbers from START by STEP up to STOP, without it."""
        if step == 0 or (stop < start) != (step < 0):
            return IntSlice()
        numbers = range(start, stop, step)
        self._host.check_items("untilStep", len(numbers))
        return IntSlice(numbers)

    def seq(self, *bounds: int) -> str:
        """Give numbers as a text, separated by spaces.

        The bounds are END, START END, or START STEP END. The end is included.
        Without START it begins at 1; without STEP it goes whichever way END lies.
        """
        match bounds:
            case (end,):
                start, step = 1, -1 if end < 1 else 1
                past = step
            case (start, end):
                past = step = -1 if end < start else 1
            case (start, step, end):
                past = -1 if end < start else 1
                if past < 0 < step:
                    return ""
            case _:
                return ""
        return " ".join(map(str, self.until_step(start, end + past, step)))


def host_functions(host: Host) -> dict[str, TemplateFunction]:
    """Give the functions that need the host's limits."""
    sequences = _Sequences(host)
    return {
        "seq": sequences.seq,
        "until": sequences.until,
        "untilStep": sequences.until_step,
    }
