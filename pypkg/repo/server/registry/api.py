"""The registry protocol (OCI distribution 1.1) over HTTP: ``/v2/``."""

from __future__ import annotations

import hashlib
import re
import secrets
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from pypkg.repo.server import names
from pypkg.repo.server.refusals import MissingError, RefusedError
from pypkg.repo.server.registry.artifacts import DigestError, manifest_from
from pypkg.repo.server.store import manifests
from pypkg.repo.server.store.garbage import discard
from pypkg.repo.server.store.storage import OWN
from pypkg.repo.server.web import bodies
from pypkg.repo.server.web.replies import Resource, reply

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from starlette.types import Receive, Scope, Send

    from pypkg.repo.server.registry.artifacts import Registry
    from pypkg.repo.server.web.context import Context
    from pypkg.repo.server.web.replies import Headers

    Handler = Callable[..., Awaitable[Response | None]]

_MAX_MANIFEST = 4 * 1024 * 1024
_MAX_SESSIONS = 1000
_SESSION = re.compile(r"[0-9a-f]{32}", re.ASCII)
_CHALLENGE = 'Basic realm="pypkg", charset="UTF-8"'
_NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII)
_SPAN = re.compile(r"(?:bytes )?([0-9]{1,15})-([0-9]{1,15})", re.ASCII)
_BLOB_TYPE = "application/octet-stream"


class UnsupportedError(RefusedError):
    """The method means nothing here."""

    status = 405
    code = "UNSUPPORTED"


class InvalidNameError(RefusedError):
    """A name that cannot be one."""

    code = "NAME_INVALID"


class UnknownUploadError(MissingError):
    """No upload is going on under this address."""

    code = "BLOB_UPLOAD_UNKNOWN"


class SpanError(RefusedError):
    """A piece that does not follow the last one."""

    status = 416
    code = "BLOB_UPLOAD_INVALID"


class RegistryApi:
    """The ASGI application below ``/v2/``."""

    def __init__(self, context: Context, registry: Registry) -> None:
        self._context = context
        self._registry = registry
        self._library = context.library
        self._routes: list[tuple[re.Pattern[str], dict[str, Handler]]] = [
            (
                re.compile(r"(?P<name>.+)/manifests/(?P<reference>[^/]+)"),
                {
                    "GET": self._manifest,
                    "HEAD": self._manifest,
                    "PUT": self._put_manifest,
                    "DELETE": self._delete_manifest,
                },
            ),
            (
                re.compile(r"(?P<name>.+)/blobs/uploads/?"),
                {"POST": self._begin_upload},
            ),
            (
                re.compile(r"(?P<name>.+)/blobs/uploads/(?P<session>[^/]+)"),
                {
                    "GET": self._upload_status,
                    "PATCH": self._continue_upload,
                    "PUT": self._end_upload,
                    "DELETE": self._cancel_upload,
                },
            ),
            (
                re.compile(r"(?P<name>.+)/blobs/(?P<digest>[^/]+)"),
                {"GET": self._blob, "HEAD": self._blob},
            ),
            (re.compile(r"(?P<name>.+)/tags/list"), {"GET": self._tags}),
            (
                re.compile(r"(?P<name>.+)/referrers/(?P<digest>[^/]+)"),
                {"GET": self._referrers},
            ),
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
        if error.status == 401:  # noqa: PLR2004 - HTTP's status
            headers["WWW-Authenticate"] = _CHALLENGE
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
            found = names.split(match["name"])
            if found is None:
                raise InvalidNameError(f"invalid repository name: {match['name']}")
            request.state.full_name = match["name"]
            groups = {k: v for k, v in match.groupdict().items() if k != "name"}
            if "/blobs/" in path:  # a repository's charts share its blobs
                return await handler(request, found[0], **groups)
            return await handler(request, *found, **groups)
        raise MissingError("there is nothing here")

    async def _base(self, request: Request) -> Response:
        principal = await self._context.identify(request)
        if not principal.grants:
            self._context.gate.require(principal, "pull", "")
        return JSONResponse({})

    async def _catalog(self, request: Request) -> Response:
        principal = await self._context.identify(request)
        if not principal.grants:
            self._context.gate.require(principal, "pull", "")
        every = [
            f"{repository}/{name}" if repository else name
            for repository, name in self._registry.names()
            if principal.may("pull", repository)
        ]
        return _page(request, "repositories", every, {})

    async def _tags(self, request: Request, repository: str, name: str) -> Response:
        await self._context.admit(request, "pull", repository)
        tags = self._registry.tags(repository, name)
        return _page(request, "tags", tags, {"name": request.state.full_name})

    async def _manifest(
        self, request: Request, repository: str, name: str, reference: str
    ) -> Response | None:
        await self._context.admit(request, "pull", repository)
        _check_reference(reference)
        stored = self._registry.manifest(repository, name, reference)
        body = stored.body
        keep = b"private, no-cache"
        await self._send(
            request,
            Resource(
                len(body),
                f'"{stored.digest}"',
                stored.media_type,
                lambda start, size: body[start : start + size],
                headers=[
                    (b"docker-content-digest", stored.digest.encode()),
                    (b"cache-control", keep),
                ],
            ),
        )
        return None

    async def _put_manifest(
        self, request: Request, repository: str, name: str, reference: str
    ) -> Response:
        await self._context.admit(request, "push", repository)
        _check_reference(reference)
        body = await bodies.read(request, _MAX_MANIFEST)
        media_type = request.headers.get("content-type", manifests.IMAGE_MANIFEST)
        if not re.fullmatch(r"application/[a-z0-9.+-]{1,100}", media_type):
            raise RefusedError("this is no manifest's media type")
        stored = manifest_from(body, media_type)
        pushed = await self._context.working(
            lambda: self._registry.put_manifest(repository, name, reference, stored)
        )
        version = pushed.chart.version if pushed.chart else reference
        await self._context.happened("push", request, repository, name, version)
        headers = {
            "Location": f"/v2/{request.state.full_name}/manifests/{pushed.digest}",
            "Docker-Content-Digest": pushed.digest,
        }
        if pushed.subject:
            headers["OCI-Subject"] = pushed.subject
        return Response(status_code=201, headers=headers)

    async def _delete_manifest(
        self, request: Request, repository: str, name: str, reference: str
    ) -> Response:
        await self._context.admit(request, "delete", repository)
        _check_reference(reference)
        gone = await run_sync(
            self._registry.delete_manifest, repository, name, reference
        )
        await run_sync(discard, self._library)
        version = gone[1] if gone else reference
        await self._context.happened("delete", request, repository, name, version)
        return Response(status_code=202)

    async def _blob(
        self, request: Request, repository: str, digest: str
    ) -> Response | None:
        public = self._context.gate.nobody.may("pull", repository)
        await self._context.admit(request, "pull", repository)
        _check_digest(digest)
        try:
            content = self._library.content(repository, digest)
        except MissingError as error:
            error.code = "BLOB_UNKNOWN"
            raise
        scope = b"public" if public else b"private"
        headers: Headers = [
            (b"docker-content-digest", digest.encode()),
            (b"cache-control", scope + b", max-age=31536000, immutable"),
        ]
        await self._send(
            request,
            Resource(
                content.size,
                f'"{digest}"',
                _BLOB_TYPE,
                lambda start, size: self._library.read(content, start, size),
                headers=headers,
            ),
        )
        return None

    async def _referrers(
        self, request: Request, repository: str, name: str, digest: str
    ) -> Response:
        await self._context.admit(request, "pull", repository)
        _check_digest(digest)
        found = self._registry.referrers(repository, name, digest)
        headers = {}
        wanted = request.query_params.get("artifactType")
        if wanted:
            found = [one for one in found if one["artifactType"] == wanted]
            headers["OCI-Filters-Applied"] = "artifactType"
        body = {
            "schemaVersion": 2,
            "mediaType": manifests.IMAGE_INDEX,
            "manifests": found,
        }
        return JSONResponse(body, headers=headers, media_type=manifests.IMAGE_INDEX)

    async def _begin_upload(self, request: Request, repository: str) -> Response:
        principal = await self._context.admit(request, "push", repository)
        query = request.query_params
        if "mount" in query:
            source = names.split(query.get("from", ""))
            digest = _check_digest(query["mount"])
            if source is not None and principal.may("pull", source[0]):
                mounted = await run_sync(
                    self._registry.mount, repository, source[0], digest
                )
                if mounted:
                    return _created(request, digest)
        session = secrets.token_hex(16)
        path = self._session_path(request, session)
        if "digest" in query:
            digest = _check_digest(query["digest"])
            await bodies.save(request, path, self._limit)
            return await self._keep_blob(request, repository, path, digest)
        if len(list(path.parent.iterdir())) > _MAX_SESSIONS:
            raise RefusedError("too many uploads are going on")
        path.touch(mode=0o600)
        return self._progress(request, session, 0, 202)

    async def _upload_status(
        self, request: Request, repository: str, session: str
    ) -> Response:
        path = await self._session(request, repository, session)
        return self._progress(request, session, path.stat().st_size, 204)

    async def _continue_upload(
        self, request: Request, repository: str, session: str
    ) -> Response:
        path = await self._session(request, repository, session)
        size = await self._append(request, path)
        return self._progress(request, session, size, 202)

    async def _end_upload(
        self, request: Request, repository: str, session: str
    ) -> Response:
        path = await self._session(request, repository, session)
        digest = _check_digest(request.query_params.get("digest", ""))
        await self._append(request, path)
        return await self._keep_blob(request, repository, path, digest)

    async def _cancel_upload(
        self, request: Request, repository: str, session: str
    ) -> Response:
        path = await self._session(request, repository, session)
        path.unlink(missing_ok=True)
        return Response(status_code=204)

    async def _append(self, request: Request, path: Path) -> int:
        """Add a body to what has come, and give the size."""
        size = path.stat().st_size  # noqa: ASYNC240 - a name on the local disk
        span = _SPAN.fullmatch(request.headers.get("content-range", ""))
        if span is not None and int(span[1]) != size:
            raise SpanError(f"the next byte is {size}")
        return size + await bodies.save(request, path, self._limit - size, mode="ab")

    async def _keep_blob(
        self, request: Request, repository: str, path: Path, digest: str
    ) -> Response:
        try:
            await self._context.working(
                lambda: self._registry.put_blob(repository, path, digest)
            )
        finally:
            path.unlink(missing_ok=True)  # noqa: ASYNC240 - as above
        return _created(request, digest)

    async def _session(self, request: Request, repository: str, session: str) -> Path:
        await self._context.admit(request, "push", repository)
        path = self._session_path(request, session)
        if not _SESSION.fullmatch(session) or not path.is_file():
            raise UnknownUploadError("no such upload is going on")
        return path

    def _session_path(self, request: Request, session: str) -> Path:
        """Give the file of an upload: its name holds whose it is."""
        owner = hashlib.sha256(request.state.full_name.encode()).hexdigest()[:16]
        return self._library.folder / OWN / "incoming" / f"{session}-{owner}"

    @property
    def _limit(self) -> int:
        return self._context.uploads.policy.upload_bytes

    def _progress(
        self, request: Request, session: str, size: int, status: int
    ) -> Response:
        name = request.state.full_name
        return Response(
            status_code=status,
            headers={
                "Location": f"/v2/{name}/blobs/uploads/{session}",
                "Range": f"0-{max(0, size - 1)}",
                "Docker-Upload-UUID": session,
            },
        )

    async def _send(self, request: Request, resource: Resource) -> None:
        head = request.method == "HEAD"
        made = reply(resource, dict(request.scope["headers"]), head=head)
        await made.send(request._send)  # noqa: SLF001 - starlette has no public name


def _created(request: Request, digest: str) -> Response:
    return Response(
        status_code=201,
        headers={
            "Location": f"/v2/{request.state.full_name}/blobs/{digest}",
            "Docker-Content-Digest": digest,
        },
    )


def _page(
    request: Request, title: str, every: list[str], head: dict[str, Any]
) -> Response:
    """Give a part of a list, after the name that was last."""
    last = request.query_params.get("last", "")
    rest = [one for one in every if one > last] if last else every
    count = request.query_params.get("n")
    headers = {}
    if count is not None:
        if not _NUMBER.fullmatch(count):
            raise RefusedError("n is not a number")
        shown = rest[: int(count)]
        if shown and len(shown) < len(rest):
            path = request.scope["path"]
            query = f"n={count}&last={quote(shown[-1], safe='')}"
            headers["Link"] = f'<{path}?{query}>; rel="next"'
        rest = shown
    return JSONResponse({**head, title: rest}, headers=headers)


def _check_reference(reference: str) -> None:
    if not (names.is_tag(reference) or names.is_digest(reference)):
        raise MissingError(f"{reference[:80]!r} is neither a tag nor a digest")


def _check_digest(digest: str) -> str:
    if not names.is_digest(digest):
        raise DigestError("only digests of the form sha256:... are known here")
    return digest
