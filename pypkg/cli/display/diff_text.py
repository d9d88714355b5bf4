"""A diff as people read it: the YAML of each object, before and after."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any, NamedTuple

from pypkg import yamlio
from pypkg.cli.display.excerpts import excerpt, excerpts
from pypkg.cli.output import style
from pypkg.objects.difference import MISSING
from pypkg.objects.field_set import Path, field_element, key_element, show
from pypkg.release.applying.conflicts import one_line, shown
from pypkg.release.applying.field_policy import Policy
from pypkg.release.diffs.comparison import Basis, Change
from pypkg.release.masking import Masked

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from pypkg.cluster.reference import ObjectRef
    from pypkg.release.applying.conflicts import FieldConflict
    from pypkg.release.diffs.comparison import Comparison, Drift, ObjectComparison

_HEADS = {
    Change.ADDED: ("has been added", "green"),
    Change.CHANGED: ("has changed", "yellow"),
    Change.REMOVED: ("has been removed", "red"),
    Change.UNCHANGED: ("is unchanged", "bright_black"),
}
# helm-diff's words.
_PLANNED = {
    Change.ADDED: "to be added",
    Change.CHANGED: "to be changed",
    Change.REMOVED: "to be removed",
}


LONG = 4000  # lines


class Line(NamedTuple):
    """One line of YAML.

    Attributes:
        text: The line.
        path: The field that it belongs to.
    """

    text: str
    path: Path


def text(comparison: Comparison, *, context: int, now: datetime) -> Iterator[str]:
    """Give the lines of a diff.

    Args:
        comparison: What to show.
        context: How many unchanged lines to show around a change; less than 0 is all.
        now: The time, to say how long ago fields were set.
    """
    for one in filter(_is_told, comparison.objects):
        yield from _object(one, context=context, now=now)
    if untried := sum(bool(o.notes) for o in comparison.objects if not _is_told(o)):
        plural = "s" if untried > 1 else ""
        said = f"{untried} more object{plural} would not change as rendered"
        yield style(f"# {said}; the server could not be asked.", fg="cyan")
    yield from summary(comparison)


def _is_told(one: ObjectComparison) -> bool:
    """Tell whether there is anything to say of an object.

    That it could not be tried out is, alone, not worth a paragraph for each.
    """
    if one.change is not Change.UNCHANGED or one.drift or one.problems or one.conflicts:
        return True
    return bool(one.notes) and one.basis is Basis.SERVER


def simple(comparison: Comparison) -> Iterator[str]:
    """Give one line for each object that changes, and those that say what fails."""
    for one in comparison.objects:
        if one.change is not Change.UNCHANGED:
            yield f"{title(one.ref)} {_PLANNED[one.change]}."
        elif one.problems:
            yield f"{title(one.ref)}:"
        yield from _problems(one)
    yield from summary(comparison)


def summary(comparison: Comparison) -> Iterator[str]:
    """Count the changes, as helm-diff does, and say what to do about problems."""
    counts = comparison.counts()
    said = (
        f"Plan: {counts['added']} to add, {counts['changed']} to change,"
        f" {counts['removed']} to destroy."
    )
    if problems := len(comparison.problems):
        plural = "s" if problems > 1 else ""
        said += style(f" {problems} problem{plural}: this would fail.", fg="red")
    yield said
    for hint in comparison.hints:
        yield f"\nHint: {hint}"


def title(ref: ObjectRef) -> str:
    """Name an object as helm-diff does."""
    return f"{ref.namespace or ''}, {ref.name}, {ref.kind} ({ref.api_version})".lstrip(
        ", "
    )


def lines(value: Any, path: Path = (), indent: str = "") -> Iterator[Line]:
    """Write a mapping as YAML, and tell for each line which field it shows."""
    for key in sorted(value):
        below = (*path, field_element(key))
        content = value[key]
        if content and isinstance(content, (dict, list)):
            yield Line(f"{indent}{_scalar(key)}:", below)
            if isinstance(content, dict):
                yield from lines(content, below, f"{indent}  ")
            else:
                yield from _items(content, below, indent)
        elif isinstance(content, Masked):
            yield Line(f"{indent}{_scalar(key)}: {content}", below)
        else:
            for text in _dumped({key: content}):
                yield Line(f"{indent}{text}", below)


def _items(items: Sequence[Any], path: Path, indent: str) -> Iterator[Line]:
    for index, item in enumerate(items):
        below = (*path, _element(item, index))
        if item and isinstance(item, dict):
            found = lines(item, below, f"{indent}  ")
        elif item and isinstance(item, list):
            found = _items(item, below, f"{indent}  ")
        else:
            yield from (Line(f"{indent}{text}", below) for text in _dumped([item]))
            continue
        first = next(found)
        dashed = f"{indent}- {first.text[len(indent) + 2 :]}"
        yield first._replace(text=dashed)
        yield from found


def _element(item: Any, index: int) -> str:
    if isinstance(item, dict) and isinstance(item.get("name"), str):
        return key_element({"name": item["name"]})
    return f"i:{index}"


def _scalar(key: str) -> str:
    first, *rest = _dumped({key: None})
    # A key of several lines has a form of its own, which nothing can follow.
    return one_line(key) if rest else first.removesuffix(": null")


def _dumped(value: Any) -> list[str]:
    """Write one field or one item, nothing of which can upset a terminal."""
    try:
        return yamlio.dump(value).removesuffix("\n").split("\n")
    except ValueError:
        # Helm's YAML refuses control characters. A live object may hold them.
        text = one_line(value)[1:-1]
        return [text if isinstance(value, dict) else f"- {text}"]


def _object(one: ObjectComparison, *, context: int, now: datetime) -> Iterator[str]:
    said, color = _HEADS[one.change]
    hook = f" [{', '.join(one.events)} hook]" if one.events else ""
    yield style(f"{title(one.ref)}{hook} {said}:", fg=color, bold=True)
    for note in one.notes:
        yield style(f"  # {note}", fg="cyan")
    yield from _problems(one)
    for conflict in one.conflicts:
        if decision := _decision(conflict):
            yield style(f"  # {decision}", fg="cyan")
    told = {found.path for found in one.conflicts if found.policy is Policy.KEEP}
    drift = {
        path: found for found in one.drift if (path := show(found.path)) not in told
    }
    if one.change is not Change.UNCHANGED:
        old, new = ([*lines(side or {})] for side in (one.old, one.new))
        yield from _hunks(old, new, drift, context=context, now=now)
    # What is left was not on a line that goes.
    for path, found in drift.items():
        remark = f"{_remark(found, now)}: {path} is {shown(found.live)}"
        yield style(f"  # {remark}", fg="magenta")
    yield ""


def _problems(one: ObjectComparison) -> Iterator[str]:
    for problem in one.problems:
        yield style(f"  ! {problem}", fg="red", bold=True)


def _decision(conflict: FieldConflict) -> str:
    """Say what becomes of a field that another manager owns."""
    path, owner = conflict.path, conflict.owner
    match conflict.policy:
        case Policy.KEEP:
            return (
                f"keeps for {owner}: {path} stays {shown(conflict.live)}"
                f" (the chart says {shown(conflict.wanted)})"
            )
        case Policy.TAKE:
            return f"takes from {owner}: {path}"
        case Policy.FAIL:
            return ""  # it is among the problems


def _hunks(
    old: list[Line],
    new: list[Line],
    drift: dict[str, Drift],
    *,
    context: int,
    now: datetime,
) -> Iterator[str]:
    """Give the lines that differ, with some around them; takes what it tells."""
    matcher = SequenceMatcher(
        None,
        [one.text for one in old],
        [one.text for one in new],
        # Quick for long texts, and exact for others.
        autojunk=len(old) + len(new) > LONG,
    )
    around = max(len(old), len(new)) if context < 0 else context
    for group in matcher.get_grouped_opcodes(around):
        if place := _place(group, old, new):
            yield style(f"@@ {place} @@", fg="cyan")
        for tag, i1, i2, j1, j2 in group:
            whole = context < 0
            if tag == "equal":
                yield from (f"  {_cut(one, whole=whole)}" for one in old[i1:i2])
                continue
            goes, comes = _replaced(old[i1:i2], new[j1:j2], whole=whole)
            for one in goes:
                found = _drift_on(one, drift)
                remark = f"  # {_remark(found, now)}" if found else ""
                yield style(f"- {one.text}", fg="red") + style(remark, fg="magenta")
            for one in comes:
                yield style(f"+ {one.text}", fg="green")


def _cut(line: Line, *, whole: bool) -> str:
    return line.text if whole else excerpt(line.text)


def _replaced(
    old: list[Line], new: list[Line], *, whole: bool
) -> tuple[list[Line], list[Line]]:
    """Cut long lines that replace each other to where they differ."""
    if whole:
        return old, new
    pairs = [excerpts(one.text, other.text) for one, other in zip(old, new)]  # noqa: B905 - those left over have no pair
    before = [goes for goes, _ in pairs] + [excerpt(o.text) for o in old[len(pairs) :]]
    after = [comes for _, comes in pairs] + [excerpt(o.text) for o in new[len(pairs) :]]
    return _with_texts(old, before), _with_texts(new, after)


def _with_texts(lines: list[Line], texts: list[str]) -> list[Line]:
    return [one._replace(text=t) for one, t in zip(lines, texts, strict=True)]


def _drift_on(line: Line, drift: dict[str, Drift]) -> Drift | None:
    """Take the drift of a line's field; of a plain list, with its first item."""
    return drift.pop(show(line.path), None) or drift.pop(show(line.path[:-1]), None)


def _place(
    group: Sequence[tuple[str, int, int, int, int]], old: list[Line], new: list[Line]
) -> str:
    """Say in what the first change lies, unless the lines before it show that."""
    _, start, *_ = group[0]
    tag, i1, _, j1, _ = next(step for step in group if step[0] != "equal")
    side, at = (new, j1) if tag == "insert" else (old, i1)
    path = side[at].path
    # Within a text of several lines its name is not to be seen either.
    within = at > 0 and side[at - 1].path == path
    return show(path if within else path[:-1]) if start else ""


def _remark(found: Drift, now: datetime) -> str:
    """Say what the release had applied, who changed it, and when."""
    was = (
        "the release does not have it"
        if found.recorded is MISSING
        else f"the release had {shown(found.recorded)}"
    )
    if found.owner is None:
        return f"drift: {was}"
    since = _ago(found.owner.since, now)
    return f"drift: set by {found.owner}{since}; {was}"


def _ago(moment: str, now: datetime) -> str:
    from datetime import datetime as parser  # noqa: PLC0415 - only for a remark

    try:
        seconds = (now - parser.fromisoformat(moment)).total_seconds()
    except ValueError:
        return ""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "m")):
        if seconds >= size:
            return f" {int(seconds // size)}{unit} ago"
    return f" {max(int(seconds), 0)}s ago"
