"""The columns that a CustomResourceDefinition asks for, by JSONPath."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Literal

from pypkg.sandbox.columns.column import AGE, NAME, Column, since

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from pypkg.sandbox.schemas.resources import Resource

Object = dict[str, Any]
Step = str | int | tuple[str, str] | None

_STEP = re.compile(
    r"""\.(?P<field>(?:\\.|[^.\[\]\\])+)
      | \[(?P<index>-?\d+)\]
      | \['(?P<quoted>[^']*)'\]
      | \[\?\(@\.(?P<key>[\w.-]+)\s*==\s*["'](?P<value>[^"']*)["']\)\]
      | \[(?P<all>\*)\]""",
    re.VERBOSE,
)
_TYPES: Mapping[str, Literal["string", "integer", "number", "boolean", "date"]] = {
    "string": "string",
    "integer": "integer",
    "number": "number",
    "boolean": "boolean",
    "date": "date",
}


def custom_columns(resource: Resource) -> tuple[Column, ...]:
    """A custom resource's columns; name and age if its definition has none."""
    if not resource.columns:
        return (NAME, AGE)
    return (NAME, *(_column(column) for column in resource.columns))


def _column(wire: Mapping[str, Any]) -> Column:
    kind = _TYPES.get(wire.get("type", ""), "string")
    return Column(
        name=wire["name"],
        cell=_cell(wire["jsonPath"], kind),
        type="string" if kind == "date" else kind,
        priority=wire.get("priority", 0),
        format=wire.get("format", ""),
        description=wire.get("description", ""),
    )


def _cell(path: str, kind: str) -> Callable[[Object, datetime], Any]:
    steps = _parse(path)

    def cell(obj: Object, now: datetime) -> Any:
        found = list(_select(obj, steps))
        if not found or found[0] is None:
            return None
        if kind == "date":
            return since(str(found[0]), now)
        if kind == "string":
            shown = [v if isinstance(v, str) else json.dumps(v) for v in found]
            return shown[0] if len(shown) == 1 else f"[{' '.join(shown)}]"
        return found[0]

    return cell


def _parse(path: str) -> list[Step]:
    """Read the part of JSONPath that definitions use; what is not read is skipped."""
    steps: list[Step] = []
    for match in _STEP.finditer(path):
        if match["field"] is not None:
            steps.append(match["field"].replace("\\.", "."))
        elif match["index"] is not None:
            steps.append(int(match["index"]))
        elif match["quoted"] is not None:
            steps.append(match["quoted"])
        elif match["key"] is not None:
            steps.append((match["key"], match["value"]))
        else:
            steps.append(None)
    return steps


def _select(value: Any, steps: list[Step]) -> Iterator[Any]:
    if not steps:
        yield value
        return
    step, rest = steps[0], steps[1:]
    for item in _step(value, step):
        yield from _select(item, rest)


def _step(value: Any, step: Step) -> list[Any]:
    match step:
        case str():
            return [value[step]] if isinstance(value, dict) and step in value else []
        case int():
            fits = isinstance(value, list) and -len(value) <= step < len(value)
            return [value[step]] if fits else []
        case (key, wanted):
            items = value if isinstance(value, list) else []
            return [v for v in items if isinstance(v, dict) and v.get(key) == wanted]
        case _:
            if isinstance(value, dict):
                return list(value.values())
            return value if isinstance(value, list) else []
