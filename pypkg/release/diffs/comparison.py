"""What a revision would change, object by object: the result of a diff."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice
from typing import TYPE_CHECKING, Any

from pypkg.objects.difference import MISSING, differences
from pypkg.objects.field_set import Path, show
from pypkg.release.applying.conflicts import advice
from pypkg.release.applying.field_policy import Policy

if TYPE_CHECKING:
    from pypkg.cluster.client import Object
    from pypkg.cluster.field_owners import FieldOwner
    from pypkg.cluster.reference import ObjectRef
    from pypkg.release.applying.conflicts import FieldConflict

# The form of the JSON; a field may be added to it, none changes its meaning.
FORMAT = "pypkg.dev/diff/v1"
# What the server adds, and no manifest is about.
_NOISE = frozenset(
    {
        "creationTimestamp",
        "deletionGracePeriodSeconds",
        "deletionTimestamp",
        "generation",
        "managedFields",
        "resourceVersion",
        "selfLink",
        "uid",
    }
)
_NOISY_ANNOTATIONS = frozenset(
    {
        "kubectl.kubernetes.io/last-applied-configuration",
        "deployment.kubernetes.io/revision",
    }
)


class Change(StrEnum):
    """What happens to an object."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"
    UNCHANGED = "unchanged"


class Basis(StrEnum):
    """What an object was compared with."""

    SERVER = "server"
    """The live object with what the server made of it in a dry run."""
    RENDERED = "rendered"
    """The last manifest with the new one."""


@dataclass(frozen=True, slots=True)
class Drift:
    """A field that is no longer as the release applied it.

    Attributes:
        path: Which.
        recorded: What the release applied, or MISSING.
        live: What it is now, or MISSING.
        owner: Who set it, where that is known.
    """

    path: Path
    recorded: Any
    live: Any
    owner: FieldOwner | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectComparison:
    """One object, before and after; without what is noise, and Secrets masked.

    Attributes:
        ref: Which object.
        change: What happens to it.
        old: The object before, or None.
        new: The object after, or None.
        basis: What was compared.
        drift: What others have changed since the release was applied.
        conflicts: What others own and the chart sets.
        events: Of a hook, when it runs.
        notes: What else is to be known.
        problems: Why the operation would fail.
        hints: What can be done about them, unless it is a conflict.
    """

    ref: ObjectRef
    change: Change
    old: Object | None
    new: Object | None
    basis: Basis = Basis.SERVER
    drift: tuple[Drift, ...] = ()
    conflicts: tuple[FieldConflict, ...] = ()
    events: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Give the object as JSON output holds it."""
        wire: dict[str, Any] = {
            "apiVersion": self.ref.api_version,
            "kind": self.ref.kind,
            "namespace": self.ref.namespace or "",
            "name": self.ref.name,
            "change": str(self.change),
            "basis": str(self.basis),
            "hook": list(self.events),
            "fields": [
                {"path": show(found.path)}
                | _present("old", found.old)
                | _present("new", found.new)
                for found in self.fields
            ],
            "drift": [_drift_to_dict(found) for found in self.drift],
            "conflicts": [_conflict_to_dict(found) for found in self.conflicts],
            "notes": list(self.notes),
            "problems": list(self.problems),
        }
        if self.change in {Change.ADDED, Change.REMOVED}:
            wire["object"] = self.new or self.old
        return wire

    @property
    def fields(self) -> list[Any]:
        """The fields that change; none for what is added or removed as a whole."""
        if self.change is not Change.CHANGED:
            return []
        return list(differences(self.old, self.new))


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Everything that a revision would change.

    Attributes:
        name: The release.
        namespace: Its namespace.
        old: The revision before, 0 for none.
        new: The revision after, 0 for none.
        objects: The objects, unchanged ones too, in the order in which they are
            applied; those removed last.
    """

    name: str
    namespace: str
    old: int
    new: int
    objects: tuple[ObjectComparison, ...] = field(default=())

    @property
    def changes(self) -> list[ObjectComparison]:
        """The objects that change."""
        return [one for one in self.objects if one.change is not Change.UNCHANGED]

    @property
    def problems(self) -> list[str]:
        """Why the operation would fail."""
        return [f"{one.ref}: {said}" for one in self.objects for said in one.problems]

    @property
    def hints(self) -> list[str]:
        """What can be done about the problems, each said once."""
        undecided = (
            conflict
            for one in self.objects
            for conflict in one.conflicts
            if conflict.policy is Policy.FAIL
        )
        first = [advice(conflict) for conflict in islice(undecided, 1)]
        others = (said for one in self.objects for said in one.hints)
        return [*first, *dict.fromkeys(others)]

    def counts(self) -> dict[str, int]:
        """Count the objects by what happens to them."""
        found = Counter(str(one.change) for one in self.objects)
        return {str(change): found[change] for change in Change}

    def to_dict(self) -> dict[str, Any]:
        """Give the whole as JSON output holds it."""
        return {
            "format": FORMAT,
            "release": {
                "name": self.name,
                "namespace": self.namespace,
                "old": self.old,
                "new": self.new,
            },
            "summary": self.counts(),
            "objects": [one.to_dict() for one in self.objects],
            "hints": self.hints,
        }


def cleaned(obj: Object) -> Object:
    """Give an object without its status and what else only the server writes."""
    metadata = dict(obj.get("metadata") or {})
    for name in _NOISE & metadata.keys():
        del metadata[name]
    annotations = metadata.get("annotations")
    if isinstance(annotations, dict):
        left = {k: v for k, v in annotations.items() if k not in _NOISY_ANNOTATIONS}
        metadata = {k: v for k, v in metadata.items() if k != "annotations"}
        if left:
            metadata["annotations"] = left
    rest = {k: v for k, v in obj.items() if k not in {"status", "metadata"}}
    return {**rest, "metadata": metadata}


def _present(name: str, value: Any) -> dict[str, Any]:
    return {} if value is MISSING else {name: value}


def _drift_to_dict(found: Drift) -> dict[str, Any]:
    return {
        "path": show(found.path),
        **_present("recorded", found.recorded),
        **_present("live", found.live),
        "owner": found.owner.to_dict() if found.owner else None,
    }


def _conflict_to_dict(found: FieldConflict) -> dict[str, Any]:
    return {
        "path": found.path,
        **_present("live", found.live),
        **_present("wanted", found.wanted),
        "owner": found.owner.to_dict(),
        "policy": str(found.policy),
    }
