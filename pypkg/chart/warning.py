"""Warnings: what a chart's author should know, and Helm lets pass."""

from __future__ import annotations


def ignore(message: str) -> None:
    """Hear a warning and do nothing with it: the default of every ``warn``."""
