"""What an operation tells while it runs; the command line shows it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from pypkg.cluster.progress import ConnectionLost, ObjectProgress, PodProgress

if TYPE_CHECKING:
    from pypkg.cluster.reference import ObjectRef

__all__ = [
    "ConnectionLost",
    "Event",
    "Goal",
    "HookFinished",
    "HookLog",
    "HookStarted",
    "LeaseAwaited",
    "ObjectChanged",
    "ObjectProgress",
    "Outcome",
    "PodProgress",
    "RecordRepaired",
    "RevisionRecorded",
    "TestLog",
    "WaitFailed",
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


class Goal(StrEnum):
    """What objects are waited for to be."""

    READY = "ready"
    GONE = "gone"
    FINISHED = "finished"
    """Of hooks: a Job or a Pod has done its work."""


@dataclass(frozen=True, slots=True)
class WaitStarted:
    """Objects are waited for; each one's progress follows."""

    refs: tuple[ObjectRef, ...]
    timeout: float
    goal: Goal = Goal.READY


@dataclass(frozen=True, slots=True)
class WaitFinished:
    """All objects are what they were waited for to be."""

    seconds: float
    goal: Goal = Goal.READY


@dataclass(frozen=True, slots=True)
class WaitFailed:
    """Objects have failed, the time is over, or the user has had enough.

    Attributes:
        seconds: How long it took.
        causes: The likely causes, the likeliest first.
    """

    seconds: float
    causes: tuple[str, ...] = ()


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
class LeaseAwaited:
    """Another operation has the release, and is waited for; ``holder`` says which."""

    name: str
    holder: str
    timeout: float


@dataclass(frozen=True, slots=True)
class RecordRepaired:
    """An operation had left a record out of order; ``message`` says which, and how."""

    message: str


@dataclass(frozen=True, slots=True)
class TestLog(HookLog):
    """The log of one container of a test, which was asked for."""

    __test__ = False  # no test class for pytest, in spite of its name


@dataclass(frozen=True, slots=True)
class Warned:
    """Something that the user should know, and that is no failure."""

    message: str


Event = (
    RevisionRecorded
    | ObjectChanged
    | ObjectProgress
    | ConnectionLost
    | WaitStarted
    | WaitFinished
    | WaitFailed
    | HookStarted
    | HookFinished
    | HookLog
    | TestLog
    | LeaseAwaited
    | RecordRepaired
    | Warned
)
