"""The server as an ASGI application."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from anyio.to_thread import run_sync
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from pypkg import __version__
from pypkg.repo.server import pages
from pypkg.repo.server.chart_api import ChartApi
from pypkg.repo.server.context import address_of
from pypkg.repo.server.downloads import Downloads, address
from pypkg.repo.server.refusals import RefusedError
from pypkg.repo.server.registry_api import RegistryApi

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import Receive, Scope, Send

    from pypkg.repo.server.answers import Answers
    from pypkg.repo.server.context import Context
    from pypkg.repo.server.replies import Reply

HEAD = "pypkg.head"  # where a scope has the request's own bytes
_CHALLENGE = 'Basic realm="pypkg", charset="UTF-8"'


class Application:
    """The server: downloads first, which are most requests, then the routes."""

    def __init__(
        self, context: Context, downloads: Downloads, answers: Answers
    ) -> None:
        self._context = context
        self._downloads = downloads
        self._answers = answers
        self._registry = RegistryApi(context, context.registry)
        self._routes = Starlette(
            routes=[
                *ChartApi(context).routes(),
                Route("/health", self._health),
                Route("/ready", self._ready),
                Route("/info", self._info),
                *pages.routes(context),
            ],
            exception_handlers={RefusedError: _refusal, HTTPException: _http_error},
        )
        self._routes.router.redirect_slashes = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            return
        headers = dict(scope["headers"])
        try:
            self._context.gate.check_request(scope["method"], headers)
            if scope["method"] in ("GET", "HEAD") and b"%" not in scope["raw_path"]:
                before = self._answers.begin()
                reply = await self._download(scope, headers)
                if reply is not None:
                    await reply.send(send)
                    if HEAD in scope.get("extensions", {}):
                        raw = scope["extensions"][HEAD]["raw"]
                        self._answers.add(raw, reply, before)
                    return
        except RefusedError as error:
            await refuse(error)(scope, receive, send)
            return
        path = scope["path"]
        if path == "/v2" or path.startswith("/v2/"):
            await self._registry(scope, receive, send)
        else:
            await self._routes(scope, receive, send)

    async def _download(
        self, scope: Scope, headers: dict[bytes, bytes]
    ) -> Reply | None:
        wanted = address(scope["path"])
        if wanted is None:
            return None
        repository, filename = wanted
        gate = self._context.gate
        principal = await gate.identify(headers, address_of(scope))
        gate.require(principal, "pull", repository)
        head = scope["method"] == "HEAD"
        public = gate.nobody.may("pull", repository)
        if filename is not None:
            return self._downloads.file(
                repository, filename, headers, head=head, public=public
            )
        views = self._context.views
        view = views.current(repository)
        if view is None:
            view = await run_sync(views.get, repository)
        return self._downloads.index(view, headers, head=head, public=public)

    async def _health(self, _: Request) -> Response:
        return JSONResponse({"healthy": True})

    async def _ready(self, _: Request) -> Response:
        self._context.library.generation("")
        return JSONResponse({"ready": True})

    async def _info(self, _: Request) -> Response:
        return JSONResponse({"version": f"v{__version__}"})


def refuse(error: RefusedError) -> Response:
    """Answer a request that is refused, as ChartMuseum does."""
    headers = {"WWW-Authenticate": _CHALLENGE} if error.status == 401 else {}  # noqa: PLR2004 - HTTP's status
    body: dict[str, Any] = {"error": str(error)}
    if error.hint:
        body["hint"] = error.hint
    return JSONResponse(body, error.status, headers)


async def _refusal(_: Request, error: Exception) -> Response:
    return refuse(cast("RefusedError", error))


async def _http_error(_: Request, error: Exception) -> Response:
    known = cast("HTTPException", error)
    return JSONResponse({"error": known.detail}, known.status_code, known.headers)
