"""JSON exactly as Go's encoding/json reads and writes it."""

from __future__ import annotations

from pypkg.jsonio.reader import loads
from pypkg.jsonio.writer import dumps, format_number

__all__ = ["dumps", "format_number", "loads"]
