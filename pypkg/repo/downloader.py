"""From what a user names to the archive of a chart, verified.

``NAME/CHART``, a URL, ``oci://REGISTRY/CHART``, or a chart of ``--repo URL``; charts
in folders and files are not this module's.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol
from urllib.parse import unquote, urlsplit

from pypkg.chart.archive import MAX_CHART_BYTES
from pypkg.errors import ChartNotFoundError, HttpError, RegistryError, RepositoryError
from pypkg.repo.archives import Archive, verify_digest
from pypkg.repo.index import DEVEL, select
from pypkg.repo.repositories import Repository
from pypkg.repo.transport.tls import Tls
from pypkg.repo.transport.urls import is_url, joined, redacted

if TYPE_CHECKING:
    from pypkg.repo.archives import ArchiveCache
    from pypkg.repo.cache import CachedIndex
    from pypkg.repo.index import Entry
    from pypkg.repo.repositories import RepositoryFile
    from pypkg.repo.updates import Updater

OCI = "oci://"
PROVENANCE = ".prov"
_MAX_PROVENANCE_BYTES = 5 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Query:
    """Which chart is wanted, and how to get at it.

    Attributes:
        reference: ``NAME/CHART``, a URL, ``oci://...``; with ``repo_url`` a chart's
            name.
        version: A version or constraint; "" is the newest.
        devel: Take prereleases too, where no version is given.
        repo_url: The repository's URL, or "" for the user's own repositories.
        username: Who signs in, or "" for what is stored.
        password: With what.
        pass_credentials: Send them to every origin.
        tls: Whom to trust.
        plain_http: Speak HTTP to a registry.
        provenance: Fetch the .prov file too.
    """

    reference: str
    version: str = ""
    devel: bool = False
    repo_url: str = ""
    username: str = ""
    password: str = field(default="", repr=False)
    pass_credentials: bool = False
    tls: Tls = field(default_factory=Tls)
    plain_http: bool = False
    provenance: bool = False

    @property
    def constraint(self) -> str:
        """The version that is wanted; "" is the newest that is no prerelease."""
        return self.version or (DEVEL if self.devel else "")


class Registry(Protocol):
    """What is asked for ``oci://`` references."""

    def pull(self, query: Query) -> Archive:
        """Fetch a chart.

        Raises:
            RegistryError: It is not there, or must not be read.
        """

    def versions(self, query: Query) -> list[str]:
        """List a chart's versions, the newest first.

        Raises:
            RegistryError: It is not there, or must not be read.
        """


@dataclass(frozen=True, slots=True)
class Downloader:
    """Finds and fetches charts.

    Attributes:
        repositories: The user's.
        updater: Fetches indexes.
        archives: Keeps archives.
        registry: Answers for ``oci://``, or None.
    """

    repositories: RepositoryFile
    updater: Updater
    archives: ArchiveCache
    registry: Registry | None = None

    def resolve(self, query: Query) -> Archive:
        """Fetch the chart that is meant.

        Raises:
            ChartNotFoundError: There is no such chart, or no such version.
            VerificationError: It is not the archive that its index lists.
            RepositoryError: The repository is unknown, or cannot be read.
        """
        if query.reference.startswith(OCI):
            return self.from_registry(query)
        if query.repo_url:
            repository = self.with_options(Repository("", query.repo_url), query)
            return self.from_index(repository, query.reference, query, fresh=True)
        if is_url(query.reference):
            return self.from_url(query)
        name, slash, chart = query.reference.partition("/")
        if not slash or not chart:
            raise ChartNotFoundError(
                f"there is no chart {query.reference}",
                hint="write it as REPOSITORY/CHART, ./FOLDER, FILE.tgz or a URL",
            )
        repository = self.with_options(self.repositories.find(name), query)
        return self.from_index(repository, chart, query)

    def from_registry(self, query: Query) -> Archive:
        """Fetch from a registry."""
        return self._registry().pull(query)

    def registry_versions(self, query: Query) -> list[str]:
        """List a chart's versions in a registry, the newest first."""
        return self._registry().versions(query)

    def _registry(self) -> Registry:
        if self.registry is None:
            raise RegistryError("registries are not supported here")
        return self.registry

    def from_url(self, query: Query) -> Archive:
        """Fetch from a URL; a repository that it lies in lends its credentials."""
        url = query.reference
        known = self.repositories.holding(url)
        repository = self.with_options(known or Repository("", url), query)
        return self._fetched(repository, [url], "", query)

    def from_index(
        self, repository: Repository, chart: str, query: Query, *, fresh: bool = False
    ) -> Archive:
        """Fetch what a repository's index lists.

        Args:
            repository: The repository.
            chart: The chart's name.
            query: Which version, and whether with its .prov.
            fresh: Ask whether the index has changed, even if one is here.
        """
        entry = self.entry(repository, chart, query.constraint, fresh=fresh)
        urls = [joined(repository.url, url) for url in entry.urls if url]
        if not urls:
            raise RepositoryError(
                f"chart {chart} {entry.metadata.version} in {repository.label} has no"
                " downloadable URLs",
                hint="its archive was removed from the repository"
                if entry.removed
                else None,
            )
        if urls[0].startswith(OCI):
            version = query.version or entry.metadata.version
            return self.from_registry(
                replace(query, reference=urls[0], repo_url="", version=version)
            )
        return self._fetched(repository, urls, entry.digest, query)

    def entry(
        self,
        repository: Repository,
        chart: str,
        constraint: str,
        *,
        fresh: bool = False,
    ) -> Entry:
        """Find a version of a chart in a repository's index, fetched if it is not here.

        Raises:
            ChartNotFoundError: There is no such chart, or no such version.
            VersionError: The constraint is none.
            RepositoryError: There is no index.
        """
        key = repository.name or repository.url
        if fresh:
            self.updater.update(repository)
        with self.updater.cache.open(key) as index:
            # A name may have got another URL since its index was fetched.
            if index is not None and index.meta["url"] in repository.urls:
                return _entry(index, repository, chart, constraint)
        self.updater.update(repository)
        with self.updater.cache.open(key) as index:
            if index is None:
                raise RepositoryError(f"the index of {repository.label} is gone")
            return _entry(index, repository, chart, constraint)

    def with_options(self, repository: Repository, query: Query) -> Repository:
        """Let what the command line says of credentials and TLS go first."""
        if query.username or query.password:
            repository = replace(
                repository,
                username=query.username,
                password=query.password,
                pass_credentials=query.pass_credentials,
            )
        elif query.pass_credentials:
            repository = replace(repository, pass_credentials=True)
        if query.tls != Tls():
            repository = replace(repository, tls=query.tls)
        return repository

    def _fetched(
        self, repository: Repository, urls: list[str], digest: str, query: Query
    ) -> Archive:
        """Take an archive from the cache, or from the first URL that has it."""
        data = self.archives.get(digest)
        name = _file_name(urls[0])
        source = redacted(urls[0])
        if data is not None and not query.provenance:
            return Archive(name, data, source)
        failure: HttpError | None = None
        for url in urls:
            try:
                return self._from(repository, url, data, digest, query)
            except HttpError as error:
                failure = failure or error
        raise failure or RepositoryError(f"{source} has no URL")

    def _from(
        self,
        repository: Repository,
        url: str,
        data: bytes | None,
        digest: str,
        query: Query,
    ) -> Archive:
        updater = self.updater
        with updater.open_session(
            tls=repository.tls,
            credentials=repository.credentials(),
            timeout=updater.timeout,
        ) as session:
            if data is None:
                progress = updater.watch(_file_name(url))
                data = session.fetch(url, limit=MAX_CHART_BYTES, progress=progress).data
                verify_digest(data, digest, source=redacted(url))
                self.archives.put(data)
            provenance = None
            if query.provenance:
                provenance = session.fetch(
                    _beside(url), limit=_MAX_PROVENANCE_BYTES
                ).data
        return Archive(_file_name(url), data, redacted(url), provenance)


def _entry(
    index: CachedIndex, repository: Repository, chart: str, constraint: str
) -> Entry:
    versions = index.versions(chart)
    if not versions:
        raise _no_chart(index, repository, chart)
    position = select(versions, constraint)
    if position is None:
        wanted = f'version "{constraint}"' if constraint else "release"
        newest = ", ".join(versions[:5])
        raise ChartNotFoundError(
            f'chart "{chart}" has no {wanted} in {repository.label}',
            hint=f"the newest there: {newest}"
            + ("" if constraint else "; --devel takes prereleases"),
        )
    return index.entry(chart, position)


def _no_chart(
    index: CachedIndex, repository: Repository, chart: str
) -> ChartNotFoundError:
    from difflib import get_close_matches  # noqa: PLC0415 - only for a message

    similar = get_close_matches(chart, index.charts(), n=1)
    prefix = f"{repository.name}/" if repository.name else ""
    update = f"pypkg repo update {repository.name} fetches the index anew"
    return ChartNotFoundError(
        f'chart "{chart}" not found in {repository.label}',
        hint=f"did you mean {prefix}{similar[0]}?"
        if similar
        else update
        if repository.name
        else None,
    )


def _file_name(url: str) -> str:
    """Give the name for the file that a URL names: one component, and no way out."""
    name = posixpath.basename(unquote(urlsplit(url).path)).replace("\\", "_")
    return "chart.tgz" if name in ("", ".", "..") or "\0" in name else name


def _beside(url: str) -> str:
    """Give the URL of the .prov file of an archive."""
    parts = urlsplit(url)
    return parts._replace(path=parts.path + PROVENANCE).geturl()
