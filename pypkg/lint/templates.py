"""Rules for ``templates/``: what they render to, and how."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from pypkg import jsonio
from pypkg.chart import dependencies, schema
from pypkg.chart.coalesce import coalesce
from pypkg.errors import ChartError, PypkgError, RenderError, ValuesError, YamlError
from pypkg.lint.deprecations import deprecation
from pypkg.lint.documents import read
from pypkg.lint.findings import Finding, Severity
from pypkg.lint.objects import Head, list_fault, name_fault, selector_fault
from pypkg.render.context import build
from pypkg.render.engine import JINJA_SUFFIX, Limits
from pypkg.render.engines import Engines
from pypkg.render.functions.host import Host
from pypkg.render.release import ReleaseInfo

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pypkg.chart.chart import Chart
    from pypkg.lint.subject import Subject

_FOLDER = "templates/"
_YAML = (".yaml", ".yml")
_ALLOWED = (*_YAML, ".tpl", ".txt")
_RELEASE = "test-release"
# kubectl and Helm's linter refuse text after the dashes; Helm's own splitting does not.
_BAD_SEPARATOR = re.compile(r"^---[ \t]*([^\s#].*)$", re.MULTILINE)


def check(subject: Subject) -> Iterator[Finding]:
    """Apply the rules.

    All templates are rendered, those of subcharts too, while ``required`` and
    ``fail`` pass; the documents of the chart's own are looked at.
    """
    folder = subject.folder / "templates"
    if not folder.exists():
        yield Finding(Severity.WARNING, _FOLDER, "directory does not exist")
        return
    if not folder.is_dir():
        yield _error("not a directory")
        return
    loaded = subject.loaded
    if isinstance(loaded, PypkgError):
        yield _error(subject.load_fault)
        return
    try:
        chart = dependencies.process(loaded, subject.values)
        values = coalesce(chart, subject.values)
        if not subject.skip_schema:
            schema.validate(chart, values)
    except (ValuesError, ChartError) as error:
        yield _error(str(error))
        return
    outputs: dict[str, str] = {}
    faults = _render(_engines(subject, chart, values), outputs)
    yield from faults
    if not faults:
        for file in loaded.templates:
            output = outputs.get(f"{chart.name}/{file.name}", "")
            yield from _template(file.name, output, subject)


def _engines(subject: Subject, chart: Chart, values: dict[str, object]) -> Engines:
    release = ReleaseInfo(_RELEASE, subject.namespace)
    return Engines(
        chart,
        values,
        lambda tree: build(chart, tree, release, subject.capabilities),
        host=Host(lint=True),
        limits=Limits(),
        cache=subject.cache,
    )


def _render(engines: Engines, outputs: dict[str, str]) -> list[Finding]:
    """Render every template, and give what is wrong with any of them."""
    faults: dict[str, Finding] = {}
    for source in engines.sources:
        try:
            if source.is_partial:
                engines.check(source)
            else:
                outputs[source.name] = engines.output(source)
        except RenderError as error:
            # One mistake may keep many templates from being rendered.
            faults.setdefault(str(error), _error(str(error)))
    return list(faults.values())


def _template(path: str, output: str, subject: Subject) -> Iterator[Finding]:
    plain = path.removesuffix(JINJA_SUFFIX)
    extension = posixpath.splitext(plain)[1]
    if posixpath.basename(path).startswith("_") and path != plain:
        return
    if extension not in _ALLOWED:
        yield Finding(
            Severity.ERROR,
            path,
            f"file extension '{extension}' not valid. Valid extensions are .yaml,"
            " .yml, .tpl, or .txt",
        )
    if extension.lower() in _YAML and output.strip():
        yield from _indent(path, output)
        yield from _documents(path, output, subject)


def _indent(path: str, output: str) -> Iterator[Finding]:
    first = next(line for line in output.splitlines() if line.strip())
    if first.startswith((" ", "\t")):
        quoted = jsonio.dumps(first, escape_html=False)
        yield Finding(
            Severity.WARNING,
            path,
            f"document starts with an illegal indent: {quoted}, which may cause"
            " parsing problems",
        )


def _documents(path: str, output: str, subject: Subject) -> Iterator[Finding]:
    if bad := _BAD_SEPARATOR.search(output):
        reason = f"invalid Yaml document separator: {bad[1]}"
        yield Finding(Severity.ERROR, path, f"unable to parse YAML: {reason}")
        return
    try:
        documents, repeated = read(output, path)
        objects = [(Head.of(d), d) for d in documents if d is not None]
    except (YamlError, ChartError) as error:
        yield Finding(Severity.ERROR, path, f"unable to parse YAML: {error}")
        return
    if repeated is not None:
        yield Finding(Severity.WARNING, path, str(repeated))
    version = subject.capabilities.kube_version
    for head, document in objects:
        if message := name_fault(head):
            yield Finding(Severity.WARNING, path, message)
        if message := deprecation(head.api_version, head.kind, version):
            yield Finding(Severity.WARNING, path, message)
        if message := selector_fault(head, output):
            yield Finding(Severity.ERROR, path, message)
        if message := list_fault(head, document):
            yield Finding(Severity.ERROR, path, message)


def _error(message: str) -> Finding:
    return Finding(Severity.ERROR, _FOLDER, message)
