"""What is waited for, as a tree of lines that is never higher than the screen."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING

from pypkg.cli.flag_types import Duration
from pypkg.cluster.pods import alike

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pypkg.cluster.progress import ObjectProgress, PodProgress
    from pypkg.cluster.reference import ObjectRef
    from pypkg.release.events import WaitStarted

# So many lines of a container's log, and so many of a reason, are shown.
LOG_LINES = 5
REASON_LINES = 3
FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_INDENT = " " * 6
GOALS = {"ready": "to be ready", "gone": "to be gone", "finished": "to finish"}
DONE = {"ready": "ready", "gone": "gone", "finished": "finished"}


class Level(IntEnum):
    """How soon a row is left out where the screen is too low."""

    OBJECT = 0
    POD = 1
    DETAIL = 2


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the view."""

    level: Level
    text: str
    style: str = ""


@dataclass(slots=True)
class WaitTree:
    """What is waited for, as it changes.

    Attributes:
        started: What is waited for.
        begin: When that began, in monotonic seconds.
        lost: Why nothing is seen now, or "".
    """

    started: WaitStarted
    begin: float = field(default_factory=time.monotonic)
    lost: str = ""
    _found: dict[ObjectRef, ObjectProgress] = field(default_factory=dict)

    def update(self, progress: ObjectProgress) -> None:
        """Take in what has changed."""
        self.lost = ""
        self._found[progress.ref] = progress

    def rows(self, height: int, now: float, *, width: int = 80) -> list[Row]:
        """Give the lines to show.

        Args:
            height: At most so many.
            now: The time, in monotonic seconds.
            width: The width in which a reason is broken into lines.
        """
        waiting = [
            self._found.get(ref)
            for ref in self.started.refs
            if ref not in self._found or not self._found[ref].ready
        ]
        unready = [progress for progress in waiting if progress is not None]
        unready.sort(key=lambda progress: not _has_trouble(progress))
        rows = [row for progress in unready for row in self._rows_of(progress, width)]
        ready = len(self.started.refs) - len(waiting)
        done = DONE[self.started.goal]
        foot = [Row(Level.OBJECT, f"  ✓ {ready} {done}", "green")] if ready else []
        head = [Row(Level.OBJECT, self._head(len(waiting), now), "cyan")]
        if self.lost:
            head.append(Row(Level.OBJECT, f"  ! {self.lost}", "red"))
        return [*head, *_cut(rows, height - len(head) - len(foot)), *foot]

    def _head(self, count: int, now: float) -> str:
        passed = now - self.begin
        left = Duration.shown(max(self.started.timeout - passed, 0))
        plural = "s" if len(self.started.refs) > 1 else ""
        return (
            f"{FRAMES[int(passed * 10) % len(FRAMES)]} waiting for {count} of"
            f" {len(self.started.refs)} object{plural} {GOALS[self.started.goal]}:"
            f" {Duration.shown(passed)} gone, {left} left"
        )

    def _rows_of(self, progress: ObjectProgress, width: int) -> Iterator[Row]:
        mark, style = ("✗", "red") if _has_trouble(progress) else ("…", "yellow")
        name = named(progress.ref, self.started)
        yield Row(Level.OBJECT, f"  {mark} {name}  {progress.message}".rstrip(), style)
        if progress.event:
            yield from _reason(f"    └ {progress.event}", width)
        for group in grouped(progress):
            yield from _pod_rows(progress.ref, group, width)


def named(ref: ObjectRef, started: WaitStarted) -> str:
    """Name an object, without the namespace if all share it."""
    if len({other.namespace for other in started.refs if other.namespace}) > 1:
        return str(ref)
    return f"{ref.kind}/{ref.name}"


def grouped(progress: ObjectProgress) -> list[list[PodProgress]]:
    """Put the pods together that are not ready for the same reason.

    Of each group the one is first of which a log is known.
    """
    groups: dict[tuple[str, str, str], list[PodProgress]] = {}
    for pod in progress.pods:
        if not pod.ready:
            same = pod.state, pod.container, alike(pod.message, pod.name)
            groups.setdefault(same, []).append(pod)
    return [sorted(group, key=lambda pod: not pod.log) for group in groups.values()]


def why(pod: PodProgress) -> str:
    """Say in a line what holds up a pod."""
    return f"{pod.state}: {pod.message}" if pod.message else pod.state


def _pod_rows(ref: ObjectRef, group: list[PodProgress], width: int) -> Iterator[Row]:
    """Give the rows of pods of one fate, the reason first: it must not be cut off."""
    pod = group[0]
    name = pod.name.removeprefix(ref.name)
    more = f" and {len(group) - 1} more" if len(group) > 1 else ""
    parts = [f"…{name}{more}" if name else "", pod.container]
    about = ", ".join(filter(None, parts))
    level = Level.POD if pod.message else Level.DETAIL
    text = f"    └ {why(pod)}{f' ({about})' if about else ''}"
    yield from _reason(text, width, level)
    if pod.log:
        for line in pod.log[-LOG_LINES:]:
            yield Row(Level.DETAIL, f"        │ {line}", "dim")
    elif pod.event and not pod.message:
        yield Row(Level.DETAIL, f"        {pod.event}", "dim")


def _reason(text: str, width: int, level: Level = Level.POD) -> Iterator[Row]:
    """Break a reason into lines: what matters in it often comes last."""
    import textwrap  # noqa: PLC0415 - start-up time

    first, *rest = textwrap.wrap(
        text,
        max(width - 1, len(_INDENT) + 10),
        subsequent_indent=_INDENT,
        max_lines=REASON_LINES,
        placeholder=" …",
        break_on_hyphens=False,
        drop_whitespace=True,
    ) or [text]
    yield Row(level, first)
    for line in rest:
        yield Row(level, line)


def _has_trouble(progress: ObjectProgress) -> bool:
    return (
        progress.status == "Failed"
        or bool(progress.event)
        or any(pod.message and not pod.ready for pod in progress.pods)
    )


def _cut(rows: list[Row], height: int) -> list[Row]:
    """Leave out the least important rows, the last ones first.

    Objects keep their reasons: what is in trouble comes first, and why it is matters
    more than the names of others that wait, too.
    """
    if len(rows) <= height:
        return rows
    order = sorted(range(len(rows)), key=lambda n: (rows[n].level is Level.DETAIL, n))
    kept = set(order[: max(height - 1, 0)])
    shown = [row for n, row in enumerate(rows) if n in kept]
    hidden = sum(
        row.level is Level.OBJECT for n, row in enumerate(rows) if n not in kept
    )
    rest = f"and {hidden} more" if hidden else f"({len(rows) - len(shown)} lines more)"
    return [*shown, Row(Level.OBJECT, f"  … {rest}", "dim")]
