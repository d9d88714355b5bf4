"""From templates' output to manifests, and to the line of a template that is wrong."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pypkg import yamlio
from pypkg.errors import ManifestError, SourceLocation, YamlError
from pypkg.objects.manifest import Manifest, split_documents

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pypkg.render.readings import Readings

# What a template puts into a line that is not its text.
_ACTION = r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}"
# A line must say this much of itself to be known again by it.
_TELLING = 4


def read_manifests(
    outputs: Mapping[str, str],
    templates: Mapping[str, str],
    readings: Readings | None = None,
) -> Iterator[Manifest]:
    """Read what templates gave, in Helm's order: by path, then as it stands there.

    Args:
        outputs: By the templates' names.
        templates: The templates' texts, to point at the line that made a fault.
        readings: What documents said the last time.

    Raises:
        ManifestError: A document does not parse, or is no Kubernetes object.
    """
    for name in sorted(outputs):
        output = outputs[name]
        if not output.strip():
            continue
        end = 0
        for document in split_documents(output):
            start = output.index(document, end)
            end = start + len(document)
            try:
                yield _read(name, document, readings)
            except YamlError as error:
                before = output.count("\n", 0, start)
                raise _located(error, output, before, templates.get(name)) from error


def _read(name: str, document: str, readings: Readings | None) -> Manifest:
    if readings is None:
        return Manifest.parse(name, document)
    text = document.encode("utf-8", "surrogatepass")
    if head := readings.get(text):
        return Manifest(name, document, *head)
    manifest = Manifest.parse(name, document)
    readings.put(text, manifest.head)
    return manifest


def _located(
    error: YamlError, output: str, lines_before: int, template: str | None
) -> ManifestError:
    """Say where in the output and, if it can be told, in the template it is."""
    location = error.location or SourceLocation("", 1)
    line = lines_before + location.line
    lines = output.split("\n")
    made_by = None
    if template is not None and line <= len(lines):
        made_by = _line_that_made(lines[line - 1], template)
    problem = error.problem
    if error.__cause__ is not None:
        # What the YAML reader said, in Helm's words.
        problem = f"error converting YAML to JSON: {yamlio.go_message(error)}"
    return ManifestError(
        problem,
        template=SourceLocation(location.name, made_by) if made_by else location.name,
        line=line,
        column=location.column,
        rendered=output,
        hint=error.hint,
    )


def _line_that_made(line: str, template: str) -> int | None:
    """Find the one line of a template that can have given a line of output.

    Returns:
        Its 1-based number; None where there are several, or none.
    """
    if len(line.strip()) < _TELLING:
        return None
    sources = template.splitlines()
    for given, asked in (
        (line.rstrip(), [source.rstrip() for source in sources]),
        (line.strip(), [source.strip() for source in sources]),
    ):
        found = [n for n, source in enumerate(asked, start=1) if _gives(source, given)]
        if len(found) == 1:
            return found[0]
    return None


def _gives(source: str, line: str) -> bool:
    """Tell whether a template's line can give a line of output."""
    texts = re.split(_ACTION, source)
    pattern = ".*".join(map(re.escape, texts))
    return bool("".join(texts).strip()) and re.fullmatch(pattern, line) is not None
