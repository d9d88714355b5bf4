"""Which names the server takes: nothing else ever becomes part of a path."""

from __future__ import annotations

import re

from pypkg.errors import RepositoryError

MAX_NAME = 250
_CHART = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*", re.ASCII)
# The registry protocol's grammar of one part of a name.
_PART = re.compile(r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*", re.ASCII)
_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*\.tgz(?:\.prov)?", re.ASCII)
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}", re.ASCII)
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}", re.ASCII)
# First parts of the server's own addresses.
RESERVED = frozenset({"api", "v2", "health", "ready", "info", "metrics", "static"})
MAX_DEPTH = 8


def is_repository(name: str) -> bool:
    """Tell whether a name may be a repository's: ``""`` (the root), ``team/web``."""
    if name == "":
        return True
    parts = name.split("/")
    return (
        len(name) <= MAX_NAME
        and len(parts) <= MAX_DEPTH
        and parts[0] not in RESERVED
        and all(map(_PART.fullmatch, parts))
    )


def is_chart(name: str) -> bool:
    """Tell whether a name may be a chart's; it is one component of a path."""
    return len(name) <= MAX_NAME and _CHART.fullmatch(name) is not None


def is_file(name: str) -> bool:
    """Tell whether a name may be an archive's or a provenance file's."""
    return len(name) <= 2 * MAX_NAME and _FILE.fullmatch(name) is not None


def is_digest(text: str) -> bool:
    """Tell whether a text is a digest that the server uses: ``sha256:...``."""
    return _DIGEST.fullmatch(text) is not None


def is_tag(text: str) -> bool:
    """Tell whether a text may be a tag."""
    return _TAG.fullmatch(text) is not None


def checked_repository(name: str) -> str:
    """Give the name of a repository.

    Raises:
        RepositoryError: It may not be one.
    """
    if not is_repository(name):
        raise RepositoryError(
            f"{name!r} cannot be the name of a repository",
            hint="names are parts of lower-case letters, digits, '.', '_' and '-',"
            " separated by '/'",
        )
    return name


def split(name: str) -> tuple[str, str] | None:
    """Split a registry's name into repository and chart; None for one we cannot have.

    ``team/web`` is the chart ``web`` in the repository ``team``.
    """
    repository, _, chart = name.rpartition("/")
    known = is_repository(repository) and _PART.fullmatch(chart)
    return (repository, chart) if known else None
