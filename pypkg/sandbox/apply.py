"""Server-side apply, and who owns which field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pypkg.sandbox.schema import Schema

Object = dict[str, Any]


def track_update(  # noqa: PLR0913 - an entry of managedFields
    old: Object | None,
    new: Object,
    *,
    manager: str,
    schema: Schema | None,
    api_version: str,
    subresource: str,
    now: str,
) -> None:
    """Give the fields that a create, update or patch changed to its manager.

    Args:
        old: The object as stored; None where it is new.
        new: The object to store; its ``metadata.managedFields`` are set.
        manager: Who writes.
        schema: The object's type.
        api_version: The version in which the writer speaks.
        subresource: The part that is written; "" for the whole object.
        now: The time, as objects state it.
    """


def apply(  # noqa: PLR0913 - an entry of managedFields
    live: Object | None,
    applied: Object,
    *,
    manager: str,
    force: bool,
    schema: Schema | None,
    api_version: str,
    subresource: str,
    now: str,
) -> Object:
    """Apply a configuration: merge it, drop what its manager no longer states.

    Args:
        live: The object as stored; None where it is new.
        applied: The configuration, decoded; it is not changed.
        manager: Who applies.
        force: Whether to take over fields that others own.
        schema: The object's type.
        api_version: The version in which the writer speaks.
        subresource: The part that is written; "" for the whole object.
        now: The time, as objects state it.

    Returns:
        The object to store, with its ``managedFields``.

    Raises:
        StatusError: 409, fields are owned by others; 400, the configuration states
            ``managedFields``.
    """
    return applied
