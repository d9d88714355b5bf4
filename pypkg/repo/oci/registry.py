"""A client of the distribution protocol, specification 1.1."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urljoin, urlsplit

from pypkg.errors import HttpError, RegistryError, RepositoryError, VerificationError
from pypkg.repo.digests import digest_of
from pypkg.repo.oci.auth import denied
from pypkg.repo.oci.manifest import MANIFEST
from pypkg.repo.transport.urls import origin, redacted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pypkg.repo.oci.auth import Authenticator
    from pypkg.repo.transport.responses import Response
    from pypkg.repo.transport.session import Session
    from pypkg.repo.transport.transfer import Progress

_MAX_MANIFEST_BYTES = 4 * 1024 * 1024
_MAX_TAGS = 100_000
_NEXT = re.compile(r'<([^>]*)>\s*;\s*rel="?next"?')
_UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND = 401, 403, 404
_PULL, _PUSH = "pull", "pull,push"


class Registry:
    """A registry.

    Args:
        session: Speaks to it.
        host: ``HOST`` or ``HOST:PORT``.
        authenticator: Signs in.
        plain_http: Speak HTTP, not HTTPS.
    """

    def __init__(
        self,
        session: Session,
        host: str,
        authenticator: Authenticator,
        *,
        plain_http: bool = False,
    ) -> None:
        self._session = session
        self._host = host
        self._authenticator = authenticator
        self._plain_http = plain_http
        self._base = f"{'http' if plain_http else 'https'}://{host}/v2/"

    def check(self) -> None:
        """Make sure that the registry answers, and lets this user in.

        Raises:
            RegistryError: It does not.
        """
        with self._send("GET", self._base, "") as answer:
            self._succeed(answer, 200)

    def manifest(self, name: str, reference: str) -> tuple[dict[str, Any], str]:
        """Fetch a manifest.

        Args:
            name: The repository.
            reference: A tag, or ``sha256:HEX``.

        Returns:
            The manifest and its digest.

        Raises:
            RegistryError: There is none.
            VerificationError: It is not what its digest says.
        """
        url = self._url(name, "manifests", reference)
        headers = {"Accept": MANIFEST}
        with self._send("GET", url, _scope(name, _PULL), headers=headers) as answer:
            self._succeed(answer, 200)
            data = answer.read(_MAX_MANIFEST_BYTES)
        digest = digest_of(data)
        if reference.startswith("sha256:"):
            _verify(digest, reference, url)
        return _object(data, url), digest

    def blob(
        self,
        name: str,
        digest: str,
        *,
        limit: int,
        progress: Progress | None = None,
    ) -> bytes:
        """Fetch a blob.

        Args:
            name: The repository.
            digest: ``sha256:HEX``.
            limit: The most bytes to accept.
            progress: Hears how far it is.

        Raises:
            RegistryError: There is none.
            VerificationError: It is not what its digest says.
        """
        url = self._url(name, "blobs", digest)
        # A token, if one is needed, is known since the manifest was fetched.
        fetched = self._session.fetch(
            url,
            limit=limit,
            progress=progress,
            authorization=self._authenticator.known(_scope(name, _PULL)),
        )
        _verify(digest_of(fetched.data), digest, url)
        return fetched.data

    def tags(self, name: str) -> list[str]:
        """List a repository's tags, in the registry's order.

        Raises:
            RegistryError: There is no such repository.
        """
        url = f"{self._url(name, 'tags', 'list')}?n=1000"
        found: list[str] = []
        while url and len(found) < _MAX_TAGS:
            with self._send("GET", url, _scope(name, _PULL)) as answer:
                self._succeed(answer, 200)
                tags = _object(answer.read(_MAX_MANIFEST_BYTES), url).get("tags") or []
                further = _NEXT.search(answer.headers.get("Link", ""))
            found += [tag for tag in tags if isinstance(tag, str)]
            url = self._own(urljoin(url, further[1])) if further and tags else ""
        return found

    def upload(self, name: str, data: bytes) -> None:
        """Store a blob, unless it is there.

        Raises:
            RegistryError: It is not taken.
        """
        scope, digest = _scope(name, _PUSH), digest_of(data)
        with self._send("HEAD", self._url(name, "blobs", digest), scope) as answer:
            if answer.status not in (_NOT_FOUND, _UNAUTHORIZED, _FORBIDDEN):
                self._succeed(answer, 200)
                return
        start = self._url(name, "blobs", "uploads/")
        with self._send("POST", start, scope, body=b"") as answer:
            self._succeed(answer, 201, 202)
            location = urljoin(start, answer.headers.get("Location", ""))
        mark = "&" if urlsplit(location).query else "?"
        url = f"{location}{mark}digest={quote(digest, safe='')}"
        headers = {"Content-Type": "application/octet-stream"}
        with self._send("PUT", url, scope, headers=headers, body=data) as answer:
            self._succeed(answer, 201, 202, 204)

    def put_manifest(self, name: str, reference: str, data: bytes) -> str:
        """Store a manifest under a tag.

        Returns:
            Its digest.

        Raises:
            RegistryError: It is not taken.
        """
        url = self._url(name, "manifests", reference)
        headers = {"Content-Type": MANIFEST}
        scope = _scope(name, _PUSH)
        with self._send("PUT", url, scope, headers=headers, body=data) as answer:
            self._succeed(answer, 200, 201)
        return digest_of(data)

    def _url(self, name: str, kind: str, reference: str) -> str:
        return f"{self._base}{name}/{kind}/{reference}"

    def _own(self, url: str) -> str:
        """Make sure that a registry does not send us elsewhere for its lists."""
        if origin(url) != origin(self._base):
            raise RegistryError(f"{self._host} continues its list at {redacted(url)}")
        return url

    def _send(
        self,
        method: str,
        url: str,
        scope: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Response:
        """Send a request, and sign in if the registry wants that."""
        known = self._authenticator.known(scope)
        if origin(url) != origin(self._base):
            # Where to upload to may be another host, which gets no credentials.
            known = ""
        answer = self._sent(method, url, headers=headers, body=body, header=known)
        challenge = answer.headers.get("WWW-Authenticate", "")
        if answer.status != _UNAUTHORIZED or origin(url) != origin(self._base):
            return answer
        try:
            header = self._authenticator.answer(challenge, scope)
        except RepositoryError:
            answer.close()
            raise
        if not header or header == known:
            return answer
        answer.close()
        return self._sent(method, url, headers=headers, body=body, header=header)

    def _sent(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None,
        body: bytes | None,
        header: str,
    ) -> Response:
        try:
            return self._session.send(
                method, url, headers=headers, body=body, authorization=header
            )
        except HttpError as error:
            if not self._plain_http and "does not speak TLS" in error.reason:
                error.hint = f"{self._host} speaks no TLS: --plain-http allows that"
            raise

    def _succeed(self, answer: Response, *statuses: int) -> None:
        """Make sure of a status, or say what the registry says."""
        if answer.status in statuses:
            return
        if answer.status in (_UNAUTHORIZED, _FORBIDDEN):
            raise denied(self._host, is_anonymous=self._authenticator.is_anonymous)
        message = _message(answer.read(_MAX_MANIFEST_BYTES))
        url = redacted(answer.url)
        if answer.status == _NOT_FOUND:
            raise RegistryError(
                f"{url}: {message or 'not found'}",
                hint=f"is it in {self._host} under that name?",
            )
        raise RegistryError(f"{url}: {answer.status} {message or answer.reason}")


def _scope(name: str, actions: str) -> str:
    return f"repository:{name}:{actions}"


def _verify(digest: str, expected: str, url: str) -> None:
    if digest != expected:
        raise VerificationError(
            f"{redacted(url)} is not what its digest says: expected {expected},"
            f" got {digest}",
            hint="it was changed or damaged on the way, or in the registry",
        )


def _object(data: bytes, url: str) -> dict[str, Any]:
    try:
        value = json.loads(data)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise RegistryError(f"{redacted(url)} is no JSON object: is this a registry?")
    return value


def _message(data: bytes) -> str:
    """Give what a registry says of an error; the specification has a form for it."""
    try:
        errors = json.loads(data).get("errors")
        return "; ".join(f"{one['message']}" for one in errors if one.get("message"))
    except (ValueError, AttributeError, TypeError, KeyError):
        return ""
