"""Moments: now, dates in Go's layouts and in zones, ages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Any, ClassVar

from pypkg.render.engine import GoObject
from pypkg.render.functions.arithmetic import atoi, wrap64
from pypkg.render.functions.dateparse import parse_moment
from pypkg.render.functions.durations import (
    NANOSECONDS,
    Duration,
    format_duration,
    parse_duration,
)
from pypkg.render.functions.errors import FunctionError
from pypkg.render.functions.golayout import (
    MONTHS,
    WEEKDAYS,
    format_moment,
)
from pypkg.values.int64 import Int64

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pypkg.render.functions.host import Host
    from pypkg.render.functions.signature import TemplateFunction

_SECOND = NANOSECONDS["s"]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# durationRound's units: a month has 30 days, a year 365.
_UNITS = (
    (365 * 24 * 3600 * _SECOND, "y"),
    (30 * 24 * 3600 * _SECOND, "mo"),
    (24 * 3600 * _SECOND, "d"),
    (3600 * _SECOND, "h"),
    (60 * _SECOND, "m"),
    (_SECOND, "s"),
)


class Month(int, GoObject):
    """Go's ``time.Month``: a number that prints as its name."""

    __slots__ = ()
    go_type: ClassVar[str] = "time.Month"
    go_kind: ClassVar[str] = "int"
    go_methods: ClassVar[Mapping[str, str]] = {"String": "__str__"}

    def __str__(self) -> str:
        """Give the English name."""
        return MONTHS[self - 1]


class Weekday(int, GoObject):
    """Go's ``time.Weekday``: a number, Sunday 0, that prints as its name."""

    __slots__ = ()
    go_type: ClassVar[str] = "time.Weekday"
    go_kind: ClassVar[str] = "int"
    go_methods: ClassVar[Mapping[str, str]] = {"String": "__str__"}

    def __str__(self) -> str:
        """Give the English name."""
        return WEEKDAYS[self - 1]


@dataclass(frozen=True, slots=True)
class Moment(GoObject):
    """Go's ``time.Time``.

    Attributes:
        when: The moment with its zone, to the second.
        nanosecond: What lies between, 0 to 999 999 999.
    """

    when: datetime
    nanosecond: int = 0

    go_type: ClassVar[str] = "time.Time"
    go_methods: ClassVar[Mapping[str, str]] = {
        "Add": "add",
        "AddDate": "add_date",
        "After": "after",
        "Before": "before",
        "Day": "day",
        "Equal": "equal",
        "Format": "format",
        "Hour": "hour",
        "IsZero": "is_zero",
        "Local": "local",
        "Minute": "minute",
        "Month": "month",
        "Nanosecond": "nanoseconds",
        "Second": "second",
        "String": "__str__",
        "Sub": "sub",
        "UTC": "utc",
        "Unix": "unix",
        "UnixMilli": "unix_milli",
        "UnixNano": "unix_nano",
        "Weekday": "weekday",
        "Year": "year",
        "YearDay": "year_day",
    }

    @classmethod
    def of(cls, when: datetime) -> Moment:
        """Make one of a datetime with a zone."""
        return cls(when.replace(microsecond=0), when.microsecond * 1000)

    @classmethod
    def at(cls, seconds: int, zone: tzinfo | None) -> Moment:
        """Make one of seconds since 1970.

        Raises:
            FunctionError: It lies outside the years 1 to 9999.
        """
        try:
            when = _EPOCH + timedelta(seconds=seconds)
            return cls(when.astimezone(zone))
        except (OverflowError, ValueError):
            raise FunctionError(
                f"{seconds} seconds since 1970 are not in the years 1 to 9999"
            ) from None

    def __str__(self) -> str:
        """Give the form in which Go prints moments."""
        return self.format("2006-01-02 15:04:05.999999999 -0700 MST")

    def format(self, layout: str) -> str:
        """Write it in a layout."""
        return format_moment(layout, self.when, self.nanosecond)

    def json(self) -> str:
        """Give its form in JSON, without quotes: RFC 3339."""
        return self.format("2006-01-02T15:04:05.999999999Z07:00")

    def unix(self) -> Int64:
        """Give whole seconds since 1970."""
        return Int64((self.when - _EPOCH) // timedelta(seconds=1))

    def unix_milli(self) -> Int64:
        """Give whole milliseconds since 1970."""
        return Int64(self.unix_nano() // NANOSECONDS["ms"])

    def unix_nano(self) -> Int64:
        """Give nanoseconds since 1970."""
        return Int64(self.unix() * _SECOND + self.nanosecond)

    def year(self) -> int:
        """Give the year."""
        return self.when.year

    def month(self) -> Month:
        """Give the month."""
        return Month(self.when.month)

    def day(self) -> int:
        """Give the day of the month."""
        return self.when.day

    def hour(self) -> int:
        """Give the hour."""
        return self.when.hour

    def minute(self) -> int:
        """Give the minute."""
        return self.when.minute

    def second(self) -> int:
        """Give the second."""
        return self.when.second

    def nanoseconds(self) -> int:
        """Give the nanoseconds within the second."""
        return self.nanosecond

    def weekday(self) -> Weekday:
        """Give the day of the week."""
        return Weekday(self.when.isoweekday() % 7)

    def year_day(self) -> int:
        """Give the day of the year, from 1."""
        return self.when.timetuple().tm_yday

    def utc(self) -> Moment:
        """Give the same moment in UTC."""
        return self.in_zone(UTC)

    def local(self) -> Moment:
        """Give the same moment in the system's zone."""
        return self.in_zone(None)

    def in_zone(self, zone: tzinfo | None) -> Moment:
        """Give the same moment in a zone; None is the system's."""
        return Moment(self.when.astimezone(zone), self.nanosecond)

    def add(self, duration: int) -> Moment:
        """Give the moment so many nanoseconds later."""
        seconds, nanosecond = divmod(self.nanosecond + duration, _SECOND)
        return Moment(self.when + timedelta(seconds=seconds), nanosecond)

    def add_date(self, years: int, months: int, days: int) -> Moment:
        """Give the moment years, months and days later; overflowing days roll on."""
        whole, month = divmod(self.when.month - 1 + months, 12)
        first = self.when.replace(
            year=self.when.year + years + whole, month=month + 1, day=1
        )
        return Moment(first + timedelta(days=self.when.day - 1 + days), self.nanosecond)

    def sub(self, other: Moment) -> Duration:
        """Give the time from the other moment to this."""
        return Duration(self.unix_nano() - other.unix_nano())

    def before(self, other: Moment) -> bool:
        """Tell whether it lies before the other."""
        return self.unix_nano() < other.unix_nano()

    def after(self, other: Moment) -> bool:
        """Tell whether it lies after the other."""
        return self.unix_nano() > other.unix_nano()

    def equal(self, other: Moment) -> bool:
        """Tell whether both are the same moment, in whatever zones."""
        return self.unix_nano() == other.unix_nano()

    def is_zero(self) -> bool:
        """Tell whether it is Go's zero time."""
        return self.equal(ZERO)


ZERO = Moment(datetime(1, 1, 1, tzinfo=UTC))
"""Go's zero time: what toDate gives for a text it cannot read."""


def duration(seconds: Any) -> str:
    """Write seconds as ``1m35s``; they are a text or an int64, all else is ``0s``."""
    match seconds:
        case str():
            return format_duration(wrap64(atoi(seconds) * _SECOND))
        case Int64() if seconds.__class__ is Int64:
            return format_duration(seconds * _SECOND)
    return "0s"


def date_modify(change: str, moment: Moment) -> Moment:
    """Move a moment by a duration such as ``-1.5h``; a bad one changes nothing."""
    try:
        return moment.add(parse_duration(change))
    except FunctionError:
        return moment


def must_date_modify(change: str, moment: Moment) -> Moment:
    """Move a moment by a duration such as ``-1.5h``; a bad one is an error."""
    return moment.add(parse_duration(change))


def unix_epoch(moment: Moment) -> str:
    """Give the seconds since 1970."""
    return str(moment.unix())


FUNCTIONS: dict[str, TemplateFunction] = {
    "dateModify": date_modify,
    "date_modify": date_modify,
    "duration": duration,
    "mustDateModify": must_date_modify,
    "must_date_modify": must_date_modify,
    "unixEpoch": unix_epoch,
}


class _Clock:
    """Functions that need the time, or the system's zone."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def _moment(self, value: Any) -> Moment:
        if isinstance(value, Moment):
            return value
        if value.__class__ in {int, Int64}:
            return Moment.at(value, self._host.zone)
        return Moment.of(self._host.clock())

    def now(self) -> Moment:
        """Give the current time."""
        return Moment.of(self._host.clock())

    def date(self, layout: str, moment: Any) -> str:
        """Write a moment, or whole seconds since 1970, in a layout, in local time.

        Anything else, a number from YAML too, stands for the current time.
        """
        return self._moment(moment).in_zone(self._host.zone).format(layout)

    def date_in_zone(self, layout: str, moment: Any, zone: str) -> str:
        """Write a moment as ``date`` does, in a zone such as ``Europe/Berlin``."""
        return self._moment(moment).in_zone(_zone(zone, self._host)).format(layout)

    def html_date(self, moment: Any) -> str:
        """Write a moment as ``2006-01-02`` in local time."""
        return self.date("2006-01-02", moment)

    def html_date_in_zone(self, moment: Any, zone: str) -> str:
        """Write a moment as ``2006-01-02`` in a zone."""
        return self.date_in_zone("2006-01-02", moment, zone)

    def ago(self, moment: Any) -> str:
        """Give the time since a moment, or seconds since 1970: ``1h2m3s``."""
        return str(self.now().sub(self._moment(moment)).rounded(_SECOND))

    def duration_round(self, length: Any) -> str:
        """Round to the largest unit: ``2h10m`` to ``2h``; a moment gives its age.

        Takes a text, an int64 of nanoseconds, or a moment.
        """
        match length:
            case Moment():
                size: int = self.now().sub(length)
            case Int64() if length.__class__ is Int64:
                size = length
            case str():
                size = _duration_or_zero(length)
            case _:
                size = 0
        size = abs(size)
        for unit, name in _UNITS:
            if size > unit:
                return f"{size // unit}{name}"
        return "0s"

    def to_date(self, layout: str, text: str) -> Moment:
        """Read a moment in a layout; a text that does not fit gives the year 1."""
        try:
            return self.must_to_date(layout, text)
        except FunctionError:
            return ZERO

    def must_to_date(self, layout: str, text: str) -> Moment:
        """Read a moment in a layout; a text that does not fit is an error."""
        return Moment(*parse_moment(layout, text, self._host.zone))


def host_functions(host: Host) -> dict[str, TemplateFunction]:
    """Give the functions that need the host's clock."""
    clock = _Clock(host)
    return {
        "ago": clock.ago,
        "date": clock.date,
        "dateInZone": clock.date_in_zone,
        "date_in_zone": clock.date_in_zone,
        "durationRound": clock.duration_round,
        "htmlDate": clock.html_date,
        "htmlDateInZone": clock.html_date_in_zone,
        "mustToDate": clock.must_to_date,
        "now": clock.now,
        "toDate": clock.to_date,
    }


def _duration_or_zero(text: str) -> int:
    try:
        return parse_duration(text)
    except FunctionError:
        return 0


def _zone(name: str, host: Host) -> tzinfo | None:
    if name == "Local":
        return host.zone
    from zoneinfo import ZoneInfo  # noqa: PLC0415 - start-up time

    try:
        return ZoneInfo(name) if name not in {"", "UTC"} else UTC
    except (OSError, ValueError, KeyError):
        # Sprig falls back on UTC for a zone that the system does not know.
        return UTC
