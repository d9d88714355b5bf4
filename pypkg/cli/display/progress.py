"""What an operation does, told on standard error while it happens.

On a terminal each object has its line, and what is waited for is shown live. Into a
file or a pipe go, beside warnings and the logs of hooks, a line for each thing that
one waits for and each reason why; or every event as a line of JSON.
"""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from pypkg.cli.display.wait_tree import DONE, GOALS, WaitTree, grouped, named, why
from pypkg.cli.flag_types import Duration
from pypkg.cli.output import echo, style, warn
from pypkg.cluster.pods import alike
from pypkg.release.events import (
    ConnectionLost,
    Event,
    Goal,
    HookFinished,
    HookLog,
    HookStarted,
    LeaseAwaited,
    ObjectChanged,
    ObjectProgress,
    Outcome,
    RecordRepaired,
    RevisionRecorded,
    WaitFailed,
    WaitFinished,
    WaitStarted,
    Warned,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.live import Live

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
# Pods of which nothing is to be said but that they are in time.
_ON_THE_WAY = frozenset({"Pending", "Running"})
# Hooks that are through, and objects that are gone, in less are no news: seconds.
WORTH_TELLING = 1.0


class Form(StrEnum):
    """How progress is told."""

    LIVE = "live"
    PLAIN = "plain"
    JSON = "json"
    NONE = "none"


def form_of(wanted: str, output: str) -> Form:
    """Choose how to tell.

    Args:
        wanted: The flag's value: a form, or ``auto``.
        output: The form of the command's output: with ``json``, what no one reads
            on a terminal is JSON, too.
    """
    if wanted != "auto":
        return Form(wanted)
    if sys.stderr.isatty():
        return Form.LIVE
    return Form.JSON if output == "json" else Form.PLAIN


@contextmanager
def reporter(form: Form, *, color: bool | None) -> Iterator[Callable[[Event], None]]:
    """Give what takes the events of an operation.

    Args:
        form: How to tell them.
        color: Whether to colour them; None where the terminal decides.
    """
    match form:
        case Form.LIVE:
            lively = Lively(color=color)
            try:
                yield lively
            finally:
                lively.close()
        case Form.PLAIN:
            yield Plain()
        case Form.JSON:
            yield tell_json
        case Form.NONE:
            yield tell


def tell(event: Event) -> None:
    """Tell what must not be missed."""
    match event:
        case Warned(message=message) | RecordRepaired(message=message):
            warn(message)
        case ConnectionLost(message=message):
            warn(f"{message}; it is asked again")
        case HookLog(text=text):
            echo(text, err=True, nl=not text.endswith("\n"))
        case LeaseAwaited(name=name, holder=holder, timeout=timeout):
            from pypkg.release.lock.lease_state import SECONDS  # noqa: PLC0415 - start-up time

            limit = Duration.shown(timeout)
            echo(
                f"waiting at most {limit} for {name}: {holder};"
                f" if that has died, it is noticed after {SECONDS} s",
                err=True,
            )
        case _:
            pass


def sentence(event: Event) -> tuple[str, str, str] | None:
    """Give the mark, its colour and the text of what is told in a line."""
    match event:
        case RevisionRecorded(name=name, revision=revision, status=status):
            return "•", "cyan", f"{name} revision {revision}: {status}"
        case ObjectChanged(ref=ref, outcome=outcome):
            return *MARKS[outcome], f"{ref} {outcome}"
        case HookStarted(event=moment, ref=ref):
            return "»", "cyan", f"{moment} hook {ref} runs"
        case HookFinished(event=moment, ref=ref, phase=phase):
            mark = ("✓", "green") if phase == "Succeeded" else ("✗", "red")
            return *mark, f"{moment} hook {ref} {phase.lower()}"
        case WaitFinished(seconds=seconds, goal=goal) if (
            goal == Goal.READY or seconds >= WORTH_TELLING
        ):
            return "✓", "green", f"{DONE[goal]} after {seconds:.1f} s"
    return None


def tell_json(event: Event) -> None:
    """Tell an event as a line of JSON."""
    from pypkg.cli.display.event_lines import line_of  # noqa: PLC0415 - start-up time

    echo(line_of(event, datetime.now(UTC)), err=True)


class Plain:
    """Tells what is waited for in lines, each once."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._started = WaitStarted((), 0.0)
        self._begin = 0.0
        self._told: set[str] = set()
        self._unready: set[str] = set()

    def __call__(self, event: Event) -> None:
        """Tell one event."""
        match event:
            case WaitStarted():
                self._begin_wait(event)
            case ObjectProgress():
                self._tell_progress(event)
            case WaitFinished() if not self._told:
                pass
            case HookStarted() | HookFinished() | WaitFinished():
                if said := sentence(event):
                    echo(said[-1], err=True)
            case _:
                tell(event)

    def _begin_wait(self, event: WaitStarted) -> None:
        self._started = event
        self._begin = self._clock()
        self._told.clear()
        self._unready.clear()

    def _tell_progress(self, event: ObjectProgress) -> None:
        """Tell why an object is not ready, but not what passes in a moment."""
        from pypkg.cluster.wait import PATIENCE  # noqa: PLC0415 - start-up time

        name = named(event.ref, self._started)
        if event.ready:
            if name in self._unready:
                self._once(f"  {name}: {event.message}")
            return
        if self._clock() - self._begin < PATIENCE:
            return
        self._unready.add(name)
        if not self._told:
            limit = Duration.shown(self._started.timeout)
            goal = GOALS[self._started.goal]
            self._once(f"waiting at most {limit} for objects {goal}")
        self._once(f"  {name}: {event.message or event.status}")
        if event.event:
            self._once(f"  {name}: {event.event}")
        for pod, *others in grouped(event):
            if pod.state in _ON_THE_WAY and not pod.message:
                continue
            place = f", container {pod.container}" if pod.container else ""
            more = f" and {len(others)} more" if others else ""
            reason = alike(why(pod), pod.name)
            self._once(
                f"  pod {pod.name}{more}{place}: {why(pod)}",
                unless=f"{name}{place}: {reason}",
            )
            for line in pod.log:
                self._once(f"  pod {pod.name} | {line}", unless=f"{name} | {line}")

    def _once(self, line: str, *, unless: str = "") -> None:
        """Tell a line, unless that was told, or what stands for it."""
        key = unless or line
        if key not in self._told:
            self._told.add(key)
            echo(line, err=True)


class Lively:
    """Tells everything, and shows what is waited for.

    Args:
        color: Whether to colour it; None where the terminal decides.
    """

    def __init__(self, *, color: bool | None = None) -> None:
        self._color = color
        self._tree: WaitTree | None = None
        self._live: Live | None = None
        self._unchanged = 0

    def __call__(self, event: Event) -> None:
        """Tell one event."""
        if self._tree is not None and isinstance(event, ConnectionLost):
            self._tree.lost = event.message
            return
        if isinstance(event, ObjectProgress):
            if self._tree is not None:
                self._tree.update(event)
            return
        if isinstance(event, ObjectChanged) and event.outcome == Outcome.UNCHANGED:
            self._unchanged += 1
            return
        if isinstance(event, WaitFailed) and not event.causes and self._live:
            # Who interrupts has seen why, and may want to read it still.
            self._live.transient = False
        if not isinstance(event, ObjectChanged):
            self.close()
        if said := sentence(event):
            _line(*said)
        elif isinstance(event, WaitStarted):
            self._begin(event)
        else:
            tell(event)

    def close(self) -> None:
        """Tell what is left to tell, and take the live view off the terminal."""
        self._tell_unchanged()
        self._tree = None
        if self._live is not None:
            self._live.stop()
            self._live = None

    def _tell_unchanged(self) -> None:
        """Count what did not change, instead of naming it."""
        if self._unchanged:
            plural = "s" if self._unchanged > 1 else ""
            _line(
                *MARKS[Outcome.UNCHANGED], f"{self._unchanged} object{plural} unchanged"
            )
            self._unchanged = 0

    def _begin(self, event: WaitStarted) -> None:
        self._tree = WaitTree(event)
        if not sys.stderr.isatty():
            return
        from pypkg.cli.display.live_view import live  # noqa: PLC0415 - start-up time

        self._live = live(self._tree, color=self._color)
        self._live.start()


def _line(mark: str, color: str, text: str) -> None:
    echo(f"{style(mark, fg=color)} {text}", err=True)
