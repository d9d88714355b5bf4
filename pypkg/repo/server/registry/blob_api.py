"""Blobs over HTTP: downloads, and uploads whole or in pieces."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from anyio.to_thread import run_sync
from starlette.responses import Response

from pypkg.repo.server import names
from pypkg.repo.server.refusals import MissingError
from pypkg.repo.server.registry.call import checked_digest
from pypkg.repo.server.registry.refusals import SpanError, UnknownBlobError
from pypkg.repo.server.web import bodies
from pypkg.repo.server.web.replies import Resource

if TYPE_CHECKING:
    from pathlib import Path

    from pypkg.repo.server.registry.blobs import Blobs, Sessions
    from pypkg.repo.server.registry.call import Call, Routes
    from pypkg.repo.server.web.context import Context
    from pypkg.repo.server.web.replies import Headers

_SPAN = re.compile(r"(?:bytes )?([0-9]{1,15})-([0-9]{1,15})", re.ASCII)
_TYPE = "application/octet-stream"


class BlobApi:
    """The handlers.

    Args:
        context: What the handlers share.
        blobs: The blobs.
        sessions: Those that come in pieces.
    """

    def __init__(self, context: Context, blobs: Blobs, sessions: Sessions) -> None:
        self._context = context
        self._blobs = blobs
        self._sessions = sessions
        self._limit = context.uploads.policy.upload_bytes

    def routes(self) -> Routes:
        """Give the routes."""
        return [
            (re.compile(r"(?P<name>.+)/blobs/uploads/?"), {"POST": self.begin}),
            (
                re.compile(r"(?P<name>.+)/blobs/uploads/(?P<session>[^/]+)"),
                {
                    "GET": self.status,
                    "PATCH": self.go_on,
                    "PUT": self.end,
                    "DELETE": self.cancel,
                },
            ),
            (
                re.compile(r"(?P<name>.+)/blobs/(?P<digest>[^/]+)"),
                {"GET": self.blob, "HEAD": self.blob},
            ),
        ]

    async def blob(self, call: Call, digest: str) -> None:
        """Give a blob."""
        public = self._context.gate.nobody.may("pull", call.repository)
        await self._context.admit(call.request, "pull", call.repository)
        checked_digest(digest)
        library = self._context.library
        try:
            content = library.content(call.repository, digest)
        except MissingError as error:
            raise UnknownBlobError(str(error)) from error
        scope = b"public" if public else b"private"
        headers: Headers = [
            (b"docker-content-digest", digest.encode()),
            (b"cache-control", scope + b", max-age=31536000, immutable"),
        ]
        await call.send(
            Resource(
                content.size,
                f'"{digest}"',
                _TYPE,
                lambda start, size: library.read(content, start, size),
                headers=headers,
            )
        )

    async def begin(self, call: Call) -> Response:
        """Begin an upload; or take a blob at once, or from another repository."""
        principal = await self._context.admit(call.request, "push", call.repository)
        query = call.request.query_params
        if "mount" in query:
            source = names.split(query.get("from", ""))
            digest = checked_digest(query["mount"])
            if source is not None and principal.may("pull", source[0]):
                mounted = await run_sync(
                    self._blobs.mount, call.repository, source[0], digest
                )
                if mounted:
                    return _created(call, digest)
        if "digest" in query:
            digest = checked_digest(query["digest"])
            _, path = self._sessions.new(call.name)
            await bodies.save(call.request, path, self._limit)
            return await self._keep(call, path, digest)
        return _progress(call, self._sessions.begin(call.name), 0, 202)

    async def status(self, call: Call, session: str) -> Response:
        """Tell how much of an upload has come."""
        path = await self._file(call, session)
        return _progress(call, session, path.stat().st_size, 204)

    async def go_on(self, call: Call, session: str) -> Response:
        """Take the next piece."""
        path = await self._file(call, session)
        size = await self._append(call, path)
        return _progress(call, session, size, 202)

    async def end(self, call: Call, session: str) -> Response:
        """Take the last piece, if there is one yet, and keep the blob."""
        path = await self._file(call, session)
        digest = checked_digest(call.request.query_params.get("digest", ""))
        await self._append(call, path)
        return await self._keep(call, path, digest)

    async def cancel(self, call: Call, session: str) -> Response:
        """Forget an upload."""
        path = await self._file(call, session)
        path.unlink(missing_ok=True)
        return Response(status_code=204)

    async def _file(self, call: Call, session: str) -> Path:
        await self._context.admit(call.request, "push", call.repository)
        return self._sessions.find(call.name, session)

    async def _append(self, call: Call, path: Path) -> int:
        """Add a body to what has come, and give the size."""
        size = path.stat().st_size  # noqa: ASYNC240 - a name on the local disk
        span = _SPAN.fullmatch(call.request.headers.get("content-range", ""))
        if span is not None and int(span[1]) != size:
            raise SpanError(f"the next byte is {size}")
        room = self._limit - size
        return size + await bodies.save(call.request, path, room, mode="ab")

    async def _keep(self, call: Call, path: Path, digest: str) -> Response:
        try:
            await self._context.working(
                lambda: self._blobs.put(call.repository, path, digest)
            )
        finally:
            path.unlink(missing_ok=True)  # noqa: ASYNC240 - as above
        return _created(call, digest)


def _created(call: Call, digest: str) -> Response:
    return Response(
        status_code=201,
        headers={
            "Location": f"/v2/{call.name}/blobs/{digest}",
            "Docker-Content-Digest": digest,
        },
    )


def _progress(call: Call, session: str, size: int, status: int) -> Response:
    return Response(
        status_code=status,
        headers={
            "Location": f"/v2/{call.name}/blobs/uploads/{session}",
            "Range": f"0-{max(0, size - 1)}",
            "Docker-Upload-UUID": session,
        },
    )
