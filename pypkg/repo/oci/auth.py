"""Signing in to registries: Docker's file of credentials, and tokens.

The file is ``config.json`` as Docker and Helm write it (``auths``, ``credHelpers``,
``credsStore``); the token protocol is the distribution specification's.
"""

from __future__ import annotations

import binascii
import json
import re
import subprocess
from base64 import b64decode, b64encode
from shutil import which
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from pypkg.errors import RegistryError
from pypkg.repo import files
from pypkg.repo.transport.urls import basic, is_http
from pypkg.structs import Struct

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from pypkg.repo.transport.session import Session

# The user name that says that the password is a refresh token.
_TOKEN_USER = "<token>"  # noqa: S105 - no secret
_HELPER_SECONDS = 60
_MAX_TOKEN_BYTES = 1024 * 1024
_PARAMETER = re.compile(r'([a-zA-Z_]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))')
_HELPER = re.compile(r"[a-zA-Z0-9._-]+")


class Login(Struct):
    """What signs in to a registry.

    Attributes:
        username: The user; "" with a token.
        password: The password.
        token: A refresh token, in place of both.
    """

    username: str = ""
    password: str = ""
    token: str = ""

    def __bool__(self) -> bool:
        return bool(self.username or self.password or self.token)

    def __repr__(self) -> str:
        return f"Login(username={self.username!r})"


class CredentialFiles:
    """Where credentials are kept.

    Args:
        own: The file to write.
        others: Files to read besides: Helm's and Docker's.
    """

    def __init__(self, own: Path, others: Sequence[Path] = ()) -> None:
        self._own = own
        self._others = others

    def get(self, host: str) -> Login:
        """Find what signs in to a registry; an empty one where nothing is kept.

        Raises:
            RegistryError: A file is broken, or a credential helper failed.
        """
        for path in (self._own, *self._others):
            config = _read(path)
            if helper := _helper(config, host):
                found = _from_helper(helper, host)
            else:
                found = _stored(config, host, path)
            if found:
                return found
        return Login()

    def store(self, host: str, login: Login) -> str:
        """Keep what signs in to a registry.

        Returns:
            Where it is kept now, in words.

        Raises:
            RegistryError: It cannot be written, or the credential helper failed.
        """
        with files.locked(self._own):
            config = _read(self._own)
            if helper := _helper(config, host):
                secret = {"Username": login.username, "Secret": login.password}
                _run_helper(helper, "store", json.dumps({"ServerURL": host, **secret}))
                return f"docker-credential-{helper}"
            auth = b64encode(f"{login.username}:{login.password}".encode()).decode()
            config["auths"] = _section(config, "auths") | {host: {"auth": auth}}
            _write(self._own, config)
        return str(self._own)

    def remove(self, host: str) -> bool:
        """Forget what signs in to a registry.

        Returns:
            Whether there was anything.

        Raises:
            RegistryError: As for :meth:`store`.
        """
        with files.locked(self._own):
            config = _read(self._own)
            if helper := _helper(config, host):
                was_there = bool(_from_helper(helper, host))
                _run_helper(helper, "erase", host)
                return was_there
            auths = _section(config, "auths")
            kept = {key: auth for key, auth in auths.items() if _host(key) != host}
            if len(kept) == len(auths):
                return False
            _write(self._own, config | {"auths": kept})
        return True


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
            data = _json(answer.read(_MAX_TOKEN_BYTES))
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


def _host(key: str) -> str:
    """Give the registry that a key of ``auths`` is for: keys may be URLs."""
    parts = urlsplit(key if "://" in key else f"//{key}")
    return parts.netloc


def _account(host: str) -> str:
    """Give what credentials are for: Docker's own registry has two names for it."""
    return host.removeprefix("registry-1.").removeprefix("index.")


def _read(path: Path) -> dict[str, Any]:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise RegistryError(f"cannot read {path}: {error.strerror}") from error
    config = _json(data or b"{}")
    if not isinstance(config, dict):
        raise RegistryError(
            f"{path} is no JSON object",
            hint="registry login writes a new one if you move it away",
        )
    return config


def _json(data: bytes) -> Any:
    try:
        return json.loads(data)
    except ValueError:
        return None


def _write(path: Path, config: Mapping[str, Any]) -> None:
    files.write(path, f"{json.dumps(config, indent='	')}\n".encode())


def _section(config: Mapping[str, Any], name: str) -> dict[str, Any]:
    section = config.get(name)
    return section if isinstance(section, dict) else {}


def _stored(config: Mapping[str, Any], host: str, path: Path) -> Login:
    auths = _section(config, "auths")
    keys = sorted(auths, key=lambda key: _host(key) != host)
    key = next((key for key in keys if _account(_host(key)) == _account(host)), None)
    entry = auths.get(key) if key is not None else None
    if not isinstance(entry, dict):
        return Login()
    if token := entry.get("identitytoken"):
        return Login(token=str(token))
    try:
        text = b64decode(entry.get("auth") or "", validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, TypeError) as error:
        raise RegistryError(
            f"what {path} keeps for {host} cannot be read",
            hint=f"pypkg registry login {host} writes it anew",
        ) from error
    username, _, password = text.partition(":")
    return Login(username or entry.get("username", ""), password.rstrip("\0"))


def _helper(config: Mapping[str, Any], host: str) -> str:
    named = _section(config, "credHelpers").get(host) or config.get("credsStore")
    return named if isinstance(named, str) else ""


def _from_helper(helper: str, host: str) -> Login:
    text = _run_helper(helper, "get", host)
    data = _json(text.encode())
    if not isinstance(data, dict):
        return Login()
    username, secret = str(data.get("Username", "")), str(data.get("Secret", ""))
    if username == _TOKEN_USER:
        return Login(token=secret)
    return Login(username, secret)


def _run_helper(helper: str, verb: str, text: str) -> str:
    """Run a credential helper; what it does not know is no failure."""
    program = which(f"docker-credential-{helper}") if _HELPER.fullmatch(helper) else ""
    if not program:
        raise RegistryError(
            f"the credential helper docker-credential-{helper} is not installed",
            hint="credsStore or credHelpers in config.json names it",
        )
    try:
        done = subprocess.run(  # noqa: S603 - the user's own configuration names it
            [program, verb],
            input=text,
            capture_output=True,
            encoding="utf-8",
            timeout=_HELPER_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise RegistryError(f"docker-credential-{helper} failed: {error}") from error
    if done.returncode and verb == "store":
        raise RegistryError(
            f"docker-credential-{helper} could not keep the password:"
            f" {(done.stderr or done.stdout).strip()}"
        )
    return "" if done.returncode else done.stdout
