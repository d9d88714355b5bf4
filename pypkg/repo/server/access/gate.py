"""The gate: who is asking, whether they may, and whether the request is honest."""

from __future__ import annotations

import base64
import binascii
import hashlib
import secrets
from collections import OrderedDict
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from anyio import CapacityLimiter
from anyio.to_thread import run_sync

from pypkg.repo.server.access.passwords import is_token
from pypkg.repo.server.access.rights import ForbiddenError, UnauthorizedError
from pypkg.repo.server.refusals import RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from pypkg.repo.server.access.accounts import Accounts
    from pypkg.repo.server.access.limits import Rate
    from pypkg.repo.server.access.rights import Principal, Right

_REMEMBERED = 1024  # credentials that were good
_REMEMBER_SECONDS = 60.0
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class TooManyError(RefusedError):
    """Too many requests of a kind from one address."""

    status = 429
    code = "TOOMANYREQUESTS"


class Gate:
    """Decides who a request comes from, and whether it is granted.

    Args:
        accounts: Those who are known.
        nobody: Who requests without credentials come from.
        hosts: The names by which the server may be called; none for any.
        failures: How often an address may fail to say who it is.
        writes: How often an address may ask to change something.
        monotonic: Counts seconds.
    """

    def __init__(
        self,
        accounts: Accounts,
        nobody: Principal,
        *,
        hosts: Collection[str],
        failures: Rate,
        writes: Rate,
        monotonic: Callable[[], float],
    ) -> None:
        self._accounts = accounts
        self.nobody = nobody
        self._hosts = frozenset(host.lower() for host in hosts)
        self._failures = failures
        self._writes = writes
        self._monotonic = monotonic
        # Passwords are hashed slowly, on purpose: remember those that were right.
        self._known: OrderedDict[bytes, tuple[Principal, float]] = OrderedDict()
        self._generation = -1
        self._secret = secrets.token_bytes(32)
        self._hashing = CapacityLimiter(2)

    def check_request(self, method: str, headers: Mapping[bytes, bytes]) -> None:
        """Refuse what a browser was tricked into sending.

        A page of another site can send forms to a server on loopback, and can give
        its own name this machine's address.

        Raises:
            ForbiddenError: The host is not ours, or a change comes from another site.
        """
        host = headers.get(b"host", b"").decode("latin-1")
        if self._hosts and _hostname(host) not in self._hosts:
            raise ForbiddenError(
                f"this server does not answer for the host {host[:80]!r}",
                hint="--allowed-host adds a name",
            )
        if method in _SAFE:
            return
        site = headers.get(b"sec-fetch-site", b"none")
        origin = headers.get(b"origin", b"").decode("latin-1")
        if site not in (b"none", b"same-origin") or (
            origin and urlsplit(origin).netloc.lower() != host.lower()
        ):
            raise ForbiddenError("changes from another site's page are refused")

    async def identify(self, headers: Mapping[bytes, bytes], address: str) -> Principal:
        """Tell who makes a request.

        Raises:
            UnauthorizedError: The credentials are nobody's.
            TooManyError: The address has failed too often.
        """
        header = headers.get(b"authorization")
        if header is None:
            return self.nobody
        key = hashlib.blake2b(header, key=self._secret).digest()
        if (known := self._remembered(key)) is not None:
            return known
        if not self._failures.allows(address):
            raise TooManyError(
                "too many failed attempts to sign in from this address",
                hint="wait a minute",
            )
        given = _credentials(header.decode("latin-1"))
        found: Principal | None = None
        if given is not None:
            name, password = given
            if not name or is_token(password):
                found = self._accounts.by_token(password)
            else:
                found = await run_sync(
                    self._accounts.by_password, name, password, limiter=self._hashing
                )
        if found is None:
            self._failures.count(address)
            raise UnauthorizedError("these credentials are nobody's")
        self._remember(key, found)
        return found

    def count_write(self, address: str) -> None:
        """Count a request to change something.

        Raises:
            TooManyError: The address has sent too many.
        """
        if not self._writes.allows(address):
            raise TooManyError(
                "too many changes from this address", hint="wait a minute"
            )
        self._writes.count(address)

    def require(self, principal: Principal, right: Right, repository: str) -> None:
        """Refuse what the principal may not do.

        Raises:
            UnauthorizedError: Nobody may do it without saying who they are.
            ForbiddenError: This one may not.
        """
        if principal.may(right, repository):
            return
        place = f"the repository {repository!r}" if repository else "the repository"
        if principal is self.nobody:
            raise UnauthorizedError(f"to {right} in {place}, sign in")
        raise ForbiddenError(f"{principal.name} may not {right} in {place}")

    def _remembered(self, key: bytes) -> Principal | None:
        generation = self._accounts.generation
        if generation != self._generation:
            self._known.clear()
            self._generation = generation
        known = self._known.get(key)
        if known is None or known[1] < self._monotonic():
            return None
        return known[0]

    def _remember(self, key: bytes, principal: Principal) -> None:
        self._known[key] = (principal, self._monotonic() + _REMEMBER_SECONDS)
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)


def _hostname(host: str) -> str:
    """Give a Host header's name without its port."""
    name = host.lower()
    if name.startswith("["):
        return name[1:].partition("]")[0]
    return name.partition(":")[0]


def _credentials(header: str) -> tuple[str, str] | None:
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
