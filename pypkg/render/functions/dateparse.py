"""Reads dates written in Go's layouts, as ``time.Parse`` does."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import NoReturn

from pypkg.render.functions.errors import FunctionError
from pypkg.render.functions.golayout import MONTHS, WEEKDAYS, elements
from pypkg.render.functions.gostrings import go_quote

_NOON = 12
# From which two digits on a year is one of the last century.
_CENTURY = 69


@dataclass(slots=True)
class _Fields:
    """What has been read of a moment; None is what the layout does not name."""

    year: int = 0
    month: int | None = None
    day: int | None = None
    year_day: int | None = None
    hour: int = 0
    minute: int = 0
    second: int = 0
    nanosecond: int = 0
    is_afternoon: bool | None = None
    offset: int | None = None
    zone: str = ""


_NUMBERS = {
    # element: (pattern, field, least, most, what is out of range)
    "2006": (r"[0-9]{4}", "year", 0, 9999, ""),
    "01": (r"[0-9]{2}", "month", 1, 12, "month"),
    "1": (r"[0-9]{1,2}", "month", 1, 12, "month"),
    "02": (r"[0-9]{2}", "day", 0, 99, ""),
    "_2": (r" ?[0-9]{1,2}", "day", 0, 99, ""),
    "2": (r"[0-9]{1,2}", "day", 0, 99, ""),
    "002": (r"[0-9]{3}", "year_day", 0, 999, ""),
    "__2": (r" {0,2}[0-9]{1,3}", "year_day", 0, 999, ""),
    "15": (r"[0-9]{1,2}", "hour", 0, 23, "hour"),
    "03": (r"[0-9]{2}", "hour", 0, 12, "hour"),
    "3": (r"[0-9]{1,2}", "hour", 0, 12, "hour"),
    "04": (r"[0-9]{2}", "minute", 0, 59, "minute"),
    "4": (r"[0-9]{1,2}", "minute", 0, 59, "minute"),
    "05": (r"[0-9]{2}", "second", 0, 59, "second"),
    "5": (r"[0-9]{1,2}", "second", 0, 59, "second"),
}
_TWO_DIGITS = r"[0-9]{2}"
_FRACTION = r"[.,][0-9]+"
_ZONE_NAME = r"UTC|ChST|MeST|GMT[+-][0-9]{1,2}|[+-][0-9]{2}|[A-Z]{3,5}"
_OFFSETS = {
    "07:00:00": r"([+-])([0-9]{2}):([0-9]{2}):([0-9]{2})",
    "070000": r"([+-])([0-9]{2})([0-9]{2})([0-9]{2})",
    "07:00": r"([+-])([0-9]{2}):([0-9]{2})",
    "0700": r"([+-])([0-9]{2})([0-9]{2})",
    "07": r"([+-])([0-9]{2})",
}


class _Parser:
    def __init__(self, layout: str, text: str) -> None:
        self.layout = layout
        self.text = text
        self.rest = text
        self.fields = _Fields()

    def fail(self, element: str) -> NoReturn:
        raise FunctionError(
            f"parsing time {go_quote(self.text)} as {go_quote(self.layout)}:"
            f" cannot parse {go_quote(self.rest)} as {go_quote(element)}"
        )

    def fail_with(self, problem: str) -> NoReturn:
        raise FunctionError(f"parsing time {go_quote(self.text)}: {problem}")

    def out_of_range(self, what: str) -> NoReturn:
        self.fail_with(f"{what} out of range")

    def parse(self) -> _Fields:
        for literal, element in elements(self.layout):
            self._literal(literal)
            if not element:
                if self.rest:
                    raise FunctionError(
                        f"parsing time {go_quote(self.text)}:"
                        f" extra text: {go_quote(self.rest)}"
                    )
                break
            self._element(element)
        return self.fields

    def _literal(self, literal: str) -> None:
        for position, char in enumerate(literal):
            if char == " ":
                # Any amount of space stands for a space.
                if self.rest and self.rest[0] != " ":
                    self.fail(literal[position:])
                self.rest = self.rest.lstrip(" ")
            elif self.rest.startswith(char):
                self.rest = self.rest[1:]
            else:
                self.fail(literal[position:])

    def _element(self, element: str) -> None:
        fields = self.fields
        if element in _NUMBERS:
            self._number(element)
        elif element[0] in ".,":
            self._fraction(element)
        elif element[0] in "-Z":
            self._offset(element)
        elif element == "06":
            year = int(self._take(_TWO_DIGITS, element)[0])
            fields.year = year + (1900 if year >= _CENTURY else 2000)
        elif element in {"PM", "pm"}:
            self._half_of_day(element)
        elif element == "MST":
            self._zone()
        else:
            self._name(element)

    def _take(self, pattern: str, element: str) -> re.Match[str]:
        match = re.match(pattern, self.rest)
        if match is None:
            self.fail(element)
        self.rest = self.rest[match.end() :]
        return match

    def _number(self, element: str) -> None:
        _, field, least, most, what = _NUMBERS[element]
        before = self.rest
        value = int(self._take(_NUMBERS[element][0], element)[0])
        if not least <= value <= most:
            self.rest = before
            self.out_of_range(what)
        setattr(self.fields, field, value)
        if field == "second" and not self._expects_fraction(element):
            match = re.match(_FRACTION, self.rest)
            if match is not None:
                self.fields.nanosecond = int(match[0][1:10].ljust(9, "0"))
                self.rest = self.rest[match.end() :]

    def _fraction(self, element: str) -> None:
        """Read a fraction: of exactly so many digits for 0, of any or none for 9."""
        if element[1] == "0":
            digits = self._take(rf"[.,][0-9]{{{len(element) - 1}}}", element)[0]
        else:
            match = re.match(_FRACTION, self.rest)
            digits = match[0] if match else ""
            self.rest = self.rest[len(digits) :]
        self.fields.nanosecond = int(digits[1:10].ljust(9, "0"))

    def _expects_fraction(self, element: str) -> bool:
        return re.search(rf"{element}[.,](?:0+|9+)(?![0-9])", self.layout) is not None

    def _half_of_day(self, element: str) -> None:
        half = self.rest[:2]
        am, pm = ("AM", "PM") if element == "PM" else ("am", "pm")
        if half not in {am, pm}:
            self.fail(element)
        self.rest = self.rest[2:]
        self.fields.is_afternoon = half == pm

    def _name(self, element: str) -> None:
        names = WEEKDAYS if element.startswith("Mon") else MONTHS
        length = 3 if len(element) == 3 else None  # noqa: PLR2004 - the short form
        for number, name in enumerate(names, start=1):
            shown = name[:length]
            if self.rest[: len(shown)].lower() == shown.lower():
                self.rest = self.rest[len(shown) :]
                if names is MONTHS:
                    self.fields.month = number
                return
        self.fail(element)

    def _zone(self) -> None:
        name = self._take(_ZONE_NAME, "MST")[0]
        self.fields.zone = name
        if name == "UTC":
            self.fields.offset = 0

    def _offset(self, element: str) -> None:
        if element[0] == "Z" and self.rest.startswith("Z"):
            self.rest = self.rest[1:]
            self.fields.offset, self.fields.zone = 0, "UTC"
            return
        match = self._take(_OFFSETS[element[1:]], element)
        sign, *parts = match.groups()
        hours, minutes, seconds = (*map(int, parts), 0, 0)[:3]
        offset = hours * 3600 + minutes * 60 + seconds
        self.fields.offset = -offset if sign == "-" else offset


def parse_moment(layout: str, text: str, local: tzinfo | None) -> tuple[datetime, int]:
    """Read a moment in a layout.

    Args:
        layout: Go's layout.
        text: What to read.
        local: The zone of a text that names none; None is the system's.

    Returns:
        The moment with its zone, and its nanoseconds.

    Raises:
        FunctionError: The text does not fit the layout, or no such moment exists.
    """
    parser = _Parser(layout, text)
    fields = parser.parse()
    hour = fields.hour
    if fields.is_afternoon and hour < _NOON:
        hour += _NOON
    elif fields.is_afternoon is False and hour == _NOON:
        hour = 0
    # Python's calendar has no year 0, which Go gives to a time of day alone.
    year = max(fields.year, 1)
    try:
        month, day = _date(parser, year)
        naive = datetime(year, month, day, hour, fields.minute, fields.second)  # noqa: DTZ001 - its zone comes next
    except (ValueError, OverflowError):
        parser.out_of_range("day")
    return _in_zone(naive, fields, local), fields.nanosecond


def _date(parser: _Parser, year: int) -> tuple[int, int]:
    """Give month and day, which a day of the year may stand for, or must agree with."""
    fields = parser.fields
    month, day = fields.month, fields.day
    if fields.year_day is None:
        return month or 1, 1 if day is None else day
    found = date(year, 1, 1) + timedelta(days=fields.year_day - 1)
    if fields.year_day < 1 or found.year != year:
        parser.out_of_range("day-of-year")
    if month is not None and month != found.month:
        parser.fail_with("day-of-year does not match month")
    if day is not None and day != found.day:
        parser.fail_with("day-of-year does not match day")
    return found.month, found.day


def _in_zone(naive: datetime, fields: _Fields, local: tzinfo | None) -> datetime:
    if fields.offset is None:
        if fields.zone:
            # An abbreviation that the local zone does not know counts as UTC.
            return naive.replace(tzinfo=timezone(timedelta(0), fields.zone))
        return naive.replace(tzinfo=local) if local else naive.astimezone()
    if fields.offset == 0:
        return naive.replace(tzinfo=UTC)
    offset = timedelta(seconds=fields.offset)
    return naive.replace(
        tzinfo=timezone(offset, fields.zone) if fields.zone else timezone(offset)
    )
