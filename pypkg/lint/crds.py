"""Rules for ``crds/``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pypkg.errors import ChartError, PypkgError, YamlError
from pypkg.lint.documents import read
from pypkg.lint.findings import Finding, Severity
from pypkg.lint.objects import Head

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pypkg.chart.chart import File
    from pypkg.lint.subject import Subject

_FOLDER = "crds/"


def check(subject: Subject) -> Iterator[Finding]:
    """Apply the rules to the chart's own definitions and to its subcharts'."""
    folder = subject.folder / "crds"
    if not folder.exists():
        return
    if not folder.is_dir():
        yield Finding(Severity.ERROR, _FOLDER, "not a directory")
        return
    chart = subject.loaded
    if isinstance(chart, PypkgError):
        yield Finding(Severity.ERROR, _FOLDER, subject.load_fault)
        return
    for file in chart.crds():
        # Helm's findings name the file as its own chart does.
        own_name = file.name[file.name.rindex(f"/{_FOLDER}") + 1 :]
        yield from _definitions(file, own_name)


def _definitions(file: File, path: str) -> Iterator[Finding]:
    try:
        documents, _ = read(file.data, path)
        heads = [Head.of(document) for document in documents if document is not None]
    except (YamlError, ChartError) as error:
        yield Finding(Severity.ERROR, path, f"unable to parse YAML: {error}")
        return
    for head in heads:
        if not head.api_version.startswith("apiextensions.k8s.io"):
            yield Finding(
                Severity.ERROR, path, "apiVersion is not in 'apiextensions.k8s.io'"
            )
        if head.kind != "CustomResourceDefinition":
            yield Finding(
                Severity.ERROR, path, "object kind is not 'CustomResourceDefinition'"
            )
