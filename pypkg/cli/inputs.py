"""Reads what a command line names: values, files and charts, by path, URL or ``-``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from pypkg.cli.output import warn
from pypkg.errors import ChartError, PypkgError, RepositoryError, ValuesError

if TYPE_CHECKING:
    from pypkg.chart.chart import Chart

SECONDS = 120  # to wait for a server, as Helm does
LARGEST = 100 * 1024 * 1024  # bytes, the most that a chart may hold


def read(location: str) -> bytes:
    """Read a file of values, or one that ``--set-file`` names.

    Args:
        location: A path, an http(s) URL, or ``-`` for standard input.

    Raises:
        ValuesError: It cannot be read.
    """
    if location == "-":
        return sys.stdin.buffer.read()
    if is_url(location):
        return download(location)
    try:
        return Path(location).read_bytes()
    except OSError as error:
        raise ValuesError(
            f"cannot read {location}: {error.strerror}",
            hint="give a file, a URL, or - for standard input",
        ) from error


def is_url(location: str) -> bool:
    """Tell a URL from a path."""
    return location.startswith(("http://", "https://"))


def download(url: str) -> bytes:
    """Fetch a URL.

    Raises:
        RepositoryError: There is no answer, or one that is no success.
    """
    import requests  # noqa: PLC0415 - start-up time

    from pypkg import __version__  # noqa: PLC0415 - start-up time

    try:
        with requests.get(
            url,
            headers={"User-Agent": f"pypkg/{__version__}"},
            timeout=SECONDS,
            stream=True,
        ) as answer:
            answer.raise_for_status()
            data: bytes = answer.raw.read(LARGEST + 1, decode_content=True)
    except requests.HTTPError as error:
        answer = error.response
        raise RepositoryError(
            f"cannot fetch {url}: {answer.status_code} {answer.reason}"
        ) from error
    except requests.Timeout as error:
        raise RepositoryError(
            f"cannot fetch {url}: no answer within {SECONDS} s"
        ) from error
    except (requests.RequestException, OSError) as error:
        raise RepositoryError(
            f"cannot fetch {url}: {_cause(error)}",
            hint="is the address right, and reachable from here?",
        ) from error
    if len(data) > LARGEST:
        raise RepositoryError(f"{url} is larger than {LARGEST // 1024 // 1024} MiB")
    return data


def _cause(error: BaseException) -> str:
    """Give the last of a chain of errors: the library's own first ones are long."""
    while error.__context__ is not None:
        error = error.__context__
    return getattr(error, "strerror", None) or str(error)


def load_chart(reference: str) -> Chart:
    """Load the chart that an argument names.

    Args:
        reference: A chart's folder, its .tgz, or the URL of one.

    Raises:
        ChartError: There is no such chart, or it is no chart.
        RepositoryError: The URL cannot be fetched.
    """
    from pypkg.chart import loader  # noqa: PLC0415 - start-up time

    if is_url(reference):
        return loader.load_archive(download(reference), name=reference, warn=warn)
    path = Path(reference)
    if not path.exists():
        raise _no_chart(reference)
    return loader.load_chart(path, warn=warn)


def load_installable(reference: str) -> Chart:
    """Load a chart that can be installed, as far as the chart itself tells.

    Args:
        reference: As for :func:`load_chart`.

    Raises:
        ChartError: As :func:`load_chart`, or it is a library.
        DependencyError: Charts that it depends on are missing.
    """
    from pypkg.chart.dependencies import (  # noqa: PLC0415 - start-up time
        check_dependencies,
    )

    chart = load_chart(reference)
    if chart.metadata.type not in {"", "application"}:
        raise ChartError(
            f"{chart.metadata.type} charts are not installable",
            hint=f"{chart.name} only lends its templates to charts that depend on it",
        )
    if chart.metadata.deprecated:
        warn("This chart is deprecated")
    check_dependencies(chart)
    return chart


def _no_chart(reference: str) -> PypkgError:
    similar = _beside(reference)
    return ChartError(
        f"there is no chart {reference}",
        hint=f"did you mean {similar}?"
        if similar
        else "give a chart's folder, its .tgz archive, or the URL of one; repositories"
        " and registries are not there yet",
    )


def _beside(reference: str) -> str | None:
    """Find a chart whose path is nearly the one given."""
    from difflib import get_close_matches  # noqa: PLC0415 - only for a message

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
