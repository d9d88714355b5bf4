"""What a template did wrong while it ran, before its place is known."""

from __future__ import annotations

from jinja2.exceptions import TemplateRuntimeError


class MisuseError(TemplateRuntimeError):
    """A template asked for what cannot be done.

    Attributes:
        hint: What to write instead, or None.
    """

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


class LimitError(MisuseError):
    """A template asked for more than it may have."""

    def __init__(self, what: str, limit: float, unit: str = "characters") -> None:
        shown = f"{limit:,}" if isinstance(limit, int) else f"{limit:g}"
        super().__init__(f"{what}: the limit is {shown} {unit}")
