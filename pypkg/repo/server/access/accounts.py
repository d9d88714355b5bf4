"""The accounts and tokens of a server, in its catalogue."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pypkg.errors import RepositoryError
from pypkg.repo.server.access.passwords import (
    check_password,
    hash_password,
    new_token,
    nobodys_password,
    token_digest,
)
from pypkg.repo.server.access.rights import Grant, Principal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pypkg.repo.server.store.catalogue import Catalogue


class Accounts:
    """The accounts and tokens of a catalogue.

    Args:
        catalogue: Where they are kept.
        clock: Tells the time.
    """

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

        Args:
            name: Its own, by which it is listed and revoked.
            grants: What its bearer may do.
            expires: When it ends; None for never.

        Raises:
            RepositoryError: It has no name, or there is a token of this name.
        """
        if not name:
            raise RepositoryError("a token needs a name")
        known = self._catalogue.row("SELECT 1 FROM token WHERE name = ?", name)
        if known is not None:
            raise RepositoryError(
                f"there is a token named {name!r} already",
                hint="revoke it first, or choose another name",
            )
        token = new_token()
        self._change(
            "INSERT INTO token VALUES (?, ?, ?, ?)",
            token_digest(token),
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
        stored = row[0] if row else nobodys_password()
        good = check_password(password, stored)
        return Principal(name, _unpacked(row[1])) if row and good else None

    def by_token(self, token: str) -> Principal | None:
        """Find a token that has not ended."""
        row = self._catalogue.row(
            "SELECT name, grants, expires FROM token WHERE digest = ?",
            token_digest(token),
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


def _packed(grants: Sequence[Grant]) -> str:
    return json.dumps([str(grant) for grant in grants])


def _unpacked(text: str) -> tuple[Grant, ...]:
    return tuple(Grant.parse(one) for one in json.loads(text))
