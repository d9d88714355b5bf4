"""What the functions need from outside: clock, chance, cluster, limits."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pypkg.render.functions.errors import FunctionError
from pypkg.structs import Struct

if TYPE_CHECKING:
    from datetime import datetime, tzinfo
    from random import Random

Lookup = Callable[[str, str, str, str], dict[str, Any]]
"""``(apiVersion, kind, namespace, name)`` to the object, a list, or ``{}``."""


def _now() -> datetime:
    from datetime import UTC, datetime  # noqa: PLC0415 - start-up time

    return datetime.now(UTC).astimezone()


class Host(Struct):
    """The outside world as template functions see it.

    Attributes:
        clock: The current time, with its zone.
        zone: What templates call local time; None is the system's zone.
        random: The source of randAlphaNum, shuffle and their kin; None is the
            operating system's, which keys and certificates always use.
        lookup: Reads an object from the cluster; None where there is none, which
            makes ``lookup`` give ``{}``.
        enable_dns: Let getHostByName ask the resolver (``--enable-dns``).
        lint: Let ``required`` and ``fail`` pass, as Helm's lint does.
        max_string: The largest text in bytes that one call may build.
        max_items: The longest list of numbers that one call may build.
    """

    clock: Callable[[], datetime] = _now
    zone: tzinfo | None = None
    random: Random | None = None
    lookup: Lookup | None = None
    enable_dns: bool = False
    lint: bool = False
    max_string: int = 64 << 20
    max_items: int = 1_000_000

    def chance(self) -> Random:
        """Give the source of random values."""
        if self.random is not None:
            return self.random
        from random import SystemRandom  # noqa: PLC0415 - start-up time

        return SystemRandom()

    def check_length(self, name: str, length: int) -> None:
        """Refuse to build a text longer than allowed.

        Raises:
            FunctionError: ``length`` bytes are more than ``max_string``.
        """
        if length > self.max_string:
            raise FunctionError(
                f"{name} would build a text of {length} bytes, more than the"
                f" {self.max_string} allowed"
            )

    def check_items(self, name: str, count: int) -> None:
        """Refuse to build a list longer than allowed.

        Raises:
            FunctionError: ``count`` items are more than ``max_items``.
        """
        if count > self.max_items:
            raise FunctionError(
                f"{name} would build a list of {count} items, more than the"
                f" {self.max_items} allowed"
            )
