"""The cluster: objects are read and written over its HTTP API."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote, urlencode

from pypkg.cluster.discovery import Discovery, Resource
from pypkg.cluster.openapi import OpenApi
from pypkg.cluster.reference import ObjectRef
from pypkg.cluster.session import JSON, Session
from pypkg.cluster.throttle import Rate
from pypkg.errors import ApiError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pypkg.cluster.config import ClusterConfig
    from pypkg.cluster.transport import Response

Object = dict[str, Any]
Objects = list[Object]
PatchType = Literal[
    "application/json-patch+json",
    "application/merge-patch+json",
    "application/strategic-merge-patch+json",
    "application/apply-patch+yaml",
]
PAGE = 500
# The answer of a server that no longer knows the version that is asked for.
GONE = 410
PARALLEL = 8
# Forms in which only the metadata of objects is sent, where the server knows them.
METADATA_ONLY = (
    "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json"
)
METADATA_OF_ONE = (
    "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json"
)


def connect(
    config: ClusterConfig,
    *,
    environ: Mapping[str, str],
    parallel: int = PARALLEL,
    rate: Rate = Rate(),  # noqa: B008 - it cannot be changed
) -> Cluster:
    """Make a cluster to talk to; nothing is sent yet.

    Args:
        config: The server, and how to sign in.
        environ: Of which the proxy variables are read.
        parallel: How many requests to send at once, at most.
        rate: How many requests to send a second, at most.

    Raises:
        KubeconfigError: A certificate is not valid.
    """
    # TLS takes 20 ms to import.
    from pypkg.cluster.connection import (  # noqa: PLC0415 - start-up time
        HttpTransport,
    )

    session = Session(config, HttpTransport(config, environ), rate=rate)
    return Cluster(session, namespace=config.namespace, parallel=parallel)


class Cluster:
    """A Kubernetes API server.

    Safe for use by many threads at once.

    Attributes:
        namespace: Where objects go that do not say.
        server: The API server's URL.
        parallel: How many requests to send at once, at most.
        sleep: Waits that many seconds, before something is tried again.

    Args:
        session: Sends the requests.
    """

    def __init__(
        self,
        session: Session,
        *,
        namespace: str = "default",
        parallel: int = PARALLEL,
    ) -> None:
        self.namespace = namespace
        self.server = session.server
        self.parallel = parallel
        self.discovery = Discovery(self.fetch)
        self.openapi = OpenApi(self.fetch)
        self.raw = session.send
        self.sleep = session.sleep

    def version(self) -> Object:
        """Ask for the server's version: ``gitVersion``, ``major``, ``minor``.

        Raises:
            ConnectionFailedError: There is no answer.
        """
        found: Object = self.fetch("/version")
        return found

    def ref(self, obj: Mapping[str, Any], namespace: str | None = None) -> ObjectRef:
        """Give an object's identity, with the namespace it really has.

        Args:
            obj: A manifest or a live object.
            namespace: Where it goes if it does not say; None is the cluster's.

        Raises:
            NotFoundError: The server does not have the kind.
        """
        ref = ObjectRef.of(obj, namespace or self.namespace)
        if self.discovery.resolve(ref).namespaced:
            return ref
        return ObjectRef(ref.api_version, ref.kind, ref.name)

    def get(self, ref: ObjectRef, *, accept: str = "") -> Object:
        """Read an object.

        Args:
            ref: Which.
            accept: In which form it is wanted, such as :data:`METADATA_OF_ONE`.

        Raises:
            NotFoundError: There is no such object, or kind.
        """
        found: Object = self.fetch(self._path(ref), accept=accept)
        return found

    def find(self, ref: ObjectRef, *, accept: str = "") -> Object | None:
        """Read an object, or give None if it, or its kind, is not there."""
        try:
            return self.get(ref, accept=accept)
        except NotFoundError:
            return None

    def list(
        self,
        resource: Resource,
        namespace: str | None = None,
        *,
        label_selector: str = "",
        field_selector: str = "",
    ) -> Objects:
        """Read all objects of a kind.

        Args:
            resource: The kind.
            namespace: Where; None is everywhere.
            label_selector: What labels they must have.
            field_selector: What fields they must have.
        """
        items, _ = self.list_at(
            resource.path(namespace),
            label_selector=label_selector,
            field_selector=field_selector,
        )
        return items

    def list_at(
        self,
        path: str,
        *,
        label_selector: str = "",
        field_selector: str = "",
        accept: str = "",
    ) -> tuple[Objects, str]:
        """Read a collection page by page.

        Args:
            path: The collection's path.
            label_selector: What labels its objects must have.
            field_selector: What fields they must have.
            accept: In which form they are wanted, such as :data:`METADATA_ONLY`.

        Returns:
            The objects, and the resourceVersion from which to watch on.
        """
        pages = partial(
            self.pages,
            path,
            label_selector=label_selector,
            field_selector=field_selector,
            accept=accept,
        )
        try:
            return _joined(pages())
        except ApiError as error:
            if error.code != GONE:
                raise
            # The server has forgotten where the pages went on: read all at once.
            return _joined(pages(limit=0))

    def pages(
        self,
        path: str,
        *,
        label_selector: str = "",
        field_selector: str = "",
        accept: str = "",
        limit: int = PAGE,
    ) -> Iterator[tuple[Objects, Object]]:
        """Read a collection, each page when it is asked for.

        Args:
            path: The collection's path.
            label_selector: What labels its objects must have.
            field_selector: What fields they must have.
            accept: In which form they are wanted, such as :data:`METADATA_ONLY`.
            limit: How many objects make a page; 0 is all.

        Yields:
            Objects, and the metadata of the list.
        """
        query = {"limit": str(limit)}
        if label_selector:
            query["labelSelector"] = label_selector
        if field_selector:
            query["fieldSelector"] = field_selector
        while True:
            page = self.fetch(f"{path}?{urlencode(query)}", accept=accept)
            items: Objects = page.get("items") or []
            for item in items:
                # Items of a list do not say what they are.
                item.setdefault("apiVersion", page["apiVersion"])
                item.setdefault("kind", str(page["kind"]).removesuffix("List"))
            metadata = page.get("metadata") or {}
            yield items, metadata
            if not metadata.get("continue"):
                return
            query["continue"] = metadata["continue"]

    def create(
        self, obj: Mapping[str, Any], namespace: str | None = None, **query: str
    ) -> Object:
        """Create an object.

        Args:
            obj: The object.
            namespace: Where it goes if it does not say; None is the cluster's.
            **query: Such as ``fieldManager`` or ``dryRun``.

        Raises:
            ConflictError: It exists.
        """
        ref = self.ref(obj, namespace)
        path = self.discovery.resolve(ref).path(ref.namespace)
        return self.request("POST", path, query, obj)

    def update(
        self, obj: Mapping[str, Any], namespace: str | None = None, **query: str
    ) -> Object:
        """Replace an object; its resourceVersion, if it has one, must be current.

        Raises:
            ConflictError: It has changed meanwhile.
            NotFoundError: It does not exist.
        """
        return self.request("PUT", self._path(self.ref(obj, namespace)), query, obj)

    def patch(
        self, ref: ObjectRef, patch: Any, content_type: PatchType, **query: str
    ) -> Object:
        """Change an object.

        Args:
            ref: Which.
            patch: The patch, as data.
            content_type: What kind of patch it is.
            **query: Such as ``fieldManager``, ``force`` or ``dryRun``.

        Raises:
            ConflictError: Fields have other owners (server-side apply).
        """
        return self.request("PATCH", self._path(ref), query, patch, content_type)

    def delete(
        self,
        ref: ObjectRef,
        *,
        propagation: str = "Background",
        uid: str = "",
        dry_run: bool = False,
    ) -> None:
        """Delete an object.

        Args:
            ref: Which.
            propagation: ``Background``, ``Foreground`` or ``Orphan``.
            uid: Only the object of this uid, so that the request can be repeated if
                the connection breaks; "" for whichever has the name.
            dry_run: Only check that it could be deleted.

        Raises:
            ConflictError: The name belongs to another object by now.
            NotFoundError: It does not exist.
        """
        query = {"dryRun": "All"} if dry_run else {}
        options: Object = {
            "kind": "DeleteOptions",
            "apiVersion": "v1",
            "propagationPolicy": propagation,
        }
        if uid:
            options["preconditions"] = {"uid": uid}
        self.request("DELETE", self._path(ref), query, options)

    def logs(
        self,
        namespace: str,
        pod: str,
        container: str,
        *,
        tail: int | None = None,
        previous: bool = False,
    ) -> str:
        """Read what a container has printed.

        Args:
            namespace: The pod's namespace.
            pod: The pod's name.
            container: The container's name.
            tail: Only so many lines of the end; None is all.
            previous: Read what it printed before it was started again.

        Raises:
            ApiError: It has not started, or is gone.
        """
        path = f"/api/v1/namespaces/{namespace}/pods/{pod}/log"
        query = {"container": container}
        if tail is not None:
            query["tailLines"] = str(tail)
        if previous:
            query["previous"] = "true"
        response = self.raw("GET", f"{path}?{urlencode(query)}", accept="*/*")
        return response.read().decode("utf-8", errors="replace")

    def fetch(self, path: str, *, accept: str = "") -> Any:
        """Get a path as data.

        Raises:
            NotFoundError: The server does not have it.
            ApiError: The server refuses.
        """
        return _data(self.raw("GET", path, accept=accept or JSON))

    def stream(self, path: str, *, timeout: float) -> Response:
        """Get a path whose answer goes on and on.

        Args:
            path: The path, with its query.
            timeout: Seconds without a byte from the server.
        """
        return self.raw("GET", path, timeout=timeout, stream=True)

    def _path(self, ref: ObjectRef) -> str:
        resource = self.discovery.resolve(ref)
        return resource.path(ref.namespace, quote(ref.name))

    def request(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        body: Any = None,
        content_type: str = JSON,
    ) -> Object:
        """Send a request whose answer is one object.

        Args:
            method: The HTTP method.
            path: The path, without its query.
            query: The query.
            body: The body as data, or None.
            content_type: What the body is.

        Raises:
            ApiError: The server refuses.
        """
        where = f"{path}?{urlencode(query)}" if query else path
        found: Object = _data(
            self.raw(method, where, body=body, content_type=content_type)
        )
        return found


def _joined(pages: Iterable[tuple[Objects, Object]]) -> tuple[Objects, str]:
    items: Objects = []
    version = ""
    for page, metadata in pages:
        items += page
        version = str(metadata.get("resourceVersion") or "")
    return items, version


def events_of(response: Response) -> Iterator[Any]:
    """Read a streamed answer: one JSON document a line."""
    for line in response.lines():
        if line.strip():
            yield json.loads(line)


def _data(response: Response) -> Any:
    text = response.read()
    try:
        return json.loads(text)
    except ValueError as error:
        raise ApiError(
            "the server's answer is not JSON; is this a Kubernetes API?",
            code=response.status,
        ) from error
