"""PATCH: four kinds of patches, one way to write their result."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pypkg.errors import PatchError
from pypkg.objects.json_patch import apply_json_patch
from pypkg.objects.patch import merge_patch
from pypkg.objects.strategic import strategic_merge
from pypkg.sandbox.api import bodies
from pypkg.sandbox.api.decoding import DecodeError, fit
from pypkg.sandbox.schemas.schema import GroupVersionKind
from pypkg.sandbox.schemas.typed import TypedError
from pypkg.sandbox.statuses import (
    Cause,
    StatusError,
    bad_request,
    invalid,
    not_found,
    unsupported_media_type,
)
from pypkg.sandbox.writes import apply

if TYPE_CHECKING:
    from collections.abc import Callable

    from pypkg.sandbox.api.request_info import Query
    from pypkg.sandbox.schemas.schema import Schema
    from pypkg.sandbox.writes.pipeline import Cluster
    from pypkg.sandbox.writes.targets import Target

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
    if not query.text("fieldManager"):
        raise _manager_required()
    applied, warnings = _applied(cluster, target, body, query)
    live = cluster.store.get(target.key)
    if live is not None:
        live = cluster.read(target)
    elif target.subresource:
        raise not_found(target.resource, target.name)
    merged = _merged(cluster, target, live, applied, query)
    options = query.write_options(tracked=True)
    if live is None:
        return cluster.create(target, merged, options), True, warnings
    return cluster.update(target, merged, options), False, warnings


def _manager_required() -> StatusError:
    kind = GroupVersionKind("meta.k8s.io", "v1", "PatchOptions")
    cause = Cause(
        "FieldValueRequired",
        "Required value: is required for apply patch",
        "fieldManager",
    )
    return invalid(kind, "", [cause])


def _applied(
    cluster: Cluster, target: Target, body: bytes, query: Query
) -> tuple[Object, list[str]]:
    """Read what is applied, and the warnings about it."""
    resource = target.resource
    decoded = bodies.typed(
        bodies.parse_yaml(body),
        resource.gvk,
        cluster.schema(resource),
        custom=resource.custom,
    )
    if decoded.unknown:
        # They cannot be owned, so that no field validation lets them pass.
        shown = [f".{path}: field not declared in schema" for path in decoded.unknown]
        text = shown[0] if len(shown) == 1 else "errors:\n  " + "\n  ".join(shown)
        raise _untypable(target, text)
    decoded.value["apiVersion"] = resource.api_version
    decoded.value["kind"] = resource.kind
    metadata = decoded.value.setdefault("metadata", {})
    if resource.namespaced:
        metadata.setdefault("namespace", target.namespace)
    if metadata.setdefault("name", target.name) != target.name:
        raise bad_request(
            f"the name of the object ({metadata['name']}) does not match the name on"
            f" the URL ({target.name})"
        )
    if metadata.get("managedFields"):
        raise bad_request("metadata.managedFields must be nil")
    return decoded.value, decoded.faults if query.field_validation == "Warn" else []


def _merged(
    cluster: Cluster,
    target: Target,
    live: Object | None,
    applied: Object,
    query: Query,
) -> Object:
    resource = target.resource
    try:
        return apply.apply(
            live,
            applied,
            manager=query.manager,
            force=query.flag("force"),
            schema=cluster.schema(resource),
            api_version=resource.api_version,
            subresource=target.subresource,
            now=cluster.now(),
            status_apart="status" in resource.subresources,
        )
    except TypedError as error:
        raise _untypable(target, str(error)) from error


def _untypable(target: Target, why: str) -> StatusError:
    kind = target.resource.gvk
    return bad_request(
        f"failed to create typed patch object ({target.namespace}/{target.name};"
        f" {kind.api_version}, Kind={kind.kind}): {why}"
    )
