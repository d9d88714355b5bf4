"""The registry protocol (OCI distribution 1.1) over HTTP: ``/v2/``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from pypkg.repo.server import names
from pypkg.repo.server.access.rights import UnauthorizedError
from pypkg.repo.server.refusals import MissingError, RefusedError
from pypkg.repo.server.registry.artifact_api import ArtifactApi
from pypkg.repo.server.registry.blob_api import BlobApi
from pypkg.repo.server.registry.blobs import Sessions
from pypkg.repo.server.registry.call import Call
from pypkg.repo.server.registry.paging import page
from pypkg.repo.server.registry.refusals import InvalidNameError, UnsupportedError
from pypkg.repo.server.web.replies import CHALLENGE

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from pypkg.repo.server.registry.artifacts import Artifacts
    from pypkg.repo.server.registry.blobs import Blobs
    from pypkg.repo.server.registry.call import Routes
    from pypkg.repo.server.web.context import Context


class RegistryApi:
    """The ASGI application below ``/v2/``.

    Args:
        context: What the handlers share.
        artifacts: The manifests and tags.
        blobs: The blobs.
    """

    def __init__(self, context: Context, artifacts: Artifacts, blobs: Blobs) -> None:
        self._context = context
        self._artifacts = artifacts
        self._routes: Routes = [
            *ArtifactApi(context, artifacts).routes(),
            *BlobApi(context, blobs, Sessions(context.library)).routes(),
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        request = Request(scope, receive, send)
        try:
            response = await self._answer(request)
        except RefusedError as error:
            response = self.refuse(error)
        if response is not None:
            await response(scope, receive, send)

    def refuse(self, error: RefusedError) -> Response:
        """Answer as registries do."""
        detail: dict[str, Any] = {"code": error.code, "message": str(error)}
        if error.hint:
            detail["detail"] = error.hint
        headers = {"Docker-Distribution-Api-Version": "registry/2.0"}
        if isinstance(error, UnauthorizedError):
            headers |= CHALLENGE
        return JSONResponse({"errors": [detail]}, error.status, headers)

    async def _answer(self, request: Request) -> Response | None:
        path = request.scope["path"].removeprefix("/v2").removeprefix("/")
        if path == "":
            return await self._base(request)
        if path == "_catalog":
            return await self._catalog(request)
        for pattern, handlers in self._routes:
            match = pattern.fullmatch(path)
            if match is None:
                continue
            handler = handlers.get(request.method)
            if handler is None:
                raise UnsupportedError(f"{request.method} is not supported here")
            rest = match.groupdict()
            name = rest.pop("name")
            found = names.split(name)
            if found is None:
                raise InvalidNameError(f"invalid repository name: {name}")
            return await handler(Call(request, name, *found), **rest)
        raise MissingError("there is nothing here")

    async def _base(self, request: Request) -> Response:
        await self._context.admit_somewhere(request)
        return JSONResponse({})

    async def _catalog(self, request: Request) -> Response:
        principal = await self._context.admit_somewhere(request)
        every = [
            f"{repository}/{name}" if repository else name
            for repository, name in self._artifacts.names()
            if principal.may("pull", repository)
        ]
        return page(request, "repositories", every)
