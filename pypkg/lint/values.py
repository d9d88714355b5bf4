"""Rules for values.yaml and values.schema.json."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pypkg.chart.coalesce import coalesce_tables
from pypkg.chart.loader import SCHEMA_FILE, VALUES_FILE
from pypkg.chart.schema import check as check_schema
from pypkg.errors import ChartError, PypkgError, YamlError
from pypkg.lint.documents import read
from pypkg.lint.findings import Finding, Severity
from pypkg.values.merge import merge

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pypkg.lint.subject import Subject


def check(subject: Subject) -> Iterator[Finding]:
    """Apply the rules."""
    path = subject.folder / VALUES_FILE
    if not path.exists():
        yield Finding(Severity.INFO, VALUES_FILE, "file does not exist")
        return
    values: dict[str, Any] = {}
    try:
        documents, repeated = read(path.read_bytes(), VALUES_FILE)
    except (YamlError, OSError) as error:
        yield _error(f"unable to parse YAML: {error}")
        return
    if repeated is not None:
        yield Finding(Severity.WARNING, VALUES_FILE, str(repeated))
    for document in documents:
        if isinstance(document, dict):
            values = merge(values, document)
        elif document is not None:
            kind = "a list" if isinstance(document, list) else "a single value"
            yield _error(f"it must hold a mapping (key: value), it is {kind}")
            return
    schema = subject.folder / SCHEMA_FILE
    if not subject.skip_schema and schema.is_file():
        yield from _schema(schema.read_bytes(), values, subject)


def _schema(
    schema: bytes, defaults: dict[str, Any], subject: Subject
) -> Iterator[Finding]:
    """Check the chart's own values: those of subcharts are checked with templates."""
    values = coalesce_tables(subject.values, defaults)
    chart = subject.loaded
    name = subject.folder.name if isinstance(chart, PypkgError) else chart.name
    try:
        refused = check_schema(schema, values, name=name)
    except ChartError as error:
        yield _error(str(error))
        return
    if refused:
        yield _error("\n".join(f"- {violation}" for violation in refused))


def _error(message: str) -> Finding:
    return Finding(Severity.ERROR, VALUES_FILE, message)
