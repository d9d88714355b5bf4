"""ChartMuseum's API: its routes, replies and status codes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from anyio.to_thread import run_sync
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from pypkg.repo.server import names
from pypkg.repo.server.refusals import MissingError, RefusedError, UnacceptableError
from pypkg.repo.server.store.garbage import discard
from pypkg.repo.server.store.storage import incoming
from pypkg.repo.server.web import bodies

if TYPE_CHECKING:
    from starlette.requests import Request

    from pypkg.repo.server.store.library import ChartVersion
    from pypkg.repo.server.web.context import Context

_MAX_PROVENANCE = 1024 * 1024
_PREFIXES = ("/api", "/api/{repository:path}")


class ChartApi:
    """The handlers.

    Args:
        context: What the server consists of.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._library = context.library

    def routes(self) -> list[Route]:
        """Give the routes, for the root's repository and for all others."""
        # Longer paths first: a repository's name may have any number of parts.
        handlers = (
            ("/charts/{name}/{version}/templates", ["GET"], self.templates),
            ("/charts/{name}/{version}/values", ["GET"], self.values),
            ("/charts/{name}/{version}", ["GET"], self.version),
            ("/charts/{name}/{version}", ["DELETE"], self.delete),
            ("/charts/{name}", ["GET"], self.versions),
            ("/charts", ["GET"], self.charts),
            ("/charts", ["POST"], self.upload),
            ("/prov", ["POST"], self.upload_provenance),
        )
        return [
            Route(prefix + path, handler, methods=methods)
            for path, methods, handler in handlers
            for prefix in _PREFIXES
        ]

    async def charts(self, request: Request) -> Response:
        """List all charts, or a page of them."""
        repository = await self._allowed(request, "pull")
        offset = _number(request, "offset", 0, "non-negative")
        limit = _number(request, "limit", -1, "positive")
        library = self._library
        names = library.names(repository, offset=offset, limit=limit)
        return JSONResponse(
            {
                name: [self._wire(one) for one in library.versions(repository, name)]
                for name in names
            }
        )

    async def versions(self, request: Request) -> Response:
        """List a chart's versions."""
        repository = await self._allowed(request, "pull")
        found = self._library.versions(repository, request.path_params["name"])
        if not found:
            raise MissingError("chart not found")
        return JSONResponse([self._wire(one) for one in found])

    async def version(self, request: Request) -> Response:
        """Describe a version; ``latest`` is one too."""
        return JSONResponse(self._wire(await self._found(request)))

    async def templates(self, request: Request) -> Response:
        """Give a version's templates, encoded, and its values."""
        found = await self._found(request)
        chart = await run_sync(self._library.chart, found)
        return JSONResponse(
            {
                "templates": [
                    {"name": file.name, "data": _base64(file.data)}
                    for file in chart.templates
                ],
                "values": chart.values,
            }
        )

    async def values(self, request: Request) -> Response:
        """Give a version's values.yaml."""
        found = await self._found(request)
        chart = await run_sync(self._library.chart, found)
        if chart.values_text is None:
            raise MissingError("values.yaml not found")
        return Response(chart.values_text, media_type="application/yaml")

    async def delete(self, request: Request) -> Response:
        """Delete a version."""
        repository = await self._allowed(request, "delete")
        name, version = _named(request)
        await run_sync(self._context.uploads.delete, repository, name, version)
        await run_sync(discard, self._library)
        await self._context.happened("delete", request, repository, name, version)
        return JSONResponse({"deleted": True})

    async def upload(self, request: Request) -> Response:
        """Take a chart, as the body or in a form, with its provenance file or not."""
        repository = await self._allowed(request, "push")
        limit = self._context.uploads.policy.upload_bytes
        path = incoming(self._library.folder)
        provenance = None
        try:
            if request.headers.get("content-type", "").startswith(
                "multipart/form-data"
            ):
                form = await bodies.form(request, limit)
                provenance = form.provenance
                if form.chart is None:
                    if provenance is None:
                        raise UnacceptableError(
                            "no package or provenance file found in form fields chart"
                            " and prov"
                        )
                    return await self._keep_provenance(request, repository, provenance)
                await run_sync(path.write_bytes, form.chart)
            else:
                await bodies.save(request, path, limit)
            examined = await self._context.working(
                lambda: self._context.uploads.put(
                    repository, path, provenance=provenance, force=_forced(request)
                )
            )
        finally:
            path.unlink(missing_ok=True)
        await self._context.happened(
            "push", request, repository, examined.name, examined.version
        )
        return JSONResponse({"saved": True}, 201)

    async def upload_provenance(self, request: Request) -> Response:
        """Take the provenance file of a chart that is there."""
        repository = await self._allowed(request, "push")
        provenance = await bodies.read(request, _MAX_PROVENANCE)
        return await self._keep_provenance(request, repository, provenance)

    async def _keep_provenance(
        self, request: Request, repository: str, provenance: bytes
    ) -> Response:
        examined = await self._context.working(
            lambda: self._context.uploads.put_provenance(
                repository, provenance, force=_forced(request)
            )
        )
        await self._context.happened(
            "push", request, repository, examined.name, examined.version
        )
        return JSONResponse({"saved": True}, 201)

    async def _found(self, request: Request) -> ChartVersion:
        repository = await self._allowed(request, "pull")
        return self._library.version(repository, *_named(request))

    async def _allowed(self, request: Request, right: Any) -> str:
        """Give the request's repository, where the right to it is granted."""
        repository: str = request.path_params.get("repository", "")
        if not names.is_repository(repository):
            raise MissingError("there is no such repository")
        await self._context.admit(request, right, repository)
        return repository

    def _wire(self, found: ChartVersion) -> dict[str, Any]:
        return {**found.entry, "urls": [f"charts/{found.filename}"]}


def _named(request: Request) -> tuple[str, str]:
    return request.path_params["name"], request.path_params["version"]


def _forced(request: Request) -> bool:
    return "force" in request.query_params


def _number(request: Request, name: str, default: int, kind: str) -> int:
    text = request.query_params.get(name)
    if text is None:
        return default
    if not re.fullmatch(r"[0-9]{1,9}", text) or (kind == "positive" and not int(text)):
        raise RefusedError(f"{name} is not a valid {kind} integer")
    return int(text)


def _base64(data: bytes) -> str:
    import base64  # noqa: PLC0415 - only here

    return base64.b64encode(data).decode()
