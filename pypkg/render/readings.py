"""What YAML texts said the last time, so that the same text is not parsed again.

A chart's files seldom change between two commands, nor does most of what it renders
to. Parsing them is a quarter of the time that rendering a large chart takes.
"""

from __future__ import annotations

import marshal
from typing import TYPE_CHECKING, Any

from pypkg import yamlio
from pypkg.render.cache import digest

if TYPE_CHECKING:
    from pypkg.render.cache import CodeCache

# Some charts make up passwords: such a text is new every time, and not worth keeping.
_SMALL_SHARE = 4


class Readings:
    """All that is read for one subject: one entry of the cache.

    Args:
        cache: Where it is kept.
        subject: What the texts belong to, such as a chart's path. An entry holds what
            was read for it the last time.
    """

    def __init__(self, cache: CodeCache, *subject: str) -> None:
        self._cache = cache
        self._key = cache.key(("readings", *subject))
        known = cache.load(self._key)
        self._known: dict[bytes, bytes] = known if isinstance(known, dict) else {}
        self._used: dict[bytes, bytes] = {}
        self._new = 0

    def get(self, text: bytes) -> Any:
        """Give what was read from a text, as the caller's own; None if nothing was."""
        key = digest(text)
        if key not in self._known:
            return None
        self._used[key] = found = self._known[key]
        return marshal.loads(found)  # noqa: S302 - the user's own folder

    def put(self, text: bytes, value: Any) -> None:
        """Remember what was read: plain data, and not None."""
        self._used[digest(text)] = marshal.dumps(value)
        self._new += 1

    def parse(self, text: bytes, *, source: str, unique_keys: bool) -> list[Any]:
        """Read every document of a text: a :class:`pypkg.chart.loader.Parser`."""
        if not unique_keys:  # it failed with them, and is to warn again
            return yamlio.load_all(text, source=source, unique_keys=False)
        found: list[Any] | None = self.get(text)
        if found is None:
            found = yamlio.load_all(text, source=source)
            self.put(text, found)
        return found

    def keep(self) -> None:
        """Keep what was read for the next time, if enough of it is new."""
        if self._new * _SMALL_SHARE > len(self._used):
            self._cache.store(self._key, self._used)
