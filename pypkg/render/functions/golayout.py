"""Dates in Go's layouts: a layout shows the moment 2006-01-02 15:04:05 -0700."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August",
    "September", "October", "November", "December",
)  # fmt: skip
WEEKDAYS = (
    "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday",
)  # fmt: skip
_NOON = 12

# In Go's order of recognition.
_ELEMENT = re.compile(
    r"January|Jan(?![a-z])|Monday|Mon(?![a-z])|MST|002|0[1-6]|15|1|2006|2"
    r"|__2|_2(?!006)|3|4|5|PM|pm"
    r"|[-Z]07:00:00|[-Z]070000|[-Z]07:00|[-Z]0700|[-Z]07|[.,](?:0+|9+)(?![0-9])"
)


@lru_cache
def elements(layout: str) -> tuple[tuple[str, str], ...]:
    """Split a layout into pairs of literal text and the element after it, or ""."""
    position = 0
    found = []
    for match in _ELEMENT.finditer(layout):
        found.append((layout[position : match.start()], match[0]))
        position = match.end()
    return (*found, (layout[position:], ""))


def format_moment(layout: str, when: datetime, nanosecond: int) -> str:
    """Write a moment in a layout.

    Args:
        layout: Go's layout.
        when: With its zone; its microseconds do not count.
        nanosecond: 0 to 999 999 999.
    """
    out = []
    for literal, element in elements(layout):
        out.append(literal)
        if element[:1] in {".", ","}:
            out.append(_fraction(element, nanosecond))
        elif element[:1] in {"-", "Z"}:
            out.append(_offset(element, when))
        elif element:
            out.append(_FORMATS[element](when))
    return "".join(out)


def _fraction(element: str, nanosecond: int) -> str:
    digits = f"{nanosecond:09d}"[: len(element) - 1]
    if element[1] == "0":
        return element[0] + digits.ljust(len(element) - 1, "0")
    digits = digits.rstrip("0")
    return element[0] + digits if digits else ""


def offset_seconds(when: datetime) -> int:
    """Give a moment's distance from UTC."""
    offset = when.utcoffset()
    return round(offset.total_seconds()) if offset is not None else 0


def _offset(element: str, when: datetime) -> str:
    return _offset_text(element, offset_seconds(when))


@lru_cache
def _offset_text(element: str, offset: int) -> str:
    if element[0] == "Z" and offset == 0:
        return "Z"
    minutes, seconds = divmod(abs(offset), 60)
    hours, minutes = divmod(minutes, 60)
    colon = ":" if ":" in element else ""
    text = f"{'-' if offset < 0 else '+'}{hours:02d}"
    digits = sum(char.isdigit() for char in element)
    if digits > 2:  # noqa: PLR2004 - more than the hours
        text += f"{colon}{minutes:02d}"
    if digits > 4:  # noqa: PLR2004 - more than hours and minutes
        text += f"{colon}{seconds:02d}"
    return text


def _zone_name(when: datetime) -> str:
    name = when.tzname()
    # Python names an unnamed zone after its offset: UTC+05:30.
    if not name or name.startswith(("UTC+", "UTC-")):
        return _offset("-0700", when)
    return name


_FORMATS: dict[str, Callable[[datetime], str]] = {
    "January": lambda t: MONTHS[t.month - 1],
    "Jan": lambda t: MONTHS[t.month - 1][:3],
    "Monday": lambda t: WEEKDAYS[t.weekday()],
    "Mon": lambda t: WEEKDAYS[t.weekday()][:3],
    "MST": _zone_name,
    "002": lambda t: f"{t.timetuple().tm_yday:03d}",
    "__2": lambda t: f"{t.timetuple().tm_yday:3d}",
    "01": lambda t: f"{t.month:02d}",
    "1": lambda t: str(t.month),
    "02": lambda t: f"{t.day:02d}",
    "_2": lambda t: f"{t.day:2d}",
    "2": lambda t: str(t.day),
    "03": lambda t: f"{t.hour % 12 or 12:02d}",
    "3": lambda t: str(t.hour % 12 or 12),
    "15": lambda t: f"{t.hour:02d}",
    "04": lambda t: f"{t.minute:02d}",
    "4": lambda t: str(t.minute),
    "05": lambda t: f"{t.second:02d}",
    "5": lambda t: str(t.second),
    "06": lambda t: f"{t.year % 100:02d}",
    "2006": lambda t: f"{t.year:04d}",
    "PM": lambda t: "PM" if t.hour >= _NOON else "AM",
    "pm": lambda t: "pm" if t.hour >= _NOON else "am",
}
