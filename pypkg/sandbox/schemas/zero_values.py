"""Objects of which nothing has been said yet, as Go sees them.

A struct that is not behind a pointer is there before anybody sets it, and so is a
list without ``omitempty``, as null. Field ownership shows it: what exists cannot be
added.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pypkg.sandbox.schemas.wire import wire_type

if TYPE_CHECKING:
    from pypkg.sandbox.schemas.schema import Schema


def zero(schema: Schema) -> dict[str, Any]:
    """An empty value of a built-in type; of another type, an empty object."""
    known = wire_type(schema.name)
    result: dict[str, Any] = {}
    for name, form in known.forms.items() if known else ():
        below = schema.properties.get(name)
        if below is None:
            continue
        if form == "s" and below.properties:
            result[name] = zero(below)
        elif form in {"r", "n"}:
            result[name] = below.zero
    return result
