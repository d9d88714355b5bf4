"""Records too large for one object: a head that Helm can read, and chunks.

Kubernetes lets a Secret or a ConfigMap hold 1 MiB. A larger record is cut into objects
of a type and with labels that Helm does not look for, named by what they hold. The
record's own object, the head, holds what fits: without the chart's files, which Helm
hardly needs, or without anything but the state. Where the rest is stands in the
annotations of the head's chart, which Helm keeps when it writes the record again.

The chunks are written before the head that names them, and removed after the last head
that does: at any moment the head is whole, the old one or the new one.
"""

from __future__ import annotations

import base64
import hashlib
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from pypkg.cluster.client import METADATA_ONLY
from pypkg.cluster.parallel import in_parallel
from pypkg.errors import ConflictError, NotFoundError, ReleaseError
from pypkg.release.records import codec
from pypkg.release.records.record import Info
from pypkg.release.retrying import retried

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pypkg.cluster.client import Cluster
    from pypkg.cluster.discovery import Resource
    from pypkg.release.records.record import Release

LIMIT = 1_000_000
"""Bytes of a record's text in one object; the rest of 1 MiB is for what is around."""
POINTER = "pypkg.dev/chunks"
TYPE = "pypkg.dev/release-chunk.v1"
_KEY = "chunk"
# Helm finds no such kind, and so changes nothing, rather than what it does not know.
_ELSEWHERE = """\
# This revision is larger than one object can hold, and so is its manifest alone.
# It is stored whole for pypkg; helm can list it.
apiVersion: pypkg.dev/v1
kind: StoredInSeveralObjects
metadata:
  name: use-pypkg-for-this-release
"""


@dataclass(frozen=True, slots=True)
class Pointer:
    """Where the rest of a record is.

    Attributes:
        digest: The SHA-256 of the rest, in hexadecimal; it names the chunks.
        count: How many chunks there are.
    """

    digest: str
    count: int

    @classmethod
    def of(cls, head: Release) -> Pointer | None:
        """Read it from a head; None for a record that is whole."""
        text = (head.chart.metadata.annotations or {}).get(POINTER, "")
        digest, _, count = text.partition("/")
        return cls(digest, int(count)) if digest and count.isdigit() else None

    def __str__(self) -> str:
        return f"{self.digest}/{self.count}"

    def names(self, release: str) -> list[str]:
        """Name the chunks."""
        prefix = f"pypkg.chunk.v1.{release}.{self.digest[:16]}"
        return [f"{prefix}.{number}" for number in range(self.count)]


class Chunks:
    """The chunks of the records of a namespace.

    Args:
        cluster: Where.
        resource: Secrets or ConfigMaps.
    """

    def __init__(self, cluster: Cluster, resource: Resource) -> None:
        self._cluster = cluster
        self._resource = resource
        self._field = "data" if resource.kind == "Secret" else "binaryData"
        self._extra = {"type": TYPE} if resource.kind == "Secret" else {}
        self._there: set[str] = set()
        # By digest: an operation reads the history several times.
        self._read_before: dict[str, bytes] = {}

    def fitted(self, namespace: str, release: Release) -> str:
        """Give a record's text, or that of its head once the rest is written.

        Args:
            namespace: Where.
            release: The revision.

        Raises:
            ClusterError: A chunk cannot be written.
        """
        for smallest in (False, True):
            text = codec.encode(release, smallest=smallest)
            if len(text) <= LIMIT:
                return text
        # The state changes from one write to the next, and stands in the head.
        rest = replace(release, info=Info(notes=release.info.notes))
        packed = base64.b64decode(codec.encode(rest))
        digest = hashlib.sha256(packed).hexdigest()
        pieces = [packed[i : i + LIMIT] for i in range(0, len(packed), LIMIT)]
        pointer = Pointer(digest, len(pieces))
        for name, piece in zip(pointer.names(release.name), pieces, strict=True):
            self._write(namespace, release.name, name, piece)
        for head in _heads(release, pointer):
            text = codec.encode(head)
            if len(text) <= LIMIT:
                break
        return text

    def whole(self, namespace: str, head: Release) -> Release:
        """Give the record that a head stands for.

        Raises:
            ReleaseError: A chunk is missing or damaged.
        """
        pointer = Pointer.of(head)
        if pointer is None:
            return head
        packed = self._packed(namespace, head.name, pointer)
        rest = codec.decode(base64.b64encode(packed))
        return replace(
            rest,
            revision=head.revision,
            namespace=head.namespace,
            info=replace(head.info, notes=rest.info.notes),
            labels=head.labels,
            apply_method=head.apply_method,
        )

    def _packed(self, namespace: str, name: str, pointer: Pointer) -> bytes:
        if pointer.digest in self._read_before:
            return self._read_before[pointer.digest]
        names = pointer.names(name)
        pieces = in_parallel(
            partial(self._read, namespace), names, width=self._cluster.parallel
        )
        packed = b"".join(pieces)
        if hashlib.sha256(packed).hexdigest() != pointer.digest:
            raise ReleaseError("the record is damaged: its chunks do not fit together")
        self._there.update(names)
        self._read_before[pointer.digest] = packed
        return packed

    def remove_unused(
        self, namespace: str, name: str, heads: Iterable[Release]
    ) -> None:
        """Remove the chunks of a release that no head names any more.

        Args:
            namespace: Where.
            name: The release.
            heads: The heads of all its revisions, as they are stored.
        """
        path = self._resource.path(namespace)
        there, _ = self._cluster.list_at(
            path, label_selector=f"owner=pypkg,name={name}", accept=METADATA_ONLY
        )
        if not there:
            return
        used: set[str] = set()
        for head in heads:
            pointer = Pointer.of(head)
            used.update(pointer.names(name) if pointer is not None else ())
        for unused in {item["metadata"]["name"] for item in there} - used:
            with suppress(NotFoundError):
                self._cluster.request("DELETE", self._resource.path(namespace, unused))
            self._there.discard(unused)

    def _write(self, namespace: str, release: str, name: str, piece: bytes) -> None:
        if name in self._there:
            return
        body = {
            "apiVersion": self._resource.api_version,
            "kind": self._resource.kind,
            "metadata": {
                "name": name,
                "labels": {"owner": "pypkg", "name": release},
            },
            "immutable": True,
            self._field: {_KEY: base64.b64encode(piece).decode("ascii")},
            **self._extra,
        }
        path = self._resource.path(namespace)
        with suppress(ConflictError):  # named by what it holds: it is there already
            retried(
                lambda: self._cluster.request("POST", path, body=body),
                self._cluster.sleep,
            )
        self._there.add(name)

    def _read(self, namespace: str, name: str) -> bytes:
        try:
            found = self._cluster.fetch(self._resource.path(namespace, name))
            return base64.b64decode(found[self._field][_KEY])
        except (NotFoundError, KeyError, ValueError) as error:
            raise ReleaseError(f"the record is damaged: {name} is missing") from error


def _heads(release: Release, pointer: Pointer) -> Iterable[Release]:
    """Give what a head may hold: the most first, then the least."""
    metadata = release.chart.metadata
    notes = {**(metadata.annotations or {}), POINTER: str(pointer)}
    chart = release.chart.replace(
        metadata=metadata.replace(annotations=notes),
        templates=(),
        files=(),
        schema=None,
    )
    yield replace(release, chart=chart)
    yield replace(
        release,
        chart=chart.replace(values={}),
        config={},
        manifest=_ELSEWHERE,
        hooks=(),
        info=replace(release.info, notes=""),
    )
