"""Rules for Chart.yaml."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

from pypkg.chart.decoding import Decoder
from pypkg.chart.loader import CHART_FILE
from pypkg.chart.metadata import Metadata, is_base_name
from pypkg.errors import VersionError, YamlError
from pypkg.lint import addresses
from pypkg.lint.documents import read
from pypkg.lint.findings import Finding, Severity
from pypkg.versions import Version

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pypkg.lint.subject import Subject

_LOWEST = Version.parse("0.0.0-0")
# What a misspelt field may have meant to be.
_FIELDS = (
    "alias", "annotations", "apiVersion", "appVersion", "condition", "dependencies",
    "deprecated", "description", "email", "enabled", "home", "icon", "import-values",
    "keywords", "kubeVersion", "maintainers", "name", "repository", "sources", "tags",
    "type", "url", "version",
)  # fmt: skip


def check(subject: Subject) -> Iterator[Finding]:
    """Apply the rules, in Helm's order."""
    try:
        data, repeated = _read(subject)
    except IsADirectoryError:
        yield _error("should be a file, not a directory")
        return
    except (YamlError, OSError) as error:
        yield _error(f"unable to parse YAML\n\t{error}")
        return
    if not isinstance(data, dict):
        yield _error("unable to parse YAML\n\tit must hold a mapping (key: value)")
        return
    decoder = Decoder(data)
    metadata = Metadata.decode(decoder)
    faults = [f for f in decoder.faults if "empty or null nodes" not in f]
    if faults:
        yield _error("unable to parse YAML\n\t" + "\n\t".join(faults))
        return
    yield from _strictness(decoder, repeated)
    yield from _identity(data, metadata)
    yield from _people_and_places(data, metadata)
    yield from _generation(data, metadata)
    if metadata.version and not _is_strict(metadata.version):
        yield _warning(f"version '{metadata.version}' is not a valid SemVerV2")


def _read(subject: Subject) -> tuple[Any, YamlError | None]:
    documents, repeated = read((subject.folder / CHART_FILE).read_bytes(), CHART_FILE)
    return (documents[0] if documents else None) or {}, repeated


def _strictness(decoder: Decoder, repeated: YamlError | None) -> Iterator[Finding]:
    reasons = [str(repeated)] if repeated else []
    for field in decoder.unknown_fields():
        own = field.rpartition(".")[2]
        similar = difflib.get_close_matches(own, _FIELDS, n=1)
        guess = f'; did you mean "{similar[0]}"?' if similar else ""
        reasons.append(f'unknown field "{field}"{guess}')
    if reasons:
        yield _warning(
            "failed to strictly parse chart metadata file\n\t" + "\n\t".join(reasons)
        )


def _identity(data: dict[str, Any], metadata: Metadata) -> Iterator[Finding]:
    if not metadata.name:
        yield _error("name is required")
    elif not is_base_name(metadata.name):
        yield _error(f'chart name "{metadata.name}" is invalid')
    generation = Decoder(data).text("apiVersion")
    allowed = 'The value must be either "v1" or "v2"'
    if not generation:
        yield _error(f"apiVersion is required. {allowed}")
    elif generation not in ("v1", "v2"):
        yield _error(f"apiVersion '{generation}' is not valid. {allowed}")
    yield from _is_text(data, "version")
    yield from _version(metadata.version)
    yield from _is_text(data, "appVersion")


def _is_text(data: dict[str, Any], field: str) -> Iterator[Finding]:
    value = data.get(field, "")
    if not isinstance(value, str):
        kind = _go_type(value)
        yield _error(f"{field} should be of type string but it's of type {kind}")


def _go_type(value: Any) -> str:
    match value:
        case None:
            return "<nil>"
        case bool():
            return "bool"
        case dict():
            return "map[string]interface {}"
        case list():
            return "[]interface {}"
        case _:
            return "float64"


def _version(text: str) -> Iterator[Finding]:
    if not text:
        yield _error("version is required")
        return
    try:
        version = Version.parse(text)
    except VersionError:
        yield _error(f"version '{text}' is not a valid SemVer")
        return
    if version <= _LOWEST:
        yield _error(f'version "{version}" is less than or equal to "{_LOWEST}"')


def _is_strict(text: str) -> bool:
    try:
        Version.parse(text, strict=True)
    except VersionError:
        return False
    return True


def _people_and_places(data: dict[str, Any], metadata: Metadata) -> Iterator[Finding]:
    if None in (data.get("maintainers") or ()):
        yield _error("a maintainer entry is empty")
    for person in metadata.maintainers:
        if not person.name:
            yield _error("each maintainer requires a name")
        elif person.email and not addresses.is_email(person.email):
            who = f"for maintainer '{person.name}'"
            yield _error(f"invalid email '{person.email}' {who}")
        elif person.url and not addresses.is_url(person.url):
            who = f"for maintainer '{person.name}'"
            yield _error(f"invalid url '{person.url}' {who}")
    for source in metadata.sources:
        if not addresses.is_request_url(source):
            yield _error(f"invalid source URL '{source}'")
    if not metadata.icon:
        yield Finding(Severity.INFO, CHART_FILE, "icon is recommended")
    elif not addresses.is_request_url(metadata.icon):
        yield _error(f"invalid icon URL '{metadata.icon}'")


def _generation(data: dict[str, Any], metadata: Metadata) -> Iterator[Finding]:
    given = Decoder(data).text("apiVersion")
    if given == "v2":
        return
    if metadata.type:
        yield _error(
            f"chart type is not valid in apiVersion '{given}'. It is valid in"
            " apiVersion 'v2'"
        )
    if metadata.dependencies:
        yield _error(
            f"dependencies are not valid in the Chart file with apiVersion '{given}'."
            " They are valid in apiVersion 'v2'"
        )


def _error(message: str) -> Finding:
    return Finding(Severity.ERROR, CHART_FILE, message)


def _warning(message: str) -> Finding:
    return Finding(Severity.WARNING, CHART_FILE, message)
