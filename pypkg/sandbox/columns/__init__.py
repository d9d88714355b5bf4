"""The columns of each kind, as Kubernetes' printers define them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pypkg.sandbox.columns.cluster import CLUSTER_COLUMNS
from pypkg.sandbox.columns.column import CREATED_AT, NAME, Column
from pypkg.sandbox.columns.custom import custom_columns
from pypkg.sandbox.columns.network import NETWORK_COLUMNS
from pypkg.sandbox.columns.pods import POD_COLUMNS
from pypkg.sandbox.columns.storage import STORAGE_COLUMNS
from pypkg.sandbox.columns.workloads import WORKLOAD_COLUMNS

if TYPE_CHECKING:
    from pypkg.sandbox.schemas.resources import Resource

__all__ = ["Column", "columns_of"]

_COLUMNS = {
    "pods": POD_COLUMNS,
    **WORKLOAD_COLUMNS,
    **NETWORK_COLUMNS,
    **STORAGE_COLUMNS,
    **CLUSTER_COLUMNS,
}
_OTHERS = (NAME, CREATED_AT)


def columns_of(resource: Resource) -> tuple[Column, ...]:
    """The columns of a resource; name and time of creation if it has none."""
    if resource.custom:
        return custom_columns(resource)
    return _COLUMNS.get(resource.key, _OTHERS)
