"""Manifests: the YAML documents that a chart renders to."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pypkg import yamlio
from pypkg.errors import SourceLocation, YamlError
from pypkg.structs import Struct

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# Helm 4 splits at three dashes that begin a line, whatever follows them there.
_SEPARATOR = re.compile(r"^---[ \t]*", re.MULTILINE)
# What Go's unicode.IsSpace holds; str.lstrip() without it would take more.
_GO_SPACE = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007"
    "\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
)
_SOURCE = r"# Source: (.*)\n?"


def split_documents(text: str) -> list[str]:
    """Split a stream of YAML documents exactly as Helm does.

    Blank documents are dropped and each one's leading space is trimmed; its
    trailing space stays. A document of comments only is kept, as in Helm.
    """
    documents = (part.lstrip(_GO_SPACE) for part in _SEPARATOR.split(text))
    return [document for document in documents if document]


class Manifest(Struct):
    """One rendered document, with what Helm reads of its head.

    Attributes:
        path: The template it came from, such as ``web/templates/service.yaml``.
        content: The text, from its first character that is no space.
        api_version: ``apiVersion``, or "".
        kind: ``kind``, or "".
        name: ``metadata.name``, or "".
        namespace: ``metadata.namespace``, or None where the text names none.
        annotations: ``metadata.annotations``.
    """

    path: str
    content: str
    api_version: str
    kind: str
    name: str
    namespace: str | None
    annotations: Mapping[str, str]

    @classmethod
    def parse(cls, path: str, content: str) -> Manifest:
        """Read a document's head.

        Args:
            path: Names the document in errors.
            content: One document, as :func:`split_documents` gives it.

        Raises:
            YamlError: It does not parse, is no mapping, or its head holds values
                of other types than Kubernetes gives them.
        """
        document = yamlio.load(content, source=path, unique_keys=False)
        if document is None:
            document = {}
        head = _Head(path, document, "the document")
        metadata = _Head(path, head.get("metadata", {}), "metadata")
        annotations = _Head(
            path, metadata.get("annotations", {}), "metadata.annotations"
        )
        manifest = cls(
            path=path,
            content=content,
            api_version=head.text("apiVersion"),
            kind=head.text("kind"),
            name=metadata.text("name"),
            namespace=metadata.text("namespace") or None,
            annotations={key: annotations.text(key) for key in annotations.fields},
        )
        manifest.__dict__["object"] = document  # parsed once: fills the cache below
        return manifest

    @property
    def head(self) -> tuple[Any, ...]:
        """What was read of the document: all fields after the content."""
        return (
            self.api_version,
            self.kind,
            self.name,
            self.namespace,
            self.annotations,
        )

    @cached_property
    def object(self) -> dict[str, Any]:
        """The whole document as data."""
        loaded = yamlio.load(self.content, source=self.path, unique_keys=False)
        return loaded or {}

    @property
    def text(self) -> str:
        """The document as Helm prints and stores it, under its source comment."""
        return f"---\n# Source: {self.path}\n{self.content}\n"


def join_documents(manifests: Iterable[Manifest]) -> str:
    """Give the manifest text of a release: what Helm stores and prints."""
    return "".join(manifest.text for manifest in manifests)


def read_documents(text: str) -> list[Manifest]:
    """Read back a stored manifest text, with the paths of its source comments.

    Args:
        text: As :func:`join_documents` gives it; other YAML streams are read too.

    Raises:
        YamlError: A document does not parse.
    """
    manifests = []
    for document in split_documents(text):
        source = re.match(_SOURCE, document)
        path = source.group(1) if source else ""
        content = document[source.end() :] if source else document
        manifests.append(Manifest.parse(path, content.removesuffix("\n")))
    return manifests


class _Head:
    """Reads fields as Go's JSON decoder fills a struct of strings and maps."""

    def __init__(self, path: str, fields: Any, place: str) -> None:
        if fields is None:
            fields = {}
        if not isinstance(fields, dict):
            found = "a list" if isinstance(fields, list) else repr(fields)
            raise YamlError(
                f"{place} must be a mapping, but is {found}",
                location=SourceLocation(path, 1),
                hint="every document must be a Kubernetes object:"
                " apiVersion, kind, metadata, ...",
            )
        self.path = path
        self.place = place
        self.fields: dict[str, Any] = fields

    def get(self, name: str, default: Any) -> Any:
        """Give a field; Go ignores the case of its name."""
        if name in self.fields:
            return self.fields[name]
        for key, value in self.fields.items():
            if key.lower() == name.lower():
                return value
        return default

    def text(self, name: str) -> str:
        """Give a field as text: Helm reads numbers and booleans as their text."""
        value = self.get(name, "")
        if value is None:
            return ""
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, (dict, list)):
            raise YamlError(
                f"{name} of {self.place} must be text",
                location=SourceLocation(self.path, 1),
            )
        return str(value)
