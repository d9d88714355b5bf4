"""index.yaml: which versions of which charts a repository has."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from pypkg.chart.decoding import Decoder
from pypkg.chart.metadata import Metadata, is_base_name
from pypkg.errors import (
    RepositoryIndexError,
    VersionError,
    YamlError,
)
from pypkg.repo.index_split import UnusualError, fields, split
from pypkg.versions import Constraint, Version

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

FILE = "index.yaml"
API_VERSION = "v1"
# With this constraint prereleases are taken too.
DEVEL = ">0.0.0-0"
_JSON = json.JSONEncoder(separators=(",", ":"), check_circular=False)
_SEARCHED = ("name", "version", "appVersion", "description")


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


class Listed(NamedTuple):
    """A version of a chart as an index lists it: what searches need, and the rest.

    Attributes:
        name: The chart's own name.
        version: Its version.
        app_version: The version of what it installs.
        description: What it is.
        keywords: With spaces between.
        text: The whole entry, as JSON or, indented, as YAML.
    """

    name: str
    version: str
    app_version: str
    description: str
    keywords: str
    text: str

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], text: str = "") -> Self:
        """Take what searches need out of an entry.

        Args:
            data: The entry.
            text: The entry's text, if it is not to be written as JSON.
        """
        text = text or _JSON.encode(data)
        texts = [data.get(field, "") for field in _SEARCHED]
        words = data.get("keywords") or []
        if not (isinstance(words, list) and {*map(type, texts + words)} == {str}):
            decoder = Decoder(data)
            texts = [decoder.text(field) for field in _SEARCHED]
            words = decoder.texts("keywords")
        name, version, app_version, description = texts
        return cls(name, version, app_version, description, " ".join(words), text)


@dataclass(frozen=True, slots=True)
class Index:
    """A whole index.

    Attributes:
        entries: By the chart's name, its versions, the newest first.
        generated: When it was made, or "".
    """

    entries: dict[str, list[Listed]]
    generated: str = ""


def read_entry(text: str) -> Entry:
    """Read the text of a :class:`Listed` version.

    Raises:
        RepositoryIndexError: It does not parse.
    """
    return Entry.from_dict(_document(text.encode(), "an entry of the index"))


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
    try:
        parts = split(data)
    except UnusualError:
        document = _document(data, source)
        head, entries = _checked(document, source), _listed(document, source)
    else:
        head = _checked(_document(parts.head, source), source)
        if "entries" in head:
            raise RepositoryIndexError(f"{source} holds entries twice")
        entries = {
            name: [_extracted(text) for text in texts]
            for name, texts in parts.charts.items()
        }
    return Index(
        entries={
            name: _sorted(name, versions, source, warn)
            for name, versions in entries.items()
        },
        generated=str(head.get("generated") or ""),
    )


def _checked(document: Any, source: str) -> dict[str, Any]:
    """Make sure that a document is an index."""
    if document is None:
        raise RepositoryIndexError(f"{source}: empty index.yaml file")
    if isinstance(document, dict) and document.get("apiVersion"):
        return document
    raise RepositoryIndexError(
        f"{source} is no index of charts: no API version specified",
        hint="is this the URL of a chart repository?",
    )


def _document(data: bytes, source: str) -> Any:
    if data.lstrip()[:1] == b"{":
        # YAML in flow style begins so too.
        with suppress(ValueError, RecursionError):
            return json.loads(data)
    from pypkg import yamlio  # noqa: PLC0415 - start-up time

    try:
        return yamlio.load(data, source=source)
    except YamlError as error:
        raise RepositoryIndexError(
            f"the index is broken: {error}",
            hint="is this the URL of a chart repository?",
        ) from error


def _listed(document: dict[str, Any], source: str) -> dict[str, list[Listed]]:
    entries = document.get("entries") or {}
    if not isinstance(entries, dict):
        raise RepositoryIndexError(f"{source}: entries is no mapping of charts")
    for name, versions in entries.items():
        if not isinstance(versions or [], list):
            raise RepositoryIndexError(
                f"{source}: the entry {name} is no list of versions"
            )
    return {
        name: [Listed.from_dict(one) for one in versions or () if isinstance(one, dict)]
        for name, versions in entries.items()
    }


def _extracted(text: str) -> Listed:
    """Take what searches need out of an entry's YAML, without reading it all."""
    return Listed.from_dict(fields(text, (*_SEARCHED, "keywords")), text)


def _sorted(
    name: str, versions: list[Listed], source: str, warn: Callable[[str], None]
) -> list[Listed]:
    """Leave out what is invalid, and put the newest first."""
    found: list[tuple[tuple[object, ...], Listed]] = []
    for one in versions:
        try:
            key = precedence(Version.parse(one.version))
        except VersionError as error:
            warn(f"{source}: skipping an invalid entry of {name}: {error}")
            continue
        if is_base_name(one.name):
            found.append((key, one))
        else:
            warn(f"{source}: skipping an invalid entry of {name}: name {one.name!r}")
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
