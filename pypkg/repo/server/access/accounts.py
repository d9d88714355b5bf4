"""Who may do what: accounts, tokens, and those who do not say who they are."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Literal

from pypkg.errors import RepositoryError
from pypkg.repo.server.refusals import RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pypkg.repo.server.store.catalogue import Catalogue

Right = Literal["pull", "push", "delete"]
Anonymous = Literal["none", "pull", "push"]
RIGHTS: tuple[Right, ...] = ("pull", "push", "delete")
_TOKEN_PREFIX = "pypkg_"  # noqa: S105 - lets scanners of source code recognise one
_SCRYPT_N, _SCRYPT_R, _SCRYPT_P = 2**15, 8, 1
_SCRYPT_MEMORY = 128 * 1024 * 1024


class UnauthorizedError(RefusedError):
    """Nobody is known by these credentials, or there are none where some are needed."""

    status = 401
    code = "UNAUTHORIZED"


class ForbiddenError(RefusedError):
    """Someone known may not do this."""

    status = 403


@dataclass(frozen=True, slots=True)
class Grant:
    """Rights in the repositories that a pattern names.

    Attributes:
        rights: What may be done.
        pattern: ``*`` for every repository, ``team/*``, or a name; the root's is "".
    """

    rights: frozenset[str]
    pattern: str = "*"

    @classmethod
    def parse(cls, text: str) -> Grant:
        """Read ``pull,push:team/*``, or ``pull`` for every repository.

        Raises:
            RepositoryError: It names no right, or one that does not exist.
        """
        rights, colon, pattern = text.partition(":")
        found = frozenset(right.strip() for right in rights.split(","))
        if not found <= set(RIGHTS):
            raise RepositoryError(
                f"{text!r} is no grant",
                hint="a grant is RIGHTS or RIGHTS:REPOSITORY, such as pull,push:team/*;"
                f" the rights are {', '.join(RIGHTS)}",
            )
        return cls(found, pattern if colon else "*")

    def __str__(self) -> str:
        """Give the text that :meth:`parse` reads."""
        return f"{','.join(r for r in RIGHTS if r in self.rights)}:{self.pattern}"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who makes a request.

    Attributes:
        name: The account's or token's name; "" for nobody known.
        grants: What they may do.
    """

    name: str
    grants: tuple[Grant, ...]

    def may(self, right: Right, repository: str) -> bool:
        """Tell whether they may do this there."""
        return any(
            right in grant.rights and fnmatchcase(repository, grant.pattern)
            for grant in self.grants
        )


def anonymous(rights: Anonymous) -> Principal:
    """Give the principal of requests without credentials."""
    granted = {"none": (), "pull": ("pull",), "push": RIGHTS}[rights]
    return Principal("", (Grant(frozenset(granted)),) if granted else ())


class Accounts:
    """The accounts and tokens of a catalogue."""

    def __init__(self, catalogue: Catalogue, clock: Callable[[], datetime]) -> None:
        self._catalogue = catalogue
        self._clock = clock

    @property
    def generation(self) -> int:
        """Counts the changes of accounts and tokens."""
        return int(self._catalogue.row("SELECT generation FROM access")[0])

    def any(self) -> bool:
        """Tell whether there is an account or a token."""
        row = self._catalogue.row(
            "SELECT EXISTS (SELECT 1 FROM account) OR EXISTS (SELECT 1 FROM token)"
        )
        return bool(row[0])

    def add(self, name: str, password: str, grants: Sequence[Grant]) -> None:
        """Make an account, or give it another password and other grants.

        Raises:
            RepositoryError: The name or password cannot be used.
        """
        if not name or ":" in name or not name.isprintable():
            raise RepositoryError(
                f"{name!r} cannot be an account's name", hint="it may have no colon"
            )
        if not password:
            raise RepositoryError("an account needs a password")
        self._change(
            "INSERT OR REPLACE INTO account VALUES (?, ?, ?)",
            name,
            hash_password(password),
            _packed(grants),
        )

    def remove(self, name: str) -> bool:
        """Remove an account; whether there was one."""
        return self._change("DELETE FROM account WHERE name = ?", name) > 0

    def accounts(self) -> list[tuple[str, tuple[Grant, ...]]]:
        """Give the accounts, by name."""
        rows = self._catalogue.rows("SELECT name, grants FROM account ORDER BY name")
        return [(name, _unpacked(grants)) for name, grants in rows]

    def add_token(
        self, name: str, grants: Sequence[Grant], *, expires: datetime | None = None
    ) -> str:
        """Make a token, which is shown this once: only its digest is kept.

        Raises:
            RepositoryError: There is a token of this name.
        """
        known = self._catalogue.row("SELECT 1 FROM token WHERE name = ?", name)
        if known is not None or not name:
            raise RepositoryError(
                f"there is a token named {name!r} already",
                hint="revoke it first, or choose another name",
            )
        token = _TOKEN_PREFIX + secrets.token_urlsafe(32)
        self._change(
            "INSERT INTO token VALUES (?, ?, ?, ?)",
            _token_digest(token),
            name,
            _packed(grants),
            expires.astimezone(UTC).isoformat() if expires else None,
        )
        return token

    def remove_token(self, name: str) -> bool:
        """Revoke a token; whether there was one."""
        return self._change("DELETE FROM token WHERE name = ?", name) > 0

    def tokens(self) -> list[tuple[str, tuple[Grant, ...], str | None]]:
        """Give the tokens by name, each with its grants and end."""
        rows = self._catalogue.rows(
            "SELECT name, grants, expires FROM token ORDER BY name"
        )
        return [(name, _unpacked(grants), expires) for name, grants, expires in rows]

    def by_password(self, name: str, password: str) -> Principal | None:
        """Find the account of a name and password; it takes equally long if none."""
        row = self._catalogue.row(
            "SELECT password, grants FROM account WHERE name = ?", name
        )
        stored = row[0] if row else _nobodys_password()
        good = check_password(password, stored)
        return Principal(name, _unpacked(row[1])) if row and good else None

    def by_token(self, token: str) -> Principal | None:
        """Find a token that has not ended."""
        row = self._catalogue.row(
            "SELECT name, grants, expires FROM token WHERE digest = ?",
            _token_digest(token),
        )
        if row is None:
            return None
        name, grants, expires = row
        if expires and datetime.fromisoformat(expires) <= self._clock():
            return None
        return Principal(name, _unpacked(grants))

    def _change(self, statement: str, *values: object) -> int:
        with self._catalogue.writing() as writer:
            writer.execute("UPDATE access SET generation = generation + 1")
            return writer.execute(statement, *values)


def hash_password(password: str) -> str:
    """Give what is stored of a password: ``scrypt$N$R$P$SALT$HASH``."""
    salt = secrets.token_bytes(16)
    key = _scrypt(password, salt, _SCRYPT_N, _SCRYPT_R, _SCRYPT_P)
    numbers = f"{_SCRYPT_N}${_SCRYPT_R}${_SCRYPT_P}"
    return f"scrypt${numbers}${salt.hex()}${key.hex()}"


def check_password(password: str, stored: str) -> bool:
    """Tell whether a password is the stored one, in a time that tells nothing."""
    _, n, r, p, salt, key = stored.split("$")
    made = _scrypt(password, bytes.fromhex(salt), int(n), int(r), int(p))
    return hmac.compare_digest(made, bytes.fromhex(key))


def credentials(header: str) -> tuple[str, str] | None:
    """Read an Authorization header.

    Returns:
        The name and password, with "" as the name for a bearer token; None where it
        is neither.
    """
    scheme, _, value = header.partition(" ")
    if scheme.lower() == "bearer":
        return "", value.strip()
    if scheme.lower() != "basic":
        return None
    try:
        decoded = base64.b64decode(value.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        return None
    name, colon, password = decoded.partition(":")
    return (name, password) if colon else None


def is_token(password: str) -> bool:
    """Tell whether a password is a token: registry clients know no other place."""
    return password.startswith(_TOKEN_PREFIX)


def _scrypt(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    return hashlib.scrypt(
        password.encode(), salt=salt, n=n, r=r, p=p, maxmem=_SCRYPT_MEMORY
    )


def _nobodys_password() -> str:
    """Give a stored password that nobody's is, with the usual numbers."""
    numbers = f"{_SCRYPT_N}${_SCRYPT_R}${_SCRYPT_P}"
    return f"scrypt${numbers}${'00' * 16}${'00' * 64}"


def _token_digest(token: str) -> str:
    # A token has 256 random bits: nothing is gained by a slow hash.
    return hashlib.sha256(token.encode()).hexdigest()


def _packed(grants: Sequence[Grant]) -> str:
    return json.dumps([str(grant) for grant in grants])


def _unpacked(text: str) -> tuple[Grant, ...]:
    return tuple(Grant.parse(one) for one in json.loads(text))
