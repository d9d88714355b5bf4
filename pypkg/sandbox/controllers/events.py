"""Events: what controllers say about objects, as ``kubectl describe`` shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pypkg.sandbox.controllers.objects import CONTROLLER_MANAGER, EVENT, Object
from pypkg.sandbox.controllers.times import rfc3339
from pypkg.sandbox.statuses import StatusError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from pypkg.sandbox.controllers.objects import Objects


class EventRecorder:
    """Writes Events; the same said again raises the count of the first.

    Args:
        objects: Where to write.
        clock: Gives the time, in UTC.
    """

    def __init__(self, objects: Objects, clock: Callable[[], datetime]) -> None:
        self._objects = objects
        self._clock = clock

    def normal(
        self, obj: Object, reason: str, message: str, *, source: str, field: str = ""
    ) -> None:
        """Say what went as planned."""
        self._record(obj, "Normal", reason, message, source=source, field=field)

    def warning(
        self, obj: Object, reason: str, message: str, *, source: str, field: str = ""
    ) -> None:
        """Say what went wrong."""
        self._record(obj, "Warning", reason, message, source=source, field=field)

    def _record(
        self,
        obj: Object,
        kind: Literal["Normal", "Warning"],
        reason: str,
        message: str,
        *,
        source: str,
        field: str,
    ) -> None:
        now = self._clock()
        event = _event(obj, kind, reason, message)
        if field:
            event["involvedObject"]["fieldPath"] = field
        event["source"] = {"component": source}
        if source == "kubelet":
            event["source"]["host"] = obj.get("spec", {}).get("nodeName", "")
        event |= {"reportingComponent": source, "reportingInstance": ""}
        stamp = rfc3339(now)
        metadata = event["metadata"]
        known = self._objects.get(EVENT, metadata["namespace"], metadata["name"])
        try:
            if known is not None:
                again = {"count": known.get("count", 1) + 1, "lastTimestamp": stamp}
                self._objects.update(known | again, manager=CONTROLLER_MANAGER)
            else:
                event |= {"count": 1, "firstTimestamp": stamp, "lastTimestamp": stamp}
                self._objects.create(event, manager=CONTROLLER_MANAGER)
        except StatusError:
            # Nobody waits for an event: a namespace that terminates takes none.
            return


def _event(obj: Object, kind: str, reason: str, message: str) -> Object:
    from hashlib import sha256  # noqa: PLC0415 - start-up time

    metadata = obj["metadata"]
    involved = {
        "apiVersion": obj["apiVersion"],
        "kind": obj["kind"],
        "name": metadata["name"],
        "namespace": metadata.get("namespace", ""),
        "uid": metadata.get("uid", ""),
        "resourceVersion": metadata.get("resourceVersion", ""),
    }
    # The same words about the same object are the same event.
    said = "\0".join([involved["uid"], kind, reason, message])
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {
            "name": f"{metadata['name']}.{sha256(said.encode()).hexdigest()[:16]}",
            "namespace": involved["namespace"] or "default",
        },
        "involvedObject": {key: value for key, value in involved.items() if value},
        "reason": reason,
        "message": message,
        "type": kind,
    }
