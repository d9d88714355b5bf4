"""Splitting streams and reading heads, as Helm does."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pypkg.errors import YamlError
from pypkg.objects.manifest import (
    Manifest,
    join_documents,
    read_documents,
    split_documents,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Command

STREAMS = {
    "dashes between": "a: 1\n---\nb: 2\n",
    "text after the dashes": "a: 1\n---b: 2\n--- c: 3\n---# note\nd: 4\n",
    "blank documents": "---\n---\n\n  \n---\na: 1\n---\n \t\n---\n",
    "leading space": "\n\n  a: 1\n---\n\n\tb: 2\n",
    "trailing space stays": "a: 1\n\n\n  \n---\nb: 2\n",
    "only comments": "a: 1\n---\n# note\n---\n",
    "carriage returns": "a: 1\r\n\r\n---\r\nb: 2\r\n",
    "no line break before": "a: 1\r---\rb: 2\n",
    "indented dashes": "a: |\n  x\n  ---\n  y\n",
    "other spaces": "a: 1\n---\v\x0c\xa0\x85\u2003b: 2\n---\u2028c: 3",
    "null documents": "null\n---\n~\n---\nkind: Pod\n",
    "an end mark": "kind: A\n...\nkind: B\n",
}


@pytest.fixture
def helm_template(real_helm: Command, tmp_path: Path) -> Callable[[str], str]:
    """Render a file with the real helm."""
    chart = tmp_path / "c"
    (chart / "templates").mkdir(parents=True)
    (chart / "Chart.yaml").write_text("apiVersion: v2\nname: c\nversion: 1.0.0\n")

    def template(text: str) -> str:
        (chart / "templates" / "a.yaml").write_bytes(text.encode())
        return real_helm.ok("template", chart)  # with line ends made plain

    return template


@pytest.mark.oracle
@pytest.mark.parametrize("name", STREAMS)
def test_documents_are_those_of_helm(
    name: str, helm_template: Callable[[str], str]
) -> None:
    manifests = [
        Manifest.parse("c/templates/a.yaml", document)
        for document in split_documents(STREAMS[name])
    ]
    # Known kinds go first; there is but one here, if any.
    manifests.sort(key=lambda manifest: manifest.kind != "Pod")
    expected = f"{join_documents(manifests).strip()}\n"
    plain = expected.replace("\r\n", "\n").replace("\r", "\n")
    assert helm_template(STREAMS[name]) == plain


@given(st.text(alphabet="-a: \t\n\r#\xa0"))
def test_splitting_is_that_of_helms_expression(text: str) -> None:
    parts = re.split(r"(?m)^---[ \t]*", text)
    assert split_documents(text) == [p.lstrip() for p in parts if p.strip()]


@given(st.lists(st.from_regex(r"[a-z]: [0-9]\n?", fullmatch=True)))
def test_what_is_joined_splits_again(documents: list[str]) -> None:
    manifests = [Manifest.parse("c/a.yaml", document) for document in documents]
    again = read_documents(join_documents(manifests))
    assert [m.content.rstrip("\n") for m in again] == [
        document.rstrip("\n") for document in documents
    ]
    assert {m.path for m in again} <= {"c/a.yaml"}


def test_a_stream_without_source_comments_is_read_too() -> None:
    (manifest,) = read_documents("apiVersion: v1\nkind: Pod\n")
    assert (manifest.path, manifest.kind) == ("", "Pod")


def test_the_head_is_read() -> None:
    manifest = Manifest.parse(
        "web/templates/a.yaml",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n"
        "  namespace: shop\n  annotations: {a: b, c: 1, d: true, e: null}\n",
    )
    assert manifest.api_version == "apps/v1"
    assert manifest.kind == "Deployment"
    assert manifest.name == "web"
    assert manifest.namespace == "shop"
    assert manifest.annotations == {"a": "b", "c": "1", "d": "true", "e": ""}
    assert manifest.object["metadata"]["name"] == "web"


@pytest.mark.parametrize("text", ["# only a comment", "null", "kind: null", "a: 1"])
def test_a_head_may_be_missing(text: str) -> None:
    manifest = Manifest.parse("a.yaml", text)
    assert (manifest.kind, manifest.name, manifest.namespace) == ("", "", None)
    assert manifest.annotations == {}


def test_field_names_are_read_in_any_case_as_go_does() -> None:
    assert Manifest.parse("a.yaml", "KIND: Pod").kind == "Pod"
    assert Manifest.parse("a.yaml", "KIND: Pod\nkind: Job").kind == "Job"


def test_the_last_of_two_equal_keys_counts_as_in_helm() -> None:
    assert Manifest.parse("a.yaml", "kind: Pod\nkind: Job").kind == "Job"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("just text", "must be a mapping"),
        ("- a", "must be a mapping, but is a list"),
        ("kind: [a]", "kind of the document must be text"),
        ("metadata: text", "metadata must be a mapping"),
        ("metadata: {annotations: {a: [b]}}", "a of metadata.annotations"),
        ("a: {", "a.yaml"),
    ],
)
def test_what_is_no_object_is_refused(text: str, problem: str) -> None:
    with pytest.raises(YamlError, match=re.escape(problem)):
        Manifest.parse("a.yaml", text)


def test_a_document_is_parsed_once() -> None:
    manifest = Manifest.parse("a.yaml", "kind: Pod")
    assert manifest.object is manifest.object
    unparsed = Manifest("a.yaml", "kind: Pod", "", "", "", None, {})
    assert unparsed.object == {"kind": "Pod"}
    assert unparsed.object is unparsed.object
