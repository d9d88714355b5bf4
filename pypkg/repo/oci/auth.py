"""Signing in to registries: the challenges of the distribution specification."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from pypkg.errors import RegistryError
from pypkg.repo.transport.urls import basic, is_http
from pypkg.structs import Struct

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pypkg.repo.oci.credentials import Login
    from pypkg.repo.transport.session import Session

_MAX_TOKEN_BYTES = 1024 * 1024
_PARAMETER = re.compile(r'([a-zA-Z_]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))')


class Challenge(Struct):
    """What a registry wants: the WWW-Authenticate header of a 401.

    Attributes:
        scheme: ``basic`` or ``bearer``.
        parameters: ``realm``, ``service``, ``scope``.
    """

    scheme: str
    parameters: Mapping[str, str]

    @classmethod
    def parse(cls, header: str) -> Challenge:
        """Read the header; "" is no challenge that can be met."""
        scheme, _, rest = header.strip().partition(" ")
        pairs = {name.lower(): a or b for name, a, b in _PARAMETER.findall(rest)}
        return cls(scheme.lower(), pairs)


class Authenticator:
    """Answers a registry's challenges.

    Args:
        session: Asks for tokens.
        host: The registry.
        login: What signs in; empty for anonymous access.
        plain_http: Whether the registry is spoken to without TLS.
    """

    def __init__(
        self, session: Session, host: str, login: Login, *, plain_http: bool = False
    ) -> None:
        self._session = session
        self._host = host
        self._login = login
        self._plain_http = plain_http
        self._known: dict[str, str] = {}

    @property
    def is_anonymous(self) -> bool:
        """Whether there is nothing to sign in with."""
        return not self._login

    def known(self, scope: str) -> str:
        """Give the Authorization header for a scope, "" if none is known yet."""
        return self._known.get(scope, "")

    def answer(self, header: str, scope: str) -> str:
        """Meet a challenge.

        Args:
            header: The WWW-Authenticate header.
            scope: What is to be done, such as ``repository:charts/web:pull``.

        Returns:
            The Authorization header; "" if there is nothing to sign in with.

        Raises:
            RegistryError: The challenge cannot be met.
        """
        challenge = Challenge.parse(header)
        if challenge.scheme == "bearer":
            found = f"Bearer {self._token(challenge, scope)}"
        elif challenge.scheme == "basic" and self._login:
            found = basic(self._login.username, self._login.password)
        else:
            return ""
        self._known[scope] = found
        return found

    def _token(self, challenge: Challenge, scope: str) -> str:
        realm = challenge.parameters.get("realm", "")
        if not is_http(realm):
            raise RegistryError(f"{self._host} names no place to get a token from")
        if urlsplit(realm).scheme != "https" and not self._plain_http:
            raise RegistryError(
                f"{self._host} wants the password to be sent without TLS, to {realm}",
                hint="--plain-http allows it",
            )
        asked = {
            "service": challenge.parameters.get("service", ""),
            "scope": challenge.parameters.get("scope") or scope,
        }
        data = self._asked(realm, {key: text for key, text in asked.items() if text})
        token = data.get("token") or data.get("access_token")
        if not isinstance(token, str):
            raise RegistryError(f"{self._host} got no token from {realm}")
        return token

    def _asked(self, realm: str, asked: dict[str, str]) -> dict[str, Any]:
        login = self._login
        if login.token:
            form = {"grant_type": "refresh_token", "refresh_token": login.token}
            body = urlencode(form | asked | {"client_id": "pypkg"}).encode()
            kind = {"Content-Type": "application/x-www-form-urlencoded"}
            answer = self._session.send("POST", realm, headers=kind, body=body)
        else:
            mark = "&" if urlsplit(realm).query else "?"
            header = basic(login.username, login.password) if login else ""
            url = f"{realm}{mark}{urlencode(asked)}"
            answer = self._session.send("GET", url, authorization=header)
        with answer:
            if answer.status in (401, 403):
                raise denied(self._host, is_anonymous=not login)
            answer.check(200)
            text = answer.read(_MAX_TOKEN_BYTES)
        try:
            data = json.loads(text)
        except ValueError:
            return {}
        return data if isinstance(data, dict) else {}


def denied(host: str, *, is_anonymous: bool) -> RegistryError:
    """Describe a registry that lets nobody, or not this user, in."""
    if is_anonymous:
        return RegistryError(
            f"{host} wants to know who asks", hint=f"pypkg registry login {host}"
        )
    return RegistryError(
        f"{host} refuses this user and password",
        hint=f"sign in again with pypkg registry login {host}; this user may also lack"
        " the right to do this",
    )
