"""Looking at an uploaded chart before anything is kept of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pypkg.chart.loader import load_archive
from pypkg.errors import (
    ChartError,
    VerificationError,
    VersionError,
    YamlError,
)
from pypkg.repo.digests import digest_of
from pypkg.repo.provenance.verify import unsigned_statement
from pypkg.repo.server import names
from pypkg.repo.server.refusals import UnacceptableError
from pypkg.versions import Version

if TYPE_CHECKING:
    from pypkg.chart.chart import Chart
    from pypkg.chart.metadata import Metadata

# Helm refuses to load a chart with a larger file.
MAX_FILE_BYTES = 5 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Examined:
    """A chart archive that may be kept.

    Attributes:
        name: The chart's name.
        version: Its version as written.
        digest: ``sha256:...`` of the archive.
        size: Of the archive, in bytes.
        metadata: Its Chart.yaml.
    """

    name: str
    version: str
    digest: str
    size: int
    metadata: Metadata

    @property
    def filename(self) -> str:
        """The archive's name: built from what it holds, never from a request."""
        return f"{self.name}-{self.version}.tgz"

    def entry(self, added: str) -> str:
        """Give the entry of the index as JSON, without its URLs."""
        entry = {
            **self.metadata.to_dict(),
            "created": added,
            "digest": self.digest.removeprefix("sha256:"),
        }
        return json.dumps(entry, ensure_ascii=False, separators=(",", ":"))


def examine(data: bytes, *, name: str = "the upload", strict: bool = True) -> Examined:
    """Look at a chart archive.

    Args:
        data: The archive.
        name: What errors call it.
        strict: Whether its version must be a strict SemVer, as for uploads.

    Raises:
        UnacceptableError: It is no chart, is unsafe, or its name or version may not
            be part of a path.
    """
    chart = _loaded(data, name)
    version = chart.version
    if not names.is_chart(chart.name):
        raise UnacceptableError(
            f"{chart.name!r} cannot be the name of a chart here",
            hint="letters, digits, '.', '_' and '-' can",
        )
    try:
        Version.parse(version, strict=strict)
    except VersionError as error:
        raise UnacceptableError(f"the version of {chart.name}: {error}") from error
    for path, part in chart.walk():
        for file in (*part.templates, *part.files):
            if len(file.data) > MAX_FILE_BYTES:
                raise UnacceptableError(
                    f"{path}/{file.name} is larger than {MAX_FILE_BYTES >> 20} MiB:"
                    " Helm refuses such a chart"
                )
    return Examined(chart.name, version, digest_of(data), len(data), chart.metadata)


def _loaded(data: bytes, name: str) -> Chart:
    try:
        return load_archive(data, name=name)
    except (ChartError, YamlError) as error:
        raise UnacceptableError(str(error), hint=error.hint) from error


def check_provenance(provenance: bytes, examined: Examined) -> None:
    """Check that a provenance file speaks of this archive.

    Raises:
        UnacceptableError: It is none, or it speaks of another name, version or
            digest. Whether its signature is good is another question.
    """
    try:
        statement = unsigned_statement(provenance)
    except VerificationError as error:
        raise UnacceptableError(str(error), hint=error.hint) from error
    metadata = statement.metadata
    said = f"{metadata.get('name')} {metadata.get('version')}"
    if said != f"{examined.name} {examined.version}":
        raise UnacceptableError(
            f"the provenance file is of {said}, the chart is"
            f" {examined.name} {examined.version}"
        )
    if statement.digests.get(examined.filename) != examined.digest:
        raise UnacceptableError(
            f"the provenance file does not name {examined.filename} with the digest"
            f" {examined.digest}",
            hint="sign the archive that is uploaded: pypkg package --sign",
        )
