from __future__ import annotations

import io
from typing import TYPE_CHECKING

from pypkg.cli.display.downloads import PATIENCE, Downloads

if TYPE_CHECKING:
    import pytest


class Terminal(io.StringIO):
    """A terminal that keeps what is written to it."""

    def isatty(self) -> bool:
        return True


def shown(monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, seconds: float) -> str:
    """Download for so many seconds, and give what was shown."""
    monkeypatch.setattr("sys.stderr", stream)
    times = iter([0.0, seconds, seconds])
    with Downloads(clock=lambda: next(times)) as downloads:
        heard = downloads.watch("web-1.0.0.tgz")
        heard(500_000, 2_000_000)
        heard(2_000_000, 2_000_000)
    return stream.getvalue()


def test_a_long_download_has_a_bar_on_a_terminal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    text = shown(monkeypatch, Terminal(), PATIENCE + 1)
    assert "web-1.0.0.tgz" in text
    assert "2.0/2.0 MB" in text


def test_a_short_one_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    assert shown(monkeypatch, Terminal(), PATIENCE / 2) == ""


def test_there_is_none_in_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    assert shown(monkeypatch, io.StringIO(), PATIENCE + 1) == ""
