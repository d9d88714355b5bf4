"""What an operation does, told on standard error while it happens.

On a terminal each object has its line, and what is waited for is shown live. Into a
file or a pipe go only warnings and the logs of hooks, as with Helm.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from pypkg.cli.output import warn
from pypkg.release.events import (
    Event,
    HookFinished,
    HookLog,
    HookStarted,
    ObjectChanged,
    ObjectProgress,
    Outcome,
    RevisionRecorded,
    WaitFinished,
    WaitStarted,
    Warned,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.console import RenderableType
    from rich.live import Live

    from pypkg.cluster.reference import ObjectRef

MARKS = {
    Outcome.CREATED: ("+", "green"),
    Outcome.CONFIGURED: ("~", "yellow"),
    Outcome.UNCHANGED: ("=", "bright_black"),
    Outcome.REPLACED: ("~", "yellow"),
    Outcome.DELETED: ("-", "red"),
    Outcome.MISSING: ("=", "bright_black"),
    Outcome.KEPT: ("=", "cyan"),
    Outcome.FOREIGN: ("=", "cyan"),
    Outcome.SKIPPED: ("=", "bright_black"),
}
MOST_SHOWN = 12  # objects in the live view; the others are counted


@contextmanager
def reporter(*, color: bool | None) -> Iterator[Callable[[Event], None]]:
    """Give what takes the events of an operation."""
    if not (sys.stderr.isatty() if color is None else color):
        yield tell
        return
    lively = Lively()
    try:
        yield lively
    finally:
        lively.close()


def tell(event: Event) -> None:
    """Tell what must not be missed."""
    match event:
        case Warned(message=message):
            warn(message)
        case HookLog(text=text):
            click.echo(text, err=True, nl=not text.endswith("\n"))
        case _:
            pass


class Lively:
    """Tells everything, and shows what is waited for."""

    def __init__(self) -> None:
        self._waiting: dict[ObjectRef, str] = {}
        self._live: Live | None = None
        self._unchanged = 0

    def __call__(self, event: Event) -> None:
        """Tell one event."""
        match event:
            case ObjectChanged(outcome=Outcome.UNCHANGED):
                self._unchanged += 1
                return
            case ObjectChanged():
                pass
            case _:
                self._tell_unchanged()
        match event:
            case RevisionRecorded(name=name, revision=revision, status=status):
                _line("•", "cyan", f"{name} revision {revision}: {status}")
            case ObjectChanged(ref=ref, outcome=outcome):
                _line(*MARKS[outcome], f"{ref} {outcome}")
            case HookStarted(event=moment, ref=ref):
                _line("»", "cyan", f"{moment} hook {ref} runs")
            case HookFinished(event=moment, ref=ref, phase=phase):
                mark = ("✓", "green") if phase == "Succeeded" else ("✗", "red")
                _line(*mark, f"{moment} hook {ref} {phase.lower()}")
            case WaitStarted(refs=refs):
                self._begin(refs)
            case ObjectProgress():
                self._update(event)
            case WaitFinished(seconds=seconds):
                self.close()
                _line("✓", "green", f"ready after {seconds:.1f} s")
            case _:
                tell(event)

    def close(self) -> None:
        """Tell what is left to tell, and take the live view off the terminal."""
        self._tell_unchanged()
        if self._live is not None:
            self._live.stop()
            self._live = None
        self._waiting.clear()

    def _tell_unchanged(self) -> None:
        """Count what did not change, instead of naming it."""
        if self._unchanged:
            plural = "s" if self._unchanged > 1 else ""
            _line(
                *MARKS[Outcome.UNCHANGED], f"{self._unchanged} object{plural} unchanged"
            )
            self._unchanged = 0

    def _begin(self, refs: tuple[ObjectRef, ...]) -> None:
        self._waiting = dict.fromkeys(refs, "")
        if not sys.stderr.isatty():
            return
        from rich.console import Console  # noqa: PLC0415 - start-up time
        from rich.live import Live  # noqa: PLC0415 - start-up time

        self._live = Live(self._view(), console=Console(stderr=True), transient=True)
        self._live.start()

    def _update(self, event: ObjectProgress) -> None:
        if event.ready:
            self._waiting.pop(event.ref, None)
        else:
            self._waiting[event.ref] = event.message
        if self._live is not None:
            self._live.update(self._view(), refresh=True)

    def _view(self) -> RenderableType:
        from rich.spinner import Spinner  # noqa: PLC0415 - start-up time
        from rich.text import Text  # noqa: PLC0415 - start-up time

        shown = [f"{ref}  {why}" for ref, why in self._waiting.items()][:MOST_SHOWN]
        if more := len(self._waiting) - len(shown):
            shown.append(f"and {more} more")
        text = "\n  ".join(["waiting for", *shown])
        return Spinner("dots", Text(text))


def _line(mark: str, color: str, text: str) -> None:
    click.echo(f"{click.style(mark, fg=color)} {text}", err=True)
