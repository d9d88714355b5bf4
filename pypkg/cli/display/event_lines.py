"""The events of an operation as JSON, one a line; docs/waiting.md describes them."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from pypkg.cluster.reference import ObjectRef
from pypkg.release import events
from pypkg.release.events import PodProgress

if TYPE_CHECKING:
    from datetime import datetime

# The words that readers of the lines go by: they stay as they are.
TYPES: dict[type, str] = {
    events.RevisionRecorded: "revision",
    events.ObjectChanged: "object",
    events.ObjectProgress: "progress",
    events.ConnectionLost: "connection-lost",
    events.WaitStarted: "wait-started",
    events.WaitFinished: "wait-finished",
    events.WaitFailed: "wait-failed",
    events.HookStarted: "hook-started",
    events.HookFinished: "hook-finished",
    events.HookLog: "log",
    events.TestLog: "log",
    events.LeaseAwaited: "lease-awaited",
    events.RecordRepaired: "record-repaired",
    events.Warned: "warning",
}
_NAMES = {"ref": "object", "refs": "objects"}


def line_of(event: events.Event, now: datetime) -> str:
    """Give an event as a line of JSON.

    Args:
        event: The event.
        now: When it happened.
    """
    from pypkg import jsonio  # noqa: PLC0415 - start-up time

    stamp = now.isoformat(timespec="milliseconds")
    line = {"type": TYPES[type(event)], "time": stamp, **_fields(event)}
    return jsonio.dumps(line, sort_keys=False)


def _fields(part: Any) -> dict[str, Any]:
    return {
        _NAMES.get(field.name, field.name): _value(getattr(part, field.name))
        for field in fields(part)
    }


def _value(value: Any) -> Any:
    match value:
        case ObjectRef():
            return {
                "apiVersion": value.api_version,
                "kind": value.kind,
                "name": value.name,
                "namespace": value.namespace,
            }
        case PodProgress():
            return _fields(value)
        case tuple():
            return [_value(item) for item in value]
        case float():
            return round(value, 3)
        case str():
            return str(value)
        case _:
            return value
