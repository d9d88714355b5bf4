"""What listeners are told."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Happening:
    """A change that was made, or a request that was refused.

    Attributes:
        action: ``push``, ``delete`` or ``denied``.
        repository: Where.
        name: The chart.
        version: Its version.
        principal: Who did it; "" for nobody known.
        address: From where.
        status: The status of a request that was refused.
        path: What was asked for by a request that was refused.
    """

    action: str
    repository: str = ""
    name: str = ""
    version: str = ""
    principal: str = ""
    address: str = ""
    status: int = 0
    path: str = ""
