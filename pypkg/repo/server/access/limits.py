"""How often an address may do something."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_ADDRESSES = 10_000


class Rate:
    """A bucket of tokens for each address, refilled steadily.

    Args:
        per_minute: How many a minute; 0 for any number.
        monotonic: Counts seconds.
    """

    def __init__(self, per_minute: float, *, monotonic: Callable[[], float]) -> None:
        self._size = per_minute
        self._monotonic = monotonic
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def allows(self, address: str) -> bool:
        """Tell whether one more is within the rate."""
        return not self._size or self._level(address) >= 1

    def count(self, address: str) -> None:
        """Count one."""
        if not self._size:
            return
        self._levels[address] = (self._level(address) - 1, self._monotonic())
        self._levels.move_to_end(address)
        while len(self._levels) > _ADDRESSES:
            self._levels.popitem(last=False)

    def _level(self, address: str) -> float:
        level, since = self._levels.get(address, (self._size, self._monotonic()))
        refilled = (self._monotonic() - since) * self._size / 60
        return min(self._size, level + refilled)
