"""What the functions need from outside: clock, chance, cluster, limits."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

Lookup = Callable[[str, str, str, str], dict[str, Any]]
"""``(apiVersion, kind, namespace, name)`` to the object, a list, or ``{}``."""


def _now() -> datetime:
    return datetime.now(UTC).astimezone()


@dataclass(frozen=True, slots=True)
class Host:
    """The outside world as template functions see it.

    Attributes:
        clock: The current time, with its zone.
        random: The source of randAlphaNum, shuffle and their kin. Keys and
            certificates always use the operating system's randomness.
        lookup: Reads an object from the cluster; None where there is none, which
            makes ``lookup`` give ``{}``.
        enable_dns: Let getHostByName ask the resolver (``--enable-dns``).
        lint: Let ``required`` and ``fail`` pass, as Helm's lint does.
        max_string: The largest text in bytes, and the longest list in items, that
            one call may build.
    """

    clock: Callable[[], datetime] = _now
    random: random.Random = field(default_factory=random.SystemRandom)
    lookup: Lookup | None = None
    enable_dns: bool = False
    lint: bool = False
    max_string: int = 64 << 20
