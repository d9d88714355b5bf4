"""Tables: the columns that ``kubectl get`` prints, computed by the server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pypkg.sandbox.columns import columns_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from pypkg.sandbox.schemas.resources import Resource

Object = dict[str, Any]


def table(
    objects: Iterable[Object],
    resource: Resource,
    *,
    version: str,
    include: str,
    now: datetime,
    list_metadata: Object | None = None,
) -> Object:
    """Show objects as a table.

    Args:
        objects: The rows.
        resource: What they are.
        version: ``v1`` or ``v1beta1`` of ``meta.k8s.io``.
        include: How much of each object to add: ``Object``, ``Metadata``, ``None``.
        now: For ages.
        list_metadata: The list's metadata; None for a single object.
    """
    columns = columns_of(resource)
    rows = [
        {
            "cells": [column.cell(obj, now) for column in columns],
            **_included(obj, include or "Metadata", version),
        }
        for obj in objects
    ]
    return {
        "kind": "Table",
        "apiVersion": f"meta.k8s.io/{version}",
        "metadata": list_metadata or {},
        "columnDefinitions": [column.to_dict() for column in columns],
        "rows": rows,
    }


def _included(obj: Object, include: str, version: str) -> Object:
    if include == "None":
        return {}
    if include == "Object":
        return {"object": obj}
    return {"object": partial(obj, version)}


def partial(obj: Object, version: str) -> Object:
    """An object's metadata alone."""
    return {
        "kind": "PartialObjectMetadata",
        "apiVersion": f"meta.k8s.io/{version}",
        "metadata": obj["metadata"],
    }
