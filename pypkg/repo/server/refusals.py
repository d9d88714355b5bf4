"""Why the server refuses a request; each knows its HTTP status."""

from __future__ import annotations

from pypkg.errors import RepositoryError


class RefusedError(RepositoryError):
    """A request that cannot be granted.

    Attributes:
        status: The HTTP status.
        code: The registry protocol's word for it.
    """

    status = 400
    code = "DENIED"


class UnacceptableError(RefusedError):
    """An upload that breaks a rule; it is the client's mistake."""

    code = "MANIFEST_INVALID"


class MissingError(RefusedError):
    """There is no such thing."""

    status = 404
    code = "MANIFEST_UNKNOWN"


class ExistsError(RefusedError):
    """The version is taken, or was, by other content."""

    status = 409


class TooLargeError(RefusedError):
    """The request has more bytes than it may."""

    status = 413
    code = "SIZE_INVALID"


class QuotaError(RefusedError):
    """The repository is full."""

    status = 507


class LostError(RefusedError):
    """Something that had come is gone; the client should try again."""

    status = 503
