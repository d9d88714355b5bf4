"""What changed between two versions of a chart."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Protocol

from pypkg.errors import PypkgError
from pypkg.structs import Struct

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pypkg.chart.chart import Chart

MAX_LINES = 20_000
_CONTEXT = 3
_KINDS = {"+": "added", "-": "removed", "@": "place"}


class Renderer(Protocol):
    """Renders a chart with its default values."""

    def __call__(self, chart: Chart) -> Mapping[str, str]:
        """Give the text of each object, by what it is called.

        Raises:
            PypkgError: The chart does not render.
        """


class Row(Struct):
    """A line of a comparison.

    Attributes:
        kind: ``added``, ``removed``, ``place`` or "".
        text: The line.
    """

    kind: str
    text: str


class Change(Struct):
    """Something that differs.

    Attributes:
        title: A file of the chart, or an object that it renders to.
        kind: ``added``, ``removed`` or ``changed``.
        rows: How it differs.
    """

    title: str
    kind: str
    rows: tuple[Row, ...]


class Comparison(Struct):
    """Two versions beside each other.

    Attributes:
        files: Chart.yaml, values.yaml, values.schema.json and README.md, where they
            differ.
        objects: What is rendered with default values, where it differs.
        same: How many objects are the same.
        fault: Why one of them does not render, or "".
    """

    files: tuple[Change, ...]
    objects: tuple[Change, ...]
    same: int
    fault: str


def compare(old: Chart, new: Chart, render: Renderer | None) -> Comparison:
    """Compare two versions of a chart.

    Args:
        old: The one that was there before.
        new: The other.
        render: Renders a chart; None compares files alone.
    """
    files = _changes(_files(old), _files(new))
    before: Mapping[str, str] = {}
    after: Mapping[str, str] = {}
    fault = ""
    if render is not None:
        try:
            before, after = render(old), render(new)
        except PypkgError as error:
            fault = str(error)
    objects = () if fault else _changes(before, after)
    same = sum(before.get(title) == text for title, text in after.items())
    return Comparison(files, objects, 0 if fault else same, fault)


def _files(chart: Chart) -> dict[str, str]:
    """Give the files that a chart's users read."""
    from pypkg import yamlio  # noqa: PLC0415 - only comparisons need it

    found = {
        "Chart.yaml": yamlio.dump(chart.metadata.to_dict()),
        "values.yaml": (chart.values_text or b"").decode(errors="replace"),
        "values.schema.json": (chart.schema or b"").decode(errors="replace"),
    }
    return {name: text for name, text in found.items() if text}


def _changes(old: Mapping[str, str], new: Mapping[str, str]) -> tuple[Change, ...]:
    found = []
    for title in dict.fromkeys((*old, *new)):
        before, after = old.get(title, ""), new.get(title, "")
        if before != after:
            kind = "changed" if title in old and title in new else "added"
            kind = kind if title in new else "removed"
            found.append(Change(title, kind, _rows(before, after)))
    return tuple(found)


def _rows(before: str, after: str) -> tuple[Row, ...]:
    old, new = before.splitlines()[:MAX_LINES], after.splitlines()[:MAX_LINES]
    lines = difflib.unified_diff(old, new, lineterm="", n=_CONTEXT)
    shown = list(lines)[2:]  # without the names of files
    return tuple(Row(_KINDS.get(line[:1], ""), line) for line in shown)
