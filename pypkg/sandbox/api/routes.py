"""The HTTP side: routes, authentication, and an answer to every failure."""

from __future__ import annotations

import hmac
import logging
from typing import TYPE_CHECKING

from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, Router

from pypkg.sandbox.api import discovery
from pypkg.sandbox.api.discovery import etag
from pypkg.sandbox.api.negotiation import JSON, is_json, parse_accept
from pypkg.sandbox.api.objects import ObjectApi
from pypkg.sandbox.api.openapi import OpenApi
from pypkg.sandbox.api.openapi_protobuf import MEDIA_TYPE as PROTOBUF
from pypkg.sandbox.api.openapi_protobuf import OLD_MEDIA_TYPE as OLD_PROTOBUF
from pypkg.sandbox.api.replies import json_reply, no_such_path, refusal
from pypkg.sandbox.jsontext import dumps
from pypkg.sandbox.statuses import (
    StatusError,
    bad_request,
    not_acceptable,
    unauthorized,
)

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable
    from datetime import datetime

    from starlette.requests import Request
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from pypkg.sandbox.writes.pipeline import Cluster

_LOGGER = logging.getLogger(__name__)
_HEALTH = ("/healthz", "/livez", "/readyz")
_OPEN = frozenset({*_HEALTH, "/version"})
_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


def build(
    cluster: Cluster,
    *,
    token: str,
    clock: Callable[[], datetime],
    stopping: asyncio.Event,
) -> ASGIApp:
    """Build the application.

    Args:
        cluster: What it serves.
        token: The bearer token that requests must carry.
        clock: Gives the current time.
        stopping: Set when the server shuts down.
    """
    objects = ObjectApi(cluster, clock=clock, stopping=stopping)
    documents = _Documents(cluster)
    router = Router(
        routes=[
            *(Route(f"{path}{rest}", _health) for path in _HEALTH for rest in _CHECKS),
            Route("/version", documents.version),
            Route("/api", documents.core),
            Route("/apis", documents.groups),
            Route("/api/{version}", documents.resources),
            Route("/apis/{group}", documents.group),
            Route("/apis/{group}/{version}", documents.resources),
            Route("/openapi/v2", documents.openapi_v2),
            Route("/openapi/v3", documents.openapi_index),
            Route("/openapi/v3/{path:path}", documents.openapi_v3),
            Route("/api/{path:path}", objects.handle, methods=_METHODS),
            Route("/apis/{path:path}", objects.handle, methods=_METHODS),
        ],
        redirect_slashes=False,
        default=no_such_path(),
    )
    return _Guard(router, token)


_CHECKS = ("", "/{check:path}")


async def _health(request: Request) -> Response:
    if "verbose" in request.query_params:
        return PlainTextResponse(f"[+]ping ok\n{request.url.path[1:]} check passed\n")
    return PlainTextResponse("ok")


class _Guard:
    """Stands before the routes: who may enter, and what failures look like."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app = app
        self._authorization = f"Bearer {token}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # Clients write /apis/apps/v1/ too.
        scope["path"] = scope["path"].rstrip("/") or "/"
        started = False

        async def noted(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            self._authenticate(scope)
            await self._app(scope, receive, noted)
        except StatusError as error:
            await refusal(error)(scope, receive, send)
        except ClientDisconnect:
            return
        except RecursionError:
            await refusal(bad_request("exceeded max depth"))(scope, receive, send)
        except Exception:
            _LOGGER.exception("%s %s failed", scope["method"], scope["path"])
            if not started:
                await refusal(_broken())(scope, receive, send)

    def _authenticate(self, scope: Scope) -> None:
        if scope["path"] in _OPEN:
            return
        given = next((v for k, v in scope["headers"] if k == b"authorization"), b"")
        if not hmac.compare_digest(given, self._authorization):
            raise unauthorized()


def _broken() -> StatusError:
    return StatusError(500, "InternalError", "an error in the sandbox: see its log")


class _Documents:
    """Answers the requests about the API itself."""

    def __init__(self, cluster: Cluster) -> None:
        self._resources = cluster.resources
        self._openapi = OpenApi(cluster.definitions, cluster.resources)

    async def version(self, _: Request) -> Response:
        return json_reply(discovery.version_info())

    async def core(self, request: Request) -> Response:
        if self._aggregated(request):
            return self._discovered(request, core=True)
        return json_reply(discovery.api_versions(request.url.netloc))

    async def groups(self, request: Request) -> Response:
        if self._aggregated(request):
            return self._discovered(request, core=False)
        return json_reply(discovery.group_list(self._resources))

    async def group(self, request: Request) -> Response:
        found = discovery.api_group(self._resources, request.path_params["group"])
        return no_such_path() if found is None else json_reply(found)

    async def resources(self, request: Request) -> Response:
        found = discovery.resource_list(
            self._resources,
            request.path_params.get("group", ""),
            request.path_params["version"],
        )
        return no_such_path() if found is None else json_reply(found)

    @staticmethod
    def _aggregated(request: Request) -> bool:
        return discovery.wants_aggregated(request.headers.get("accept", ""))

    def _discovered(self, request: Request, *, core: bool) -> Response:
        body = dumps(discovery.aggregated(self._resources, core=core))
        headers = {"ETag": etag(body), "Vary": "Accept"}
        if request.headers.get("if-none-match") == headers["ETag"]:
            return Response(status_code=304, headers=headers)
        return Response(body, headers=headers, media_type=discovery.AGGREGATED)

    async def openapi_index(self, _: Request) -> Response:
        return Response(self._openapi.index(), media_type=JSON)

    async def openapi_v3(self, request: Request) -> Response:
        path = request.path_params["path"]
        _accepted(request, JSON)
        found = self._openapi.hash(path)
        body = None if found is None else self._openapi.v3(path)
        if found is None or body is None:
            return no_such_path()
        headers = {"ETag": f'"{found}"', "Vary": "Accept"}
        if request.query_params.get("hash") == found:
            headers["Cache-Control"] = "public, immutable"
        if request.headers.get("if-none-match") == headers["ETag"]:
            return Response(status_code=304, headers=headers)
        return Response(body, headers=headers, media_type=JSON)

    async def openapi_v2(self, request: Request) -> Response:
        form = _accepted(request, JSON, PROTOBUF, OLD_PROTOBUF)
        form = PROTOBUF if form == OLD_PROTOBUF else form
        body = self._openapi.v2(form)
        headers = {"ETag": etag(body), "Vary": "Accept"}
        if request.headers.get("if-none-match") == headers["ETag"]:
            return Response(status_code=304, headers=headers)
        return Response(body, headers=headers, media_type=form)


def _accepted(request: Request, *offered: str) -> str:
    """Choose the form of a document; JSON is the first that is offered.

    Raises:
        StatusError: 406, none of them is accepted.
    """
    for one in parse_accept(request.headers.get("accept", "")):
        if is_json(one.media_type):
            return JSON
        if one.media_type in offered:
            return one.media_type
    raise not_acceptable(offered)
