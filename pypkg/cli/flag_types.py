"""What flags take: Go's booleans, durations, lists and pairs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar

import click

if TYPE_CHECKING:
    from collections.abc import Iterable


class Switch(click.ParamType[bool]):
    """What Go's strconv.ParseBool takes."""

    name = "bool"
    words: ClassVar = dict.fromkeys(["1", "t", "T", "true", "TRUE", "True"], True) | (
        dict.fromkeys(["0", "f", "F", "false", "FALSE", "False"], False)
    )

    def convert(self, value: Any, *_: Any) -> bool:
        """Read a switch."""
        if isinstance(value, bool):
            return value
        if value not in self.words:
            self.fail("it is neither true nor false")
        return bool(self.words[value])


class Number(click.ParamType[int]):
    """A whole number."""

    name = "int"

    def convert(self, value: Any, *_: Any) -> int:
        """Read a number."""
        try:
            return int(value)
        except ValueError:
            self.fail("it is not a whole number")


class OneOf(click.Choice[str]):
    """A word out of a few."""

    def __init__(self, *words: str) -> None:
        super().__init__(words)

    def convert(self, value: Any, *_: Any) -> str:
        """Read the word."""
        if value not in self.choices:
            self.fail(f"it must be one of {', '.join(map(str, self.choices))}")
        return str(value)


_UNITS = {
    "ns": 1e-9,
    "us": 1e-6,
    "µs": 1e-6,  # the micro sign
    "μs": 1e-6,
    "ms": 1e-3,
    "s": 1.0,
    "m": 60.0,
    "h": 3600.0,
}
# Compiled when a duration is given: most commands read the default of --timeout.
_PART = r"(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)"


class Duration(click.ParamType[float]):
    """Go's durations, such as ``1h5m30s``, in seconds."""

    name = "duration"

    def convert(self, value: Any, *_: Any) -> float:
        """Read a duration."""
        if isinstance(value, float):
            return value
        text = value.removeprefix("+").removeprefix("-")
        parts = re.findall(_PART, text)
        if text != "0" and (not parts or re.sub(_PART, "", text)):
            self.fail(
                "it is not a duration such as 90s, 5m0s or 1h30m"
                + (" (the unit is missing)" if text.isdecimal() else "")
            )
        seconds = sum(float(amount) * _UNITS[unit] for amount, unit in parts)
        return -seconds if value.startswith("-") else float(seconds)

    @staticmethod
    def shown(seconds: float) -> str:
        """Give whole seconds as Go prints them: ``1h0m0s``, ``5m0s``, ``0s``."""
        minutes, rest = divmod(int(seconds), 60)
        hours, minutes = divmod(minutes, 60)
        return (
            (f"{hours}h" if hours else "")
            + (f"{minutes}m" if minutes or hours else "")
            + f"{rest}s"
        )


def _separated(text: str) -> tuple[str, ...]:
    """Split at commas, as Go's CSV reader does."""
    if '"' not in text:
        return tuple(text.split(",")) if text else ()
    import csv  # noqa: PLC0415 - start-up time

    return tuple(next(csv.reader([text])))


class Commas(click.ParamType[tuple[str, ...]]):
    """Several values in one word, ``a,b``, quoted as in CSV where one has a comma."""

    name = "strings"

    def convert(self, value: Any, *_: Any) -> tuple[str, ...]:
        """Read the values."""
        if isinstance(value, tuple):
            return value
        return _separated(value)

    def joined(self, words: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
        """Put together what several of the same flag gave."""
        return tuple(part for word in words for part in word)


class Pairs(click.ParamType[dict[str, str]]):
    """``key=value`` pairs, separated by commas."""

    name = "key=value"

    def convert(self, value: Any, *_: Any) -> dict[str, str]:
        """Read the pairs."""
        pairs = {}
        for pair in _separated(value):
            key, equals, text = pair.partition("=")
            if not equals:
                self.fail(f"{pair} must be formatted as key=value")
            pairs[key.strip()] = text
        return pairs

    def joined(self, words: Iterable[dict[str, str]]) -> dict[str, str]:
        """Put together what several of the same flag gave."""
        return {key: text for word in words for key, text in word.items()}
