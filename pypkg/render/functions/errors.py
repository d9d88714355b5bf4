"""What a template function raises; the engine adds template, line and column."""

from __future__ import annotations


class FunctionError(Exception):
    """A call that cannot succeed: the message is Go's or Sprig's."""


class AuthorError(FunctionError):
    """The chart's author stopped the rendering: ``fail`` and ``required``."""
