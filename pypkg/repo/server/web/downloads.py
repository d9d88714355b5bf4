"""What Helm reads: indexes, archives, provenance files."""

from __future__ import annotations

import re
from collections import OrderedDict
from typing import TYPE_CHECKING

from pypkg.repo.digests import digest_of
from pypkg.repo.server import names
from pypkg.repo.server.refusals import MissingError
from pypkg.repo.server.web.replies import Reply, Resource, reply

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pypkg.repo.server.store.library import Content, Library
    from pypkg.repo.server.web.indexes import Index, Indexes
    from pypkg.repo.server.web.replies import Headers

_PATH = re.compile(
    r"/(?:(?P<repository>[^?#]*)/)?(?:index\.yaml|charts/(?P<file>[^/]+))"
)
_GZIP = re.compile(rb"(?:^|[,\s])gzip(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))")
_INDEX_TYPE = "application/x-yaml"
_ARCHIVE_TYPE = "application/x-tar"
_PROVENANCE_TYPE = "application/pgp-signature"
_SMALL = 1024 * 1024


class Downloads:
    """Answers GET and HEAD of what repositories consist of.

    Args:
        library: What has the charts.
        indexes: The repositories' indexes.
        lasting: Whether an archive never changes under its name, so that everyone
            between here and the client may keep it.
        memory: Bytes of archives to keep in memory.
    """

    def __init__(
        self,
        library: Library,
        indexes: Indexes,
        *,
        lasting: bool,
        memory: int = 64 * 1024 * 1024,
    ) -> None:
        self._library = library
        self.indexes = indexes
        self._lasting = lasting
        self._recent = Recent(memory)

    def index(
        self, wanted: Index, request: Mapping[bytes, bytes], *, head: bool, public: bool
    ) -> Reply:
        """Answer for an index."""
        packed = accepts_gzip(request)
        body = wanted.packed if packed else wanted.body
        headers: Headers = [
            (b"cache-control", b"no-cache" if public else b"private, no-cache"),
            (b"vary", b"Accept-Encoding"),
        ]
        if packed:
            headers.append((b"content-encoding", b"gzip"))
        resource = Resource(
            len(body),
            wanted.packed_etag if packed else wanted.etag,
            _INDEX_TYPE,
            lambda start, size: body[start : start + size],
            wanted.modified,
            headers,
        )
        return reply(resource, request, head=head)

    def file(
        self,
        repository: str,
        filename: str,
        request: Mapping[bytes, bytes],
        *,
        head: bool,
        public: bool,
    ) -> Reply:
        """Answer for an archive or its provenance file.

        Raises:
            MissingError: There is none.
        """
        if not names.is_file(filename):
            raise MissingError(f"there is no {filename}")
        content = self._library.file(repository, filename)
        keep = (
            b"public, max-age=31536000, immutable"
            if public and self._lasting and filename.endswith(".tgz")
            else b"private, no-cache"
        )
        resource = Resource(
            content.size,
            f'"{content.digest.removeprefix("sha256:")}"',
            _ARCHIVE_TYPE if filename.endswith(".tgz") else _PROVENANCE_TYPE,
            lambda start, size: self.read(content, start, size),
            headers=[(b"cache-control", keep)],
        )
        return reply(resource, request, head=head)

    def read(self, content: Content, start: int, size: int) -> Iterator[bytes] | bytes:
        """Give bytes of a content; small ones from memory."""
        if content.body is not None:
            return content.body[start : start + size]
        if content.size > _SMALL:
            self._library.check(content)
            return self._library.read(content, start, size)
        data = self._recent.get(content.digest)
        if data is None:
            self._library.check(content)
            data = b"".join(self._library.read(content))
            if digest_of(data) != content.digest:
                raise MissingError(
                    f"{content.key} is not what it was", hint="pypkg repo reindex"
                )
            self._recent.add(content.digest, data)
        return data[start : start + size]


def address(path: str) -> tuple[str, str | None] | None:
    """Read a path: the repository, and the file or None for the index."""
    match = _PATH.fullmatch(path)
    if match is None:
        return None
    repository = match["repository"] or ""
    return (repository, match["file"]) if names.is_repository(repository) else None


def accepts_gzip(request: Mapping[bytes, bytes]) -> bool:
    """Tell whether a client takes gzip."""
    return _GZIP.search(request.get(b"accept-encoding", b"")) is not None


class Recent:
    """Bytes that were lately asked for, by their digest."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._kept: OrderedDict[str, bytes] = OrderedDict()

    def get(self, digest: str) -> bytes | None:
        """Give bytes that are kept."""
        data = self._kept.get(digest)
        if data is not None:
            self._kept.move_to_end(digest)
        return data

    def add(self, digest: str, data: bytes) -> None:
        """Keep bytes, and let go of what was not asked for the longest."""
        self._kept[digest] = data
        self._room -= len(data)
        while self._room < 0 and self._kept:
            _, old = self._kept.popitem(last=False)
            self._room += len(old)
