"""Fetching indexes: of one repository, or of many at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from pypkg.errors import HttpError, PypkgError, RepositoryError, RepositoryIndexError
from pypkg.repo.index import FILE, parse
from pypkg.repo.transport.session import Session
from pypkg.repo.transport.urls import below, redacted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pypkg.repo.cache import IndexCache
    from pypkg.repo.repositories import Repository
    from pypkg.repo.transport.transfer import Fetched, Progress

# Private repositories of 140 MB are known; the answer may be compressed.
MAX_INDEX_BYTES = 512 * 1024 * 1024
_AT_ONCE = 8


class Watch(Protocol):
    """Shows downloads."""

    def __call__(self, label: str) -> Progress:
        """Begin one, and give what hears of its bytes."""


@dataclass(frozen=True, slots=True)
class Update:
    """How the update of one repository went.

    Attributes:
        repository: Which.
        error: What went wrong, or None.
        unchanged: Whether the index that was here is the current one.
    """

    repository: Repository
    error: PypkgError | None = None
    unchanged: bool = False


@dataclass(frozen=True, slots=True)
class Updater:
    """Fetches indexes into the cache.

    Attributes:
        cache: Where they go.
        timeout: Seconds that each may take.
        warn: Hears of entries that are left out.
        watch: Shows downloads.
        open_session: Makes a session; a seam for tests.
    """

    cache: IndexCache
    timeout: float = 120.0
    warn: Callable[[str], None] = lambda _: None
    watch: Watch = lambda _: _unheard
    open_session: Callable[..., Session] = Session

    def update(self, repository: Repository) -> bool:
        """Fetch a repository's index, if it is not the one that is here.

        Its mirrors are asked in turn where there is no answer.

        Returns:
            Whether it had not changed.

        Raises:
            RepositoryError: No index could be had; the last one is as it was.
        """
        failure: RepositoryError | None = None
        for url in repository.urls:
            try:
                return self._update_from(repository, url)
            except HttpError as error:
                # The first URL is the one that the user knows.
                failure = failure or error
        raise _no_repository(repository, failure) from failure

    def update_all(self, repositories: Sequence[Repository]) -> Iterator[Update]:
        """Fetch several at once, and tell how each went as soon as it has."""
        from concurrent.futures import (  # noqa: PLC0415 - start-up time
            ThreadPoolExecutor,
            as_completed,
        )

        with ThreadPoolExecutor(_AT_ONCE) as pool:
            for done in as_completed(pool.submit(self._told, r) for r in repositories):
                yield done.result()

    def _told(self, repository: Repository) -> Update:
        try:
            return Update(repository, unchanged=self.update(repository))
        except PypkgError as error:
            return Update(repository, error)

    def _update_from(self, repository: Repository, url: str) -> bool:
        key = repository.name or repository.url
        index_url = below(url, FILE)
        known = self.cache.known(key, url)
        with self.open_session(
            tls=repository.tls,
            credentials=repository.credentials(url),
            timeout=self.timeout,
        ) as session:
            fetched = session.fetch(
                index_url,
                limit=MAX_INDEX_BYTES,
                compressed=True,
                known=known,
                progress=self.watch(repository.label),
            )
        if not fetched.unchanged:
            self._store(key, url, fetched)
        return fetched.unchanged

    def _store(self, key: str, url: str, fetched: Fetched) -> None:
        import gc  # noqa: PLC0415 - only here

        # An index is a million small objects, none of which is garbage.
        gc.disable()
        try:
            source = redacted(below(url, FILE))
            index = parse(fetched.data, source=source, warn=self.warn)
            self.cache.store(key, url, fetched, index)
        finally:
            gc.enable()


def _unheard(_: int, __: int | None) -> None:
    """Take progress that nobody watches."""


def _no_repository(
    repository: Repository, failure: RepositoryError | None
) -> RepositoryError:
    """Say what Helm says, and what to do about it."""
    reason = str(failure).removeprefix("cannot fetch ")
    return RepositoryIndexError(
        f'looks like "{redacted(repository.url)}" is not a valid chart repository or'
        f" cannot be reached: failed to fetch {reason}",
        hint=failure.hint if failure else None,
    )
