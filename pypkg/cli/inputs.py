"""Reads what a command line names: values, files and charts."""

from __future__ import annotations

import os
import sys
from functools import partial
from typing import TYPE_CHECKING

from pypkg.cli.output import warn
from pypkg.cli.rendering import code_cache
from pypkg.cli.repository_options import ChartFlags
from pypkg.cli.settings import Settings
from pypkg.errors import (
    ChartError,
    DependencyError,
    HttpError,
    PypkgError,
    RepositoryError,
    ValuesError,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from pypkg.chart.chart import Chart
    from pypkg.repo.archives import Archive

LARGEST = 100 * 1024 * 1024  # bytes, the most that a chart may hold


def reader(settings: Settings) -> Callable[[str], bytes]:
    """Give what reads files of values, and those that ``--set-file`` names.

    It takes a path, a URL, or ``-`` for standard input, and raises a ValuesError or
    RepositoryError where that cannot be read. A plugin may have a scheme of its own.
    """
    return partial(_read, settings)


def _read(settings: Settings, location: str) -> bytes:
    if location == "-":
        return sys.stdin.buffer.read()
    if "://" in location and _is_fetched(location):
        return _download(location, settings)
    try:
        with open(location, "rb") as file:
            return file.read()
    except OSError as error:
        raise ValuesError(
            f"cannot read {location}: {error.strerror}",
            hint="give a file, a URL, or - for standard input",
        ) from error


def _is_fetched(location: str) -> bool:
    """Tell a URL from a path: as in Helm, by what there is to fetch it."""
    from pypkg.cli.plugins import getters  # noqa: PLC0415 - start-up time
    from pypkg.repo.transport.urls import is_http  # noqa: PLC0415 - start-up time

    return is_http(location) or getters.find(location) is not None


def _download(url: str, settings: Settings) -> bytes:
    from pypkg.cli.repositories import getter  # noqa: PLC0415 - start-up time
    from pypkg.repo.transport.session import Session  # noqa: PLC0415 - start-up time

    with Session(getter=getter(settings)) as session:
        return session.fetch(url, limit=LARGEST, compressed=True).data


def load_chart(
    reference: str, settings: Settings | None = None, flags: ChartFlags | None = None
) -> Chart:
    """Load the chart that an argument names.

    Args:
        reference: A chart's folder, its .tgz, a URL, ``REPOSITORY/CHART`` or
            ``oci://REGISTRY/CHART``.
        settings: Where the user's repositories are.
        flags: Which version, and how to sign in.

    Raises:
        ChartError: There is no such chart, or it is no chart.
        RepositoryError: It cannot be fetched.
    """
    from pypkg.chart import loader  # noqa: PLC0415 - start-up time
    from pypkg.render.readings import Readings  # noqa: PLC0415 - start-up time

    settings, flags = settings or Settings(), flags or ChartFlags()
    if os.path.exists(reference) and not flags.repo:
        if flags.verify:
            from pathlib import Path  # noqa: PLC0415 - start-up time

            from pypkg.cli import signatures  # noqa: PLC0415 - start-up time

            signatures.verify_file(Path(reference), flags.keyring)
        readings = Readings(code_cache(), "chart", os.path.abspath(reference))
        chart = loader.load_chart(reference, parse=readings.parse, warn=warn)
        readings.keep()
        return chart
    if is_local(reference) and not flags.repo:
        raise _no_chart(reference)
    try:
        archive = fetch(reference, settings, flags)
    except RepositoryError as error:
        is_there = isinstance(error, HttpError) or flags.repo
        if not is_there and (similar := _beside(reference)):
            error.hint = f"did you mean {similar}?"
        raise
    return loader.load_archive(archive.data, name=archive.source, warn=warn)


def is_local(reference: str) -> bool:
    """Tell a path from what a repository has."""
    return "/" not in reference or reference.startswith(("/", "."))


def fetch(
    reference: str, settings: Settings, flags: ChartFlags, *, provenance: bool = False
) -> Archive:
    """Fetch the archive of a chart that is elsewhere, and verify it if asked to.

    Args:
        reference: As for :func:`load_chart`, without paths.
        settings: Where the user's repositories are.
        flags: Which version, and how to sign in.
        provenance: Whether the .prov file is wanted in any case.

    Raises:
        RepositoryError: It cannot be fetched, or is not what it should be.
    """
    from pypkg.cli import repositories  # noqa: PLC0415 - start-up time

    query = flags.query(reference, provenance=provenance)
    with repositories.downloader(settings) as downloader:
        archive = downloader.resolve(query)
    if flags.verify:
        from pypkg.cli import signatures  # noqa: PLC0415 - start-up time

        signatures.verify(archive, flags.keyring)
    return archive


def load_installable(
    reference: str,
    settings: Settings | None = None,
    flags: ChartFlags | None = None,
    *,
    update_dependencies: bool = False,
) -> Chart:
    """Load a chart that can be installed, as far as the chart itself tells.

    Args:
        reference: As for :func:`load_chart`.
        settings: As for :func:`load_chart`.
        flags: As for :func:`load_chart`.
        update_dependencies: Fetch the charts that it depends on, if one is missing.

    Raises:
        ChartError: As :func:`load_chart`, or it is a library.
        DependencyError: Charts that it depends on are missing.
    """
    from pypkg.chart.dependencies import (  # noqa: PLC0415 - start-up time
        check_dependencies,
    )

    chart = load_chart(reference, settings, flags)
    if chart.metadata.type not in {"", "application"}:
        raise ChartError(
            f"{chart.metadata.type} charts are not installable",
            hint=f"{chart.name} only lends its templates to charts that depend on it",
        )
    if chart.metadata.deprecated:
        warn("This chart is deprecated")
    try:
        check_dependencies(chart)
    except DependencyError:
        if not update_dependencies or not os.path.isdir(reference):
            raise
        from pathlib import Path  # noqa: PLC0415 - start-up time

        from pypkg.cli import dependencies  # noqa: PLC0415 - start-up time

        with dependencies.opened(
            settings or Settings(), flags or ChartFlags()
        ) as opened:
            opened.update(Path(reference))
        chart = load_chart(reference, settings, flags)
        check_dependencies(chart)
    return chart


def _no_chart(reference: str) -> PypkgError:
    similar = _beside(reference)
    return ChartError(
        f"there is no chart {reference}",
        hint=f"did you mean {similar}?"
        if similar
        else "give a chart's folder, its .tgz archive, REPOSITORY/CHART, or a URL",
    )


def _beside(reference: str) -> str | None:
    """Find a chart whose path is nearly the one given."""
    from difflib import get_close_matches  # noqa: PLC0415 - only for a message
    from pathlib import Path  # noqa: PLC0415 - only for a message

    folder = Path(reference).parent
    if not folder.is_dir():
        return None
    charts = [
        str(path)
        for path in folder.iterdir()
        if path.suffix == ".tgz" or (path / "Chart.yaml").is_file()
    ]
    found = get_close_matches(str(Path(reference)), charts, n=1)
    return found[0] if found else None
