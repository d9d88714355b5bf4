"""``metadata.managedFields``: the entries, and what two of them quarrel about."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from pypkg.objects.field_set import (
    EMPTY,
    FieldSet,
    in_order,
    parse_fields,
    show,
    write_fields,
)
from pypkg.sandbox.statuses import Cause, StatusError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_MAX_UPDATERS = 10
_ANCIENT = "ancient-changes"


class ManagedFieldsError(Exception):
    """Entries that do not follow the format."""


class Manager(NamedTuple):
    """What identifies an entry.

    Attributes:
        name: ``helm``, ``kubectl-client-side-apply`` …
        operation: ``Apply`` or ``Update``.
        api_version: The version of an ``Update``; "" for ``Apply``, whose entry
            stays one whatever version it speaks.
        subresource: ``status``; "" for the whole object.
    """

    name: str
    operation: str
    api_version: str
    subresource: str

    def __str__(self) -> str:
        shown = f'"{self.name}"'
        if self.subresource:
            shown += f' with subresource "{self.subresource}"'
        if self.operation == "Update":
            shown += f" using {self.api_version}"
        return shown


@dataclass(frozen=True, slots=True)
class Owned:
    """What a manager owns.

    Attributes:
        fields: The fields.
        api_version: The version in which their paths are meant.
        time: When that last changed; "" if it never did.
    """

    fields: FieldSet
    api_version: str
    time: str


@dataclass(slots=True)
class ManagedFields:
    """Who owns what of one object.

    Attributes:
        entries: By manager.
    """

    entries: dict[Manager, Owned] = field(default_factory=dict)

    @classmethod
    def parse(cls, wire: Iterable[Mapping[str, Any]]) -> ManagedFields:
        """Read the entries.

        Raises:
            ManagedFieldsError: They do not follow the format.
        """
        result = cls()
        for entry in wire:
            operation = entry.get("operation")
            version = entry.get("apiVersion", "")
            if operation not in {"Apply", "Update"} or not version:
                raise ManagedFieldsError(f"invalid managed fields entry: {entry}")
            if entry.get("fieldsType") != "FieldsV1":
                raise ManagedFieldsError(f"invalid fieldsType in entry: {entry}")
            manager = Manager(
                entry.get("manager", ""),
                operation,
                version if operation == "Update" else "",
                entry.get("subresource", ""),
            )
            try:
                fields = parse_fields(entry.get("fieldsV1") or {})
            except ValueError as error:
                raise ManagedFieldsError(str(error)) from error
            result.entries[manager] = Owned(fields, version, entry.get("time") or "")
        return result

    def to_list(self) -> list[dict[str, Any]]:
        """Write the entries, in the API server's order."""

        def place(item: tuple[Manager, Owned]) -> tuple[str, ...]:
            manager, owned = item
            version = owned.api_version
            return (
                manager.operation,
                owned.time,
                manager.name,
                version,
                manager.subresource,
            )

        return [
            _entry(manager, owned)
            for manager, owned in sorted(self.entries.items(), key=place)
        ]

    def union(self) -> FieldSet:
        """All fields that anybody owns."""
        return EMPTY.union(*(owned.fields for owned in self.entries.values()))

    def conflicts(self, changed: FieldSet, *, but: Manager) -> dict[Manager, FieldSet]:
        """The changed fields that others own."""
        return {
            manager: owned.fields & changed
            for manager, owned in self.entries.items()
            if manager != but and owned.fields & changed
        }

    def release_all(self, fields: FieldSet, *, but: Manager | None = None) -> None:
        """Take fields from everybody; who is left with nothing is struck out."""
        for manager, owned in list(self.entries.items()):
            if manager == but:
                continue
            kept = owned.fields - fields
            if kept:
                self.entries[manager] = Owned(kept, owned.api_version, owned.time)
            else:
                del self.entries[manager]

    def cap(self) -> None:
        """Merge the oldest updates where there are too many of them."""
        updaters = [m for m in self.entries if m.operation == "Update"]
        updaters.sort(key=lambda m: (self.entries[m].time, m))
        excess = len(updaters) - _MAX_UPDATERS
        firsts: dict[str, Manager] = {}
        for manager in updaters:
            if excess <= 0:
                return
            version = manager.api_version
            if version not in firsts:
                firsts[version] = manager
                continue
            bucket = Manager(_ANCIENT, "Update", version, "")
            if bucket not in self.entries:
                self.entries[bucket] = self.entries.pop(firsts[version])
            owned = self.entries.pop(manager)
            fields = self.entries[bucket].fields | owned.fields
            self.entries[bucket] = Owned(fields, version, owned.time)
            excess -= 1


def conflict_error(conflicts: Mapping[Manager, FieldSet]) -> StatusError:
    """The refusal of an apply, naming each field and its owner."""
    found = [
        (str(manager), show(path))
        for manager in sorted(conflicts)
        for path in in_order(conflicts[manager])
    ]
    if len(found) == 1:
        text = f"1 conflict: conflict with {found[0][0]}: {found[0][1]}"
    else:
        lines = []
        for manager in dict.fromkeys(manager for manager, _ in found):
            lines.append(f"conflicts with {manager}:")
            lines += [f"- {path}" for other, path in found if other == manager]
        text = f"{len(found)} conflicts: " + "\n".join(lines)
    causes = [
        Cause("FieldManagerConflict", f"conflict with {manager}", path).to_dict()
        for manager, path in found
    ]
    return StatusError(
        409, "Conflict", f"Apply failed with {text}", details={"causes": causes}
    )


def _entry(manager: Manager, owned: Owned) -> dict[str, Any]:
    wire = {
        "manager": manager.name,
        "operation": manager.operation,
        "apiVersion": owned.api_version,
        "time": owned.time,
        "fieldsType": "FieldsV1",
        "fieldsV1": write_fields(owned.fields),
        "subresource": manager.subresource,
    }
    return {key: value for key, value in wire.items() if value or key == "fieldsV1"}
