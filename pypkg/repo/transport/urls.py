"""URLs of repositories: where they point, what may be shown of them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import SplitResult, unquote, urljoin, urlsplit, urlunsplit

from pypkg.errors import RepositoryError

SCHEMES = ("http", "https")
_PORTS = {"http": 80, "https": 443}
# Parameters of signed URLs and tokens: X-Amz-Signature, sig, access_token, ...
_SECRET = re.compile(
    r"(?i)([?&;][^=&;]*(?:sig|token|key|secret|pass|credential|auth|code)[^=&;]*=)"
    r"[^&;#]*"
)
_HIDDEN = "***"
_URL = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)


def redacted(url: str) -> str:
    """Give a URL as it may be shown: no user, no password, no signature."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url.rpartition("@")[2]
    shown = _without_user(parts)
    return _SECRET.sub(rf"\1{_HIDDEN}", shown)


def is_http(url: str) -> bool:
    """Tell an http(s) URL from anything else."""
    return url.lower().startswith(("http://", "https://"))


def is_url(text: str) -> bool:
    """Tell a URL, of whatever scheme, from anything else."""
    return _URL.match(text) is not None


def origin(url: str) -> str:
    """Give scheme, host and port of a URL: who gets its credentials.

    Raises:
        RepositoryError: It is no URL, or names no host.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or _PORTS.get(parts.scheme) or ""
    except ValueError:
        host = None
    if not host or not is_url(url):
        raise no_url(url)
    return f"{parts.scheme}://{host.rstrip('.')}:{port}"


def no_url(text: str) -> RepositoryError:
    """Say that something is no URL that can be used."""
    return RepositoryError(
        f"{redacted(text)} is no http(s) URL",
        hint="write it as https://HOST/PATH",
    )


def joined(base: str, reference: str) -> str:
    """Resolve what an index says against the repository's URL, as Helm does.

    The query of the repository's URL, where tokens may be, is kept for references
    that are relative.
    """
    if urlsplit(reference).scheme:
        return reference
    parts = urlsplit(base)
    # urljoin joins none of a scheme that it does not know.
    folder = urlunsplit(parts._replace(scheme="", path=parts.path.rstrip("/") + "/"))
    made = urlsplit(urljoin(folder, reference), scheme=parts.scheme)
    return urlunsplit(made._replace(query=made.query or parts.query))


def below(base: str, name: str) -> str:
    """Give the URL of a file in the folder that a URL names; its query is kept."""
    parts = urlsplit(base)
    return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/{name}"))


def without_user(url: str) -> tuple[str, str, str]:
    """Take the user and the password out of a URL.

    Returns:
        The URL without them, the user, the password.
    """
    parts = urlsplit(url)
    if "@" not in parts.netloc:
        return url, "", ""
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return _without_user(parts), user, password


def _without_user(parts: SplitResult) -> str:
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


@dataclass(frozen=True, slots=True)
class Credentials:
    """A user's name and password, and the origin that they are for.

    Attributes:
        username: The name.
        password: The password, or a token in its place.
        origin: Scheme, host and port, as :func:`origin` gives them.
        everywhere: Send them to any origin: ``--pass-credentials``.
    """

    username: str
    password: str = field(repr=False)
    origin: str
    everywhere: bool = False

    def covers(self, url: str) -> bool:
        """Tell whether they may go to a URL."""
        return self.everywhere or origin(url) == self.origin

    def authorize(self, url: str) -> str:
        """Give the Authorization header for a URL; "" where they must not go."""
        return basic(self.username, self.password) if self.covers(url) else ""


def basic(username: str, password: str) -> str:
    """Give the Authorization header of a name and a password."""
    from base64 import b64encode  # noqa: PLC0415 - start-up time

    return f"Basic {b64encode(f'{username}:{password}'.encode()).decode()}"
