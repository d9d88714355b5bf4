from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pypkg import yamlio
from pypkg.errors import RepositoryIndexError, YamlError
from pypkg.repo.index import parse, read_entry
from pypkg.repo.index_split import UnusualError, fields, split

NASTY = st.sampled_from(
    [
        "",
        "plain",
        "yes",
        "1.10",
        "0x10",
        "null",
        "two\nlines",
        "\n  - name: evil\n    version: 9.9.9\n",
        "  evil:\n  - name: evil",
        "ends with colon:",
        "# no comment",
        "a # comment",
        "quote ' and \" both",
        "[not, a list]",
        "{not: a map}",
        "*alias",
        "&anchor",
        "!tag",
        "|",
        "word " * 40,
        "tab\there",
        "é\u2028\x85",
        " leading and trailing ",
        "trailing newlines\n\n\n",
        "---",
        "...",
    ]
)
TEXTS = NASTY | st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=30)
ENTRIES = st.fixed_dictionaries(
    {"name": st.sampled_from(["web", "db", "y", "123"]), "version": st.just("1.2.3")},
    optional={
        "appVersion": TEXTS,
        "description": TEXTS,
        "keywords": st.lists(TEXTS, max_size=3),
        "annotations": st.dictionaries(TEXTS, TEXTS, max_size=3),
        "urls": st.lists(TEXTS, max_size=2),
    },
)
INDEXES = st.dictionaries(
    st.sampled_from(["web", "db", "y", "123", "1.10", "a b", "x:"]) | TEXTS,
    st.lists(ENTRIES, min_size=1, max_size=3),
    max_size=3,
)


def taken_apart(text: str) -> dict[str, list[Any]]:
    """Read an index as pypkg does: what is left of it must be an index too."""
    parts = split(text.encode())
    head = yamlio.load(parts.head)
    assume(isinstance(head, dict) and head.get("apiVersion") and "entries" not in head)
    return {
        name: [yamlio.load(version) for version in found]
        for name, found in parts.charts.items()
    }


@given(INDEXES)
@settings(max_examples=150, deadline=None)
def test_the_pieces_hold_what_the_whole_does(entries: dict[str, Any]) -> None:
    text = yamlio.dump({"apiVersion": "v1", "entries": entries, "generated": "x"})
    try:
        found = taken_apart(text)
    except UnusualError:
        return
    except YamlError:  # "<<" is no key
        with pytest.raises(YamlError):
            yamlio.load(text)
        return
    assert found == entries


@given(INDEXES, st.integers(0, 60), NASTY, st.integers(0, 6))
@settings(max_examples=200, deadline=None)
def test_a_strange_line_is_read_as_yaml_or_makes_the_whole_be_read(
    entries: dict[str, Any], place: int, line: str, spaces: int
) -> None:
    lines = yamlio.dump({"apiVersion": "v1", "entries": entries}).split("\n")
    lines.insert(place % len(lines), " " * spaces + line)
    text = "\n".join(lines)
    try:
        found = taken_apart(text)
        document = yamlio.load(text)
    except (UnusualError, YamlError):
        return
    assert found == (document["entries"] or {})


PLAIN = """\
apiVersion: v1
entries:
  web:
  - apiVersion: v2
    description: A server for the web, that serves pages and what else there is to be
      served
    keywords:
    - http
    - "yes"
    name: web
    urls:
    - web-1.2.0.tgz
    version: 1.2.0
generated: "2026-01-01T00:00:00Z"
"""


def test_what_helm_writes_is_taken_apart() -> None:
    parts = split(PLAIN.encode())
    assert list(parts.charts) == ["web"]
    index = parse(PLAIN.encode(), source="index.yaml")
    (version,) = index.entries["web"]
    assert version.description.endswith("what else there is to be served")
    assert version.keywords == "http yes"
    assert read_entry(version.text).urls == ("web-1.2.0.tgz",)
    assert index.generated == "2026-01-01T00:00:00Z"


@pytest.mark.parametrize("end", ["", "generated: x\n"])
@pytest.mark.parametrize("style", ["|", "|-", "|+", ">"])
def test_a_text_of_several_lines_at_the_end_of_a_version_is_whole(
    style: str, end: str
) -> None:
    version = f"  - name: web\n    description: {style}\n      a\n      b\n"
    text = f"apiVersion: v1\nentries:\n  web:\n{version}{version}{end}"
    (first, second) = yamlio.load(text)["entries"]["web"]
    pieces = split(text.encode()).charts["web"]
    assert [yamlio.load(piece) for piece in pieces] == [first, second]
    for piece in pieces:
        found = fields(piece, ["description"])
        assert found == {"description": first["description"]}


@pytest.mark.parametrize(
    "text",
    [
        # Each hides a chart, or shows one that is none, if it is cut at its lines.
        PLAIN.replace(
            "description: A", "description: 'A\n  evil:\n  - name: evil\n   '\n    x: A"
        ),
        PLAIN.replace("- http", "- [http,\n  evil:\n  - x]"),
        PLAIN.replace("  web:\n", "  web: &a\n"),
        PLAIN.replace("  web:\n", "  web:\n  # a comment\n"),
        PLAIN.replace("  web:\n", "  ? web\n  :\n"),
        PLAIN.replace("  web:\n", "  web: \n"),
        PLAIN.replace("  - api", "   - api"),
        PLAIN.replace("entries:\n", "---\nentries:\n"),
        PLAIN.replace("\n", "\r\n"),
        PLAIN.replace("name: web", "name:\tweb"),
        PLAIN.removesuffix('generated: "2026-01-01T00:00:00Z"\n').rstrip("\n"),
    ],
)
def test_what_could_be_misread_is_read_as_a_whole(text: str) -> None:
    with pytest.raises(UnusualError):
        split(text.encode())


@pytest.mark.parametrize(
    "text", [PLAIN.replace("generated:", "entries:"), "[]", "a: b"]
)
def test_what_is_no_index_is_refused(text: str) -> None:
    with pytest.raises(RepositoryIndexError):
        parse(text.encode(), source="index.yaml")
