"""Go's time.Time as release records hold it: RFC 3339 with nanoseconds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

_RFC3339 = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9})\d*)?"
    r"(?:([Zz])|([+-])(\d\d):(\d\d))"
)


@dataclass(frozen=True, slots=True, order=True)
class Timestamp:
    """A moment, kept to the nanosecond so that a Helm record survives a rewrite.

    Attributes:
        moment: The moment, with its zone and microseconds.
        nanoseconds: What a datetime cannot hold: 0 to 999.
    """

    moment: datetime
    nanoseconds: int = 0

    @classmethod
    def parse(cls, text: str) -> Timestamp | None:
        """Read RFC 3339; Go's zero time and "" mean "never" and give None.

        Raises:
            ValueError: The text is neither.
        """
        if not text or text.startswith("0001-01-01T00:00:00"):
            return None
        found = _RFC3339.fullmatch(text)
        if found is None:
            raise ValueError(f"not an RFC 3339 time: {text!r}")
        fraction = (found[7] or "").ljust(9, "0")
        return cls(
            datetime(
                *(int(found[n]) for n in range(1, 7)),
                int(fraction[:6]),
                tzinfo=_zone(found[9], found[10], found[11]),
            ),
            int(fraction[6:]),
        )

    def __str__(self) -> str:
        """Give RFC 3339 as Go prints it: no trailing zeros, ``Z`` for UTC."""
        fraction = f"{self.moment.microsecond:06}{self.nanoseconds:03}".rstrip("0")
        text = self.moment.strftime("%Y-%m-%dT%H:%M:%S")
        return f"{text}{'.' if fraction else ''}{fraction}{self._offset()}"

    def _offset(self) -> str:
        offset = self.moment.utcoffset() or timedelta()
        if not offset:
            return "Z"
        hours, minutes = divmod(abs(int(offset.total_seconds())) // 60, 60)
        return f"{'-' if offset < timedelta() else '+'}{hours:02}:{minutes:02}"


def _zone(sign: str | None, hours: str | None, minutes: str | None) -> timezone:
    if sign is None or hours is None or minutes is None:
        return UTC
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    return timezone(-offset if sign == "-" else offset)
