"""Go's time.Time as release records hold it: RFC 3339 with nanoseconds."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta, timezone
from typing import Self

_RFC3339 = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9})\d*)?"
    r"(?:[Zz]|([+-])(\d\d):(\d\d))"
)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# What Go writes for a time that is not known.
ZERO = "0001-01-01T00:00:00Z"


class Timestamp(datetime):
    """A moment, kept to the nanosecond so that a Helm record survives a rewrite.

    Attributes:
        nanoseconds: What a datetime cannot hold: 0 to 999.
    """

    nanoseconds: int = 0

    @classmethod
    def of(cls, moment: datetime, nanoseconds: int | None = None) -> Self:
        """Take the moment of a datetime that knows its zone."""
        if nanoseconds is None:
            nanoseconds = getattr(moment, "nanoseconds", 0)
        made = cls.combine(moment.date(), moment.timetz())
        made.nanoseconds = nanoseconds
        return made

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Read RFC 3339; Go's zero time and "" mean "never" and give None.

        As in Go, an offset that this machine's zone has then is that zone.

        Raises:
            ValueError: The text is neither.
        """
        if not text or text == ZERO:
            return None
        found = _RFC3339.fullmatch(text)
        if found is None:
            raise ValueError(f"not an RFC 3339 time: {text!r}")
        year, month, day, hour, minute, second = map(int, found.group(1, 2, 3, 4, 5, 6))
        fraction = (found[7] or "").ljust(9, "0")
        zone = _zone(found[8], int(found[9] or 0), int(found[10] or 0))
        moment = datetime(
            year, month, day, hour, minute, second, int(fraction[:6]), zone
        )
        if zone is not UTC and (here := moment.astimezone()).utcoffset() == (
            moment.utcoffset()
        ):
            moment = here
        return cls.of(moment, int(fraction[6:]))

    @classmethod
    def of_epoch(cls, nanoseconds: int) -> Self | None:
        """Take nanoseconds since 1970 UTC; 0 means "not known" and gives None."""
        if not nanoseconds:
            return None
        micros, rest = divmod(nanoseconds, 1000)
        return cls.of(_EPOCH + timedelta(microseconds=micros), rest)

    def epoch(self) -> int:
        """Give nanoseconds since 1970 UTC."""
        micros = -((_EPOCH - self) // timedelta(microseconds=1))
        return micros * 1000 + self.nanoseconds

    @property
    def nanosecond(self) -> int:
        """The part of a second that has passed: 0 to 999 999 999."""
        return self.microsecond * 1000 + self.nanoseconds

    def rfc3339(self) -> str:
        """Give RFC 3339 as Go prints it: no trailing zeros, ``Z`` for UTC."""
        fraction = f"{self.nanosecond:09}".rstrip("0")
        text = self.strftime("%Y-%m-%dT%H:%M:%S")
        return f"{text}{'.' if fraction else ''}{fraction}{self._offset()}"

    def _offset(self) -> str:
        offset = self.utcoffset() or timedelta()
        if not offset:
            return "Z"
        hours, minutes = divmod(abs(int(offset.total_seconds())) // 60, 60)
        return f"{'-' if offset < timedelta() else '+'}{hours:02}:{minutes:02}"


def local_now() -> Timestamp:
    """Give the time with this machine's zone, as Go's ``time.Now`` does."""
    micros, rest = divmod(time.time_ns(), 1000)
    moment = _EPOCH + timedelta(microseconds=micros)
    return Timestamp.of(moment.astimezone(), rest)


def epoch(moment: Timestamp | None) -> int:
    """Give nanoseconds since 1970 UTC, by which to sort; 0 for a time not known."""
    return moment.epoch() if moment else 0


def _zone(sign: str | None, hours: int, minutes: int) -> timezone:
    offset = timedelta(hours=hours, minutes=minutes)
    if not offset:
        return UTC
    return timezone(-offset if sign == "-" else offset)


def rough(span: timedelta) -> str:
    """Say about how long a span of time is: ``40 seconds``, ``3 hours``."""
    seconds = max(int(span.total_seconds()), 0)
    for unit, length in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= 2 * length:
            return f"{seconds // length} {unit}s"
    return f"{seconds} second{'' if seconds == 1 else 's'}"
