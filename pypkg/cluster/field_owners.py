"""Who set the fields of a live object: what ``metadata.managedFields`` tells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pypkg.objects.field_places import Place, place_of
from pypkg.objects.field_set import FieldSet, Path, parse_fields

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pypkg.cluster.client import Object

APPLY = "Apply"
UPDATE = "Update"


@dataclass(frozen=True, slots=True)
class FieldOwner:
    """A manager of fields.

    Attributes:
        manager: Its name, such as ``kubectl-edit``.
        operation: ``Apply`` or ``Update``.
        subresource: ``scale`` or another, "" for the object itself.
        since: When it last set a field, RFC 3339; "" where that is not known.
    """

    manager: str
    operation: str
    subresource: str = ""
    since: str = ""

    def is_client(self, manager: str, operation: str) -> bool:
        """Tell whether this is a client's own entry for whole objects."""
        return (
            self.manager == manager
            and self.operation == operation
            and not self.subresource
        )

    def __str__(self) -> str:
        """Give the name, and through which subresource it works."""
        return (
            f"{self.manager} ({self.subresource})" if self.subresource else self.manager
        )

    def to_dict(self) -> dict[str, str]:
        """Give the owner as JSON output holds it."""
        return {
            "manager": self.manager,
            "operation": self.operation,
            "subresource": self.subresource,
            "since": self.since,
        }


class FieldOwners:
    """The owners of a live object's fields.

    Attributes:
        entries: Each owner and its fields.
    """

    def __init__(self, live: Object) -> None:
        self._live = live
        entries = (live.get("metadata") or {}).get("managedFields") or ()
        self.entries = tuple((_owner(entry), _fields(entry)) for entry in entries)
        self._places: list[tuple[FieldOwner, set[Place]]] | None = None

    def of(self, path: Path) -> FieldOwner | None:
        """Give who set a field last: the field itself, what holds it, or a part."""
        place = place_of(self._live, path)
        if place is None:
            return None
        if self._places is None:
            self._places = [
                (owner, {p for path in fields if (p := place_of(self._live, path))})
                for owner, fields in self.entries
            ]
        for nearness in (_same, _around, _within):
            found = [
                owner
                for owner, places in self._places
                if any(nearness(place, other) for other in places)
            ]
            if found:
                return max(found, key=lambda owner: owner.since)
        return None


def _same(place: Place, owned: Place) -> bool:
    return place == owned


def _around(place: Place, owned: Place) -> bool:
    # The roots of an object belong to everyone.
    return len(owned) > 1 and place[: len(owned)] == owned


def _within(place: Place, owned: Place) -> bool:
    return owned[: len(place)] == place


def _owner(entry: Mapping[str, Any]) -> FieldOwner:
    return FieldOwner(
        manager=entry.get("manager") or "",
        operation=entry.get("operation") or "",
        subresource=entry.get("subresource") or "",
        since=entry.get("time") or "",
    )


def _fields(entry: Mapping[str, Any]) -> FieldSet:
    try:
        return parse_fields(entry.get("fieldsV1") or {})
    except ValueError:
        # A format of a later Kubernetes: nothing is known of these fields.
        return frozenset()
