"""What an operation tells while it runs; the command line shows it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from pypkg.cluster.tracker import ObjectProgress

if TYPE_CHECKING:
    from pypkg.cluster.reference import ObjectRef

__all__ = [
    "Event",
    "HookFinished",
    "HookLog",
    "HookStarted",
    "ObjectChanged",
    "ObjectProgress",
    "Outcome",
    "RevisionRecorded",
    "WaitFinished",
    "WaitStarted",
    "Warned",
]


class Outcome(StrEnum):
    """What happened to an object."""

    CREATED = "created"
    CONFIGURED = "configured"
    UNCHANGED = "unchanged"
    REPLACED = "replaced"
    DELETED = "deleted"
    MISSING = "missing"
    """To be deleted, and not there."""
    KEPT = "kept"
    """Not deleted: annotated ``helm.sh/resource-policy: keep``."""
    FOREIGN = "foreign"
    """Not deleted: it belongs to someone else."""
    SKIPPED = "skipped"
    """A CRD that exists already."""


@dataclass(frozen=True, slots=True)
class RevisionRecorded:
    """The revision is stored, and the cluster not yet touched."""

    name: str
    revision: int
    status: str


@dataclass(frozen=True, slots=True)
class ObjectChanged:
    """An object was applied or deleted, or left alone."""

    ref: ObjectRef
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class WaitStarted:
    """Objects are waited for; each one's progress follows."""

    refs: tuple[ObjectRef, ...]
    timeout: float


@dataclass(frozen=True, slots=True)
class WaitFinished:
    """All objects that were waited for are ready."""

    seconds: float


@dataclass(frozen=True, slots=True)
class HookStarted:
    """A hook's object is created, and waited for."""

    event: str
    ref: ObjectRef


@dataclass(frozen=True, slots=True)
class HookFinished:
    """A hook ended; the phase is Succeeded or Failed."""

    event: str
    ref: ObjectRef
    phase: str


@dataclass(frozen=True, slots=True)
class HookLog:
    """The log of one container of a hook, or of a test."""

    namespace: str
    pod: str
    container: str
    text: str


@dataclass(frozen=True, slots=True)
class Warned:
    """Something that the user should know, and that is no failure."""

    message: str


Event = (
    RevisionRecorded
    | ObjectChanged
    | ObjectProgress
    | WaitStarted
    | WaitFinished
    | HookStarted
    | HookFinished
    | HookLog
    | Warned
)
