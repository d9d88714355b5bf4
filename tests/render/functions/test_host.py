"""What comes from outside, and what bounds it."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import Any

import pytest

from pypkg.render.functions.catalog import catalog
from pypkg.render.functions.errors import AuthorError, FunctionError
from pypkg.render.functions.host import Host
from pypkg.values.int64 import Int64

NOW = datetime(2024, 2, 29, 12, 30, 15, 123456, tzinfo=UTC)
HOST = Host(
    clock=lambda: NOW,
    zone=UTC,
    random=random.Random(1),  # noqa: S311 - the same texts in every run
    max_string=1000,
    max_items=100,
)


def call(name: str, *arguments: Any, host: Host = HOST) -> Any:
    return catalog(host)[name](*arguments)


def test_now_is_the_hosts_time() -> None:
    assert str(call("now")) == "2024-02-29 12:30:15.123456 +0000 UTC"
    assert call("date", "2006-01-02T15:04", call("now")) == "2024-02-29T12:30"
    assert call("htmlDate", None) == "2024-02-29"


def test_a_moments_age_is_counted_from_the_hosts_time() -> None:
    earlier = call("dateModify", "-26h", call("now"))
    assert call("ago", earlier) == "26h0m0s"
    assert call("durationRound", earlier) == "1d"
    assert call("ago", Int64(NOW.timestamp() - 60)) == "1m0s"


def test_a_number_from_yaml_is_no_moment() -> None:
    assert call("date", "2006", 0.0) == "2024"
    assert call("date", "2006", 0) == "1970"


def test_a_moment_beyond_the_calendar_is_refused() -> None:
    with pytest.raises(FunctionError, match="not in the years 1 to 9999"):
        call("date", "2006", 10**15)


def test_the_same_chance_gives_the_same_texts() -> None:
    def draw(seed: int) -> tuple[str, ...]:
        host = Host(random=random.Random(seed))  # noqa: S311 - what is tested
        functions = catalog(host)
        return (
            functions["randAlphaNum"](12),
            functions["uuidv4"](),
            functions["shuffle"]("abcdef"),
            str(functions["randInt"](0, 1000)),
            functions["randBytes"](4),
        )

    assert draw(1) == draw(1) != draw(2)


def test_chance_comes_from_the_system_unless_another_is_given() -> None:
    assert isinstance(Host().chance(), random.SystemRandom)


def test_lookup_without_a_cluster_finds_nothing() -> None:
    assert call("lookup", "v1", "Secret", "ns", "x") == {}


def test_lookup_asks_the_host() -> None:
    asked = []

    def lookup(*arguments: str) -> dict[str, Any]:
        asked.append(arguments)
        return {"kind": "Secret", "items": [{"n": 1, "f": 1.5, "b": True}]}

    found = call("lookup", "v1", "Secret", "ns", "x", host=Host(lookup=lookup))
    assert found == {"kind": "Secret", "items": [{"n": 1, "f": 1.5, "b": True}]}
    numbers = found["items"][0]
    assert [type(number) for number in numbers.values()] == [Int64, float, bool]
    assert asked == [("v1", "Secret", "ns", "x")]


def test_names_are_resolved_only_where_that_is_enabled() -> None:
    assert call("getHostByName", "127.0.0.1") == ""
    enabled = Host(enable_dns=True)
    assert call("getHostByName", "127.0.0.1", host=enabled) == "127.0.0.1"
    assert call("getHostByName", "no such host.invalid", host=enabled) == ""


def test_the_author_can_end_the_rendering_but_not_a_lint() -> None:
    with pytest.raises(AuthorError, match="stop"):
        call("fail", "stop")
    with pytest.raises(AuthorError, match="needed"):
        call("required", "needed", None)
    lint = Host(lint=True)
    assert call("fail", "stop", host=lint) == ""
    assert call("required", "needed", None, host=lint) == ""
    assert call("required", "needed", 0, host=lint) == 0


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("repeat", (501, "ab")),
        ("repeat", (334, "€")),
        ("indent", (400, "a\nb\nc")),
        ("nindent", (10**12, "a")),
        ("replace", ("", "x" * 100, "a" * 20)),
        ("replace", ("a", "b" * 100, "a" * 20)),
        ("randAlphaNum", (1001,)),
        ("randBytes", (1001,)),
    ],
)
def test_no_text_grows_beyond_the_limit(name: str, arguments: tuple[Any, ...]) -> None:
    with pytest.raises(FunctionError, match="bytes, more than the 1000 allowed"):
        call(name, *arguments)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("until", (101,)),
        ("until", (-(2**62),)),
        ("untilStep", (0, 1000, 9)),
        ("seq", (101,)),
        ("seq", (0, 2**62)),
        ("seq", (0, 1, 2**62)),
    ],
)
def test_no_list_grows_beyond_the_limit(name: str, arguments: tuple[Any, ...]) -> None:
    with pytest.raises(FunctionError, match="items, more than the 100 allowed"):
        call(name, *arguments)


def test_what_is_within_the_limits_is_built() -> None:
    assert len(call("repeat", 1000, "a")) == 1000
    assert len(call("until", 100)) == 100
