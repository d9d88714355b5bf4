"""Server-side apply, and who owns which field.

Follows ``sigs.k8s.io/structured-merge-diff/merge`` and the managers that the API
server stacks around it (``k8s.io/apimachinery/pkg/util/managedfields``).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pypkg.objects.field_set import EMPTY, FieldSet, Path, without
from pypkg.sandbox.schemas import typed
from pypkg.sandbox.schemas.zero_values import zero
from pypkg.sandbox.statuses import StatusError, bad_request
from pypkg.sandbox.writes.managed_fields import (
    ManagedFields,
    ManagedFieldsError,
    Manager,
    Owned,
    conflict_error,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pypkg.sandbox.schemas.schema import Schema

Object = dict[str, Any]

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_KUBECTL = "kubectl"
_BEFORE_FIRST_APPLY = "before-first-apply"
_ANNOTATIONS_LIMIT = 256 * 1024  # bytes, of all annotations together
# What the API server sets itself is nobody's.
_SYSTEM: frozenset[Path] = frozenset(
    {
        ("f:apiVersion",),
        ("f:kind",),
        ("f:metadata",),
        *(
            ("f:metadata", f"f:{name}")
            for name in (
                "name",
                "namespace",
                "creationTimestamp",
                "selfLink",
                "uid",
                "clusterName",
                "generation",
                "managedFields",
                "resourceVersion",
            )
        ),
    }
)
_STATUS: tuple[Path, ...] = (("f:status",),)
_ALL_BUT_STATUS: tuple[Path, ...] = (("f:spec",), ("f:metadata", "f:labels"))


def track_update(
    old: Object | None,
    new: Object,
    *,
    manager: str,
    schema: Schema | None,
    api_version: str,
    subresource: str,
    now: str,
    status_apart: bool = True,
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
        status_apart: Whether the status can only be written by itself.
    """
    managed = _stated(old, new, subresource)
    if old is not None and not managed.entries:
        # Whoever emptied the list does not want it back.
        _write(new, managed)
        return
    before = _bare(old) if old is not None else _empty(schema)
    found = typed.compare(before, _bare(new), schema)
    ignored = _ignored(subresource, status_apart=status_apart)
    changed = without(found.changed, ignored)
    removed = without(frozenset(found.removed), ignored)
    managed.release_all(changed | removed)
    identity = Manager(manager, "Update", api_version, subresource)
    mine = changed - _SYSTEM
    if mine:
        had = managed.entries.get(identity)
        fields = mine | (had.fields if had else EMPTY)
        managed.entries[identity] = Owned(fields, api_version, now)
    managed.cap()
    _write(new, managed)


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
    status_apart: bool = True,
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
        status_apart: Whether the status can only be written by itself.

    Returns:
        The object to store, with its ``managedFields``.

    Raises:
        StatusError: 409, fields are owned by others; 400, the configuration states
            ``managedFields``, or items of a list cannot be told apart.
    """
    if applied.get("metadata", {}).get("managedFields"):
        raise bad_request("metadata.managedFields must be nil")
    operation = _Apply(
        live,
        applied,
        schema=schema,
        identity=Manager(manager, "Apply", "", subresource),
        api_version=api_version,
        ignored=_ignored(subresource, status_apart=status_apart),
    )
    result = operation.run(now, force=force)
    if manager == _KUBECTL:
        _sync_last_applied(result, applied)
    return result


class _Apply:
    def __init__(
        self,
        live: Object | None,
        applied: Object,
        *,
        schema: Schema | None,
        identity: Manager,
        api_version: str,
        ignored: tuple[Path, ...],
    ) -> None:
        self.live = live
        self.before = _bare(live) if live is not None else _empty(schema)
        self.applied = applied
        self.schema = schema
        self.identity = identity
        self.api_version = api_version
        self.ignored = ignored

    def run(self, now: str, *, force: bool) -> Object:
        if faults := typed.faults(self.applied, self.schema):
            raise self._untypeable(faults)
        managed = self._managed(now)
        last = managed.entries.get(self.identity)
        stated = without(typed.field_set(self.applied, self.schema), self.ignored)
        stamp = last.time if last else ""
        managed.entries[self.identity] = Owned(stated, self.api_version, stamp)
        merged = typed.merge(self.before, self.applied, self.schema)
        if last is not None and last.fields:
            merged = self._pruned(merged, managed, last.fields)
        found = typed.compare(self.before, merged, self.schema)
        changed = without(found.changed, self.ignored)
        removed = without(frozenset(found.removed), self.ignored)
        self._settle(managed, changed, force=force)
        managed.release_all(changed | removed, but=self.identity)
        if not found.is_same:
            stamp = now
        mine = stated - _SYSTEM
        managed.entries.pop(self.identity, None)
        if mine:
            managed.entries[self.identity] = Owned(mine, self.api_version, stamp)
        result: Object = merged
        result["metadata"] = dict(merged.get("metadata") or {})
        _write(result, managed)
        return result

    def _managed(self, now: str) -> ManagedFields:
        if self.live is None:
            return ManagedFields()
        managed = _decoded(self.live)
        if not managed.entries:
            # Whatever is there already belongs to those who came before.
            found = typed.compare(_empty(self.schema), self.before, self.schema)
            fields = without(found.changed, self.ignored) - _SYSTEM
            identity = Manager(
                _BEFORE_FIRST_APPLY,
                "Update",
                self.api_version,
                self.identity.subresource,
            )
            if fields:
                managed.entries[identity] = Owned(fields, self.api_version, now)
        return managed

    def _pruned(self, merged: Any, managed: ManagedFields, last: FieldSet) -> Any:
        """Drop what was applied last time, is not now, and nobody else owns."""
        schema = self.schema
        last = typed.with_named_fields(last, schema)
        owned = typed.with_named_fields(managed.union(), schema)
        everything = typed.with_named_fields(typed.field_set(merged, schema), schema)

        def left(value: Any) -> FieldSet:
            return typed.with_named_fields(typed.field_set(value, schema), schema)

        pruned = typed.remove(merged, last, schema)
        pruned = typed.remove(merged, everything - (left(pruned) | owned), schema)
        return typed.remove(merged, (everything - left(pruned)) & last, schema)

    def _settle(
        self, managed: ManagedFields, changed: FieldSet, *, force: bool
    ) -> None:
        conflicts = managed.conflicts(changed, but=self.identity)
        if not conflicts or force:
            return
        if self.identity.name == _KUBECTL and self.live is not None:
            # What kubectl applied client-side is its own.
            mine = self._last_applied_fields()
            if mine is not None:
                conflicts = {
                    other: fields - mine
                    for other, fields in conflicts.items()
                    if fields - mine
                }
        if conflicts:
            raise conflict_error(conflicts)

    def _last_applied_fields(self) -> FieldSet | None:
        metadata = self.before.get("metadata") or {}
        text = (metadata.get("annotations") or {}).get(LAST_APPLIED)
        if not text:
            return None
        try:
            last = json.loads(text)
        except ValueError:
            return None
        if not isinstance(last, dict) or last.get("apiVersion") != self.api_version:
            return None
        found = typed.compare(last, self.before, self.schema)
        differing = found.added | found.modified | found.removed
        return typed.field_set(last, self.schema) - differing

    def _untypeable(self, faults: list[str]) -> StatusError:
        metadata = self.applied.get("metadata", {})
        namespace, name = metadata.get("namespace", ""), metadata.get("name", "")
        # Kubernetes answers 500; but it is the client who is wrong.
        return bad_request(
            f"failed to create typed patch object ({namespace}/{name};"
            f" {self.api_version}, Kind={self.applied.get('kind', '')}):"
            f" {typed.TypedError(faults)}",
        )


def _stated(old: Object | None, new: Object, subresource: str) -> ManagedFields:
    """Whose entries to go on from: a client may set them itself, or clear them."""
    live = _decoded(old) if old is not None else ManagedFields()
    given = new["metadata"].get("managedFields")
    if subresource or given is None:
        return live
    if given in ([], [{}]):
        return ManagedFields()
    try:
        managed = ManagedFields.parse(given)
    except ManagedFieldsError:
        return live
    return managed if managed.entries else live


def _decoded(obj: Object) -> ManagedFields:
    try:
        return ManagedFields.parse(obj["metadata"].get("managedFields") or ())
    except ManagedFieldsError:
        return ManagedFields()


def _write(obj: Object, managed: ManagedFields) -> None:
    obj["metadata"].pop("managedFields", None)
    if entries := managed.to_list():
        obj["metadata"]["managedFields"] = entries


def _bare(obj: Object) -> Object:
    metadata = {k: v for k, v in obj["metadata"].items() if k != "managedFields"}
    return {**obj, "metadata": metadata}


def _empty(schema: Schema | None) -> Object:
    return {"metadata": {}} | (zero(schema) if schema is not None else {})


def _ignored(subresource: str, *, status_apart: bool) -> tuple[Path, ...]:
    if subresource == "status":
        return _ALL_BUT_STATUS
    return _STATUS if status_apart else ()


def _sync_last_applied(result: Object, applied: Mapping[str, Any]) -> None:
    """Keep kubectl's annotation right for those who go on applying client-side."""
    annotations = result["metadata"].get("annotations") or {}
    if not annotations.get(LAST_APPLIED):
        return
    metadata = dict(applied.get("metadata") or {})
    stated = {
        key: value
        for key, value in (metadata.pop("annotations", None) or {}).items()
        if key != LAST_APPLIED
    }
    if stated:
        metadata["annotations"] = stated
    configuration = {**applied, "metadata": metadata}
    text = json.dumps(configuration, separators=(",", ":"), sort_keys=True) + "\n"
    others = sum(
        len(key) + len(value)
        for key, value in annotations.items()
        if key != LAST_APPLIED
    )
    if others + len(LAST_APPLIED) + len(text) > _ANNOTATIONS_LIMIT:
        text = ""
    result["metadata"]["annotations"] = annotations | {LAST_APPLIED: text}
