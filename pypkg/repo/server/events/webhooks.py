"""Telling other services what has happened: signed, and tried again."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import json
import logging
import socket
import threading
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import urllib3

from pypkg.errors import RepositoryError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from pypkg.repo.server.events.happening import Happening
    from pypkg.repo.server.store.catalogue import Catalogue

MAX_ATTEMPTS = 8
_LOGGER = logging.getLogger("pypkg.repo")
_FIRST_PAUSE = 5.0  # seconds, doubled after each attempt
_LEASE = 60.0  # seconds in which one worker delivers
_POLL = 2.0
_TIMEOUT = 10.0
_BATCH = 20


@dataclass(frozen=True, slots=True)
class Hook:
    """Where to tell it.

    Attributes:
        url: The address, http or https.
        secret: The key of the signature, or "".
        private: Whether the address may be within a private network.
    """

    url: str
    secret: str = ""
    private: bool = False


class Webhooks:
    """Notes what has happened in the catalogue, and delivers it in the background.

    Args:
        catalogue: What remembers undelivered messages, also across a restart.
        hooks: Where they go.
        clock: Tells the time.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        hooks: Sequence[Hook],
        clock: Callable[[], datetime],
    ) -> None:
        for hook in hooks:
            check_url(hook.url)
        self._catalogue = catalogue
        self._hooks = {hook.url: hook for hook in hooks}
        self._clock = clock
        self._news = threading.Event()
        self._ended = threading.Event()

    def any(self) -> bool:
        """Tell whether anybody is to be told."""
        return bool(self._hooks)

    def __call__(self, happening: Happening) -> None:
        """Note what has happened."""
        if not self._hooks or happening.action not in ("push", "delete"):
            return
        now = self._clock()
        known = asdict(happening)
        del known["address"]  # whoever listens need not know where people sit
        body = json.dumps({"time": now.isoformat(), **known}, sort_keys=True)
        with self._catalogue.writing() as writer:
            writer.execute_many(
                "INSERT INTO delivery (url, body, due) VALUES (?, ?, ?)",
                [(url, body, now.timestamp()) for url in self._hooks],
            )
        self._news.set()

    def run(self) -> None:
        """Deliver until told to end."""
        while not self._ended.is_set():
            try:
                delivered = self.deliver()
            except Exception:
                _LOGGER.exception("messages could not be delivered")
                delivered = 0
            if not delivered:
                self._news.wait(_POLL)
                self._news.clear()

    def end(self) -> None:
        """End :meth:`run`."""
        self._ended.set()
        self._news.set()

    def deliver(self) -> int:
        """Try to deliver what is due; how many messages that were."""
        due = self._claimed()
        for number, url, body, attempts in due:
            hook = self._hooks.get(url)
            done = hook is None or send(hook, number, body.encode())
            with self._catalogue.writing() as writer:
                if done or attempts + 1 >= MAX_ATTEMPTS:
                    writer.execute("DELETE FROM delivery WHERE id = ?", number)
                    continue
                pause = _FIRST_PAUSE * 2**attempts
                writer.execute(
                    "UPDATE delivery SET attempts = attempts + 1, due = ? WHERE id = ?",
                    self._clock().timestamp() + pause,
                    number,
                )
        return len(due)

    def _claimed(self) -> list[tuple[int, str, str, int]]:
        """Take what is due, so that no other worker does."""
        now = self._clock().timestamp()
        query = "SELECT id, url, body, attempts FROM delivery WHERE due <= ? LIMIT ?"
        if not self._catalogue.rows(query, now, 1):
            return []
        with self._catalogue.writing() as writer:
            found: list[tuple[int, str, str, int]] = writer.rows(query, now, _BATCH)
            writer.execute_many(
                "UPDATE delivery SET due = ? WHERE id = ?",
                [(now + _LEASE, number) for number, *_ in found],
            )
        return found


def check_url(url: str) -> None:
    """Refuse an address that is none.

    Raises:
        RepositoryError: It is not one of http or https, or holds credentials.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
        raise RepositoryError(
            "a webhook's address must be http or https, without a name or password"
        )


def signature(secret: str, body: bytes) -> str:
    """Give what ``X-Pypkg-Signature`` holds: the receiver computes the same."""
    return f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"


def send(hook: Hook, number: int, body: bytes) -> bool:
    """Deliver one message; whether the receiver took it."""
    parts = urlsplit(hook.url)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    headers = {
        "Host": parts.netloc,
        "Content-Type": "application/json",
        "X-Pypkg-Delivery": str(number),
    }
    if hook.secret:
        headers["X-Pypkg-Signature"] = signature(hook.secret, body)
    try:
        # The address that was checked is the one that is called.
        address = resolved(host, port, private=hook.private)
        with _pool(parts.scheme, address, port, host) as pool:
            path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            reply = pool.request(
                "POST", path, body=body, headers=headers, redirect=False, retries=False
            )
    except (OSError, urllib3.exceptions.HTTPError, RepositoryError):
        return False
    return 200 <= reply.status < 300  # noqa: PLR2004 - success, as HTTP has it


def resolved(host: str, port: int, *, private: bool) -> str:
    """Give a host's address.

    Raises:
        RepositoryError: It is not one of the public network, and need be.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(info[4][0]) for info in found]
    if not private and not all(ipaddress.ip_address(a).is_global for a in addresses):
        raise RepositoryError(f"{host} is within a private network")
    return addresses[0]


def _pool(
    scheme: str, address: str, port: int, host: str
) -> urllib3.HTTPConnectionPool:
    timeout = urllib3.Timeout(_TIMEOUT)
    if scheme == "https":
        return urllib3.HTTPSConnectionPool(
            address, port, timeout=timeout, server_hostname=host, assert_hostname=host
        )
    return urllib3.HTTPConnectionPool(address, port, timeout=timeout)
