"""Waits until objects are ready, or gone, and knows why they are not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pypkg.cluster.diagnosis import likeliest_causes
from pypkg.cluster.evidence import Evidence
from pypkg.cluster.readiness import Readiness, State
from pypkg.cluster.wait import Observer, Wait
from pypkg.errors import NotReadyError, WaitTimeoutError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from pypkg.cluster.client import Object
    from pypkg.cluster.reference import ObjectRef
    from pypkg.cluster.wait import Judge


class Tracker(Observer):
    """Waits for objects by watching them."""

    __slots__ = ()

    def wait_ready(
        self, refs: Sequence[ObjectRef], judge: Judge, timeout: float
    ) -> None:
        """Wait until every object is ready or has failed for good.

        Args:
            refs: The objects.
            judge: Tells an object's state; Current is ready.
            timeout: Seconds.

        Raises:
            NotReadyError: An object has failed.
            WaitTimeoutError: The time is over.
        """
        wait = Wait(self, refs, judge, goal=State.CURRENT)
        done = wait.run(timeout)
        if unfinished := wait.unfinished(strict=True):
            raise self._not_ready(wait, unfinished, None if done else timeout)

    def wait_gone(self, refs: Sequence[ObjectRef], timeout: float) -> None:
        """Wait until no object is there any more.

        Args:
            refs: The objects.
            timeout: Seconds.

        Raises:
            WaitTimeoutError: The time is over.
        """
        wait = Wait(self, refs, _exists, goal=State.NOT_FOUND)
        if wait.run(timeout):
            return
        unfinished = wait.unfinished(strict=True)
        lines = [
            f"resource {ref} still exists. status: {found.state}, message:"
            f" {found.message}"
            for ref, found in unfinished.items()
        ]
        raise WaitTimeoutError(
            f"not gone after {duration(timeout)}",
            summary="\n".join([*lines, "context deadline exceeded"]),
            objects=_lines(unfinished),
            causes=list(_holders(wait.objects)),
            hint="an object with finalizers waits for its controller",
        )

    def _not_ready(
        self,
        wait: Wait,
        unfinished: Mapping[ObjectRef, Readiness],
        timeout: float | None,
    ) -> NotReadyError:
        """Say what is not ready and why; without a timeout it has failed for good."""
        evidence = wait.evidence
        if not wait.is_explaining:
            namespaces = {ref.namespace for ref in unfinished if ref.namespace}
            evidence = Evidence.gather(self.cluster, namespaces)
        causes = likeliest_causes(unfinished, wait.objects, evidence, self.cluster)
        summary = [
            f"resource {ref} not ready. status: {found.state}, message: {found.message}"
            for ref, found in unfinished.items()
        ]
        objects = _lines(unfinished)
        if timeout is None:
            return NotReadyError(
                "failed for good",
                summary="\n".join(summary),
                objects=objects,
                causes=causes,
            )
        return WaitTimeoutError(
            f"not ready after {duration(timeout)}",
            summary="\n".join([*summary, "context deadline exceeded"]),
            objects=objects,
            causes=causes,
            hint=f"pods and events may tell more, but cannot be read: {evidence.hidden}"
            if evidence.hidden
            else "give it more time with --timeout, or change what the causes name",
        )


def _lines(unfinished: Mapping[ObjectRef, Readiness]) -> list[str]:
    return [
        f"{ref}: {found.message or 'not seen'}" for ref, found in unfinished.items()
    ]


def _holders(objects: Mapping[ObjectRef, Object]) -> Iterator[str]:
    """Name what keeps objects from going."""
    for ref, obj in objects.items():
        if finalizers := obj["metadata"].get("finalizers"):
            yield f"{ref} has the finalizers {', '.join(finalizers)}"


def _exists(obj: Mapping[str, Any], now: datetime) -> Readiness:
    del now
    if obj["metadata"].get("deletionTimestamp"):
        return Readiness(State.TERMINATING, "Resource scheduled for deletion")
    return Readiness(State.CURRENT, "Resource is current")


def duration(timeout: float) -> str:
    """Give seconds as the user writes them: ``5m``, ``1m30s``."""
    minutes, seconds = divmod(timeout, 60)
    parts = [f"{minutes:.0f}m" if minutes else "", f"{seconds:g}s" if seconds else ""]
    return "".join(parts) or "0s"
