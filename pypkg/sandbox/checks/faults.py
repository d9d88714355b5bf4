"""A list of faults, in the words of ``k8s.io/apimachinery``'s field errors."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pypkg.sandbox.statuses import Cause

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

IMMUTABLE = "field is immutable"


class Faults:
    """Collects every fault of an object; the same one only once."""

    def __init__(self) -> None:
        self._causes: dict[Cause, None] = {}

    def __iter__(self) -> Iterator[Cause]:
        return iter(self._causes)

    def __len__(self) -> int:
        return len(self._causes)

    def required(self, field: str, detail: str = "") -> None:
        """A value is missing."""
        self._add("FieldValueRequired", field, "Required value", detail)

    def invalid(self, field: str, value: Any, detail: str) -> None:
        """A value breaks a rule."""
        body = f"Invalid value: {_shown(value)}"
        self._add("FieldValueInvalid", field, body, detail)

    def unsupported(self, field: str, value: Any, supported: Iterable[str]) -> None:
        """A value is none of those that are allowed."""
        detail = ", ".join(f'"{name}"' for name in sorted(supported))
        body = f"Unsupported value: {_shown(value)}"
        self._add("FieldValueNotSupported", field, body, f"supported values: {detail}")

    def forbidden(self, field: str, detail: str) -> None:
        """A field may not be set, or not changed, here."""
        self._add("FieldValueForbidden", field, "Forbidden", detail)

    def duplicate(self, field: str, value: Any) -> None:
        """A value that must be unique stands twice."""
        body = f"Duplicate value: {_shown(value)}"
        self._add("FieldValueDuplicate", field, body, "")

    def not_found(self, field: str, value: Any) -> None:
        """A value refers to nothing."""
        self._add("FieldValueNotFound", field, f"Not found: {_shown(value)}", "")

    def too_long(self, field: str, limit: int) -> None:
        """A value is too long to be shown."""
        detail = f"may not be more than {limit} bytes"
        self._add("FieldValueTooLong", field, "Too long", detail)

    def choose(self, field: str, value: Any, supported: Iterable[str]) -> None:
        """Check a value that must be one of a few; a missing one is a fault too."""
        if not value:
            self.required(field)
        elif value not in set(supported):
            self.unsupported(field, value, supported)

    def _add(self, reason: str, field: str, body: str, detail: str) -> None:
        message = f"{body}: {detail}" if detail else body
        self._causes[Cause(reason, message, field)] = None


def _shown(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), sort_keys=True, ensure_ascii=False)
