"""Docker's file of credentials, ``config.json``, as Docker and Helm write it.

``auths`` holds passwords, ``credHelpers`` and ``credsStore`` name programs that do.
"""

from __future__ import annotations

import binascii
import json
import re
import subprocess
from base64 import b64decode, b64encode
from shutil import which
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pypkg import files
from pypkg.errors import RegistryError
from pypkg.structs import Struct

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

# The user name that says that the password is a refresh token.
_TOKEN_USER = "<token>"  # noqa: S105 - no secret
_HELPER_SECONDS = 60
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
