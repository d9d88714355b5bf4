"""The requests about objects: what each method does on each path."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.responses import StreamingResponse

from pypkg.sandbox.api import bodies, scale, subresources
from pypkg.sandbox.api.listing import list_page
from pypkg.sandbox.api.negotiation import JSON
from pypkg.sandbox.api.patching import patch
from pypkg.sandbox.api.replies import Presenter, json_reply, no_such_path, warn
from pypkg.sandbox.api.request_info import Query, find_target
from pypkg.sandbox.api.watching import WatchRequest, stream
from pypkg.sandbox.statuses import StatusError, method_not_allowed
from pypkg.sandbox.writes.deletion import DeleteOptions, delete
from pypkg.sandbox.writes.targets import Target

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable
    from datetime import datetime

    from starlette.requests import Request
    from starlette.responses import Response

    from pypkg.sandbox.api.decoding import Decoded
    from pypkg.sandbox.writes.pipeline import Cluster

Object = dict[str, Any]


class ObjectApi:
    """Answers the requests about objects.

    Args:
        cluster: The objects.
        clock: Gives the current time.
        stopping: Set when the server shuts down: watches then end.
    """

    def __init__(
        self,
        cluster: Cluster,
        *,
        clock: Callable[[], datetime],
        stopping: asyncio.Event,
    ) -> None:
        self._cluster = cluster
        self._clock = clock
        self._stopping = stopping

    async def handle(self, request: Request) -> Response:
        """Answer a request.

        Raises:
            StatusError: It is refused.
        """
        found = find_target(request.url.path, self._cluster.resources)
        if found is None:
            return no_such_path()
        target, watch_path = found
        reply = await self._answer(request, target, watch_path=watch_path)
        if (text := _DEPRECATED.get(target.resource.key)) is not None:
            warn(reply, text)
        return reply

    async def _answer(
        self, request: Request, target: Target, *, watch_path: bool
    ) -> Response:
        query = _query(request)
        body = await _body(request)
        if target.subresource and target.subresource not in _OBJECT_PARTS:
            return subresources.handle(
                self._cluster, target, request.method, body, query
            )
        if request.method not in _METHODS:
            raise method_not_allowed()
        call = _Call(request, target, query, body)
        if request.method in {"GET", "HEAD"}:
            if watch_path or query.flag("watch"):
                return self._watch(call)
            return self._get(call) if target.name else self._list(call)
        answer = {
            "POST": self._create,
            "PUT": self._update,
            "PATCH": self._patch,
            "DELETE": self._delete,
        }[request.method]
        return answer(call)

    def _presenter(self, call: _Call) -> Presenter:
        return Presenter.negotiate(
            call.target.resource,
            call.request.headers.get("accept", ""),
            call.query.text("includeObject"),
            self._clock(),
        )

    def _get(self, call: _Call) -> Response:
        call.require("get")
        call.query.revision()
        presenter = self._presenter(call)
        obj = self._cluster.read(call.target)
        if call.target.subresource == "scale":
            return json_reply(scale.to_scale(obj, call.target.resource))
        return json_reply(presenter.one(obj))

    def _list(self, call: _Call) -> Response:
        call.require("list")
        presenter = self._presenter(call)
        page = list_page(
            self._cluster,
            call.target,
            call.query,
            metadata_only=presenter.shape.startswith("PartialObjectMetadata"),
        )
        return json_reply(presenter.many(page.items, page.metadata))

    def _watch(self, call: _Call) -> Response:
        call.require("watch")
        target, query = call.target, call.query
        if target.name:
            # One object: the deprecated path watch/…/NAME, or ?watch on its own.
            values = {**query.values, "fieldSelector": f"metadata.name={target.name}"}
            query = Query(values, query.user_agent)
            target = Target(target.resource, target.namespace, "")
        wanted = WatchRequest.parse(target, query)
        present = self._presenter(call).one
        lines = stream(self._cluster, wanted, present, self._stopping)
        return StreamingResponse(lines, media_type=JSON)

    def _create(self, call: _Call) -> Response:
        target, resource = call.target, call.target.resource
        if target.name or (resource.namespaced and not target.namespace):
            raise method_not_allowed()
        call.require("create")
        presenter = self._presenter(call)
        obj, warnings = self._decode(call)
        if not resource.custom:
            if review := subresources.REVIEWS.get(resource.kind):
                return json_reply(review(obj), status=201)
            if resource.kind == "Binding":
                name = (obj.get("metadata") or {}).get("name", "")
                pod = Target(self._cluster.pods, target.namespace, name)
                return subresources.bind(self._cluster, pod, obj)
        created = self._cluster.create(target, obj, call.query.write_options())
        return json_reply(presenter.one(created), status=201, warnings=warnings)

    def _update(self, call: _Call) -> Response:
        target = call.target
        if not target.name:
            raise method_not_allowed()
        call.require("update")
        if target.subresource == "scale":
            wanted = self._parse(call).value
            return self._scale(call, lambda _: wanted)
        presenter = self._presenter(call)
        obj, warnings = self._decode(call)
        missing = self._cluster.store.get(target.key) is None
        stored = self._cluster.update(target, obj, call.query.write_options())
        status = 201 if missing else 200
        return json_reply(presenter.one(stored), status=status, warnings=warnings)

    def _patch(self, call: _Call) -> Response:
        target = call.target
        if not target.name:
            raise method_not_allowed()
        call.require("patch")
        if target.subresource == "scale":
            change = subresources.scale_patcher(
                self._cluster, call.body, call.content_type
            )
            return self._scale(call, change)
        presenter = self._presenter(call)
        obj, created, warnings = patch(
            self._cluster, target, call.body, call.content_type, call.query
        )
        return json_reply(
            presenter.one(obj), status=201 if created else 200, warnings=warnings
        )

    def _scale(self, call: _Call, change: Callable[[Object], Object]) -> Response:
        resource = call.target.resource

        def scaled(obj: Object) -> Object:
            wanted = change(scale.to_scale(obj, resource))
            return scale.with_scale(obj, wanted, resource)

        options = call.query.write_options()
        stored = self._cluster.modify(call.target, scaled, options)
        return json_reply(scale.to_scale(stored, resource))

    def _delete(self, call: _Call) -> Response:
        call.require("delete" if call.target.name else "deletecollection")
        wire = subresources.delete_options(
            self._cluster, call.body, call.content_type, call.query
        )
        options = DeleteOptions.from_dict(wire)
        if call.target.name:
            return json_reply(delete(self._cluster, call.target, options))
        return self._delete_collection(call, options)

    def _delete_collection(self, call: _Call, options: DeleteOptions) -> Response:
        resource = call.target.resource
        if resource.namespaced and not call.target.namespace:
            raise method_not_allowed()
        presenter = self._presenter(call)
        page = list_page(self._cluster, call.target, call.query)
        for obj in page.items:
            metadata = obj["metadata"]
            one = Target(resource, metadata.get("namespace", ""), metadata["name"])
            delete(self._cluster, one, options)
        return json_reply(presenter.many(page.items, page.metadata))

    def _parse(self, call: _Call) -> Decoded:
        return bodies.parse(call.body, call.content_type, self._cluster.definitions)

    def _decode(self, call: _Call) -> tuple[Object, list[str]]:
        resource = call.target.resource
        decoded = bodies.typed(
            self._parse(call),
            resource.gvk,
            self._cluster.schema(resource),
            custom=resource.custom,
        )
        warnings = bodies.settle(decoded, resource.gvk, call.query.field_validation)
        return decoded.value, warnings


@dataclass(frozen=True, slots=True)
class _Call:
    """One request, read."""

    request: Request
    target: Target
    query: Query
    body: bytes

    @property
    def content_type(self) -> str:
        return self.request.headers.get("content-type", "")

    def require(self, verb: str) -> None:
        """Refuse a method that the path does not know (405)."""
        resource, part = self.target.resource, self.target.subresource
        verbs = resource.subresources[part].verbs if part else resource.verbs
        if verb not in verbs:
            raise method_not_allowed()


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"})
_LARGEST_BODY = 3 * 2**20
_OBJECT_PARTS = frozenset(
    {"status", "scale", "approval", "finalize", "ephemeralcontainers", "resize"}
)


_DEPRECATED = {
    "endpoints": "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1"
    " EndpointSlice",
    "componentstatuses": "v1 ComponentStatus is deprecated in v1.19+",
}


async def _body(request: Request) -> bytes:
    """The request's body.

    Raises:
        StatusError: 413, it is larger than an API server reads.
    """
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LARGEST_BODY:
            raise StatusError(
                413,
                "RequestEntityTooLarge",
                f"Request entity too large: limit is {_LARGEST_BODY}",
            )
    return bytes(body)


def _query(request: Request) -> Query:
    return Query(dict(request.query_params), request.headers.get("user-agent", ""))
