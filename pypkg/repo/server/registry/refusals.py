"""Why a registry refuses: the error codes of the distribution specification."""

from __future__ import annotations

from pypkg.repo.server.refusals import MissingError, RefusedError


class UnsupportedError(RefusedError):
    """The method means nothing here."""

    status = 405
    code = "UNSUPPORTED"


class InvalidNameError(RefusedError):
    """A name that cannot be one."""

    code = "NAME_INVALID"


class UnknownNameError(MissingError):
    """A name that has no tag."""

    code = "NAME_UNKNOWN"


class DigestError(RefusedError):
    """The bytes have not the digest that the client says."""

    code = "DIGEST_INVALID"


class UnknownBlobError(MissingError):
    """The repository has no such blob."""

    code = "BLOB_UNKNOWN"


class UnknownPartError(RefusedError):
    """A manifest names what was not uploaded."""

    code = "MANIFEST_BLOB_UNKNOWN"


class UnknownUploadError(MissingError):
    """No upload is going on under this address."""

    code = "BLOB_UPLOAD_UNKNOWN"


class SpanError(RefusedError):
    """A piece that does not follow the last one."""

    status = 416
    code = "BLOB_UPLOAD_INVALID"
