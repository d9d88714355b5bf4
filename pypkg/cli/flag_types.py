"""What flags take: text, Go's booleans, durations, lists and pairs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from collections.abc import Sequence


class FlagType:
    """Text, as it stands; a subclass reads it as something else.

    Attributes:
        choices: The words that it may be, where they are few.
    """

    choices: tuple[str, ...] = ()

    def convert(self, text: str) -> Any:
        """Read a value.

        Raises:
            ValueError: It is none; the message says why.
        """
        return text

    def joined(self, values: Sequence[Any]) -> Any:
        """Put together what several of the same flag gave."""
        return tuple(values)

    def shown(self, default: Any) -> str:
        """Give a default as help shows it."""
        return str(default)


class Switch(FlagType):
    """What Go's strconv.ParseBool takes."""

    words: ClassVar = dict.fromkeys(["1", "t", "T", "true", "TRUE", "True"], True) | (
        dict.fromkeys(["0", "f", "F", "false", "FALSE", "False"], False)
    )

    def convert(self, text: str) -> bool:
        """Read a switch."""
        if text not in self.words:
            raise ValueError("it is neither true nor false")
        return bool(self.words[text])


class Number(FlagType):
    """A whole number."""

    def convert(self, text: str) -> int:
        """Read a number."""
        try:
            return int(text)
        except ValueError:
            raise ValueError("it is not a whole number") from None


class Amount(FlagType):
    """A number."""

    def convert(self, text: str) -> float:
        """Read a number."""
        try:
            return float(text)
        except ValueError:
            raise ValueError("it is not a number") from None

    def shown(self, default: float) -> str:
        """Give a default as help shows it."""
        return f"{default:g}"


class OneOf(FlagType):
    """A word out of a few."""

    def __init__(self, *words: str) -> None:
        self.choices = words

    def convert(self, text: str) -> str:
        """Read the word."""
        if text not in self.choices:
            raise ValueError(f"it must be one of {', '.join(self.choices)}")
        return text


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


class Duration(FlagType):
    """Go's durations, such as ``1h5m30s``, in seconds."""

    def convert(self, text: str) -> float:
        """Read a duration."""
        amounts = text.removeprefix("+").removeprefix("-")
        parts = re.findall(_PART, amounts)
        if amounts != "0" and (not parts or re.sub(_PART, "", amounts)):
            raise ValueError(
                "it is not a duration such as 90s, 5m0s or 1h30m"
                + (" (the unit is missing)" if amounts.isdecimal() else "")
            )
        seconds = sum(float(amount) * _UNITS[unit] for amount, unit in parts)
        return -seconds if text.startswith("-") else float(seconds)

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


class Commas(FlagType):
    """Several values in one word, ``a,b``, quoted as in CSV where one has a comma."""

    def convert(self, text: str) -> tuple[str, ...]:
        """Read the values."""
        return _separated(text)

    def joined(self, values: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
        """Put together what several of the same flag gave."""
        return tuple(part for value in values for part in value)


class Pairs(FlagType):
    """``key=value`` pairs, separated by commas."""

    def convert(self, text: str) -> dict[str, str]:
        """Read the pairs."""
        pairs = {}
        for pair in _separated(text):
            key, equals, value = pair.partition("=")
            if not equals:
                raise ValueError(f"{pair} must be formatted as key=value")
            pairs[key.strip()] = value
        return pairs

    def joined(self, values: Sequence[dict[str, str]]) -> dict[str, str]:
        """Put together what several of the same flag gave."""
        return {key: text for value in values for key, text in value.items()}
