"""The pages' addresses on the server."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from pypkg.errors import PypkgError
from pypkg.repo.server.access.rights import UnauthorizedError
from pypkg.repo.server.names import is_chart, is_repository
from pypkg.repo.server.pages.website import STATIC, Site, static_file
from pypkg.repo.server.refusals import MissingError
from pypkg.repo.server.web.replies import matches

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.routing import BaseRoute

    from pypkg.repo.server.pages.changes import Renderer
    from pypkg.repo.server.web.context import Context

_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
_MAX_QUERY = 200


def routes(context: Context, render: Renderer | None = None) -> list[BaseRoute]:
    """Give the routes of the pages; they come after all others.

    Args:
        context: What the handlers share.
        render: Renders charts, to compare versions; None compares files alone.
    """
    pages = Pages(context, Site(context.library, render))
    return [
        Route("/static/{name}", pages.static),
        Route("/{rest:path}", pages.page),
    ]


class Pages:
    """Answers browsers."""

    def __init__(self, context: Context, site: Site) -> None:
        self._context = context
        self._site = site

    async def static(self, request: Request) -> Response:
        """Give a file that every page uses."""
        name = request.path_params["name"]
        if name not in STATIC:
            return self._missing(request)
        kind = _TYPES[name.rpartition(".")[2]]
        headers = {"Cache-Control": "public, max-age=3600"}
        return _answer(request, static_file(name), kind, headers)

    async def page(self, request: Request) -> Response:
        """Give the page of an address.

        ``/``, ``/REPOSITORY/``, ``/REPOSITORY/-/CHART/[VERSION/[changes/OTHER/]]``.
        """
        path = request.scope["path"]
        if not path.endswith("/"):
            if self._known(path):
                return RedirectResponse(f"{request.url.path}/", 308)
            return self._missing(request)
        repository, chart, rest = _parts(path)
        if not is_repository(repository) or (chart and not is_chart(chart)):
            return self._missing(request)
        try:
            make = await self._maker(request, repository, chart, rest)
            body = await self._context.working(make)
        except MissingError:
            return self._missing(request)
        except UnauthorizedError:
            raise
        except PypkgError as error:
            return self._fault(request, str(error), 500)
        return _answer(request, body.encode(), "text/html; charset=utf-8", _PAGE)

    async def _maker(
        self, request: Request, repository: str, chart: str, rest: list[str]
    ) -> Callable[[], str]:
        """Give what makes a page, where its reader may see it."""
        query = request.query_params.get("q", "")[:_MAX_QUERY]
        url = str(request.base_url).rstrip("/")
        site = self._site
        if not repository and not chart:
            principal = await self._context.identify(request)
            seen = [
                one
                for one in self._context.library.repositories()
                if principal.may("pull", one.name)
            ]
            if not seen:
                self._context.gate.require(principal, "pull", "")
            return lambda: site.home(seen, query=query, url=url)
        await self._context.admit(request, "pull", repository)
        match rest:
            case [] if not chart:
                return lambda: site.repository(repository, query=query, url=url)
            case []:
                return lambda: site.chart(repository, chart, url=url)
            case [version]:
                return lambda: site.chart(repository, chart, version, url=url)
            case [version, "changes", other]:
                return lambda: site.changes(repository, chart, version, other)
        raise MissingError("there is no such page")

    def _known(self, path: str) -> bool:
        """Tell whether a page's address only lacks its slash."""
        repository, *_ = _parts(path)
        return any(
            repository == one.name for one in self._context.library.repositories()
        )

    def _missing(self, request: Request) -> Response:
        return self._fault(request, "There is nothing at this address.", 404)

    def _fault(self, request: Request, message: str, status: int) -> Response:
        if "text/html" not in request.headers.get("accept", ""):
            raise HTTPException(status, message)
        depth = request.scope["path"].count("/") - 1
        body = self._site.fault(message, depth=depth)
        return HTMLResponse(body, status, _PAGE)


_PAGE = {
    "Content-Security-Policy": _POLICY,
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "private, no-cache",
}


def _parts(path: str) -> tuple[str, str, list[str]]:
    """Take an address apart: the repository, the chart or "", and what follows."""
    parts = path.strip("/").split("/")
    at = parts.index("-") if "-" in parts else len(parts)
    # A dash alone leads nowhere: it is no chart's name.
    chart, *rest = parts[at + 1 :] or parts[at:] or [""]
    return "/".join(parts[:at]), chart, rest


def _answer(
    request: Request, body: bytes, kind: str, headers: dict[str, str]
) -> Response:
    tag = f'"{hashlib.sha256(body).hexdigest()}"'
    known = request.headers.get("if-none-match", "")
    headers = {**headers, "ETag": tag}
    if known and matches(known.encode("latin-1"), tag):
        return Response(status_code=304, headers=headers)
    return Response(body, headers={**headers, "Content-Type": kind})
