"""What to do when the server refuses to change an object."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pypkg.cluster.reference import ObjectRef
    from pypkg.errors import ApiError

INVALID = 422
# How the API server says that a field stays as it was made.
_FIXED = re.compile(
    r"immutable|may not (?:be )?change|cannot change|updates to .* (?:are )?forbidden"
)
# With these goes what nobody can make anew.
_PRECIOUS = frozenset(
    {
        "CustomResourceDefinition",
        "Namespace",
        "PersistentVolume",
        "PersistentVolumeClaim",
    }
)


def advice(ref: ObjectRef, error: ApiError) -> str | None:
    """Say how to go on where a field cannot be changed; None for other refusals.

    Args:
        ref: The object that was to be changed.
        error: What the server says.
    """
    if error.code != INVALID or not _FIXED.search(str(error)):
        return None
    named = f"{ref.kind}/{ref.name}"
    if ref.kind in _PRECIOUS:
        return (
            f"a field of {named} stays as it was made: leave its value as it is;"
            " deleting the object would delete what it holds"
        )
    where = f" -n {ref.namespace}" if ref.namespace else ""
    delete = f"kubectl delete {ref.kind.lower()} {ref.name}{where}"
    match ref.kind:
        case "StatefulSet":
            command, rest = f"{delete} --cascade=orphan", "; its pods and volumes stay"
        case "Job":
            command, rest = delete, ", or let the chart make it a hook"
        case _:
            command, rest = delete, ""
    return (
        f"a field of {named} stays as it was made: leave its value as it is, or delete"
        f" the object first, so that it is made anew: {command}{rest}"
    )
