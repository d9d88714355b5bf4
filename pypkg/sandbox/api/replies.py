"""Replies: objects in the form that a client accepts, and refusals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from pypkg.sandbox.api import tables
from pypkg.sandbox.api.negotiation import JSON, shape_for
from pypkg.sandbox.jsontext import dumps

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from pypkg.sandbox.api.negotiation import Shape
    from pypkg.sandbox.schemas.resources import Resource
    from pypkg.sandbox.statuses import StatusError

Object = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Presenter:
    """Shows the objects of one resource in the form that one client accepts.

    Attributes:
        resource: What they are.
        shape: As what: "" for themselves.
        version: The version of ``meta.k8s.io`` that the client speaks.
        include: How much of an object a table's row carries.
        now: For ages.
    """

    resource: Resource
    shape: Shape
    version: str
    include: str
    now: datetime

    @classmethod
    def negotiate(
        cls, resource: Resource, accept: str, include: str, now: datetime
    ) -> Presenter:
        """Choose the form by an ``Accept`` header.

        Raises:
            StatusError: 406.
        """
        shape, version = shape_for(accept)
        return cls(resource, shape, version, include, now)

    def one(self, obj: Object) -> Object:
        """Show one object."""
        if self.shape == "Table":
            metadata = {"resourceVersion": obj["metadata"].get("resourceVersion", "")}
            return self._table([obj], metadata)
        if self.shape == "PartialObjectMetadata":
            return tables.partial(obj, self.version)
        return obj

    def many(self, objects: Iterable[Object], metadata: Object) -> Object:
        """Show a list.

        Args:
            objects: Its items.
            metadata: The list's own.
        """
        if self.shape == "Table":
            return self._table(objects, metadata)
        if self.shape in {"PartialObjectMetadataList", "PartialObjectMetadata"}:
            return {
                "kind": "PartialObjectMetadataList",
                "apiVersion": f"meta.k8s.io/{self.version}",
                "metadata": metadata,
                "items": [tables.partial(obj, self.version) for obj in objects],
            }
        custom = self.resource.custom
        return {
            "kind": self.resource.list_kind,
            "apiVersion": self.resource.api_version,
            "metadata": metadata,
            # Items of built-in lists leave out what the list says already.
            "items": [obj if custom else _bare(obj) for obj in objects],
        }

    def _table(self, objects: Iterable[Object], metadata: Object) -> Object:
        return tables.table(
            objects,
            self.resource,
            version=self.version,
            include=self.include,
            now=self.now,
            list_metadata=metadata,
        )


def _bare(obj: Object) -> Object:
    return {k: v for k, v in obj.items() if k not in {"apiVersion", "kind"}}


def json_reply(
    value: Object, *, status: int = 200, warnings: Sequence[str] = ()
) -> Response:
    """A reply of JSON.

    Args:
        value: The body.
        status: The HTTP status.
        warnings: What the client should tell its user.
    """
    headers = {"Cache-Control": "no-cache, private"}
    body = dumps(value) + b"\n"
    reply = Response(body, status_code=status, headers=headers, media_type=JSON)
    for text in warnings:
        warn(reply, text)
    return reply


def warn(reply: Response, text: str) -> None:
    """Add a warning, which clients show to their users."""
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    reply.headers.append("Warning", f'299 - "{_printable(quoted)}"')


def _printable(text: str) -> str:
    """What an HTTP header can carry: Latin-1, no line breaks."""
    flat = "".join(c if c.isprintable() else " " for c in text)
    return flat.encode("latin-1", "replace").decode("latin-1")


def refusal(error: StatusError) -> Response:
    """A refusal."""
    reply = json_reply(error.to_dict(), status=error.code)
    if error.retry_after is not None:
        reply.headers["Retry-After"] = str(error.retry_after)
    return reply


def no_such_path() -> Response:
    """The answer where no path matches; it is no Status object."""
    return Response("404 page not found\n", status_code=404, media_type="text/plain")
