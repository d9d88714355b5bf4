from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pypkg.release.records.timestamps import ZERO, Timestamp, local_now

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-21T03:18:12Z",
        "2026-11-21T03:18:12.5Z",
        "2026-11-21T03:18:12.123456789+01:00",
        "2026-11-21T03:18:12.000000001-05:30",
    ],
)
def test_what_go_writes_is_kept_to_the_nanosecond(text: str) -> None:
    moment = Timestamp.parse(text)
    assert moment is not None
    assert moment.rfc3339() == text


@pytest.mark.parametrize("text", ["", ZERO])
def test_no_time_is_none(text: str) -> None:
    assert Timestamp.parse(text) is None


@pytest.mark.parametrize("text", ["yesterday", "2026-11-21", "2026-11-21T03:18:12"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not an RFC 3339 time"):
        Timestamp.parse(text)


def test_a_datetime_becomes_a_timestamp_and_stays_a_datetime() -> None:
    zone = timezone(timedelta(hours=-3))
    moment = Timestamp.of(datetime(2026, 1, 2, 3, 4, 5, 6000, tzinfo=zone))
    assert moment.rfc3339() == "2026-01-02T03:04:05.006-03:00"
    assert moment < datetime(2026, 1, 2, 7, tzinfo=UTC)


@given(st.integers(min_value=1, max_value=2**62))
def test_nanoseconds_since_1970_go_there_and_back(nanoseconds: int) -> None:
    moment = Timestamp.of_epoch(nanoseconds)
    assert moment is not None
    assert moment.epoch() == nanoseconds
    again = Timestamp.parse(moment.rfc3339())
    assert again is not None
    assert again.epoch() == nanoseconds


@pytest.fixture
def in_kathmandu(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine whose zone is 5:45 hours before UTC, the whole year."""
    with monkeypatch.context() as changed:
        changed.setenv("TZ", "NPT-5:45")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("in_kathmandu")
def test_now_has_nanoseconds_and_the_zone_of_the_machine() -> None:
    moments = [local_now() for _ in range(100)]
    assert all(one.rfc3339().endswith("+05:45") for one in moments)
    assert any(one.nanoseconds for one in moments)
    assert abs(moments[0].epoch() - time.time_ns()) < 60 * 10**9


@pytest.mark.usefixtures("in_kathmandu")
@pytest.mark.parametrize(
    ("offset", "zone"), [("+05:45", "NPT"), ("+05:30", "UTC+05:30"), ("Z", "UTC")]
)
def test_an_offset_that_the_machine_has_is_its_zone(offset: str, zone: str) -> None:
    moment = Timestamp.parse(f"2026-11-21T03:18:12.000000001{offset}")
    assert moment is not None
    assert moment.tzname() == zone
    assert moment.rfc3339() == f"2026-11-21T03:18:12.000000001{offset}"
