"""Which versions may go: rules, and what they would remove."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from pypkg.errors import RepositoryError
from pypkg.versions import Version

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pypkg.repo.server.store.library import ChartVersion, Library


@dataclass(frozen=True, slots=True)
class Retention:
    """Which versions are kept. Several rules each protect what they name.

    Attributes:
        last: The newest so many of each chart.
        per_major: The newest so many of each major version.
        age: Those that came within this time.
        charts: The charts that the rules are for, as a pattern; others are kept.
        prereleases: Only prereleases may go.
    """

    last: int = 0
    per_major: int = 0
    age: timedelta | None = None
    charts: str = "*"
    prereleases: bool = False

    def check(self) -> None:
        """Refuse rules that protect nothing.

        Raises:
            RepositoryError: Every version would go.
        """
        if not (self.last or self.per_major or self.age or self.prereleases):
            raise RepositoryError(
                "no rule says what to keep",
                hint="--keep-last, --keep-per-major and --keep-days do",
            )


def superfluous(
    library: Library, repository: str, rules: Retention, now: datetime
) -> list[ChartVersion]:
    """Give the versions that the rules do not keep.

    A chart's newest version always stays, and so does its newest that is no
    prerelease: what people install without naming a version must not become older.

    Raises:
        RepositoryError: The rules protect nothing.
    """
    rules.check()
    return [
        one
        for name in library.names(repository)
        if fnmatchcase(name, rules.charts)
        for one in _superfluous(library.versions(repository, name), rules, now)
    ]


def _superfluous(
    versions: list[ChartVersion], rules: Retention, now: datetime
) -> Iterator[ChartVersion]:
    of_major: dict[int, int] = {}
    stable = 0
    for place, one in enumerate(versions):
        parsed = Version.parse(one.version)
        rank = of_major[parsed.major] = of_major.get(parsed.major, 0) + 1
        stable += not parsed.prerelease
        newest = place == 0 or (not parsed.prerelease and stable == 1)
        young = rules.age and now - datetime.fromisoformat(one.added) <= rules.age
        kept = (
            newest
            or young
            or place < rules.last
            or rank <= rules.per_major
            or (rules.prereleases and not parsed.prerelease)
        )
        if not kept:
            yield one
