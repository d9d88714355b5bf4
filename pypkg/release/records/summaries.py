"""What ``list`` shows of a record, read from its beginning, and kept for next time."""

from __future__ import annotations

import base64
import json
import os
import zlib
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol, Self

from pypkg.errors import ReleaseError
from pypkg.structs import Struct

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pypkg.cluster.client import Object

_GZIP_MAGIC = b"\x1f\x8b\x08"
_GZIP = 31  # what zlib calls a gzip header and its checks
# The notes and the chart's metadata come first, and seldom are longer together.
_BEGINNING = 8192
_FORMAT = 1
_LENGTH = 7
_READ = json.JSONDecoder().raw_decode


class Revision(Protocol):
    """What tells a revision from others, and is chosen by."""

    @property
    def name(self) -> str:
        """The release's name."""

    @property
    def namespace(self) -> str:
        """Where it is recorded."""

    @property
    def revision(self) -> int:
        """Its number."""

    @property
    def status(self) -> str:
        """Its state."""


class Head(Struct):
    """A revision as the metadata of its record tells it.

    Attributes:
        name: The release's name.
        namespace: Where it is recorded.
        revision: Its number.
        status: Its state.
        labels: All labels of the record.
        object_name: The name of the record.
        uid: Which object the record is, for ever.
        version: The object's resourceVersion.
    """

    name: str
    namespace: str
    revision: int
    status: str
    labels: Mapping[str, str]
    object_name: str
    uid: str
    version: str

    @classmethod
    def of(cls, item: Object) -> Head:
        """Read it from an object's metadata."""
        metadata = item["metadata"]
        labels = metadata.get("labels") or {}
        namespace, name, number = identity(item)
        return cls(
            name,
            namespace,
            number,
            labels.get("status", ""),
            labels,
            metadata["name"],
            metadata["uid"],
            metadata["resourceVersion"],
        )


def identity(item: Object) -> tuple[str, str, int]:
    """Tell namespace, release and revision of a record, by its metadata."""
    metadata = item["metadata"]
    labels = metadata.get("labels") or {}
    number = labels.get("version", "")
    return (
        metadata.get("namespace", ""),
        labels.get("name", ""),
        int(number) if number.isdecimal() else 0,
    )


class Summary(Struct):
    """What ``list`` shows of a revision.

    Attributes:
        name: The release's name.
        namespace: Where it is recorded.
        revision: Its number.
        status: Its state.
        updated: When it was made, as RFC 3339; "" if that is not known.
        chart: The chart's name.
        chart_version: The chart's version.
        app_version: The version of what the chart installs.
    """

    name: str
    namespace: str
    revision: int
    status: str
    updated: str
    chart: str
    chart_version: str
    app_version: str


def read_summary(head: Head, item: Object) -> Summary:
    """Read a record as far as needed.

    Args:
        head: What the record's metadata tell.
        item: The Secret or ConfigMap.

    Raises:
        ReleaseError: It is damaged.
    """
    try:
        text = base64.b64decode(item["data"]["release"])
        if item["kind"] == "Secret":
            # A Secret's data is base64, so a record in one is encoded twice.
            text = base64.b64decode(text, validate=True)
        info, metadata = beginning(text)
        return Summary(
            head.name,
            head.namespace,
            head.revision,
            info.get("status") or "unknown",
            info.get("last_deployed") or "",
            metadata.get("name") or "",
            metadata.get("version") or "",
            metadata.get("appVersion") or "",
        )
    except (AttributeError, KeyError, TypeError, ValueError, zlib.error) as error:
        raise ReleaseError(f"{head.object_name} is damaged: {error}") from error


def beginning(packed: bytes) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Give a record's info and its chart's metadata.

    Helm writes them before the chart's files and the manifest, which are nearly all
    of a record; so most of it need not even be unpacked.

    Raises:
        AttributeError: It is no record; so are the others.
        ValueError: It is no JSON.
        zlib.error: It is damaged.
    """
    if packed[:3] != _GZIP_MAGIC:
        return _whole(packed)
    size = _BEGINNING
    while True:
        unpacker = zlib.decompressobj(_GZIP)
        text = unpacker.decompress(packed, size)
        if unpacker.eof or not unpacker.unconsumed_tail:
            return _whole(text)
        with suppress(ValueError):
            return _scanned(text.decode("utf-8", "ignore"))
        size *= 8


def _whole(text: bytes) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    wire = json.loads(text)
    return wire.get("info") or {}, (wire.get("chart") or {}).get("metadata") or {}


def _scanned(text: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Read up to the chart's metadata, in the form that Go and pypkg write.

    Raises:
        ValueError: It does not go so far, or has another form.
    """
    info: Mapping[str, Any] | None = None
    at = 0
    while text[at : at + 1] in {"{", ","}:
        key, at = _READ(text, at + 1)
        if key == "chart":
            start = ':{"metadata":'
            if info is None or not text.startswith(start, at):
                break
            metadata, _ = _READ(text, at + len(start))
            return info, metadata
        value, at = _READ(text, at + 1)
        if key == "info":
            info = value
    raise ValueError("another form")


class SummaryCache:
    """Summaries of records that have not changed since, in a file.

    They hold neither values nor manifests, and only their owner may read them. A
    file that cannot be read or written is as good as none.

    Args:
        path: The file; "" keeps nothing.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._entries: dict[str, list[str]] | None = None

    @classmethod
    def of_server(cls, folder: str, server: str) -> Self:
        """Give the cache of a cluster.

        Args:
            folder: Where caches are.
            server: The API server's URL.
        """
        return cls(f"{folder}/{zlib.crc32(server.encode()):08x}.json")

    def known(self, heads: Iterable[Head]) -> dict[str, Summary]:
        """Give the summaries that are known, by the uid of their record."""
        entries = self._load()
        found = {}
        for head in heads:
            version, _, status, *rest = entries.get(head.uid) or ("", "", "")
            if version == head.version:
                found[head.uid] = Summary(
                    head.name, head.namespace, head.revision, status, *rest
                )
        return found

    def keep(
        self, namespace: str, heads: Iterable[Head], summaries: Mapping[str, Summary]
    ) -> None:
        """Keep summaries, instead of all that were known of a namespace.

        Args:
            namespace: The namespace; "" is all of them.
            heads: What was looked at.
            summaries: What was found, by the uid of the record.
        """
        before = self._load()
        entries = {
            uid: entry
            for uid, entry in before.items()
            if namespace and entry[1] != namespace
        }
        for head in heads:
            if one := summaries.get(head.uid):
                entries[head.uid] = [
                    head.version,
                    head.namespace,
                    one.status,
                    one.updated,
                    one.chart,
                    one.chart_version,
                    one.app_version,
                ]
        if entries != before:
            self._entries = entries
            self._store()

    def _load(self) -> dict[str, list[str]]:
        if self._entries is None:
            self._entries = {}
            with suppress(AttributeError, KeyError, OSError, TypeError, ValueError):
                with open(self._path, encoding="utf-8") as file:  # noqa: PTH123 - pathlib costs start-up time
                    wire = json.load(file)
                if wire["format"] == _FORMAT:
                    self._entries = {
                        uid: entry
                        for uid, entry in wire["records"].items()
                        if len(entry) == _LENGTH
                    }
        return self._entries

    def _store(self) -> None:
        if not self._path:
            return
        wire = json.dumps({"format": _FORMAT, "records": self._entries})
        fresh = f"{self._path}.{os.getpid()}"
        with suppress(OSError):
            os.makedirs(os.path.dirname(self._path), mode=0o700, exist_ok=True)  # noqa: PTH103, PTH120 - as above
            handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(wire)
            os.replace(fresh, self._path)  # noqa: PTH105 - as above
