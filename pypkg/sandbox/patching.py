"""PATCH: four kinds of patches, one way to write their result."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pypkg.errors import PatchError
from pypkg.objects.json_patch import apply_json_patch
from pypkg.objects.patch import merge_patch
from pypkg.objects.strategic import strategic_merge
from pypkg.sandbox import apply, bodies
from pypkg.sandbox.decoding import DecodeError, fit
from pypkg.sandbox.schema import GroupVersionKind
from pypkg.sandbox.statuses import (
    Cause,
    StatusError,
    bad_request,
    invalid,
    not_found,
    unsupported_media_type,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from pypkg.sandbox.pipeline import Cluster, Target
    from pypkg.sandbox.request_info import Query
    from pypkg.sandbox.schema import Schema

Object = dict[str, Any]

JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
STRATEGIC_PATCH = "application/strategic-merge-patch+json"
APPLY_PATCH = "application/apply-patch+yaml"
_ACCEPTED = (JSON_PATCH, MERGE_PATCH, STRATEGIC_PATCH, APPLY_PATCH)
_ACCEPTED_CUSTOM = (JSON_PATCH, MERGE_PATCH, APPLY_PATCH)


def patch(
    cluster: Cluster, target: Target, body: bytes, content_type: str, query: Query
) -> tuple[Object, bool, list[str]]:
    """Patch an object, or create it where an apply finds none.

    Returns:
        The object, whether it was created, and the warnings to send.

    Raises:
        StatusError: The patch is refused.
    """
    kind = bodies.media_type(content_type)
    accepted = _ACCEPTED_CUSTOM if target.resource.custom else _ACCEPTED
    if kind not in accepted:
        raise unsupported_media_type(accepted)
    if kind == APPLY_PATCH:
        return _apply(cluster, target, body, query)
    change = patcher(kind, body, cluster.schema(target.resource))
    warnings: list[str] = []

    def changed(current: Object) -> Object:
        value, found = _decoded(cluster, target, change(current), body, query)
        warnings.extend(found)
        return value

    result = cluster.modify(target, changed, query.write_options())
    return result, False, warnings


def patcher(
    kind: str, body: bytes, schema: Schema | None
) -> Callable[[Object], Object]:
    """Read a patch.

    Args:
        kind: Its media type; not apply's.
        body: The patch.
        schema: The type of what it changes.

    Returns:
        A function from an object to the patched one.

    Raises:
        StatusError: 400, it does not parse. The function raises 422 for a failed
            ``test`` and 400 for a patch that does not apply.
    """
    value = bodies.parse(body, "application/json", _NO_DEFINITIONS).value
    if kind == JSON_PATCH and not (
        isinstance(value, list) and all(isinstance(o, dict) for o in value)
    ):
        raise bad_request("json patch must be a list of operations")
    if kind != JSON_PATCH and not isinstance(value, dict):
        raise bad_request("a merge patch must be an object")

    def change(current: Object) -> Object:
        try:
            if kind == JSON_PATCH:
                result = apply_json_patch(current, value)
            elif kind == STRATEGIC_PATCH and schema is not None:
                result = strategic_merge(current, value, schema)
            else:
                result = merge_patch(current, value)
        except PatchError as error:
            raise _refused(error, kind) from error
        if not isinstance(result, dict):
            raise bad_request("the patch leaves no object")
        return result

    return change


_NO_DEFINITIONS: Any = None  # JSON needs none


def _refused(error: PatchError, kind: str) -> StatusError:
    if kind == JSON_PATCH and not error.malformed:
        return StatusError(
            422,
            "Invalid",
            "the server rejected our request due to an error in our request",
        )
    return bad_request(str(error))


def _decoded(
    cluster: Cluster, target: Target, value: Object, body: bytes, query: Query
) -> tuple[Object, list[str]]:
    """Fit a patched object to its type, as if it had been sent whole."""
    resource = target.resource
    schema = cluster.schema(resource)
    if schema is None:
        return value, []
    try:
        fitted = fit(value, schema, custom=resource.custom)
    except DecodeError as error:
        raise _bad_patch(body, str(error)) from error
    if not isinstance(fitted.value.get("metadata"), dict):
        raise _bad_patch(body, "metadata must be an object")
    faults = fitted.faults
    if faults and query.field_validation == "Strict":
        raise _bad_patch(body, f"strict decoding error: {', '.join(faults)}")
    return fitted.value, faults if query.field_validation == "Warn" else []


def _bad_patch(body: bytes, why: str) -> StatusError:
    shown = json.dumps(body.decode("utf-8", "replace"))
    cause = Cause("FieldValueInvalid", f"Invalid value: {shown}: {why}", "patch")
    return invalid(GroupVersionKind("", "", ""), "", [cause])


def _apply(
    cluster: Cluster, target: Target, body: bytes, query: Query
) -> tuple[Object, bool, list[str]]:
    resource = target.resource
    if not query.text("fieldManager"):
        kind = GroupVersionKind("meta.k8s.io", "v1", "PatchOptions")
        cause = Cause(
            "FieldValueRequired",
            "Required value: is required for apply patch",
            "fieldManager",
        )
        raise invalid(kind, "", [cause])
    schema = cluster.schema(resource)
    decoded = bodies.typed(
        bodies.parse_yaml(body), resource.gvk, schema, custom=resource.custom
    )
    applied = decoded.value
    _require_declared(decoded.unknown, applied, target)
    _require_place(applied, target)
    try:
        live: Object | None = cluster.read(target)
    except StatusError:
        live = None
    if live is None and target.subresource:
        raise not_found(resource, target.name)
    merged = apply.apply(
        live,
        applied,
        manager=query.manager,
        force=query.flag("force"),
        schema=schema,
        api_version=resource.api_version,
        subresource=target.subresource,
        now=cluster.now(),
        status_apart="status" in resource.subresources,
    )
    options = query.write_options(tracked=True)
    warnings = decoded.faults if query.field_validation == "Warn" else []
    if live is None:
        return cluster.create(target, merged, options), True, warnings
    return cluster.update(target, merged, options), False, warnings


def _require_declared(unknown: list[str], applied: Object, target: Target) -> None:
    """Refuse fields that the type does not have: apply cannot own them."""
    if not unknown:
        return
    kind = target.resource.gvk
    shown = [f".{path}: field not declared in schema" for path in unknown]
    text = shown[0] if len(shown) == 1 else "errors:\n  " + "\n  ".join(shown)
    name = (applied.get("metadata") or {}).get("name", target.name)
    raise bad_request(
        f"failed to create typed patch object ({target.namespace}/{name};"
        f" {kind.api_version}, Kind={kind.kind}): {text}"
    )


def _require_place(applied: Object, target: Target) -> None:
    metadata = applied.setdefault("metadata", {})
    if metadata.setdefault("name", target.name) != target.name:
        raise bad_request(
            f"the name of the object ({metadata['name']}) does not match the name on"
            f" the URL ({target.name})"
        )
    if metadata.get("managedFields"):
        raise bad_request("metadata.managedFields must be nil")
