"""Who did what, when and from where: one JSON object a line, without secrets."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from pypkg.repo.server.events.happening import Happening


class AuditLog:
    """A file that is only appended to; several processes may.

    Args:
        path: The file.
        clock: Tells the time.
    """

    def __init__(self, path: Path, clock: Callable[[], datetime]) -> None:
        self._path = path
        self._clock = clock

    def __call__(self, happening: Happening) -> None:
        """Note what has happened."""
        line = {"time": self._clock().isoformat(), **asdict(happening)}
        # JSON escapes line breaks: nobody can forge a line. One write is not torn.
        data = json.dumps(line, separators=(",", ":")).encode() + b"\n"
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
        descriptor = os.open(self._path, flags, 0o600)
        try:
            os.write(descriptor, data)
        finally:
            os.close(descriptor)
