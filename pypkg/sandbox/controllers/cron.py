"""Cron's five fields: when a CronJob is due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_MONTHS = [
    *("jan", "feb", "mar", "apr", "may", "jun"),
    *("jul", "aug", "sep", "oct", "nov", "dec"),
]
_DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
_SHORTHANDS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_FIELDS = 5
_HORIZON = timedelta(days=366 * 5)


@dataclass(frozen=True, slots=True)
class Schedule:
    """The times that a cron expression names.

    Attributes:
        minutes: Those that count, and so on.
        free_day: Whether the day of the month says nothing (``*``).
        free_weekday: Whether the day of the week says nothing.
        zone: The time zone in which the times are meant.
    """

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    free_day: bool
    free_weekday: bool
    zone: tzinfo

    @classmethod
    def parse(cls, text: str, zone: str = "") -> Schedule:
        """Read an expression such as ``*/5 * * * *`` or ``@daily``.

        Raises:
            ValueError: It is none, or the time zone is not known.
        """
        fields = _SHORTHANDS.get(text, text).lower().split()
        if len(fields) != _FIELDS:
            raise ValueError(f"expected exactly {_FIELDS} fields, found {len(fields)}")
        minute, hour, day, month, weekday = fields
        weekdays = _values(weekday, 0, 7, _DAYS)
        return cls(
            minutes=_values(minute, 0, 59),
            hours=_values(hour, 0, 23),
            days=_values(day, 1, 31),
            months=_values(month, 1, 12, ["", *_MONTHS]),
            weekdays=frozenset(number % 7 for number in weekdays),
            free_day=day[0] in "*?",
            free_weekday=weekday[0] in "*?",
            zone=_zone(zone),
        )

    def after(self, moment: datetime) -> datetime | None:
        """The first time after a moment, or None within the next five years."""
        local = moment.astimezone(self.zone)
        found = local.replace(second=0, microsecond=0) + timedelta(minutes=1)
        end = found + _HORIZON
        while found < end:
            if not self._has_day(found):
                found = (found + timedelta(days=1)).replace(hour=0, minute=0)
            elif found.hour not in self.hours:
                found = found.replace(minute=0) + timedelta(hours=1)
            elif found.minute not in self.minutes:
                found += timedelta(minutes=1)
            else:
                return found.astimezone(UTC)
        return None

    def _has_day(self, moment: datetime) -> bool:
        if moment.month not in self.months:
            return False
        day = moment.day in self.days
        weekday = moment.isoweekday() % 7 in self.weekdays
        # Where both are restricted, either is enough.
        if self.free_day or self.free_weekday:
            return day and weekday
        return day or weekday


def _values(
    text: str, low: int, high: int, names: list[str] | None = None
) -> frozenset[int]:
    return frozenset(
        value for part in text.split(",") for value in _range(part, low, high, names)
    )


def _range(text: str, low: int, high: int, names: list[str] | None) -> Iterator[int]:
    span, slash, step_text = text.partition("/")
    step = int(step_text) if slash else 1
    if step < 1:
        raise ValueError(f"the step of {text!r} must be positive")
    if span in {"*", "?"}:
        begin, end = low, high
    else:
        first, dash, last = span.partition("-")
        begin = _number(first, names)
        end = _number(last, names) if dash else high if slash else begin
    if not low <= begin <= end <= high:
        raise ValueError(f"{text!r} is not within {low} and {high}")
    return iter(range(begin, end + 1, step))


def _number(text: str, names: list[str] | None) -> int:
    if names and text in names:
        return names.index(text)
    return int(text)


def _zone(name: str) -> tzinfo:
    if not name:
        return UTC
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # noqa: PLC0415 - rarely used

    try:
        return ZoneInfo(name)
    except ZoneInfoNotFoundError as error:
        raise ValueError(f"unknown time zone {name}") from error
