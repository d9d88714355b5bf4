"""Lengths of time: Go's ``time.Duration``, its text, and Helm's duration functions."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any, ClassVar, Final

from pypkg.render.engine import GoObject
from pypkg.render.functions.arithmetic import parse_float
from pypkg.render.functions.errors import FunctionError
from pypkg.render.functions.goprint import sprint, type_name
from pypkg.render.functions.gostrings import WHITE_SPACE, go_quote
from pypkg.values.int64 import Int64

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pypkg.render.functions.signature import TemplateFunction

NANOSECONDS: Final[Mapping[str, int]] = {
    "ns": 1,
    "us": 1_000,
    "\u00b5s": 1_000,
    "\u03bcs": 1_000,
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": 3_600_000_000_000,
}
_SECOND, _MINUTE, _HOUR = NANOSECONDS["s"], NANOSECONDS["m"], NANOSECONDS["h"]
_LARGEST = 1 << 63
_LONGEST = 1000
_PART = re.compile(r"([0-9]*)(\.?)([0-9]*)([^0-9.]*)")


class Duration(Int64, GoObject):
    """Go's ``time.Duration``: nanoseconds."""

    __slots__ = ()
    is_duration: ClassVar[bool] = True
    go_type: ClassVar[str] = "time.Duration"
    go_kind: ClassVar[str] = "int64"
    go_methods: ClassVar[Mapping[str, str]] = {
        "Abs": "absolute",
        "Hours": "hours",
        "Microseconds": "microseconds",
        "Milliseconds": "milliseconds",
        "Minutes": "minutes",
        "Nanoseconds": "nanoseconds",
        "Round": "rounded",
        "Seconds": "seconds",
        "String": "__str__",
        "Truncate": "truncated",
    }

    def __str__(self) -> str:
        """Give ``1h2m3.5s``."""
        return format_duration(self)

    def hours(self) -> float:
        """Give hours with their fraction."""
        return self._in_unit(_HOUR)

    def minutes(self) -> float:
        """Give minutes with their fraction."""
        return self._in_unit(_MINUTE)

    def seconds(self) -> float:
        """Give seconds with their fraction."""
        return self._in_unit(_SECOND)

    def _in_unit(self, unit: int) -> float:
        # Go adds the whole units and the fraction as two floats.
        whole, part = _divide(self, unit)
        return float(whole) + float(part) / unit

    def milliseconds(self) -> Int64:
        """Give whole milliseconds."""
        return Int64(_divide(self, NANOSECONDS["ms"])[0])

    def microseconds(self) -> Int64:
        """Give whole microseconds."""
        return Int64(_divide(self, NANOSECONDS["us"])[0])

    def nanoseconds(self) -> Int64:
        """Give nanoseconds."""
        return Int64(self)

    def absolute(self) -> Duration:
        """Give the length without its sign."""
        return Duration(min(abs(self), _LARGEST - 1))

    def truncated(self, multiple: int) -> Duration:
        """Round towards zero to a multiple; one below 1 changes nothing."""
        if multiple <= 0:
            return self
        return Duration(self - _divide(self, multiple)[1])

    def rounded(self, multiple: int) -> Duration:
        """Round to the nearest multiple, halves away from zero."""
        if multiple <= 0:
            return self
        whole, part = divmod(abs(self), multiple)
        nearest = (whole + (2 * part >= multiple)) * multiple
        nearest = -nearest if self < 0 else nearest
        return Duration(min(max(nearest, -_LARGEST), _LARGEST - 1))


def _divide(value: int, unit: int) -> tuple[int, int]:
    whole, part = divmod(abs(value), unit)
    return (-whole, -part) if value < 0 else (whole, part)


def format_duration(nanoseconds: int) -> str:
    """Write a length of time as Go does: ``1h0m5s``, ``1.5ms``, ``0s``."""
    size = abs(nanoseconds)
    sign = "-" if nanoseconds < 0 else ""
    if size == 0:
        return "0s"
    for unit, name in ((1, "ns"), (1_000, "\u00b5s"), (1_000_000, "ms")):
        if size < unit * 1000:
            return f"{sign}{_decimal(size, unit)}{name}"
    hours, rest = divmod(size, _HOUR)
    minutes, rest = divmod(rest, _MINUTE)
    text = f"{_decimal(rest, _SECOND)}s"
    if size >= _MINUTE:
        text = f"{minutes}m{text}"
    return f"{sign}{hours}h{text}" if hours else sign + text


def _decimal(value: int, unit: int) -> str:
    whole, part = divmod(value, unit)
    fraction = f"{part:0{len(str(unit)) - 1}d}".rstrip("0") if part else ""
    return f"{whole}.{fraction}" if fraction else str(whole)


def parse_duration(text: str) -> Duration:
    """Read a length of time as Go writes it: ``-1.5h``, ``1h2m``, ``300ms``.

    Raises:
        FunctionError: It is none, or is longer than 292 years.
    """
    body = text[1:] if text[:1] in {"-", "+"} else text
    if body == "0":
        return Duration(0)
    invalid = FunctionError(f"time: invalid duration {go_quote(text)}")
    if not body:
        raise invalid
    total = position = 0
    while position < len(body) < _LONGEST:
        match = _PART.match(body, position)
        if match is None or not (match[1] or match[3]):
            raise invalid
        position = match.end()
        total += _part(match, text)
        if total > _LARGEST:
            raise invalid
    if position < len(body):
        raise invalid
    if text[0] == "-":
        return Duration(-total)
    if total >= _LARGEST:
        raise invalid
    return Duration(total)


def _part(match: re.Match[str], text: str) -> int:
    whole, _, fraction, name = match.groups()
    if not name:
        raise FunctionError(f"time: missing unit in duration {go_quote(text)}")
    unit = NANOSECONDS.get(name)
    if unit is None:
        raise FunctionError(
            f"time: unknown unit {go_quote(name)} in duration {go_quote(text)}"
        )
    part = int(fraction or "0") * unit // int("1" + "0" * len(fraction))
    return int(whole or "0") * unit + part


def to_duration(value: Any) -> Duration:
    """Read a duration, a text as Go or in seconds, or a number of seconds.

    Raises:
        FunctionError: It is none of these.
    """
    match value:
        case Duration():
            return value
        case bool():
            pass
        case int():
            if not -_LARGEST <= value * _SECOND < _LARGEST:
                raise FunctionError(f"duration seconds overflow: {value}")
            return Duration(value * _SECOND)
        case float():
            return _from_seconds(value)
        case str():
            return _from_text(value)
        case None:
            raise FunctionError("invalid duration")
    raise FunctionError(f"unsupported duration type {type_name(value)}")


def _from_text(value: str) -> Duration:
    text = value.strip(WHITE_SPACE)
    if not text:
        raise FunctionError("empty duration")
    try:
        return parse_duration(text)
    except FunctionError:
        seconds = parse_float(text)
    if seconds is None:
        raise FunctionError(f"could not parse duration {go_quote(value)}")
    return _from_seconds(seconds)


def _from_seconds(seconds: float) -> Duration:
    if not math.isfinite(seconds):
        raise FunctionError(f"invalid duration seconds: {sprint(seconds)}")
    nanoseconds = seconds * _SECOND
    if not -_LARGEST <= nanoseconds < _LARGEST:
        raise FunctionError(f"duration seconds overflow: {sprint(seconds)}")
    return Duration(math.trunc(nanoseconds))


def _lenient(value: Any) -> Duration:
    try:
        return to_duration(value)
    except FunctionError:
        return Duration(0)


def must_to_duration(value: Any) -> Duration:
    """Give a duration; numbers are seconds. What is none is an error."""
    return to_duration(value)


def duration_nanoseconds(value: Any) -> Int64:
    """Give a duration's nanoseconds; 0 for what is no duration."""
    return _lenient(value).nanoseconds()


def duration_microseconds(value: Any) -> Int64:
    """Give a duration's whole microseconds; 0 for what is no duration."""
    return _lenient(value).microseconds()


def duration_milliseconds(value: Any) -> Int64:
    """Give a duration's whole milliseconds; 0 for what is no duration."""
    return _lenient(value).milliseconds()


def duration_seconds(value: Any) -> float:
    """Give a duration's seconds with their fraction; 0 for what is no duration."""
    return _lenient(value).seconds()


def duration_minutes(value: Any) -> float:
    """Give a duration's minutes with their fraction; 0 for what is no duration."""
    return _lenient(value).minutes()


def duration_hours(value: Any) -> float:
    """Give a duration's hours with their fraction; 0 for what is no duration."""
    return _lenient(value).hours()


def duration_days(value: Any) -> float:
    """Give a duration's days with their fraction; 0 for what is no duration."""
    return _lenient(value).hours() / 24


def duration_weeks(value: Any) -> float:
    """Give a duration's weeks with their fraction; 0 for what is no duration."""
    return _lenient(value).hours() / 24 / 7


def duration_round_to(value: Any, multiple: Any) -> Duration:
    """Round a duration to the nearest multiple; a bad one changes nothing."""
    return _lenient(value).rounded(_lenient(multiple))


def duration_truncate_to(value: Any, multiple: Any) -> Duration:
    """Cut a duration down to a multiple; a bad one changes nothing."""
    return _lenient(value).truncated(_lenient(multiple))


FUNCTIONS: dict[str, TemplateFunction] = {
    "durationDays": duration_days,
    "durationHours": duration_hours,
    "durationMicroseconds": duration_microseconds,
    "durationMilliseconds": duration_milliseconds,
    "durationMinutes": duration_minutes,
    "durationNanoseconds": duration_nanoseconds,
    "durationRoundTo": duration_round_to,
    "durationSeconds": duration_seconds,
    "durationTruncateTo": duration_truncate_to,
    "durationWeeks": duration_weeks,
    "mustToDuration": must_to_duration,
}
