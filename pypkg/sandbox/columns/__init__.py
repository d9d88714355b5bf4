"""The columns of each kind, as Kubernetes' printers define them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pypkg.sandbox.columns.column import AGE, CREATED_AT, NAME, Column

if TYPE_CHECKING:
    from pypkg.sandbox.resources import Resource

__all__ = ["Column", "columns_of"]


def columns_of(resource: Resource) -> tuple[Column, ...]:
    """The columns of a resource; name and age where it has none of its own."""
    return (NAME, AGE) if resource.custom else (NAME, CREATED_AT)
