"""Refusals, as the API server words them: Kubernetes' ``Status`` objects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pypkg.sandbox.schemas.resources import Resource
    from pypkg.sandbox.schemas.schema import GroupVersionKind


@dataclass(frozen=True, slots=True)
class Cause:
    """One fault in an object.

    Attributes:
        reason: ``FieldValueRequired``, ``FieldValueInvalid``, …
        message: What is wrong: ``Required value``.
        field: The path: ``spec.containers[0].name``.
    """

    reason: str
    message: str
    field: str = ""

    def to_dict(self) -> dict[str, str]:
        """The wire form."""
        wire = {"reason": self.reason, "message": self.message, "field": self.field}
        return {key: value for key, value in wire.items() if value}


class StatusError(Exception):
    """A request that is refused.

    Attributes:
        code: The HTTP status.
        reason: The machine-readable reason; "" where there is none.
        message: The sentence for people.
        details: What it is about: name, group, kind, uid, causes.
        retry_after: Seconds after which to try again; None for no such advice.
    """

    def __init__(
        self,
        code: int,
        reason: str,
        message: str,
        *,
        details: Mapping[str, Any] | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.message = message
        self.details = dict(details or {})
        self.retry_after = retry_after
        if retry_after is not None:
            self.details["retryAfterSeconds"] = retry_after

    def to_dict(self) -> dict[str, Any]:
        """The ``Status`` object."""
        status: dict[str, Any] = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
        }
        if self.reason:
            status["reason"] = self.reason
        if self.details:
            status["details"] = self.details
        status["code"] = self.code
        return status


def success(details: Mapping[str, Any]) -> dict[str, Any]:
    """The ``Status`` object that answers a deletion."""
    return {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Success",
        "details": dict(details),
    }


def about(resource: Resource, name: str = "", **more: Any) -> dict[str, Any]:
    """The details that name an object: its plural stands under ``kind``."""
    found = {"name": name, "group": resource.group, "kind": resource.plural, **more}
    return {key: value for key, value in found.items() if value}


def not_found(resource: Resource, name: str) -> StatusError:
    """No object of this name (404)."""
    return StatusError(
        404,
        "NotFound",
        f'{resource.qualified} "{name}" not found',
        details=about(resource, name),
    )


def already_exists(resource: Resource, name: str) -> StatusError:
    """An object of this name exists (409)."""
    return StatusError(
        409,
        "AlreadyExists",
        f'{resource.qualified} "{name}" already exists',
        details=about(resource, name),
    )


def conflict(resource: Resource, name: str, why: str) -> StatusError:
    """The object is not what the client believed (409)."""
    return StatusError(
        409,
        "Conflict",
        f'Operation cannot be fulfilled on {resource.qualified} "{name}": {why}',
        details=about(resource, name),
    )


def invalid(kind: GroupVersionKind, name: str, causes: Sequence[Cause]) -> StatusError:
    """Fields hold what the kind forbids (422); every fault is named."""
    shown = [f"{c.field}: {c.message}" if c.field else c.message for c in causes]
    text = shown[0] if len(shown) == 1 else f"[{', '.join(shown)}]"
    qualified = f"{kind.kind}.{kind.group}" if kind.group else kind.kind
    details: dict[str, Any] = {"name": name, "group": kind.group, "kind": kind.kind}
    return StatusError(
        422,
        "Invalid",
        f'{qualified} "{name}" is invalid: {text}',
        details={
            **{key: value for key, value in details.items() if value},
            "causes": [cause.to_dict() for cause in causes],
        },
    )


def bad_request(message: str) -> StatusError:
    """The request itself is wrong (400)."""
    return StatusError(400, "BadRequest", message)


def forbidden(
    resource: Resource, name: str, why: str, causes: Sequence[Cause] = ()
) -> StatusError:
    """Not allowed (403)."""
    details = about(resource, name)
    if causes:
        details["causes"] = [cause.to_dict() for cause in causes]
    return StatusError(
        403,
        "Forbidden",
        f'{resource.qualified} "{name}" is forbidden: {why}',
        details=details,
    )


def unauthorized() -> StatusError:
    """No valid bearer token (401)."""
    return StatusError(401, "Unauthorized", "Unauthorized")


def method_not_allowed() -> StatusError:
    """The path does not know the method (405)."""
    return StatusError(
        405,
        "MethodNotAllowed",
        "the server does not allow this method on the requested resource",
    )


def resource_not_found() -> StatusError:
    """The path names a resource that is not served (404)."""
    return StatusError(
        404, "NotFound", "the server could not find the requested resource"
    )


def expired(message: str) -> StatusError:
    """The revision asked for is no longer kept (410)."""
    return StatusError(410, "Expired", message)


def not_acceptable(accepted: Sequence[str]) -> StatusError:
    """The client accepts no form that the server writes (406)."""
    return StatusError(
        406,
        "NotAcceptable",
        "only the following media types are accepted: " + ", ".join(accepted),
    )


def unsupported_media_type(accepted: Sequence[str]) -> StatusError:
    """The body has a form that the server does not read (415)."""
    return StatusError(
        415,
        "UnsupportedMediaType",
        "the body of the request was in an unknown format - accepted media types"
        " include: " + ", ".join(accepted),
    )
