"""The text of an index, byte for byte as Helm writes it, put together from entries.

Each entry is written on its own, so that what was written once need not be again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pypkg import jsonio, yamlio
from pypkg.repo.index import API_VERSION

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    Form = Literal["yaml", "json"]

_ENTRIES = "entries"


def entry_text(entry: Mapping[str, Any], form: Form) -> str:
    """Write an entry as it stands in an index.

    Args:
        entry: Its wire form, in Helm's field order.
        form: ``yaml`` or ``json``.
    """
    if form == "yaml":
        # Where lines are folded depends on how deep they stand.
        return yamlio.dump({_ENTRIES: {"": [entry]}}).split("\n", 2)[2]
    text = jsonio.dumps(entry, indent="  ", sort_keys=False)
    return "\n".join(f"      {line}" for line in text.split("\n"))


def index_text(
    entries: Iterable[tuple[str, Iterable[str]]],
    form: Form,
    *,
    generated: str,
) -> str:
    """Write an index.

    Args:
        entries: Each chart's name, sorted, and the texts of its versions.
        form: ``yaml`` or ``json``.
        generated: When it is made, RFC 3339.
    """
    return (_yaml if form == "yaml" else _json)(entries, generated)


def _yaml(entries: Iterable[tuple[str, Iterable[str]]], generated: str) -> str:
    charts = []
    for name, texts in entries:
        key = yamlio.dump({_ENTRIES: {name: 0}}).split("\n")[1]
        charts += [key.removesuffix(" 0"), "\n", *texts]
    listed = "".join(["entries:\n", *charts]) if charts else "entries: {}\n"
    head = yamlio.dump({"apiVersion": API_VERSION})
    return f"{head}{listed}{yamlio.dump({'generated': generated})}"


def _json(entries: Iterable[tuple[str, Iterable[str]]], generated: str) -> str:
    charts = [
        f"    {jsonio.dumps(name)}: [\n" + ",\n".join(texts) + "\n    ]"
        for name, texts in entries
    ]
    listed = "{\n" + ",\n".join(charts) + "\n  }" if charts else "{}"
    fields = [
        f'  "apiVersion": "{API_VERSION}"',
        f'  "generated": {jsonio.dumps(generated)}',
        f'  "entries": {listed}',
    ]
    return "{\n" + ",\n".join(fields) + "\n}"
