"""Waits until objects are ready, and knows why they are not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pypkg.cluster.reference import ObjectRef


@dataclass(frozen=True, slots=True)
class ObjectProgress:
    """The state of an object that is waited for, whenever it changes.

    Attributes:
        ref: The object.
        status: kstatus' word: InProgress, Failed, Current, Terminating, NotFound
            or Unknown.
        message: What it waits for, such as "Available: 1/3".
        ready: Whether this object needs no more waiting.
    """

    ref: ObjectRef
    status: str
    message: str
    ready: bool
