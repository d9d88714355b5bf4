"""Records in Secrets, as Helm keeps them, or in ConfigMaps."""

from __future__ import annotations

import base64
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from pypkg.chart.chart import Chart
from pypkg.cluster.client import METADATA_ONLY
from pypkg.cluster.discovery import Resource
from pypkg.errors import ApiError, ConflictError, NotFoundError, ReleaseError
from pypkg.release.records import codec
from pypkg.release.records.record import Release
from pypkg.release.records.summaries import Head, identity
from pypkg.release.retrying import retried
from pypkg.release.storage.chunks import Chunks
from pypkg.release.storage.protocol import (
    OWNER,
    SYSTEM_LABELS,
    TIME_LABELS,
    already_exists,
    not_found,
    order,
    record_labels,
    record_name,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import datetime

    from pypkg.cluster.client import Cluster, Object, Objects
    from pypkg.release.records.summaries import Revision

SECRETS = Resource("v1", "Secret", "secrets", namespaced=True)
CONFIG_MAPS = Resource("v1", "ConfigMap", "configmaps", namespaced=True)
_REMEMBERED = 16


class SecretStorage:
    """Helm's default: one Secret for each revision.

    Args:
        cluster: Where.
        namespace: Whose releases; "" is every namespace, to read only.
        clock: Gives the time, for the labels createdAt and modifiedAt.
        warn: Is told of records that cannot be read.
    """

    _resource = SECRETS
    _extra: Mapping[str, Any] = {"type": "helm.sh/release.v1"}

    def __init__(
        self,
        cluster: Cluster,
        namespace: str,
        *,
        clock: Callable[[], datetime],
        warn: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._cluster = cluster
        self._namespace = namespace
        self._clock = clock
        self._warn = warn
        self._chunks = Chunks(cluster, self._resource)
        # An operation reads a record several times, and reading is slow.
        self._decode = lru_cache(_REMEMBERED)(codec.decode)

    def create(self, release: Release) -> None:
        """Store a new revision.

        Raises:
            OperationInProgressError: This revision exists.
        """
        body = self._object(release, {"createdAt": self._seconds()})
        path = self._resource.path(self._namespace)
        attempts = 0

        def post() -> None:
            nonlocal attempts
            attempts += 1
            self._cluster.request("POST", path, body=body)

        try:
            retried(post, self._cluster.sleep)
        except ConflictError as error:
            found = self._found(release)
            # The first of several attempts may have been carried out.
            if attempts == 1 or found.get("data") != body["data"]:
                raise self._taken(release, found) from error

    def update(self, release: Release) -> None:
        """Store a revision again.

        Raises:
            ReleaseNotFoundError: There is no such revision.
        """
        body = self._object(release, {"modifiedAt": self._seconds()})
        path = self._path(release.name, release.revision)
        try:
            retried(
                lambda: self._cluster.request("PUT", path, body=body),
                self._cluster.sleep,
            )
        except NotFoundError as error:
            raise not_found(release.name, release.revision) from error

    def delete(self, release: Revision) -> None:
        """Remove a revision; one that is gone already is no error."""
        path = self._path(release.name, release.revision)
        with suppress(NotFoundError):
            retried(lambda: self._cluster.request("DELETE", path), self._cluster.sleep)

    def tidy(self, name: str) -> None:
        """Remove what no revision of a release needs any more."""

        def heads() -> Iterator[Release]:
            for item in self._list(_selector({"name": name})):
                with suppress(ReleaseError):
                    yield self._head(item)

        self._chunks.remove_unused(self._namespace, name, heads())

    def get(self, name: str, revision: int) -> Release:
        """Read one revision.

        Raises:
            ReleaseError: The record is damaged.
            ReleaseNotFoundError: There is no such revision.
        """
        try:
            return self._release(self._cluster.fetch(self._path(name, revision)))
        except NotFoundError as error:
            raise not_found(name, revision) from error

    def heads(self, name: str) -> list[Head]:
        """Tell which revisions of a release there are, the oldest first."""
        items = self._list(_selector({"name": name}), METADATA_ONLY)
        return [Head.of(item) for item in sorted(items, key=_revision)]

    def outlines(self, name: str) -> list[Release]:
        """Read what comes first in the records of a release, the oldest first."""
        return self._readable(self._list(_selector({"name": name})), self._outline)

    def find(self, labels: Mapping[str, str], *, latest: bool = False) -> list[Release]:
        """Read the revisions whose record has these labels."""
        wanted = _selector(labels)
        if latest:
            return self._readable(self._latest(wanted), self._release, self._before)
        return self._readable(self._list(wanted), self._release)

    def _readable(
        self,
        items: Objects,
        read: Callable[[Object], Release],
        instead: Callable[[Object], Iterable[Release]] = lambda _: (),
    ) -> list[Release]:
        found = []
        for item in items:
            try:
                found.append(read(item))
            except ReleaseError as error:
                self._warn(f"{item['metadata']['name']} is left out: {error}")
                found += instead(item)
        return sorted(found, key=order)

    def _list(self, selector: str, accept: str = "") -> Objects:
        path = self._resource.path(self._namespace or None)
        items, _ = self._cluster.list_at(path, label_selector=selector, accept=accept)
        return items

    def _latest(self, selector: str) -> Objects:
        """Read the last record of each release, and hardly any other.

        The labels tell which records these are, and a superseded one is the last
        only after an accident. With a long history that saves most of the bytes.
        """
        last = {
            (head["metadata"]["namespace"], head["metadata"]["name"])
            for head in _newest(self._list(selector, METADATA_ONLY))
        }
        likely = self._list(f"{selector},status!=superseded") if last else []
        records = {
            (item["metadata"]["namespace"], item["metadata"]["name"]): item
            for item in likely
        }
        for namespace, name in last - records.keys():
            path = self._resource.path(namespace, name)
            with suppress(NotFoundError):  # pruned meanwhile
                records[namespace, name] = self._cluster.fetch(path)
        return [item for key, item in records.items() if key in last]

    def _before(self, damaged: Object) -> Iterator[Release]:
        """Give the last record of a release before one that cannot be read."""
        metadata = damaged["metadata"]
        name = metadata["labels"].get("name", "")
        path = self._resource.path(metadata["namespace"])
        items, _ = self._cluster.list_at(path, label_selector=_selector({"name": name}))
        for item in sorted(items, key=_revision, reverse=True):
            if _revision(item) < _revision(damaged):
                with suppress(ReleaseError):
                    yield self._release(item)
                    return

    def _path(self, name: str, revision: int) -> str:
        return self._resource.path(self._namespace, record_name(name, revision))

    def _seconds(self) -> str:
        return str(int(self._clock().timestamp()))

    def _object(self, release: Release, times: Mapping[str, str]) -> Object:
        return {
            "apiVersion": self._resource.api_version,
            "kind": self._resource.kind,
            "metadata": {
                "name": record_name(release.name, release.revision),
                "labels": record_labels(replace(release, record_times=times)),
            },
            **self._extra,
            "data": {
                "release": self._pack(self._chunks.fitted(self._namespace, release))
            },
        }

    def _found(self, release: Release) -> Object:
        try:
            path = self._path(release.name, release.revision)
            found: Object = self._cluster.fetch(path)
        except ApiError:  # gone again, or not to be read
            return {}
        return found

    def _taken(self, release: Release, found: Object) -> ReleaseError:
        """Say why a revision cannot be made: it exists, or something in its place."""
        if not found:
            return already_exists(release)
        try:
            self._head(found)
        except ReleaseError as error:
            name = found["metadata"]["name"]
            return ReleaseError(
                f"revision {release.revision} of {release.name} cannot be recorded:"
                f" {name} is in the way: {error}",
                hint=f"forget it: kubectl delete {self._resource.kind.lower()} {name}"
                f" -n {self._namespace}",
            )
        return already_exists(release)

    def _release(self, item: Object) -> Release:
        head = self._head(item)
        return self._chunks.whole(item["metadata"]["namespace"], head)

    def _outline(self, item: Object) -> Release:
        info, metadata = codec.outline(self._text(item))
        namespace, name, revision = identity(item)
        return Release(
            name=name,
            namespace=namespace,
            revision=revision,
            info=info,
            chart=Chart(metadata=metadata, values={}),
            **_labels(item),
        )

    def _head(self, item: Object) -> Release:
        return replace(self._decode(self._text(item)), **_labels(item))

    def _text(self, item: Object) -> str:
        try:
            return self._unpack(item["data"]["release"])
        except (KeyError, TypeError, ValueError) as error:
            raise ReleaseError("it holds no release") from error

    @staticmethod
    def _pack(text: str) -> str:
        # A Secret's data is base64, so a record in one is encoded twice.
        return base64.b64encode(text.encode("ascii")).decode("ascii")

    @staticmethod
    def _unpack(data: str) -> str:
        return base64.b64decode(data).decode("ascii")


class ConfigMapStorage(SecretStorage):
    """One ConfigMap for each revision."""

    _resource = CONFIG_MAPS
    _extra: Mapping[str, Any] = {}

    @staticmethod
    def _pack(text: str) -> str:
        return text

    @staticmethod
    def _unpack(data: str) -> str:
        return data


def _selector(labels: Mapping[str, str]) -> str:
    return ",".join(f"{key}={value}" for key, value in {**labels, **OWNER}.items())


def _labels(item: Object) -> dict[str, Any]:
    labels = item["metadata"].get("labels") or {}
    return {
        "labels": {k: v for k, v in labels.items() if k not in SYSTEM_LABELS},
        "record_times": {k: labels[k] for k in TIME_LABELS if k in labels},
    }


def _newest(items: Objects) -> Objects:
    last: dict[tuple[str, str], Object] = {}
    for item in sorted(items, key=_revision):
        metadata = item["metadata"]
        last[metadata["namespace"], metadata["labels"].get("name", "")] = item
    return list(last.values())


def _revision(item: Object) -> int:
    version = item["metadata"]["labels"].get("version", "")
    return int(version) if version.isdigit() else 0
