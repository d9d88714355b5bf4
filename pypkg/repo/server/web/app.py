"""The server as an ASGI application."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Protocol, cast

from anyio.to_thread import run_sync
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from pypkg._version import __version__
from pypkg.repo.server.access.rights import UnauthorizedError
from pypkg.repo.server.events.happening import Happening
from pypkg.repo.server.refusals import RefusedError
from pypkg.repo.server.web.chart_api import ChartApi
from pypkg.repo.server.web.context import address_of
from pypkg.repo.server.web.downloads import Downloads, address
from pypkg.repo.server.web.replies import CHALLENGE, NO_SNIFFING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request
    from starlette.routing import BaseRoute
    from starlette.types import Message, Receive, Scope, Send

    from pypkg.repo.server.events.metrics import Metrics
    from pypkg.repo.server.web.answers import Answers
    from pypkg.repo.server.web.context import Context
    from pypkg.repo.server.web.replies import Reply

HEAD = "pypkg.head"  # where a scope has the request's own bytes
_READ = ("GET", "HEAD")
_DENIED = frozenset({401, 403, 429})


class Registry(Protocol):
    """Answers what is below ``/v2/``, and refuses in its own words."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        ...

    def refuse(self, error: RefusedError) -> Response:
        """Answer a request that is refused."""
        ...


class Application:
    """The server: downloads first, which are most requests, then the routes.

    Args:
        context: What the handlers share.
        downloads: Answers for indexes and archives.
        answers: Keeps what was answered.
        metrics: Counts requests.
        registry: Answers what is below ``/v2/``.
        pages: The routes of pages for people, which come after all others.
    """

    def __init__(
        self,
        context: Context,
        downloads: Downloads,
        answers: Answers,
        metrics: Metrics,
        *,
        registry: Registry,
        pages: Sequence[BaseRoute] = (),
    ) -> None:
        self._context = context
        self._downloads = downloads
        self._answers = answers
        self._metrics = metrics
        self._registry = registry
        self._routes = Starlette(
            routes=[
                *ChartApi(context).routes(),
                Route("/health", self._health),
                Route("/ready", self._ready),
                Route("/info", self._info),
                Route("/metrics", self._show_metrics),
                *pages,
            ],
            exception_handlers={RefusedError: _refusal, HTTPException: _http_error},
        )
        self._routes.router.redirect_slashes = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, and count it."""
        if scope["type"] != "http":
            return
        began = time.perf_counter()
        status = 500

        async def watching(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], NO_SNIFFING]
            await send(message)

        wanted = address(scope["path"]) if b"%" not in scope["raw_path"] else None
        route = _route(scope["path"], wanted)
        try:
            await self._answer(scope, receive, watching, wanted)
        finally:
            self._metrics.request(route, status, time.perf_counter() - began)
        if status in _DENIED:
            await self._denied(scope, status)

    async def _answer(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        wanted: tuple[str, str | None] | None,
    ) -> None:
        headers = dict(scope["headers"])
        path = scope["path"]
        registry = path == "/v2" or path.startswith("/v2/")
        try:
            self._context.gate.check_request(scope["method"], headers)
            if wanted is not None:
                await self._download(scope, headers, send, *wanted)
                return
        except RefusedError as error:
            say = self._registry.refuse if registry else refuse
            await say(error)(scope, receive, send)
            return
        await (self._registry if registry else self._routes)(scope, receive, send)

    async def _download(
        self,
        scope: Scope,
        headers: dict[bytes, bytes],
        send: Send,
        repository: str,
        filename: str | None,
    ) -> None:
        if scope["method"] not in _READ:
            raise MethodError("indexes and archives are only read here")
        before = self._answers.begin()
        reply = await self._reply(scope, headers, repository, filename)
        await reply.send(send)
        head = scope.get("extensions", {}).get(HEAD)
        if head is not None:
            route = "archive" if filename else "index"
            self._answers.add(head["raw"], reply, before, route=route)

    async def _reply(
        self,
        scope: Scope,
        headers: dict[bytes, bytes],
        repository: str,
        filename: str | None,
    ) -> Reply:
        gate = self._context.gate
        principal = await gate.identify(headers, address_of(scope))
        gate.require(principal, "pull", repository)
        head = scope["method"] == "HEAD"
        public = gate.nobody.may("pull", repository)
        if filename is not None:
            return self._downloads.file(
                repository, filename, headers, head=head, public=public
            )
        indexes = self._downloads.indexes
        index = indexes.current(repository)
        if index is None:
            index = await run_sync(indexes.get, repository)
        return self._downloads.index(index, headers, head=head, public=public)

    async def _denied(self, scope: Scope, status: int) -> None:
        """Note who was refused, unless it was only asked to sign in."""
        self._metrics.event("denied")
        headers = dict(scope["headers"])
        if b"authorization" in headers or scope["method"] not in _READ:
            await self._context.tell(
                Happening(
                    "denied",
                    address=address_of(scope),
                    status=status,
                    path=scope["path"][:200],
                )
            )

    async def _health(self, _: Request) -> Response:
        return JSONResponse({"healthy": True})

    async def _ready(self, _: Request) -> Response:
        self._context.library.generation("")
        return JSONResponse({"ready": True})

    async def _info(self, _: Request) -> Response:
        return JSONResponse({"version": f"v{__version__}"})

    async def _show_metrics(self, request: Request) -> Response:
        principal = await self._context.admit_somewhere(request)
        seen = [
            one
            for one in self._context.library.repositories()
            if principal.may("pull", one.name)
        ]
        return PlainTextResponse(
            self._metrics.text(seen), media_type="text/plain; version=0.0.4"
        )


class MethodError(RefusedError):
    """What is only read cannot be changed by its address."""

    status = 405


def _route(path: str, wanted: tuple[str, str | None] | None) -> str:
    """Name a request's kind, for the counters."""
    if wanted is not None:
        return "archive" if wanted[1] else "index"
    first = path.split("/", 2)[1] if path.startswith("/") else ""
    return {"api": "api", "v2": "registry"}.get(first, "other")


def refuse(error: RefusedError) -> Response:
    """Answer a request that is refused, as ChartMuseum does."""
    headers = dict(CHALLENGE) if isinstance(error, UnauthorizedError) else {}
    if isinstance(error, MethodError):
        headers["Allow"] = ", ".join(_READ)
    body: dict[str, Any] = {"error": str(error)}
    if error.hint:
        body["hint"] = error.hint
    return JSONResponse(body, error.status, headers)


async def _refusal(_: Request, error: Exception) -> Response:
    return refuse(cast("RefusedError", error))


async def _http_error(_: Request, error: Exception) -> Response:
    known = cast("HTTPException", error)
    return JSONResponse({"error": known.detail}, known.status_code, known.headers)
