"""What is no plain object: logs, evictions, bindings, tokens, reviews."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from starlette.responses import PlainTextResponse

from pypkg.sandbox.api import bodies
from pypkg.sandbox.api.patching import APPLY_PATCH, patcher
from pypkg.sandbox.api.replies import json_reply
from pypkg.sandbox.controllers.simulation import container_logs
from pypkg.sandbox.schemas.schema import GroupVersionKind
from pypkg.sandbox.statuses import (
    StatusError,
    bad_request,
    conflict,
    method_not_allowed,
    unsupported_media_type,
)
from pypkg.sandbox.writes.eviction import evict
from pypkg.sandbox.writes.targets import Target

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.responses import Response

    from pypkg.sandbox.api.request_info import Query
    from pypkg.sandbox.writes.pipeline import Cluster

Object = dict[str, Any]

USER = {"username": "pypkg-sandbox", "groups": ["system:masters"]}
_CREATED = {
    "kind": "Status",
    "apiVersion": "v1",
    "metadata": {},
    "status": "Success",
    "code": 201,
}
_SCALE = GroupVersionKind("autoscaling", "v1", "Scale")


def handle(
    cluster: Cluster, target: Target, method: str, body: bytes, query: Query
) -> Response:
    """Answer a request about a part that is no object itself.

    Raises:
        StatusError: It is refused.
    """
    match target.subresource, method:
        case "log", "GET":
            return _log(cluster.read(target), target, query)
        case "eviction", "POST":
            return _evict(cluster, target, body, query)
        case "binding", "POST":
            return bind(cluster, target, _object(cluster, body))
        case "token", "POST":
            return _token(cluster, target, _object(cluster, body))
        case (("exec" | "attach" | "portforward" | "proxy"), _):
            cluster.read(target)
            raise StatusError(
                501,
                "NotImplemented",
                f"the sandbox runs no containers: {target.subresource} is not possible",
            )
        case _:
            raise method_not_allowed()


def _object(cluster: Cluster, body: bytes) -> Object:
    kind = "application/json"
    if body.startswith(b"k8s\x00"):
        kind = "application/vnd.kubernetes.protobuf"
    value = bodies.parse(body, kind, cluster.definitions).value
    if not isinstance(value, dict):
        raise bad_request("the body must be an object")
    return value


def _log(pod: Object, target: Target, query: Query) -> Response:
    """A pod's log: what its annotations say, as no container runs."""
    spec = pod.get("spec") or {}
    names = {
        container["name"]
        for key in ("initContainers", "containers", "ephemeralContainers")
        for container in spec.get(key) or ()
    }
    wanted = query.text("container")
    if wanted and wanted not in names:
        raise bad_request(f"container {wanted} is not valid for pod {target.name}")
    lines = container_logs(pod, wanted).splitlines(keepends=True)
    if "tailLines" in query.values:
        tail = query.integer("tailLines")
        lines = lines[-tail:] if tail > 0 else []
    return PlainTextResponse("".join(lines))


def _evict(cluster: Cluster, target: Target, body: bytes, query: Query) -> Response:
    eviction = _object(cluster, body)
    if query.dry_run:
        options = {**(eviction.get("deleteOptions") or {}), "dryRun": ["All"]}
        eviction = {**eviction, "deleteOptions": options}
    evict(cluster, target, eviction)
    return json_reply(_CREATED, status=201)


def bind(cluster: Cluster, target: Target, binding: Object) -> Response:
    """Assign a pod to a node."""
    node = (binding.get("target") or {}).get("name", "")
    pod = cluster.read(target)
    if (taken := pod["spec"].get("nodeName")) and taken != node:
        raise conflict(
            target.resource,
            target.name,
            f"pod {target.name} is already assigned to node {taken!r}",
        )
    pod["spec"]["nodeName"] = node
    cluster.update(Target(target.resource, target.namespace, target.name), pod)
    return json_reply(_CREATED, status=201)


def _token(cluster: Cluster, target: Target, request: Object) -> Response:
    """A token that names its account; the sandbox accepts only its own."""
    account = cluster.read(target)
    subject = f"system:serviceaccount:{target.namespace}:{target.name}"
    spec = {
        "audiences": ["https://kubernetes.default.svc"],
        "expirationSeconds": 3600,
        **(request.get("spec") or {}),
    }
    claims = {"sub": subject, "aud": spec["audiences"], "iat": cluster.now()}
    parts = [{"alg": "none"}, claims, {"uid": account["metadata"]["uid"]}]
    token = ".".join(
        base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
        for part in parts
    )
    return json_reply(
        {
            "kind": "TokenRequest",
            "apiVersion": "authentication.k8s.io/v1",
            "metadata": {
                "name": target.name,
                "namespace": target.namespace,
                "creationTimestamp": cluster.now(),
            },
            "spec": spec,
            "status": {"token": token, "expirationTimestamp": cluster.now()},
        },
        status=201,
    )


def scale_patcher(
    cluster: Cluster, body: bytes, content_type: str
) -> Callable[[Object], Object]:
    """Read a patch of a scale."""
    kind = bodies.media_type(content_type)
    if kind == APPLY_PATCH:
        return lambda _: _parsed_scale(body)
    if not kind.endswith("patch+json"):
        raise unsupported_media_type((APPLY_PATCH,))
    return patcher(kind, body, cluster.definitions.of_kind(_SCALE))


def _parsed_scale(body: bytes) -> Object:
    value = bodies.parse_yaml(body).value
    if not isinstance(value, dict):
        raise bad_request("the body must be an object")
    return value


def delete_options(
    cluster: Cluster, body: bytes, content_type: str, query: Query
) -> Object:
    """The options of a deletion, from the body or, without one, from the query."""
    wire: Object = {}
    if body.strip():
        value = bodies.parse(body, content_type, cluster.definitions).value
        if not isinstance(value, dict):
            raise bad_request("the body must be a DeleteOptions object")
        if value.get("kind") not in {None, "", "DeleteOptions"}:
            raise bad_request(f"{value['kind']} is no DeleteOptions")
        wire = value
    else:
        for name in ("propagationPolicy", "orphanDependents"):
            if name in query.values:
                wire[name] = query.flag(name) if name[0] == "o" else query.text(name)
        if "gracePeriodSeconds" in query.values:
            wire["gracePeriodSeconds"] = query.integer("gracePeriodSeconds")
    if query.dry_run:
        wire = {**wire, "dryRun": ["All"]}
    return wire


def _allow_all(review: Object) -> Object:
    """The sandbox's one user may do everything."""
    return {**review, "status": {"allowed": True, "reason": "the sandbox allows all"}}


def _own_rules(review: Object) -> Object:
    rules = {
        "resourceRules": [{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}],
        "nonResourceRules": [{"verbs": ["*"], "nonResourceURLs": ["*"]}],
        "incomplete": False,
    }
    return {**review, "status": rules}


def _who_am_i(review: Object) -> Object:
    return {**review, "status": {"userInfo": USER}}


def _token_review(review: Object) -> Object:
    return {**review, "status": {"authenticated": False}}


REVIEWS: Mapping[str, Callable[[Object], Object]] = {
    "LocalSubjectAccessReview": _allow_all,
    "SelfSubjectAccessReview": _allow_all,
    "SubjectAccessReview": _allow_all,
    "SelfSubjectRulesReview": _own_rules,
    "SelfSubjectReview": _who_am_i,
    "TokenReview": _token_review,
}
