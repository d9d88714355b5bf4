"""Searching the indexes that are here, with Helm's scores and order."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pypkg.errors import UsageError, VersionError
from pypkg.regexp import compiled
from pypkg.versions import Constraint, Version

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from pypkg.repo.cache import Row

    Find = Callable[[str], int]
    """Gives where a text matches, or -1."""

_SEPARATOR = "\v"


class Found(NamedTuple):
    """A version of a chart that a search found.

    Attributes:
        name: ``REPOSITORY/CHART``.
        version: Its version.
        app_version: The version of what it installs.
        description: What it is.
        score: Which text matched: 0 the name, 1 that with the repository's, 2 the
            description, 3 the keywords.
    """

    name: str
    version: str
    app_version: str
    description: str
    score: int


def literal(text: str) -> Find:
    """Look for a text, whatever its case."""
    wanted = text.lower()
    return lambda line: line.lower().find(wanted)


def regular(expression: str) -> Find:
    """Look for what a regular expression of Go's matches.

    Raises:
        UsageError: It is none.
    """
    try:
        pattern = compiled(expression)
    except ValueError as error:
        raise UsageError(str(error)) from error

    def find(line: str) -> int:
        match = pattern.search(line)
        return match.start() if match else -1

    return find


def search(
    repositories: Iterable[tuple[str, Iterable[Row]]],
    *,
    find: Find | None,
    constraint: str,
    every_version: bool = False,
) -> list[Found]:
    """Search the versions of charts.

    Args:
        repositories: Each repository's name, and its rows, the newest of a chart
            first.
        find: What to look for; None finds all.
        constraint: Which versions count.
        every_version: Give all of those, instead of each chart's newest.

    Returns:
        The best score first, then by name, then the newest first.

    Raises:
        VersionError: The constraint is none.
    """
    allowed = Constraint.parse(constraint)
    found: list[Found] = []
    for repository, rows in repositories:
        found.extend(_scored(repository, rows, find))
    # Equal ones stay in the order of the rows.
    found.sort(key=lambda one: (one.score, one.name))
    return list(_allowed(found, allowed, every_version=every_version))


def _scored(repository: str, rows: Iterable[Row], find: Find | None) -> Iterator[Found]:
    for row in rows:
        score = 0
        if find is not None:
            line = _SEPARATOR.join(
                (row.name, f"{repository}/{row.name}", row.description, row.keywords)
            )
            place = find(line)
            if place < 0:
                continue
            score = line.count(_SEPARATOR, 0, place)
        yield Found(
            name=f"{repository}/{row.chart}",
            version=row.version,
            app_version=row.app_version,
            description=row.description,
            score=score,
        )


def _allowed(
    found: Iterable[Found], constraint: Constraint, *, every_version: bool
) -> Iterator[Found]:
    given: set[str] = set()
    for one in found:
        if one.name in given and not every_version:
            continue
        try:
            version = Version.parse(one.version)
        except VersionError:
            continue
        if constraint.allows(version):
            given.add(one.name)
            yield one
