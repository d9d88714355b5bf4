"""What went wrong on the way to a server, and what to try."""

from __future__ import annotations

import errno
import socket
import ssl

from pypkg.errors import HttpError
from pypkg.repo.transport.urls import redacted

# What a second try may mend: throttling, and servers that restart.
PASSING = frozenset({408, 429, 500, 502, 503, 504})

_HINTS = {
    401: "give --username and --password; a stored password may have expired",
    403: "this user may not read it: ask whoever runs the repository",
    404: "is the repository's URL right? It is the folder that index.yaml lies in",
    407: "the proxy wants a user and a password: HTTPS_PROXY=http://USER:PASSWORD@HOST",
    410: "the repository has removed it",
    429: "the server throttles: try again later, or sign in with --username",
}
_BUSY = "the server has trouble: try again later"
_TLS_HINT = (
    "if the server's certificate has its own authority, name that with --ca-file;"
    " --insecure-skip-tls-verify trusts anybody"
)
_REFUSED = "is the server running, and the port right?"
_UNKNOWN_HOST = "is the host's name right, and is there a network?"
_SILENT = "the server is slow or out of reach; --timeout waits longer where it is taken"


def refusal(url: str, status: int, reason: str) -> HttpError:
    """Describe an answer that is an error."""
    hint = _HINTS.get(status) or (_BUSY if status in PASSING else None)
    # Helm has a space before the colon; who searches for either finds the status.
    return HttpError(
        redacted(url), f"{status} {reason}".rstrip(), status=status, hint=hint
    )


def no_answer(url: str, error: BaseException) -> HttpError:
    """Describe a request that nobody answered, by what is behind the error."""
    cause = _innermost(error)
    match cause:
        case ssl.SSLCertVerificationError(verify_message=message):
            reason, hint = f"the certificate is not trusted: {message}", _TLS_HINT
        case ssl.SSLError(reason="WRONG_VERSION_NUMBER"):
            reason, hint = (
                "the server does not speak TLS",
                "is it http://, not https://?",
            )
        case ssl.SSLError(reason=str() as message):
            reason, hint = f"TLS: {message.lower().replace('_', ' ')}", _TLS_HINT
        case socket.gaierror():
            reason, hint = "the host is not known", _UNKNOWN_HOST
        case TimeoutError():
            reason, hint = "no answer in time", _SILENT
        case OSError(errno=errno.ECONNREFUSED):
            reason, hint = "the connection was refused", _REFUSED
        case OSError(strerror=str() as message):
            reason, hint = message.lower(), "is the address reachable from here?"
        case _:
            reason, hint = redacted(str(cause)), "is the address reachable from here?"
    return HttpError(redacted(url), reason, hint=hint)


def slow(url: str, seconds: float) -> HttpError:
    """Describe a download that took too long."""
    return HttpError(redacted(url), f"not complete after {seconds:g} s", hint=_SILENT)


def too_large(url: str, limit: int) -> HttpError:
    """Describe a body beyond what is accepted."""
    return HttpError(
        redacted(url),
        f"it is larger than {limit / 1024 / 1024:g} MiB",
        hint="nothing was stored: is this the right URL?",
    )


def _innermost(error: BaseException) -> BaseException:
    """Follow a chain to what the system said: libraries' own words are long."""
    while True:
        inner = getattr(error, "reason", None)
        if not isinstance(inner, BaseException):
            inner = error.__cause__ or error.__context__
        if inner is None:
            found = next((a for a in error.args if isinstance(a, BaseException)), None)
            if found is None:
                return error
            inner = found
        error = inner
