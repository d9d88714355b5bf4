"""One column of a table, and how durations are shortened in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

Object = dict[str, Any]
Cell = Callable[[Object, datetime], Any]

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_YEAR = 365 * _DAY


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes:
        name: Its heading.
        cell: Gives an object's value; it is also told the time.
        type: The JSON type of its values.
        priority: 0 is shown always, 1 only in wide output.
        format: ``name`` for the object's name.
        description: What it says.
    """

    name: str
    cell: Cell
    type: Literal["string", "integer", "number", "boolean", "date"] = "string"
    priority: int = 0
    format: str = ""
    description: str = ""

    def to_dict(self) -> Object:
        """The wire form."""
        return {
            "name": self.name,
            "type": self.type,
            "format": self.format,
            "description": self.description,
            "priority": self.priority,
        }


def at(obj: Object, path: str) -> Any:
    """The value at a dotted path; None where a step is missing."""
    value: Any = obj
    for part in path.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def field(path: str, default: Any = "") -> Cell:
    """A cell that shows the value at a path, or a default where there is none."""

    def cell(obj: Object, _: datetime) -> Any:
        value = at(obj, path)
        return default if value is None or value == "" else value

    return cell


def age_of(path: str, default: str = "<none>") -> Cell:
    """A cell that shows how long ago the time at a path was."""

    def cell(obj: Object, now: datetime) -> str:
        text = at(obj, path)
        return since(text, now) if text else default

    return cell


def parse_time(text: str) -> datetime:
    """Read a time as objects state it."""
    return datetime.fromisoformat(text)


def since(text: str | None, now: datetime) -> str:
    """How long ago a time was, in kubectl's short form."""
    if not text:
        return "<unknown>"
    try:
        return human_duration((now - parse_time(text)).total_seconds())
    except ValueError:
        return "<invalid>"


def human_duration(seconds: float) -> str:  # noqa: C901, PLR0911 - Kubernetes' table of roundings
    """Shorten a duration as ``k8s.io/apimachinery/pkg/util/duration`` does."""
    whole = int(seconds)
    if whole < -1:
        return "<invalid>"
    if whole < 0:
        return "0s"
    if whole < 2 * _MINUTE:
        return f"{whole}s"
    minutes = whole // _MINUTE
    if minutes < 10:  # noqa: PLR2004 - Kubernetes' table
        rest = whole % _MINUTE
        return f"{minutes}m{rest}s" if rest else f"{minutes}m"
    if minutes < 3 * 60:
        return f"{minutes}m"
    hours = whole // _HOUR
    if hours < 8:  # noqa: PLR2004 - Kubernetes' table
        rest = minutes % 60
        return f"{hours}h{rest}m" if rest else f"{hours}h"
    if hours < 48:  # noqa: PLR2004 - Kubernetes' table
        return f"{hours}h"
    days = whole // _DAY
    if days < 8:  # noqa: PLR2004 - Kubernetes' table
        rest = hours % 24
        return f"{days}d{rest}h" if rest else f"{days}d"
    if days < 2 * 365:
        return f"{days}d"
    years = whole // _YEAR
    if years < 8:  # noqa: PLR2004 - Kubernetes' table
        rest = days % 365
        return f"{years}y{rest}d" if rest else f"{years}y"
    return f"{years}y"


def name(obj: Object, _: datetime) -> str:
    """The object's name."""
    text: str = obj["metadata"]["name"]
    return text


def age(obj: Object, now: datetime) -> str:
    """How long the object exists."""
    return since(obj["metadata"].get("creationTimestamp"), now)


def created_at(obj: Object, _: datetime) -> str:
    """When the object was created."""
    text: str = obj["metadata"].get("creationTimestamp", "<unknown>")
    return text


NAME = Column("Name", name, format="name", description="Name of the object.")
AGE = Column("Age", age, description="Time since the object was created.")
CREATED_AT = Column("Created At", created_at)
