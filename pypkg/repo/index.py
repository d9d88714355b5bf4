"""index.yaml: which versions of which charts a repository has."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from pypkg.chart.decoding import Decoder
from pypkg.chart.metadata import Metadata, is_base_name
from pypkg.errors import (
    RepositoryIndexError,
    VersionError,
    YamlError,
)
from pypkg.versions import Constraint, Version

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

FILE = "index.yaml"
API_VERSION = "v1"
# With this constraint prereleases are taken too.
DEVEL = ">0.0.0-0"


@dataclass(frozen=True, slots=True)
class Entry:
    """One version of a chart, as an index lists it.

    Attributes:
        metadata: Its Chart.yaml.
        urls: Where its archive lies, absolute or relative to the repository; the
            first that answers is taken.
        digest: SHA-256 of the archive, in hexadecimal, or "".
        created: When it came into the index, RFC 3339.
        removed: Whether the archive is gone.
    """

    metadata: Metadata
    urls: tuple[str, ...] = ()
    digest: str = ""
    created: str = ""
    removed: bool = False

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Read an entry; fields of the wrong type are as good as missing."""
        decoder = Decoder(data)
        return cls(
            metadata=Metadata.decode(decoder),
            urls=decoder.texts("urls"),
            digest=decoder.text("digest").strip().lower().removeprefix("sha256:"),
            created=decoder.text("created"),
            removed=decoder.flag("removed"),
        )

    def to_dict(self) -> dict[str, Any]:
        """Give the wire form, in Helm's field order."""
        wire = self.metadata.to_dict()
        wire["urls"] = list(self.urls)
        if self.created:
            wire["created"] = self.created
        if self.removed:
            wire["removed"] = True
        if self.digest:
            wire["digest"] = self.digest
        return wire


@dataclass(frozen=True, slots=True)
class Index:
    """A whole index, its entries as they were read.

    Attributes:
        entries: By the chart's name, its versions, the newest first.
        generated: When it was made, or "".
    """

    entries: dict[str, list[dict[str, Any]]]
    generated: str = ""


def parse(
    data: bytes, *, source: str, warn: Callable[[str], None] = lambda _: None
) -> Index:
    """Read an index: JSON, or else YAML, whatever its name.

    Versions that Helm would not accept are left out.

    Args:
        data: The file.
        source: What errors call it.
        warn: Hears of what is left out.

    Raises:
        RepositoryIndexError: It is no index.
    """
    document = _document(data, source)
    if document is None:
        raise RepositoryIndexError(f"{source}: empty index.yaml file")
    if not isinstance(document, dict):
        raise RepositoryIndexError(
            f"{source} is no index of charts: it holds no mapping",
            hint="is this the URL of a chart repository?",
        )
    if not document.get("apiVersion"):
        raise RepositoryIndexError(
            f"{source} is no index of charts: no API version specified",
            hint="is this the URL of a chart repository?",
        )
    entries = document.get("entries") or {}
    if not isinstance(entries, dict):
        raise RepositoryIndexError(f"{source}: entries is no mapping of charts")
    return Index(
        entries={
            name: _versions(name, listed, source, warn)
            for name, listed in entries.items()
        },
        generated=str(document.get("generated") or ""),
    )


def _document(data: bytes, source: str) -> Any:
    if data.lstrip()[:1] == b"{":
        try:
            return json.loads(data)
        except (ValueError, RecursionError):
            pass  # YAML in flow style starts so too
    from pypkg import yamlio  # noqa: PLC0415 - start-up time

    try:
        return yamlio.load(data, source=source)
    except YamlError as error:
        raise RepositoryIndexError(
            f"the index is broken: {error}",
            hint="is this the URL of a chart repository?",
        ) from error


def _versions(
    name: str, listed: Any, source: str, warn: Callable[[str], None]
) -> list[dict[str, Any]]:
    """Check a chart's versions, and put the newest first."""
    if not isinstance(listed, list):
        if listed is None:
            return []
        raise RepositoryIndexError(f"{source}: the entry {name} is no list of versions")
    found: list[tuple[Any, dict[str, Any]]] = []
    for one in listed:
        fault = _fault(one)
        if fault:
            warn(f"{source}: skipping an invalid entry of {name}: {fault}")
        else:
            found.append((precedence(Version.parse(str(one["version"]))), one))
    keys = [key for key, _ in found]
    if keys != sorted(keys, reverse=True):
        found.sort(key=lambda pair: pair[0], reverse=True)
    return [one for _, one in found]


def precedence(version: Version) -> tuple[object, ...]:
    """Give a key that sorts as versions compare: comparing pairs takes longer."""
    if not version.prerelease:
        return (*version.release, 1)
    # Numbers come before words, and compare as numbers.
    parts = (
        (0, int(part), "") if part.isdigit() else (1, 0, part)
        for part in version.prerelease.split(".")
    )
    return (*version.release, 0, *parts)


def _fault(entry: Any) -> str:
    """Say what Helm would refuse; "" for nothing."""
    if not isinstance(entry, dict):
        return "it is no mapping"
    name, version = entry.get("name"), entry.get("version")
    if not isinstance(name, str) or not is_base_name(name):
        return f"its name is {name!r}"
    try:
        Version.parse(str(version))
    except VersionError as error:
        return str(error)
    return ""


def select(versions: Sequence[str], wanted: str) -> int | None:
    """Find the version that is meant.

    Args:
        versions: The newest first.
        wanted: A version or a constraint; "" is the newest that is no prerelease.

    Returns:
        Its position; None where there is none.

    Raises:
        VersionError: ``wanted`` is no constraint.
    """
    constraint = Constraint.parse(wanted or "*")
    if wanted in versions:
        return versions.index(wanted)
    for position, text in enumerate(versions):
        if constraint.allows(Version.parse(text)):
            return position
    return None
