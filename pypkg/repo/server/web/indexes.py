"""What a repository's index looks like on the wire, made once for each change."""

from __future__ import annotations

import gzip
import hashlib
import json
import threading
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pypkg.repo.server.store.library import Library

Format = Literal["json", "yaml"]
_GZIP_LEVEL = 6


@dataclass(frozen=True, slots=True)
class Index:
    """An index, plain and compressed.

    Attributes:
        generation: Of the repository when it was made.
        body: The index.
        etag: Its strong validator.
        packed: The index as gzip.
        packed_etag: That one's validator: other bytes, another tag.
        modified: When the repository was last changed, as HTTP has it.
    """

    generation: int
    body: bytes
    etag: str
    packed: bytes
    packed_etag: str
    modified: str


class Indexes:
    """The index of every repository.

    Args:
        library: Whose.
        form: The syntax. JSON is YAML, and everybody reads it far faster.
        chart_url: Where the archives are, if not beside the index.
    """

    def __init__(
        self, library: Library, *, form: Format = "json", chart_url: str = ""
    ) -> None:
        self._library = library
        self._form = form
        self._chart_url = chart_url.rstrip("/")
        self._made: dict[str, Index] = {}
        self._making = threading.Lock()

    def current(self, repository: str) -> Index | None:
        """Give the index, if it is made already; this takes microseconds."""
        made = self._made.get(repository)
        if made is None:
            return None
        generation, _ = self._library.generation(repository)
        return made if made.generation == generation else None

    def get(self, repository: str) -> Index:
        """Give the index, and make it first if it has changed."""
        with self._making:
            index = self.current(repository)
            if index is None:
                index = self._made[repository] = self._make(repository)
            return index

    def _make(self, repository: str) -> Index:
        # Read first: an index newer than its number is made again, never kept.
        generation, changed = self._library.generation(repository)
        body = render(
            self._library,
            repository,
            changed,
            form=self._form,
            base=self._base(repository),
        )
        packed = gzip.compress(body, _GZIP_LEVEL, mtime=0)
        moment = datetime.fromisoformat(changed)
        return Index(
            generation=generation,
            body=body,
            etag=etag(body),
            packed=packed,
            packed_etag=etag(packed),
            modified=format_datetime(moment, usegmt=True),
        )

    def _base(self, repository: str) -> str:
        if not self._chart_url:
            return "charts/"
        return "/".join(filter(None, (self._chart_url, repository, "charts/")))


def render(
    library: Library, repository: str, changed: str, *, form: Format, base: str
) -> bytes:
    """Write a repository's index.

    Args:
        library: What has it.
        repository: Its name.
        changed: When it was last changed: the same charts give the same bytes.
        form: The syntax.
        base: What archives' names are appended to, relative or absolute.
    """
    entries: dict[str, list[str]] = {}
    for name, filename, entry in library.entries(repository):
        urls = f',"urls":[{json.dumps(base + filename)}]}}'
        entries.setdefault(name, []).append(entry[:-1] + urls)
    charts = ",".join(
        f"{json.dumps(name)}:[{','.join(versions)}]"
        for name, versions in entries.items()
    )
    head = f'"apiVersion":"v1","generated":{json.dumps(changed)}'
    text = f'{{{head},"entries":{{{charts}}}}}'
    if form == "yaml":
        from pypkg import yamlio  # noqa: PLC0415 - slow, and seldom wanted

        return yamlio.dump(json.loads(text)).encode()
    return text.encode() + b"\n"


def etag(data: bytes) -> str:
    """Give the strong validator of some bytes."""
    return f'"{hashlib.sha256(data).hexdigest()}"'
