"""The charts that a chart depends on: listed, chosen, locked, fetched."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pypkg import files
from pypkg.chart.loader import load_chart
from pypkg.chart.lock import Lock, digest
from pypkg.chart.metadata import Dependency
from pypkg.chart.packager import archive
from pypkg.errors import (
    ChartError,
    ChartNotFoundError,
    DependencyError,
    RepositoryError,
    VersionError,
)
from pypkg.repo.archives import Archive
from pypkg.repo.downloader import OCI
from pypkg.repo.repositories import Repository
from pypkg.repo.transport.urls import is_url, redacted
from pypkg.versions import Constraint, Version

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from pypkg.chart.chart import Chart
    from pypkg.repo.downloader import Downloader, Query

LOCAL = "file://"
_ALIASES = ("@", "alias:")
_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Dependencies:
    """Brings ``charts/`` in line with Chart.yaml, or with Chart.lock.

    Attributes:
        downloader: Fetches charts.
        query: How to sign in, and whether .prov files are wanted.
        report: Hears what happens, line by line.
        check: Looks at each archive that was fetched; it may refuse it.
        refresh: Whether to ask the repositories for newer indexes first.
        clock: Gives the time, for the lock.
    """

    downloader: Downloader
    query: Query
    report: Callable[[str], None] = lambda _: None
    check: Callable[[Archive], None] = lambda _: None
    refresh: bool = True
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def update(self, folder: Path) -> None:
        """Choose versions by Chart.yaml, lock them, and fetch them.

        Raises:
            DependencyError: For a dependency there is no chart.
            RepositoryError: A repository is unknown, or cannot be read.
        """
        chart = load_chart(folder)
        if not chart.metadata.dependencies:
            return
        wanted = self._wanted(chart.metadata.dependencies)
        if self.refresh:
            self._refresh(wanted)
        locked = self._locked(folder, chart, wanted)
        self._fill(folder, chart, locked)
        required = [one.dependency for one in wanted]
        chosen = [one.dependency for one in locked]
        new = digest(required, chosen)
        if chart.lock is None or chart.lock.digest != new:
            lock = Lock(tuple(chosen), new, _timestamp(self.clock()))
            _write_lock(folder, chart, lock)

    def build(self, folder: Path) -> None:
        """Fetch exactly what the lock says; without a lock, update.

        Raises:
            DependencyError: The lock is older than Chart.yaml.
            RepositoryError: A repository is unknown, or cannot be read.
        """
        chart = load_chart(folder)
        if chart.lock is None:
            self.update(folder)
            return
        required = self._wanted(chart.metadata.dependencies)
        if chart.lock.digest != digest(
            [one.dependency for one in required], chart.lock.dependencies
        ):
            is_old = chart.metadata.api_version == "v1"
            names = (
                ("requirements.lock", "requirements.yaml")
                if is_old
                else ("Chart.lock", "Chart.yaml")
            )
            raise DependencyError(
                f"the lock file ({names[0]}) is out of sync with the dependencies file"
                f" ({names[1]})",
                hint=f"pypkg dependency update {folder} chooses versions anew",
            )
        locked = self._wanted(chart.lock.dependencies)
        if self.refresh:
            self._refresh(locked)
        self._fill(folder, chart, locked)

    def _wanted(self, dependencies: Iterable[Dependency]) -> list[_Wanted]:
        """Say where each is from; all repositories that are unknown are named."""
        added = self.downloader.repositories.load()
        found = [_located(dependency, added) for dependency in dependencies]
        missing = [one for one in found if isinstance(one, str)]
        if missing:
            raise RepositoryError(
                f"no repository definition for {', '.join(missing)}",
                hint="pypkg repo add NAME URL adds one",
            )
        return [one for one in found if isinstance(one, _Wanted)]

    def _refresh(self, wanted: Iterable[_Wanted]) -> None:
        """Ask the repositories that are needed for newer indexes."""
        needed = {one.repository: None for one in wanted if one.repository is not None}
        if not needed:
            return
        self.report(
            "Hang tight while we grab the latest from your chart repositories..."
        )
        repositories = [self.downloader.with_options(r, self.query) for r in needed]
        for update in self.downloader.updater.update_all(repositories):
            label = update.repository.label
            if update.error is not None:
                raise update.error
            self.report(
                f'...Successfully got an update from the "{label}" chart repository'
            )
        self.report("Update Complete. ⎈Happy Helming!⎈")

    def _locked(
        self, folder: Path, chart: Chart, wanted: Iterable[_Wanted]
    ) -> list[_Wanted]:
        """Choose a version of each; all that have none are named."""
        chosen, missing = [], []
        for one in wanted:
            dependency = one.dependency
            version = self._version(folder, chart, one)
            if version is None:
                missing.append(
                    f'"{dependency.name}" (repository "{dependency.repository}",'
                    f' version "{dependency.version}")'
                )
            else:
                chosen.append(replace(one, dependency=_pinned(dependency, version)))
        if missing:
            raise DependencyError(
                f"can't get a valid version for {len(missing)} subchart(s):"
                f" {', '.join(missing)}. Make sure a matching chart version exists in"
                " the repo, or change the version constraint in Chart.yaml"
            )
        return chosen

    def _version(self, folder: Path, chart: Chart, wanted: _Wanted) -> str | None:
        """Choose a version; None where none is allowed."""
        dependency = wanted.dependency
        try:
            constraint = Constraint.parse(dependency.version)
        except VersionError as error:
            raise DependencyError(
                f'dependency "{dependency.name}" has an invalid version/constraint'
                f" format: {error}",
                hint=error.hint,
            ) from error
        if not dependency.repository:
            _in_place(chart, dependency)
            return dependency.version
        if dependency.repository.startswith(LOCAL):
            version = _beside(folder, dependency).version
            return version if constraint.allows(Version.parse(version)) else None
        if dependency.repository.startswith(OCI):
            return self._tag(dependency, constraint)
        if wanted.repository is None:
            return None
        repository = self.downloader.with_options(wanted.repository, self.query)
        try:
            entry = self.downloader.entry(
                repository, dependency.name, dependency.version
            )
        except ChartNotFoundError:
            return None
        return entry.metadata.version

    def _tag(self, dependency: Dependency, constraint: Constraint) -> str | None:
        """Choose a version in a registry, which is asked only for a constraint."""
        with suppress(VersionError):
            return Version.parse(dependency.version).original
        query = self._oci_query(dependency, "")
        return next(
            (
                version
                for version in self.downloader.registry_versions(query)
                if constraint.allows(Version.parse(version))
            ),
            None,
        )

    def _oci_query(self, dependency: Dependency, version: str) -> Query:
        reference = f"{dependency.repository.rstrip('/')}/{dependency.name}"
        return replace(self.query, reference=reference, version=version)

    def _fill(self, folder: Path, chart: Chart, locked: Sequence[_Wanted]) -> None:
        """Fetch all, and only then change ``charts/``."""
        from concurrent.futures import (  # noqa: PLC0415 - start-up time
            ThreadPoolExecutor,
        )

        self.report(f"Saving {len(locked)} charts")
        for one in locked:
            self._tell(chart, one.dependency)
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            found = list(pool.map(lambda one: self._archive(folder, one), locked))
        archives = [archived for archived in found if archived is not None]
        for archived in archives:
            self.check(archived)
        self.report("Deleting outdated charts")
        place = folder / "charts"
        kept = {d.dependency.name for d in locked if not d.dependency.repository}
        _delete_outdated(place, {archived.name for archived in archives}, kept)
        for archived in archives:
            files.write(place / archived.name, archived.data, mode=files.PUBLIC)

    def _tell(self, chart: Chart, dependency: Dependency) -> None:
        if not dependency.repository:
            self.report(
                f"Dependency {dependency.name} did not declare a repository. Assuming"
                " it exists in the charts directory"
            )
            _in_place(chart, dependency)
        elif not dependency.repository.startswith(LOCAL):
            self.report(
                f"Downloading {dependency.name} from repo"
                f" {redacted(dependency.repository)}"
            )

    def _archive(self, folder: Path, locked: _Wanted) -> Archive | None:
        """Get a chart; None for one that lies in ``charts/`` already."""
        dependency = locked.dependency
        if not dependency.repository:
            return None
        if dependency.repository.startswith(LOCAL):
            chart = _beside(folder, dependency)
            _check_version(chart, dependency)
            name = f"{chart.name}-{chart.version}.tgz"
            return Archive(name, archive(chart), dependency.repository)
        if dependency.repository.startswith(OCI):
            query = self._oci_query(dependency, dependency.version)
            return self.downloader.from_registry(query)
        if locked.repository is None:
            return None
        repository = self.downloader.with_options(locked.repository, self.query)
        query = replace(self.query, version=dependency.version)
        return self.downloader.from_index(repository, dependency.name, query)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A dependency whose repository is a URL, and what has its index, if any."""

    dependency: Dependency
    repository: Repository | None = None


def _located(dependency: Dependency, added: Sequence[Repository]) -> _Wanted | str:
    """Find a dependency's repository; its text where it is unknown."""
    text = dependency.repository
    if not text or text.startswith((LOCAL, OCI)):
        return _Wanted(dependency)
    for prefix in _ALIASES:
        if text.startswith(prefix):
            name = text.removeprefix(prefix)
            for one in added:
                if one.name == name:
                    return _Wanted(dependency.replace(repository=one.url), one)
            return text
    if not is_url(text):
        return text
    url = text.rstrip("/")
    known = next((one for one in added if one.url.rstrip("/") == url), None)
    return _Wanted(dependency, known or Repository("", url))


def _pinned(dependency: Dependency, version: str) -> Dependency:
    return Dependency(
        name=dependency.name, repository=dependency.repository, version=version
    )


def _in_place(chart: Chart, dependency: Dependency) -> None:
    """Make sure of a chart that was put into ``charts/`` by hand."""
    for subchart in chart.dependencies:
        if subchart.name == dependency.name:
            _check_version(subchart, dependency)
            return
    raise DependencyError(
        f"directory charts/{dependency.name} not found: Chart.yaml names no repository"
        f" for {dependency.name}",
        hint="put the chart there, or give it a repository",
    )


def _beside(folder: Path, dependency: Dependency) -> Chart:
    """Load a chart that a ``file://`` repository names, relative to the chart."""
    path = Path(dependency.repository.removeprefix(LOCAL))
    place = Path(os.path.normpath(folder / path))
    if not place.is_dir():
        raise DependencyError(
            f"directory {place} not found: {dependency.name} is to come from"
            f" {dependency.repository}"
        )
    return load_chart(place)


def _check_version(chart: Chart, dependency: Dependency) -> None:
    allowed = Constraint.parse(dependency.version)
    if not allowed.allows(Version.parse(chart.version)):
        raise DependencyError(
            f"dependency {dependency.name} at version {chart.version} does not satisfy"
            f" the constraint {dependency.version}"
        )


def _delete_outdated(place: Path, new: set[str], kept: set[str]) -> None:
    """Delete archives of charts that are neither new nor put there by hand."""
    for path in sorted(place.glob("*.tgz")):
        if path.name in new:
            continue
        with suppress(ChartError):  # what is no chart is not ours to delete
            if load_chart(path).name not in kept:
                path.unlink()


def _write_lock(folder: Path, chart: Chart, lock: Lock) -> None:
    from pypkg import yamlio  # noqa: PLC0415 - start-up time

    is_old = chart.metadata.api_version == "v1"
    path = folder / ("requirements.lock" if is_old else "Chart.lock")
    files.write(path, yamlio.dump(lock.to_dict()).encode(), mode=files.PUBLIC)


def _timestamp(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
