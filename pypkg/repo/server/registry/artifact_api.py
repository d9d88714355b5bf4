"""Manifests, tags and referrers over HTTP."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from anyio.to_thread import run_sync
from starlette.responses import JSONResponse, Response

from pypkg.repo.oci.manifest import INDEX, MANIFEST
from pypkg.repo.server import names
from pypkg.repo.server.refusals import MissingError, RefusedError
from pypkg.repo.server.registry.artifacts import manifest_from
from pypkg.repo.server.registry.call import checked_digest
from pypkg.repo.server.registry.paging import page
from pypkg.repo.server.store.garbage import discard
from pypkg.repo.server.web import bodies
from pypkg.repo.server.web.replies import Resource

if TYPE_CHECKING:
    from pypkg.repo.server.registry.artifacts import Artifacts
    from pypkg.repo.server.registry.call import Call, Routes
    from pypkg.repo.server.web.context import Context

_MAX_MANIFEST = 4 * 1024 * 1024
_MEDIA_TYPE = re.compile(r"application/[a-z0-9.+-]{1,100}")


class ArtifactApi:
    """The handlers.

    Args:
        context: What the handlers share.
        artifacts: The manifests and tags.
    """

    def __init__(self, context: Context, artifacts: Artifacts) -> None:
        self._context = context
        self._artifacts = artifacts

    def routes(self) -> Routes:
        """Give the routes."""
        return [
            (
                re.compile(r"(?P<name>.+)/manifests/(?P<reference>[^/]+)"),
                {
                    "GET": self.manifest,
                    "HEAD": self.manifest,
                    "PUT": self.put,
                    "DELETE": self.delete,
                },
            ),
            (re.compile(r"(?P<name>.+)/tags/list"), {"GET": self.tags}),
            (
                re.compile(r"(?P<name>.+)/referrers/(?P<digest>[^/]+)"),
                {"GET": self.referrers},
            ),
        ]

    async def tags(self, call: Call) -> Response:
        """List the tags of a name."""
        await self._context.admit(call.request, "pull", call.repository)
        tags = self._artifacts.tags(call.repository, call.chart)
        return page(call.request, "tags", tags, name=call.name)

    async def manifest(self, call: Call, reference: str) -> None:
        """Give a manifest."""
        await self._context.admit(call.request, "pull", call.repository)
        _check_reference(reference)
        stored = self._artifacts.manifest(call.repository, call.chart, reference)
        body = stored.body
        await call.send(
            Resource(
                len(body),
                f'"{stored.digest}"',
                stored.media_type,
                lambda start, size: body[start : start + size],
                headers=[
                    (b"docker-content-digest", stored.digest.encode()),
                    (b"cache-control", b"private, no-cache"),
                ],
            )
        )

    async def put(self, call: Call, reference: str) -> Response:
        """Take a manifest, and the chart that it is of."""
        await self._context.admit(call.request, "push", call.repository)
        _check_reference(reference)
        body = await bodies.read(call.request, _MAX_MANIFEST)
        media_type = call.request.headers.get("content-type", MANIFEST)
        if not _MEDIA_TYPE.fullmatch(media_type):
            raise RefusedError("this is no manifest's media type")
        stored = manifest_from(body, media_type)
        pushed = await self._context.working(
            lambda: self._artifacts.put(call.repository, call.chart, reference, stored)
        )
        version = pushed.chart.version if pushed.chart else reference
        await self._context.happened(
            "push", call.request, call.repository, call.chart, version
        )
        headers = {
            "Location": f"/v2/{call.name}/manifests/{pushed.digest}",
            "Docker-Content-Digest": pushed.digest,
        }
        if pushed.subject:
            headers["OCI-Subject"] = pushed.subject
        return Response(status_code=201, headers=headers)

    async def delete(self, call: Call, reference: str) -> Response:
        """Remove a manifest, with the chart that it is of, or a tag."""
        await self._context.admit(call.request, "delete", call.repository)
        _check_reference(reference)
        gone = await run_sync(
            self._artifacts.delete, call.repository, call.chart, reference
        )
        await run_sync(discard, self._context.library)
        await self._context.happened(
            "delete", call.request, call.repository, call.chart, gone or reference
        )
        return Response(status_code=202)

    async def referrers(self, call: Call, digest: str) -> Response:
        """List the manifests that are about another, such as its signatures."""
        await self._context.admit(call.request, "pull", call.repository)
        checked_digest(digest)
        found = self._artifacts.referrers(call.repository, call.chart, digest)
        headers = {}
        wanted = call.request.query_params.get("artifactType")
        if wanted:
            found = [one for one in found if one["artifactType"] == wanted]
            headers["OCI-Filters-Applied"] = "artifactType"
        body = {
            "schemaVersion": 2,
            "mediaType": INDEX,
            "manifests": found,
        }
        return JSONResponse(body, headers=headers, media_type=INDEX)


def _check_reference(reference: str) -> None:
    if not (names.is_tag(reference) or names.is_digest(reference)):
        raise MissingError(f"{reference[:80]!r} is neither a tag nor a digest")
